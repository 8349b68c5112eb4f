"""Fixtures: a project to run pytest in, and servers that are looked at before and after."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from pytest_readiness.systems.mlflow.roundtrip import EXPERIMENT
from tests.leavings.projects import Project, table
from tests.sandbox import Sandbox, Server

SERVERS: dict[str, dict[str, Any]] = {
    "redis": {},
    # Nobody but the run may be given a transaction's id.
    "postgres": {"settings": {"autovacuum": "off"}},
    "rabbitmq": {},
    "kafka": {},
    "mlflow": {},
}


@pytest.fixture(scope="session")
def servers(box: Sandbox) -> dict[str, Any]:
    """One server of each system, which every test leaves as it found it."""
    with ThreadPoolExecutor() as pool:
        started = {s: pool.submit(box.start, s, **options) for s, options in SERVERS.items()}
        found: dict[str, Any] = {system: future.result() for system, future in started.items()}
    # Made by the first round trip, and then there to stay, as its page says.
    with contextlib.suppress(Exception):
        found["mlflow"].call("experiments/create", {"name": EXPERIMENT})
    return found


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
