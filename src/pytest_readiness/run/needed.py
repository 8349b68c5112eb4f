"""What a check needs, asked before its turn; blocked where that did not pass.

A needed check that this process has not run, because an option left it out or because another
worker has it, is run once more without being reported: what it would say decides, not whether
somebody else happened to ask before.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import pytest

from pytest_readiness.model import Outcome
from pytest_readiness.outcomes import blocked
from pytest_readiness.run.needs import WANTED, needed_by
from pytest_readiness.run.part import ATTRIBUTE, unpacked
from pytest_readiness.run.state import CHECK, Run
from pytest_readiness.waiving.words import BY, WITH

_MET = (Outcome.PASSED, Outcome.ATTESTED, Outcome.NOT_APPLICABLE)
"""Also what its target need not meet keeps nothing from being judged."""


_WORDS = {
    Outcome.FAILED: "failed",
    Outcome.ERROR: "is in error",
    Outcome.BLOCKED: "is blocked",
    Outcome.WAIVED: "is waived",
}


BEHIND: pytest.StashKey[tuple[str, ...]] = pytest.StashKey()
"""Node ids of what a blocked check waits for."""
EXCUSED: pytest.StashKey[tuple[str, ...]] = pytest.StashKey()
"""Labels of what it waits for, where all of these are waived."""


class _Hooks:
    """The hooks of a node, without those that tell others of a check."""

    def __init__(self, hooks: Any, learn: Callable[[pytest.TestReport], None]) -> None:
        self._hooks = hooks
        self._learn = learn

    def __getattr__(self, name: str) -> Any:
        return _Unheard() if name in _TELLING else getattr(self._hooks, name)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep a report, which pytest and plugins would print and count."""
        self._learn(report)


_TELLING = ("pytest_runtest_logstart", "pytest_runtest_logfinish", "pytest_warning_recorded")


class _Unheard:
    """A hook that nobody hears."""

    def __call__(self, **arguments: object) -> None:
        """Call nobody."""

    def call_historic(self, **arguments: object) -> None:
        """Call nobody, now or later."""


@contextmanager
def _unreported(
    session: pytest.Session, learn: Callable[[pytest.TestReport], None]
) -> Iterator[None]:
    """Let nobody else learn what becomes of the checks that are run meanwhile."""
    original = session.gethookproxy
    session.gethookproxy = lambda fspath: _Hooks(original(fspath), learn)  # type: ignore[assignment,method-assign,return-value]
    try:
        yield
    finally:
        del session.gethookproxy


class Needs:
    """Blocks a check where what it needs did not pass."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._told: dict[str, tuple[Outcome, str]] = {}
        """Outcome and message of the checks that this process has run, by node id."""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Know what a check needs before its own time begins to run."""
        for other, following in pairwise((*self._unasked(item), item)):
            self._ask(other, following)
        return (yield)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        """Take down what the check that is asked in between does not stand on.

        Here it is this check's that it cannot be taken down, as it would be without the need.
        """
        if nextitem is not None and (unasked := self._unasked(nextitem)):
            item.session._setupstate.teardown_exact(unasked[0])

    def _unasked(self, item: pytest.Item) -> list[pytest.Item]:
        """What a check needs and this process has not run, each behind what it needs itself."""
        return needed_by(item, known=lambda other: other.nodeid in self._told)

    def _ask(self, other: pytest.Item, following: pytest.Item) -> None:
        """Run a needed check without reporting it."""
        try:
            # Where nothing has been taken down for it, as behind another plugin's protocol.
            other.session._setupstate.teardown_exact(other)
        except pytest.exit.Exception:
            raise
        except (Exception, pytest.fail.Exception, pytest.skip.Exception) as error:
            self._told[other.nodeid] = Outcome.ERROR, f"what came before could not end: {error}"
            return
        with _unreported(other.session, self._learn):
            # By whoever runs checks: what fails may have to be run again before it has failed.
            other.ihook.pytest_runtest_protocol(item=other, nextitem=following)

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

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Block a check that lacks something."""
        wanted = item.stash.get(WANTED, None)
        if wanted is None:
            return
        behind = [(other, *self._learnt(other)) for other in wanted.items]
        behind = [one for one in behind if one[1] not in _MET]
        lacking = [*wanted.lacking, *(self._why(*one) for one in behind)]
        if lacking:
            if not wanted.lacking:
                item.stash[BEHIND] = tuple(other.nodeid for other, _, _ in behind)
                if all(outcome is Outcome.WAIVED for _, outcome, _ in behind):
                    labels = (other.stash[CHECK].label for other, _, _ in behind)
                    item.stash[EXCUSED] = tuple(labels)
            blocked(lacking[0] + (f" (and {len(lacking) - 1} more)" if len(lacking) > 1 else ""))

    def _learnt(self, other: pytest.Item) -> tuple[Outcome, str]:
        return self._told.get(other.nodeid, (Outcome.BLOCKED, "it was not run"))

    @staticmethod
    def _why(other: pytest.Item, outcome: Outcome, message: str) -> str:
        # Who waived it stands in its own message: here it would be taken for this check's waiver.
        cause = message.partition(BY)[0].partition(WITH)[0]
        return f"needs {other.stash[CHECK].label}, which {_WORDS[outcome]}: {cause}"
