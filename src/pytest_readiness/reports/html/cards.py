"""A card a target, and one each for what needs no target."""

from __future__ import annotations

from typing import NamedTuple

from pytest_readiness.model import Outcome, Scorecard, Target
from pytest_readiness.reports import parts
from pytest_readiness.reports.charts.bars import Shares, shares
from pytest_readiness.reports.facts import GRAVE
from pytest_readiness.reports.parts import Part

_MOST = 48
"""Cards that stand open: those with something wrong first."""


class TargetCard(NamedTuple):
    """What was judged of one target, or without one, and what people want to know of it."""

    part: Part
    name: str
    kind: str
    """The system; empty where the name says what it is."""
    target: Target | None
    look: str
    """``good``, ``fair``, ``bad``, or ``none`` where nothing was measured."""
    shares: Shares
    """What of its points was earned, and by what."""

    @property
    def note(self) -> str:
        """What is wrong, or how it comes that nothing is."""
        part = self.part
        waived = f"{part.waived} waived" if part.waived else ""
        if part.wrong:
            return "; ".join(filter(None, (parts.by_severity(part.wrong), waived)))
        if not part.judged:
            return f"nothing judged: {len(part.findings)} waived or not applicable"
        rest = "nothing else wrong" if waived else "nothing wrong"
        told = rest if _measured(part) else "attested, not measured"
        return f"{waived}, {told}" if waived else told


class Cards(NamedTuple):
    """The cards of a run."""

    first: tuple[TargetCard, ...]
    rest: tuple[TargetCard, ...]
    """Folded: of a fleet, what has nothing wrong, and what is too many."""
    unjudged: tuple[Target, ...]
    """Configured, and no check of this run looked at them."""

    @property
    def wrong(self) -> int:
        """Of the folded, those with something wrong."""
        return sum(bool(card.part.wrong) for card in self.rest)


def cards(card: Scorecard) -> Cards:
    """The cards, in the order in which targets are configured."""
    targets = {(t.system, t.name): t for t in card.about.targets}
    made = [_card(part, targets) for part in parts.by_owner(card)]
    judged = {(f.system, f.target) for f in card.findings}
    unjudged = tuple(t for key, t in targets.items() if key not in judged)
    if len(made) <= _MOST:
        return Cards(tuple(made), (), unjudged)
    wrong = [one for one in made if one.part.wrong]
    fine = [one for one in made if not one.part.wrong]
    return Cards(tuple(wrong[:_MOST]), tuple(wrong[_MOST:] + fine), unjudged)


def _card(part: Part, targets: dict[tuple[str, str], Target]) -> TargetCard:
    first = part.findings[0]
    target = targets.get((first.system or "", first.target or ""))
    if target is None:
        return TargetCard(part, part.name, "", None, look(part), shares(part))
    name = f"{target.name}@{first.vantage}" if first.vantage else target.name
    return TargetCard(part, name, target.system, target, look(part), shares(part))


def look(part: Part) -> str:
    """Which colours a part has: red where a blocker or a high is wrong, as in the terminal.

    What is waived failed: it is not green for being excused.
    """
    if not part.wrong:
        if part.waived and part.judged:
            return "fair"
        return "good" if _measured(part) else "none"
    return "bad" if any(f.severity in GRAVE for f in part.wrong) else "fair"


def _measured(part: Part) -> bool:
    """Whether something of it rests on more than somebody's word."""
    return any(f.outcome is Outcome.PASSED for f in part.findings)
