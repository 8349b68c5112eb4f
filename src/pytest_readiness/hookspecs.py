"""The hooks this plugin offers to others."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

    from pytest_readiness.model import Scorecard
    from pytest_readiness.systems.base import System


def pytest_readiness_systems() -> Iterable[System]:  # type: ignore[empty-body]  # a specification
    """Return systems of your own; they are then in no way second class."""


def pytest_readiness_scorecard(config: pytest.Config, scorecard: Scorecard) -> None:
    """Take the decided scorecard: post it, store it, write it in a format of your own.

    Called once, in the process that decides (not in xdist's workers), for every verdict,
    INCOMPLETE too; not where nothing is judged, as with ``--collect-only`` or an error in the
    settings. All files have been written by then, those of ``--readiness-report`` and JUnit's.

    The verdict stands: nothing can be changed any more, and every implementation gets a scorecard
    of its own. One that raises is one line in the summary and an exit status other than 0; the
    others are called all the same. What it prints appears as it is, so keep secrets out of it.

    Args:
        config: pytest's configuration.
        scorecard: as :mod:`pytest_readiness.model` describes it, and as the JSON report has it.
    """
