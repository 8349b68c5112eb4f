"""Fixtures of the whole suite: the real servers, and pytest run within pytest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox import Sandbox

pytest_plugins = ["pytester"]

_VARIABLES = (
    "REDIS_URL",
    "DATABASE_URL",
    "PGHOST",
    "RABBITMQ_URL",
    "AMQP_URL",
    "RABBITMQ_MANAGEMENT_URL",
    "KAFKA_BOOTSTRAP_SERVERS",
    "MLFLOW_TRACKING_URI",
    "READINESS_ENVIRONMENT",
    "PYTEST_ADDOPTS",
)


@pytest.fixture(scope="session")
def box() -> Iterator[Sandbox]:
    """The sandbox of real servers; equal servers are started once and shared."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def no_targets_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the developer's shell has set must not become a target of a test."""
    for name in _VARIABLES:
        monkeypatch.delenv(name, raising=False)
