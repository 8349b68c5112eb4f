"""The hooks this plugin offers to others."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_readiness.systems.base import System


def pytest_readiness_systems() -> Iterable[System]:  # type: ignore[empty-body]  # a specification
    """Return systems of your own; they are then in no way second class."""
