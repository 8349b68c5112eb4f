"""As much of a report as a place has room for: the gravest first, and a word on what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

WHERE = "all of it stands in the JSON report, `--readiness-report readiness.json`"

_RESERVE = 160
"""Bytes for the words on what is left out, once for the report and once a section."""


class Entry(NamedTuple):
    """A piece that is shown as a whole or not at all."""

    rank: float
    """0 for what must be seen first."""
    text: str


class Section(NamedTuple):
    """Entries under one title."""

    title: str
    """Words of our own: nothing in it is escaped any more."""
    entries: Sequence[Entry]
    folded: bool = False
    """Whether it opens on a click."""
    head: str = ""
    """Head of a table whose rows the entries are; empty where they are blocks."""
    shown: int | None = None
    """Number of things that the title counts, where an entry is more than one of them."""


def fitted(head: str, sections: Iterable[Section], foot: str, limit: int) -> str:
    """The report in no more bytes than that; empty where not even its head has room.

    Args:
        head: what stands at the top, always.
        sections: those without an entry are left out.
        foot: what stands at the end, always.
        limit: bytes of UTF-8.
    """
    given = [section for section in sections if section.entries]
    fixed = _size(head) + _size(foot) + _RESERVE
    fixed += sum(_size(_framed(section, [])) + _RESERVE for section in given)
    if fixed > limit:
        return _head_only(head, limit)
    kept = _kept(given, limit - fixed)
    total = sum(len(section.entries) for section in given)
    missing = total - sum(len(numbers) for numbers in kept)
    top = f"{head}\n_{missing} of {total} entries are left out for length; {WHERE}._\n"
    parts = [top if missing else head]
    for section, numbers in zip(given, kept, strict=True):
        parts.append(_framed(section, [section.entries[n].text for n in sorted(numbers)]))
    return "".join([*parts, foot])


def _head_only(head: str, limit: int) -> str:
    short = f"{head}\n_Everything else is left out for length; {WHERE}._\n"
    return short if _size(short) <= limit else ""


def _kept(sections: Sequence[Section], room: int) -> list[set[int]]:
    """Entries that fit, by section: the first that does not ends it, so that none is skipped."""
    kept: list[set[int]] = [set() for _ in sections]
    order = sorted(
        (entry.rank, place, number)
        for place, section in enumerate(sections)
        for number, entry in enumerate(section.entries)
    )
    for _, place, number in order:
        room -= _size(sections[place].entries[number].text) + 2
        if room < 0:
            break
        kept[place].add(number)
    return kept


def _framed(section: Section, texts: Sequence[str]) -> str:
    """A section with these of its entries."""
    count = len(section.entries) if section.shown is None else section.shown
    title = f"{section.title} ({count})"
    left = len(section.entries) - len(texts)
    more = f"\n_… and {left} more, left out for length._\n" if left else ""
    body = "\n".join(texts) + "\n" if texts else ""
    body = f"{section.head}\n{body}" if section.head and texts else body
    if section.folded:
        return f"\n<details>\n<summary><b>{title}</b></summary>\n\n{body}{more}\n</details>\n"
    return f"\n### {title}\n\n{body}{more}"


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
