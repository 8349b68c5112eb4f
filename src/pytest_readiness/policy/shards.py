"""Parts of a run: ``2/8`` is the second of eight, ``1-3,5/8`` is four of them merged."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

MOST = 1000
"""Parts that a run may have."""

_ONE = re.compile(r"\s*(\d{1,6})\s*/\s*(\d{1,6})\s*", re.ASCII)
_SOME = re.compile(r"(\d{1,4}(?:-\d{1,4})?(?:,\d{1,4}(?:-\d{1,4})?)*)/(\d{1,4})", re.ASCII)


class Part(NamedTuple):
    """Some of the parts of a run."""

    numbers: frozenset[int]
    """Which, from 1 on."""
    of: int
    """How many there are."""

    @property
    def missing(self) -> list[int]:
        """Those that are not among them."""
        return [number for number in range(1, self.of + 1) if number not in self.numbers]

    def __str__(self) -> str:
        return f"{spans(self.numbers)}/{self.of}"


def one(text: str) -> Part:
    """A part as people ask for it: ``2/8``.

    Raises:
        ValueError: the text is no part.
    """
    match = _ONE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no shard; write 2/8 for the second of eight")
    number, of = int(match[1]), int(match[2])
    if of > MOST:
        raise ValueError(f"at most {MOST} shards")
    if not 1 <= number <= of:
        raise ValueError(
            f"{text!r} is no shard; they count from 1/{max(of, 1)} to {max(of, 1)}/{max(of, 1)}"
        )
    return Part(frozenset({number}), of)


def some(text: str) -> Part:
    """Parts as a report names them: ``2/8``, or ``1-3,5/8``.

    Raises:
        ValueError: the text names no parts.
    """
    match = _SOME.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:40]!r} is no shard")
    of, numbers = int(match[2]), set[int]()
    for span in match[1].split(","):
        low, _, high = span.partition("-")
        numbers.update(range(int(low), int(high or low) + 1))
    if not numbers or min(numbers) < 1 or max(numbers) > of or of > MOST:
        raise ValueError(f"{text[:40]!r} is no shard")
    return Part(frozenset(numbers), of)


def spans(numbers: Iterable[int]) -> str:
    """Numbers as people list them: ``1-3,5``."""
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][-1] + 1:
            found[-1].append(number)
        else:
            found.append([number])
    return ",".join(f"{s[0]}-{s[-1]}" if len(s) > 1 else str(s[0]) for s in found)
