"""A line a target, and one each for what needs no target: a bar, a score, what is wrong."""

from __future__ import annotations

from collections.abc import Iterable

from pytest_readiness.model import Scorecard
from pytest_readiness.reports.facts import GRAVE, Part, by_owner, by_severity, floor
from pytest_readiness.reports.text.lines import Line, columns, cut, padded

_MOST_TARGETS = 50
"""Targets shown; of more, those with something wrong."""

_BAR = 10


def targets(card: Scorecard, width: int) -> Iterable[Line]:
    """The lines; of a fleet, those that somebody has to look at."""
    parts = by_owner(card)
    space = min(max((columns(part.name) for part in parts), default=0), max(width - 52, 14))
    shown = parts
    if len(parts) > _MOST_TARGETS:
        shown = [part for part in parts if part.wrong]
    for part in shown[:_MOST_TARGETS]:
        yield _target(part, space, width)
    if len(parts) > _MOST_TARGETS:
        yield Line(_rest(len(shown), len(parts)))


def _rest(wrong: int, all_: int) -> str:
    """What is not shown of a fleet: ``… and 3 more with something wrong, 1940 all right``."""
    more = wrong - _MOST_TARGETS
    return (
        f"… and {f'{more} more with something wrong, ' if more > 0 else ''}{all_ - wrong} all right"
    )


def _target(part: Part, space: int, width: int) -> Line:
    value, wrong = part.score, part.wrong
    full = 0 if value is None else int(value / 100 * _BAR)
    bar = "█" * full + "░" * (_BAR - full)
    shown = "    -" if value is None else f"{floor(value):5.1f}"
    shown_name = padded(cut(part.name, space), space)
    head = f"{shown_name}  {bar} {shown}  {part.done:>3} of {part.judged:<3} "
    grave = any(f.severity in GRAVE for f in wrong)
    colour = "green" if not wrong else ("red" if grave else "yellow")
    return Line(
        pieces=[(head, {colour: True}), (cut(by_severity(wrong), width - columns(head)), {})]
    )
