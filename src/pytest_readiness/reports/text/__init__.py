"""The readiness section as lines of text: pure, so that its wording can be tested as text.

From the target lines down to the verdict, which stands last: what is still on the screen when the
run is over answers the question, names the rule that decided, and what to mend first.
"""

from __future__ import annotations

from pytest_readiness.model import Scorecard, Severity
from pytest_readiness.records.linking import OTHERWISE
from pytest_readiness.reports.facts import GRAVE, failed
from pytest_readiness.reports.text.asides import asides, urgent_only
from pytest_readiness.reports.text.compared import compared, since
from pytest_readiness.reports.text.entries import group, not_judged
from pytest_readiness.reports.text.lines import MOST, WIDEST, Line
from pytest_readiness.reports.text.measured import categories, measured, not_asked
from pytest_readiness.reports.text.records import otherwise, written
from pytest_readiness.reports.text.targets import targets
from pytest_readiness.reports.text.verdict import verdict

_NARROWEST = 20
"""Columns below which lines are left to the terminal to break."""


def lines(
    card: Scorecard, width: int, *, verbosity: int = 0, encoding: str | None = None
) -> list[Line]:
    """The whole section.

    Args:
        card: the decided scorecard.
        width: columns of the terminal; of more than 120, 120 are used.
        verbosity: as pytest has it. -1: targets with something wrong, what vetoes, waivers that
            end, and the verdict; -2: the verdict alone. 1: every entry of every list, what was
            measured where it passed, a score a category. 2: whole texts, and what is not asked.
        encoding: what is printed in; signs that it lacks are drawn with others.
    """
    width = min(max(width, _NARROWEST), WIDEST)
    if (encoding or "utf-8").lower().replace("-", "") not in ("utf8", "utf16", "utf32"):
        width -= 2  # the mark of what is cut may take three columns there
    shown = [] if verbosity < -1 else _above(card, width, verbosity)
    shown += [*verdict(card, width, verbosity), *since(card, width)]
    return [line.printable(encoding) for line in shown]


def _above(card: Scorecard, width: int, verbosity: int) -> list[Line]:
    """All but the verdict."""
    quiet = verbosity < 0
    most = len(card.findings) + MOST if verbosity > 0 else MOST
    shown = targets(card, width, wrong_only=quiet, most=most if verbosity > 0 else None)
    # Said above already, and once more by the checks that measure them.
    wrong = [f for f in failed(card) if not f.message.startswith(OTHERWISE)]
    now = [f for f in wrong if f.severity in GRAVE]
    later = [f for f in wrong if f.severity not in GRAVE]
    shown += otherwise(card, width, most)
    shown += group("fix now", now, width, verbosity)
    if quiet:
        # One that could not be judged forbids the launch as one that failed does.
        shown += not_judged(card, width, verbosity, only=Severity.BLOCKER)
        shown += urgent_only(card, width)
    else:
        shown += group("decide", later, width, verbosity)
        shown += not_judged(card, width, verbosity)
        shown += written(card, width, most)
        shown += asides(card, width, most)
    if verbosity > 0:
        shown += [*measured(card, width), *not_asked(card, width, verbosity)]
        shown += categories(card, width)
    return [*shown, *compared(card, width, quiet=quiet, most=most)]
