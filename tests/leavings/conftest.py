"""Fixtures: a project to run pytest in, and servers that are looked at before and after."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from pytest_readiness.systems.mlflow.roundtrip import EXPERIMENT
from tests.leavings.projects import Project, table
from tests.leavings.snapshots import OTHERS, connections
from tests.sandbox import Sandbox, Server

SERVERS: dict[str, dict[str, Any]] = {
    # Of its own: there must be no key of anybody's.
    "redis": {"settings": {"databases": "16"}},
    # Nobody but the run may be given a transaction's id.
    "postgres": {"settings": {"autovacuum": "off"}},
    "rabbitmq": {},
    "kafka": {},
    "mlflow": {},
}


@pytest.fixture(scope="session")
def started(box: Sandbox) -> dict[str, Any]:
    """One server of each system."""
    with ThreadPoolExecutor() as pool:
        waiting = {s: pool.submit(box.start, s, **options) for s, options in SERVERS.items()}
        found: dict[str, Any] = {system: future.result() for system, future in waiting.items()}
    # Made by the first round trip, and then there to stay, as its page says.
    with contextlib.suppress(Exception):
        found["mlflow"].call("experiments/create", {"name": EXPERIMENT})
    return found


@pytest.fixture
def servers(started: dict[str, Any]) -> dict[str, Any]:
    """The servers, which every test leaves as it found them; others may be connected to them."""
    for server in started.values():
        OTHERS[server.port] = connections(server.port)
    return started


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty project."""
    return Project(tmp_path)


def target(system: str, server: Server, **more: Any) -> str:
    """The table of a server, by the application's way in."""
    values: dict[str, Any] = {"url": server.url, "timeout": 20.0, **more}
    if system == "rabbitmq":
        values.setdefault("management_url", getattr(server, "management_url", None))
    return table(system, **values)
