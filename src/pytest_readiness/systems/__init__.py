"""The registry: one line a system, nothing imported until used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module

from pytest_readiness.systems.base import System

BUILT_IN: Mapping[str, str] = {
    "postgres": "pytest_readiness.systems.postgres",
    "redis": "pytest_readiness.systems.redis",
    "rabbitmq": "pytest_readiness.systems.rabbitmq",
    "kafka": "pytest_readiness.systems.kafka",
    "mlflow": "pytest_readiness.systems.mlflow",
    "http": "pytest_readiness.systems.http",
}
"""Name of a system to the module that holds its ``SYSTEM``."""


def registry(others: Iterable[System] = ()) -> dict[str, System]:
    """All systems by name: the built-in ones, then those from outside the package."""
    found = {name: _built_in(module) for name, module in BUILT_IN.items()}
    found.update((system.name, system) for system in others)
    return found


def _built_in(module: str) -> System:
    system: System = import_module(module).SYSTEM
    return system
