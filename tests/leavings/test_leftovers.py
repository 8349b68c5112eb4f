"""A run with leave to write removes what killed ones left: old and its own kind, nothing else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from pytest_readiness.systems.kafka import leftovers
from pytest_readiness.systems.mlflow.leftovers import OLD
from pytest_readiness.systems.mlflow.roundtrip import EXPERIMENT, TAG
from tests.leavings.conftest import target
from tests.leavings.projects import Project

UUID = "7c1b2f7e-5a0f-4d0b-9c55-0a4f6f1b2c3d"


def topic(seconds_ago: float, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a topic that a round trip made then."""
    now = time.time()
    with monkeypatch.context() as patched:
        patched.setattr(time, "time", lambda: now - seconds_ago)
        return leftovers.name()


@pytest.fixture
def admin(servers: dict[str, Any]) -> Iterator[Any]:
    """An administrator of Kafka."""
    from kafka import KafkaAdminClient

    client: Any = KafkaAdminClient(**servers["kafka"].client_options("admin"))
    yield client
    client.close()


def test_of_topics(
    project: Project, servers: dict[str, Any], admin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = [topic(leftovers.OLD + 60, monkeypatch) for _ in range(2)]
    # Another run's that may be at work, and topics that somebody named as we name ours.
    others = [topic(0, monkeypatch), topic(leftovers.OLD - 60, monkeypatch)]
    others += [f"readiness-{UUID}", "readiness-reports", f"x-{old[0]}"]
    project.settings(target("kafka", servers["kafka"]))
    before = set(admin.list_topics())
    made = {name: {"num_partitions": 1, "replication_factor": 1} for name in [*old, *others]}
    admin.create_topics(made)
    try:
        ran = project.run("readiness::kafka::min_insync_replicas")
        # Ours are nobody's to judge; what only begins like them is somebody's.
        assert ran.card is not None, ran.out
        assert not [name for name in (*old, *others[:2]) if name in str(ran.card["findings"])]
        assert set(admin.list_topics()) == before | set(made), "removing is writing too"
        ran = project.run("readiness::kafka::round_trip", "--readiness-writes")
        assert ran.outcomes("kafka.round_trip") == ["passed"], ran.out
        assert set(admin.list_topics()) == before | set(others)
    finally:
        admin.delete_topics(sorted(set(admin.list_topics()) - before))


def test_of_runs(project: Project, servers: dict[str, Any]) -> None:
    server = servers["mlflow"]
    found = server.call(f"experiments/get-by-name?experiment_name={EXPERIMENT}")
    ours = found["experiment"]["experiment_id"]

    def made(name: str, seconds_ago: float, *, experiment: str = ours, tag: str = TAG) -> str:
        body = {
            "experiment_id": experiment,
            "start_time": int(1000 * (time.time() - seconds_ago)),
            "run_name": name,
            "tags": [{"key": tag, "value": "x"}],
        }
        return str(server.call("runs/create", body)["run"]["info"]["run_id"])

    def stage(run: str) -> str:
        return str(server.call(f"runs/get?run_id={run}")["run"]["info"]["lifecycle_stage"])

    old = made("readiness-old", OLD + 60)
    others = [
        made("readiness-young", 0),
        made("readiness-younger than that", OLD - 60),
        made("readiness-without the tag", OLD + 60, tag="mine"),
        made("readiness-elsewhere", OLD + 60, experiment="0"),
    ]
    project.settings(target("mlflow", server))
    try:
        project.run("readiness::mlflow::reachable")
        assert stage(old) == "active", "removing is writing too"
        ran = project.run("readiness::mlflow::round_trip", "--readiness-writes")
        assert ran.outcomes("mlflow.round_trip") == ["passed"], ran.out
        assert [stage(run) for run in (old, *others)] == ["deleted", *["active"] * 4]
    finally:
        for run in others:
            server.call("runs/delete", {"run_id": run})


def test_which_topics_are_abandoned(monkeypatch: pytest.MonkeyPatch) -> None:
    young, old = topic(0, monkeypatch), topic(leftovers.OLD + 1, monkeypatch)
    others = ["readiness-reports", f"readiness-{UUID}", "orders"]
    assert leftovers.abandoned([young, old, *others]) == [old]
    assert leftovers.ours(young)
    assert not any(map(leftovers.ours, others))
