"""This run beside an earlier one, as the page shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pytest_readiness.model import Change, Comparison, Scorecard
from pytest_readiness.reports.facts import floor, words
from pytest_readiness.reports.html.items import Findings

_MOST = 200
"""Changes shown of a kind; how many more there are is said."""


class Became(NamedTuple):
    """One check then and now."""

    change: Change
    anchor: str | None
    before: str
    now: str
    aside: str
    """Why, as far as anybody can tell."""


class Kind(NamedTuple):
    """Changes of one kind."""

    title: str
    look: str
    count: int
    changes: tuple[Became, ...]
    """The first of them."""


class Since(NamedTuple):
    """The comparison with the baseline."""

    comparison: Comparison
    then: str
    now: str
    kinds: tuple[Kind, ...]


def since(card: Scorecard, found: Findings) -> Since | None:
    """The comparison; None where there is no baseline."""
    told = card.comparison
    if told is None:
        return None
    kinds = (
        ("New failures", "bad", told.new_failures),
        ("Disappeared: in the baseline, and not in this run", "bad", told.disappeared),
        ("No longer judged, which mends nothing", "fair", told.no_longer_judged),
        ("Still failing", "fair", told.still_failing),
        ("Fixed", "good", told.fixed),
    )
    return Since(
        comparison=told,
        then=_score(told.score),
        now=_score(card.score),
        kinds=tuple(
            Kind(title, look, len(changes), _became(changes[:_MOST], found))
            for title, look, changes in kinds
            if changes
        ),
    )


def _became(changes: Sequence[Change], found: Findings) -> tuple[Became, ...]:
    return tuple(
        Became(
            change=one,
            anchor=found.anchors.get(one.label),
            before=words(one.before) if one.before else "not in the baseline",
            now=words(one.now) if one.now else "gone",
            aside=f"behind {one.behind}" if one.behind else one.why or "",
        )
        for one in changes
    )


def _score(value: float | None) -> str:
    return "none" if value is None else f"{floor(value):g}"
