"""Lines of text for a terminal: wrapped to its width, cut with a mark, each with its look."""

from __future__ import annotations

from dataclasses import dataclass, field
from textwrap import wrap
from typing import Any
from unicodedata import category, east_asian_width

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


def indented(text: str, width: int, by: int = 10) -> list[Line]:
    """Lines of a text below an entry."""
    space = " " * by
    return [Line(f"{space}{line.text}") for line in wrapped(text, max(width - by - 2, 30), "")]


def wrapped(text: str, width: int, indent: str = "    ") -> list[Line]:
    """Lines of a text; what may be copied, commands and long names, is not broken."""
    if columns(text) != len(text):
        return [Line(line) for line in _by_columns(text, width, indent)]
    parts = wrap(
        text, width, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
    )
    return [Line(part) for part in parts]


def _by_columns(text: str, width: int, indent: str) -> list[str]:
    """Lines of a text with wide signs, between which a word too long for a line is broken."""
    lines = [text[: len(text) - len(text.lstrip())]]
    begun = False
    for word in text.split():
        taken = columns(word)
        if begun and columns(lines[-1]) + 1 + taken > width:
            lines.append(indent)
        elif begun:
            lines[-1] += " "
        begun = True
        if taken == len(word) or columns(lines[-1]) + taken <= width:
            lines[-1] += word
        else:
            lines[-1:] = _folded(lines[-1], word, width, indent)
    return lines


def _folded(line: str, word: str, width: int, indent: str) -> list[str]:
    """A line and a word that is too long for it: Chinese has no spaces to wrap at."""
    pieces, used = [line], columns(line)
    for sign in word:
        if used + _columns(sign) > width:
            pieces.append(indent)
            used = len(indent)
        pieces[-1] += sign
        used += _columns(sign)
    return pieces


def columns(text: str) -> int:
    """Columns that a text takes in a terminal: wide signs two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(_columns(sign) for sign in text)


def _columns(sign: str) -> int:
    if category(sign) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(sign) in "WF" else 1


def padded(text: str, width: int) -> str:
    """A text with spaces behind it up to a width."""
    return text + " " * max(width - columns(text), 0)


def cut(text: str, width: int) -> str:
    """A text in one line of that width, with a mark where something is missing."""
    if columns(text) <= width:
        return text
    if text.isascii():
        return f"{text[: max(width - 1, 0)]}…"
    kept, left = [], width - 1
    for sign in text:
        left -= _columns(sign)
        if left < 0:
            break
        kept.append(sign)
    return f"{''.join(kept)}…"
