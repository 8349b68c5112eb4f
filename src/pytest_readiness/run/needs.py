"""Checks that need others: put behind them, and blocked where these did not pass.

A needed check that this process has not run, because an option left it out or because another
worker has it, is run once more without being reported: what it would say decides, not whether
somebody else happened to ask before.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from typing import NamedTuple

import pytest
from _pytest.runner import runtestprotocol

from pytest_readiness.model import Outcome
from pytest_readiness.outcomes import blocked
from pytest_readiness.policy.errors import meant_check, nearest
from pytest_readiness.run.part import ATTRIBUTE, unpacked
from pytest_readiness.run.records import RecordItem
from pytest_readiness.run.state import CHECK, Run

_MET = (Outcome.PASSED, Outcome.ATTESTED, Outcome.NOT_APPLICABLE)
"""Also what its target need not meet keeps nothing from being judged."""


_WORDS = {
    Outcome.FAILED: "failed",
    Outcome.ERROR: "is in error",
    Outcome.BLOCKED: "is blocked",
    Outcome.WAIVED: "is waived",
}


class Wanted(NamedTuple):
    """What one check waits for."""

    items: tuple[pytest.Item, ...] = ()
    lacking: tuple[str, ...] = ()
    """What it needs and nothing here judges, with the reason."""


NONE = Wanted()
WANTED: pytest.StashKey[Wanted] = pytest.StashKey()
BEHIND: pytest.StashKey[tuple[str, ...]] = pytest.StashKey()
"""Node ids of what a blocked check waits for."""


def arrange(items: list[pytest.Item], checks: Sequence[pytest.Item], run: Run) -> None:
    """Put each selected check behind those that it needs; the rest stays as it was.

    Args:
        items: the selected ones, changed in place.
        checks: all that were collected.
        run: the run.

    Raises:
        pytest.UsageError: a need of no check, of a record, or of each other.
    """
    if not any(item.stash[CHECK].spec.needs for item in checks):
        return
    by_name: dict[str, list[pytest.Item]] = {}
    for item in checks:
        for name in {item.nodeid, item.stash[CHECK].spec.id, item.stash[CHECK].label}:
            by_name.setdefault(name, []).append(item)
    wanted = {i: _wanted(i, by_name, run) for i in checks if i.stash[CHECK].spec.needs}
    selected = set(items)
    items[:] = [item for item in _in_order(checks, items, wanted) if item in selected]
    # Not before: other hooks are called even where the needs cannot be used.
    for item, found in wanted.items():
        item.stash[WANTED] = found


def _wanted(item: pytest.Item, by_name: Mapping[str, list[pytest.Item]], run: Run) -> Wanted:
    found: dict[pytest.Item, None] = {}
    lacking = []
    for need in item.stash[CHECK].spec.needs:
        candidates = _candidates(item, need, by_name)
        if candidates:
            found.update(dict.fromkeys(candidates))
        else:
            lacking.append(_lacking(item, need, by_name, run))
    for other in found:
        if isinstance(other, RecordItem):
            problem = "it is judged when all else has been, so nothing can wait for it"
            raise _refused(item, f"needs {other.stash[CHECK].label}: {problem}")
    return Wanted(tuple(found), tuple(lacking))


def _candidates(
    item: pytest.Item, need: str, by_name: Mapping[str, list[pytest.Item]]
) -> list[pytest.Item]:
    """The checks of a name: those on a check's own target, where it has one of that system."""
    parent = item.parent.nodeid if item.parent is not None else ""
    named = by_name.get(need) or by_name.get(f"{parent}::{need}") or []
    own = item.stash[CHECK]
    here = [
        other
        for other in named
        if own.target is not None
        and (other.stash[CHECK].system, other.stash[CHECK].target) == (own.system, own.target)
    ]
    return here or named


def _lacking(
    item: pytest.Item, need: str, by_name: Mapping[str, list[pytest.Item]], run: Run
) -> str:
    """Why nothing here judges what is needed, where there is such a check.

    Raises:
        pytest.UsageError: there is none.
    """
    check = run.catalogue.get(need.partition("[")[0])
    if check is None or check.system is None:
        if "::" in need and run.narrowed is not None:
            return f"needs {need}, and {run.narrowed}"
        hint = nearest(need, by_name) if "::" in need else meant_check(need, run.catalogue.ids())
        raise _refused(item, f"needs {need!r}, and there is no such check{hint}")
    targets = run.names(check.system)
    if not targets:
        return f"needs {need}, and no {check.system} target is configured"
    off = next(filter(None, (run.off(check, target) for target in targets)), "not on this target")
    return f"needs {need}, which is not asked: {off}"


