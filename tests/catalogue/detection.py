"""Which state of a real server shows each check failing, passing, or not judging: the table."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from pytest_readiness.run.catalogue import Catalogue
from pytest_readiness.systems import registry
from tests.catalogue.states import STATES, State

HERE = Path(__file__).parent


class Shown(NamedTuple):
    """The states that show one check in each of its outcomes."""

    check: str
    failed: tuple[str, ...]
    passed: tuple[str, ...]
    neither: tuple[str, ...]
    """Blocked, or not applicable."""

    @property
    def complete(self) -> bool:
        """Whether the check was seen to detect, to let pass, and to know when it cannot judge."""
        return bool(self.failed and self.passed and self.neither)


def states() -> list[State]:
    """Every declared state; imports the modules that declare them."""
    for path in sorted(HERE.glob("test_*.py")):
        import_module(f"{__package__}.{path.stem}")
    return STATES


def table(only: Collection[tuple[str, str]] | None = None) -> list[Shown]:
    """What is shown of each built-in check.

    Args:
        only: system and name of the states to count; all that are declared without it.
    """
    counted = [s for s in states() if only is None or (s.system, s.name) in only]
    return [_shown(check, counted) for check in Catalogue(registry()).ids()]


def _shown(check: str, counted: list[State]) -> Shown:
    system, _, name = check.partition(".")

    def showing(*outcomes: str) -> tuple[str, ...]:
        return tuple(
            state.name
            for state in counted
            if state.system == system and any(name in state.claims[o] for o in outcomes)
        )

    neither = showing("blocked", "not_applicable")
    return Shown(check, showing("failed"), showing("passed"), neither)


def lines(shown: list[Shown]) -> Iterator[str]:
    """The table as text, with its sums."""
    space = max((len(one.check) for one in shown), default=0)
    yield f"{'check':<{space}}  failed | passed | blocked or not applicable"
    for one in shown:
        cells = (_cell(one.failed), _cell(one.passed), _cell(one.neither))
        yield f"{one.check:<{space}}  {' | '.join(cells)}"
    complete = sum(one.complete for one in shown)
    yield f"{complete} of {len(shown)} checks were shown in all three"


def _cell(names: tuple[str, ...]) -> str:
    if not names:
        return "-"
    return names[0] if len(names) == 1 else f"{names[0]} (+{len(names) - 1})"
