"""Runs that come to their end: servers and disk are afterwards as they were before."""

from __future__ import annotations

from typing import Any

import pytest

from tests.leavings.conftest import target
from tests.leavings.projects import Project
from tests.leavings.snapshots import SNAPSHOTS, WRITES, until_let_go, until_same

WORKERS = [[], ["-n", "2"]]
# Deleted runs keep their rows until `mlflow gc`, as its page says.
KEPT_BY_MLFLOW = {"runs", "tags", "params"}


def but_for_deleted_runs(seen: dict[str, Any]) -> dict[str, Any]:
    """A snapshot of MLflow without what soft deletion keeps."""
    return {
        name: {k: v for k, v in rows.items() if not name.endswith(".db") or k not in KEPT_BY_MLFLOW}
        if isinstance(rows, dict)
        else rows
        for name, rows in seen.items()
    }


def look(system: str, server: Any, wrote: bool) -> dict[str, Any]:
    """A snapshot, but for what a round trip is known to keep."""
    seen = SNAPSHOTS[system](server)
    return but_for_deleted_runs(seen) if system == "mlflow" and wrote else seen


@pytest.fixture
def shop(project: Project, servers: dict[str, Any]) -> Project:
    """A project that depends on all of them."""
    project.settings(*(target(system, server) for system, server in servers.items()))
    return project


@pytest.mark.parametrize("workers", WORKERS, ids=["alone", "workers"])
def test_round_trips_leave_nothing(
    shop: Project, servers: dict[str, Any], workers: list[str]
) -> None:
    before = {system: look(system, server, wrote=True) for system, server in servers.items()}
    files = shop.files()
    ran = shop.run("--readiness-writes", "-p", "no:cacheprovider", *workers)
    for system, server in servers.items():
        assert ran.outcomes(f"{system}.round_trip") == ["passed"], ran.out
        until_let_go(server)
        until_same(lambda s=system, t=server: look(s, t, wrote=True), before[system])  # type: ignore[misc]  # bound now
    assert shop.new(files) == ["r.json"]


def test_nothing_is_written_unless_it_is_allowed(shop: Project, servers: dict[str, Any]) -> None:
    states = {system: SNAPSHOTS[system](server) for system, server in servers.items()}
    writes = {system: WRITES[system](server) for system, server in servers.items()}
    files = shop.files()
    ran = shop.run("-n", "2")
    for system, server in servers.items():
        assert ran.outcomes(f"{system}.reachable") == ["passed"], ran.out
        assert ran.outcomes(f"{system}.round_trip") == ["not_applicable"]
        until_let_go(server)
        assert WRITES[system](server) == writes[system]
        until_same(lambda s=system, t=server: SNAPSHOTS[s](t), states[system])  # type: ignore[misc]  # bound now
    assert shop.new(files) == ["r.json"]


def test_writes_of_one_target_are_no_leave_for_another(
    project: Project, servers: dict[str, Any]
) -> None:
    server = servers["redis"]
    project.settings(
        target("redis", server, writes=True), target("redis", server).replace(".main]", ".other]")
    )
    ran = project.run("readiness::redis::round_trip")
    assert sorted(ran.outcomes("redis.round_trip")) == ["not_applicable", "passed"], ran.out


def test_looking_at_the_catalogue_asks_nobody(project: Project, servers: dict[str, Any]) -> None:
    server = servers["redis"]
    project.settings(target("redis", server, writes=True))
    before, files = WRITES["redis"](server), project.files()
    for option in ("--collect-only", "--readiness-list"):
        assert project.run(option, "-p", "no:cacheprovider").exit == 0
    assert WRITES["redis"](server) == before
    assert project.files() == files