def _refused(item: pytest.Item, problem: str) -> pytest.UsageError:
    return pytest.UsageError(f"readiness: {item.nodeid}: {problem}")


def _in_order(
    checks: Sequence[pytest.Item],
    items: Sequence[pytest.Item],
    wanted: Mapping[pytest.Item, Wanted],
) -> Iterable[pytest.Item]:
    """All checks, each behind what it needs, beginning with the selected in their order.

    Raises:
        pytest.UsageError: some need each other.
    """
    done: dict[pytest.Item, None] = {}
    for first in (*items, *checks):
        way: dict[pytest.Item, None] = {}
        waiting = [(first, False)]
        while waiting:
            item, seen = waiting.pop()
            if seen:
                way.pop(item)
                done[item] = None
            elif item in way:
                names = [other.stash[CHECK].label for other in way]
                circle = names[names.index(item.stash[CHECK].label) :]
                raise _refused(item, f"needs itself: {' needs '.join([*circle, circle[0]])}")
            elif item not in done:
                way[item] = None
                waiting.append((item, True))
                waiting += [(other, False) for other in reversed(wanted.get(item, NONE).items)]
    return done


class Needs:
    """Blocks a check where what it needs did not pass."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._told: dict[str, tuple[Outcome, str]] = {}
        """Outcome and message of the checks that this process has run, by node id."""
        self._quiet: set[pytest.Item] = set()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Know what a check needs before its own time begins to run."""
        for other in item.stash.get(WANTED, NONE).items:
            if other.nodeid not in self._told:
                self._ask(other, item)
        return (yield)

    def _ask(self, other: pytest.Item, item: pytest.Item) -> None:
        """Run a needed check without reporting it."""
        try:
            # What the check before it left set up is not what this one stands on.
            item.session._setupstate.teardown_exact(other)
        except Exception as error:
            self._told[other.nodeid] = Outcome.ERROR, f"what came before could not end: {error}"
            return
        self._quiet.add(other)
        try:
            other.ihook.pytest_runtest_protocol(item=other, nextitem=item)
        finally:
            self._quiet.discard(other)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember what became of a check, the worst of its phases."""
        self._learn(report)

    def _learn(self, report: pytest.TestReport) -> None:
        text = getattr(report, ATTRIBUTE, None)
        if text is None or getattr(report, "outcome", None) == "rerun":
            self._told.pop(report.nodeid, None)
            return
        part = unpacked(text)
        outcome, message = part.outcome, part.message
        if report.outcome == "failed" and (outcome is None or not outcome.wrong):
            outcome, message = Outcome.FAILED, "failed"
        known = self._told.get(report.nodeid)
        if outcome is not None and (known is None or outcome.order < known[0].order):
            self._told[report.nodeid] = outcome, message

    def quietly(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        """Run an item that is only asked, if it is one."""
        if item not in self._quiet:
            return None
        for report in runtestprotocol(item, log=False, nextitem=nextitem):
            self._learn(report)
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Block a check that lacks something."""
        wanted = item.stash.get(WANTED, None)
        if wanted is None:
            return
        lacking = list(wanted.lacking)
        behind = []
        for other in wanted.items:
            outcome, message = self._told.get(other.nodeid, (Outcome.BLOCKED, "it was not run"))
            if outcome not in _MET:
                behind.append(other.nodeid)
                lacking.append(
                    f"needs {other.stash[CHECK].label}, which {_WORDS[outcome]}: {message}"
                )
        if lacking:
            if not wanted.lacking:
                item.stash[BEHIND] = tuple(behind)
            blocked(lacking[0] + (f" (and {len(lacking) - 1} more)" if len(lacking) > 1 else ""))


class Quietly:
    """Takes the turn of an item that is run for its answer only."""

    def __init__(self, needs: Needs) -> None:
        self._needs = needs

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> bool | None:
        """Run it without a report."""
        return self._needs.quietly(item, nextitem)
