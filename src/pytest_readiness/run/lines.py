"""Lines of text for a terminal: wrapped to its width, cut with a mark, each with its look."""

from __future__ import annotations

from dataclasses import dataclass, field
from textwrap import wrap
from typing import Any

MOST = 10
"""Entries shown of a group; how many more there are is said."""


@dataclass
class Line:
    """One line, plain or in pieces with a look of their own."""

    text: str = ""
    red: bool = False
    green: bool = False
    yellow: bool = False
    bold: bool = False
    pieces: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def markup(self) -> dict[str, bool]:
        """As pytest's terminal writer takes it."""
        looks = ("red", "green", "yellow", "bold")
        return {look: True for look in looks if getattr(self, look)}


def first(found: list[Line], most: int) -> list[Line]:
    """No more lines than that, and a mark where there are more."""
    if len(found) <= most:
        return found
    return [*found[: most - 1], Line(f"{found[most - 1].text} …")]


def more(count: int) -> Line:
    """That a group has more entries than are shown."""
    return Line(f"  … and {count} more (all by --readiness-report FILE.json)")


def indented(text: str, width: int) -> list[Line]:
    """Lines of a text below an entry."""
    return [Line(f"          {line.text}") for line in wrapped(text, max(width - 12, 30), "")]


def wrapped(text: str, width: int, indent: str = "    ") -> list[Line]:
    """Lines of a text; what may be copied, commands and long names, is not broken."""
    parts = wrap(
        text, width, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
    )
    return [Line(part) for part in parts]


def cut(text: str, width: int) -> str:
    """A text in one line of that width, with a mark where something is missing."""
    return text if len(text) <= width else f"{text[: max(width - 1, 0)]}…"
