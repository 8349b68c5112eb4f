"""A line a target, and one each for what needs no target: a bar, a score, what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pytest_readiness.model import Scorecard
from pytest_readiness.reports.facts import GRAVE, floor
from pytest_readiness.reports.parts import Part, by_owner, by_severity
from pytest_readiness.reports.text.lines import Line, columns, padded, wrapped
from pytest_readiness.reports.text.signs import squeezed

_MOST_TARGETS = 50
"""Targets shown; of more, those with something wrong."""

_BAR = range(4, 11)
"""Signs of a bar: as long as there is room beside what is wrong; none where there is less."""

_NAME = 14
"""Columns that are left to the names at least."""


def targets(
    card: Scorecard, width: int, *, wrong_only: bool = False, most: int | None = None
) -> list[Line]:
    """The lines; of a fleet, those that somebody has to look at.

    Args:
        card: the decided scorecard.
        width: columns of the terminal.
        wrong_only: leave out what is all right, if it can be counted in a line.
        most: lines to show; None for those of a screen.
    """
    parts = by_owner(card)
    shown, limit = parts, most or _MOST_TARGETS
    if len(parts) > limit or wrong_only:
        shown = [part for part in parts if part.wrong]
    lines = table(shown[:limit], width)
    if len(shown[:limit]) < len(parts):
        lines += wrapped(_rest(len(shown), len(parts), limit), width)
    return lines


def _rest(wrong: int, all_: int, limit: int) -> str:
    """What is not shown of a fleet: ``… and 3 more with something wrong, 1940 all right``."""
    more = wrong - limit
    told = (
        f"{more} more with something wrong" if more > 0 else "",
        f"{all_ - wrong} all right" if all_ > wrong else "",
    )
    start = "… and " if wrong else ""
    return f"{start}{', '.join(part for part in told if part)}"


def table(parts: Sequence[Part], width: int, indent: int = 0) -> list[Line]:
    """A line a part, in columns; what is wrong goes on below where there is no room for it."""
    figures = _figures(parts)
    rests = [by_severity(part.wrong) for part in parts]
    longest = max((columns(part.name) for part in parts), default=0)
    taken = indent + max(map(len, figures), default=0) + _usual(rests)
    bar = min(width - longest - taken - 2, _BAR[-1])
    bar = bar if bar in _BAR else 0
    space = min(longest, max(width - taken - (bar and bar + 2), _NAME))
    shown = []
    for part, told, rest in zip(parts, figures, rests, strict=True):
        name = f"{' ' * indent}{padded(squeezed(part.name, space), space)}"
        shown += _row([(name, {}), _bar(part, bar), (told, {})], rest, width)
    return shown


def _usual(rests: Sequence[str]) -> int:
    """Columns for what is wrong: one in four may go on below, rather than take the bars away."""
    widths = sorted(map(columns, rests))
    return widths[(3 * len(widths) - 1) // 4] if widths else 0


def _figures(parts: Sequence[Part]) -> list[str]:
    """Score, and how many of how many: ``  57.1  1 of 12  ``, one below the other."""
    done = max((len(str(part.done)) for part in parts), default=0)
    judged = max((len(str(part.judged)) for part in parts), default=0)
    values = ["-" if part.score is None else f"{floor(part.score):.1f}" for part in parts]
    return [
        f" {value:>5}  {part.done:>{done}} of {part.judged:<{judged}}  "
        for value, part in zip(values, parts, strict=True)
    ]


def _row(head: list[tuple[str, dict[str, Any]]], rest: str, width: int) -> list[Line]:
    used = sum(columns(text) for text, _ in head)
    whole = rest.replace(" ", "_").replace(",_", ", ").replace(";_", "; ")
    told = [line.text.replace("_", " ") for line in wrapped(whole, max(width - used, 12), "")]
    told = told or [""]
    start = " " * min(used, max(width - 12, 0))
    return [Line(pieces=[*head, (told[0], {})]), *(Line(f"{start}{text}") for text in told[1:])]


def _bar(part: Part, length: int) -> tuple[str, dict[str, Any]]:
    """A picture of the score: full only where nothing is missing."""
    full = 0 if part.score is None else int(part.score / 100 * length)
    grave = any(f.severity in GRAVE for f in part.wrong)
    colour = "green" if not part.wrong else ("red" if grave else "yellow")
    # Empty, and not a bar of nothing, where there is no score.
    drawn = "█" * full + ("░" if part.score is not None else " ") * (length - full)
    return f"  {drawn}" if length else "", {colour: True}
