"""Which item of a checklist is which item of an older version of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from typing import Protocol, TypeVar

SIMILAR = 0.6
"""Likeness from which one title is another one reworded; difflib calls such texts close."""
_NEAR = 12
"""Items further apart, counted from where it would stand, are not compared by their titles."""


_NUMBER = re.compile(r"\d+")


class Item(Protocol):
    """What is needed of an item."""

    @property
    def key(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def text(self) -> str: ...


I = TypeVar("I", bound=Item)  # noqa: E741


def matched(new: Sequence[I], old: Sequence[I], older: Callable[[int], int | None]) -> dict[int, I]:
    """For lines of items in the newer version, what they were in the older one.

    First those whose line is the same, where ``older`` aligns the two; then those of the same
    key; then the most similar titles of what is left, not far from each other. A line that was
    copied has one original only: the other copy is new.
    """
    left = {item.line: item for item in old}
    found: dict[int, I] = {}
    for item in new:
        line = older(item.line)
        if line in left:
            found[item.line] = left.pop(line)
    by_key = {item.key: item for item in left.values()}
    for item in new:
        if item.line not in found and item.key in by_key:
            found[item.line] = left.pop(by_key.pop(item.key).line)
    if left:
        found.update(_reworded(new, old, found, left))
    return found


def _reworded(
    new: Sequence[I], old: Sequence[I], found: dict[int, I], left: dict[int, I]
) -> dict[int, I]:
    place = {item.line: index for index, item in enumerate(old)}
    candidates: list[tuple[float, int, int, int]] = []
    expected = 0
    for item in new:
        if item.line in found:
            expected = place[found[item.line].line] + 1
            continue
        for other in old[max(0, expected - _NEAR) : expected + _NEAR + 1]:
            if other.line in left:
                score = likeness(item.text, other.text)
                away = abs(place[other.line] - expected)
                candidates.append((-score, away, item.line, other.line))
    reworded: dict[int, I] = {}
    for score, _, line, other_line in sorted(candidates):
        if -score >= SIMILAR and line not in reworded and other_line in left:
            reworded[line] = left.pop(other_line)
    return reworded


def likeness(one: str, other: str) -> float:
    """From 0 to 1. Another number is another claim: FR-117 is not FR-118, nor 300 ms 500 ms."""
    if _NUMBER.findall(one) != _NUMBER.findall(other):
        return 0.0
    matcher = SequenceMatcher(None, one.casefold(), other.casefold(), autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= SIMILAR else 0.0
