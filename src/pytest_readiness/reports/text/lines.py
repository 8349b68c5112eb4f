"""Lines of text for a terminal: wrapped to its width, cut with a mark, each with its look.

Looks are the colours that every terminal has, on a light background as on a dark one: yellow
letters, hard to read on white, are for marks alone and never for a fact; a verdict is a badge,
which brings a background of its own. Words say whatever a colour says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from textwrap import wrap
from typing import Any

from pytest_readiness.model import Severity
from pytest_readiness.reports.text.signs import columns, cut, inert, padded, shown, signs

__all__ = [
    "ALIKE",
    "MOST",
    "WIDEST",
    "Line",
    "columns",
    "cut",
    "entry",
    "first",
    "indented",
    "joined",
    "mark",
    "more",
    "padded",
    "wrapped",
]

MOST = 10
"""Entries shown of a group; how many more there are is said."""

ALIKE = 3
"""Targets from which on a check that fails alike on them is one entry."""

WIDEST = 120
"""Columns used at most: longer lines are hard to read."""

_BROAD = 60
"""Columns from which on there is room for what belongs to an entry to stand below its name."""


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

    @property
    def plain(self) -> str:
        """All of its text."""
        return "".join(text for text, _ in self.pieces) if self.pieces else self.text

    def printable(self, encoding: str | None = None) -> Line:
        """The line, inert in a terminal, and in signs that the encoding has."""
        if self.pieces:
            pieces = [(shown(inert(text), encoding), look) for text, look in self.pieces]
            return Line(pieces=_trimmed(pieces))
        text = shown(inert(self.text), encoding).rstrip()
        return Line(text, self.red, self.green, self.yellow, self.bold)


def _trimmed(pieces: list[tuple[str, dict[str, Any]]]) -> list[tuple[str, dict[str, Any]]]:
    """Without spaces at the end of the line, which a selection would copy."""
    while pieces and not pieces[-1][0].rstrip():
        pieces = pieces[:-1]
    return [*pieces[:-1], (pieces[-1][0].rstrip(), pieces[-1][1])] if pieces else []


def first(found: list[Line], most: int) -> list[Line]:
    """No more lines than that, and a mark where there are more."""
    if len(found) <= most:
        return found
    return [*found[: most - 1], Line(f"{found[most - 1].text} …")]


def more(count: int, by: int = 2) -> Line:
    """That a group has more entries than are shown, and how to see them."""
    return Line(f"{' ' * by}… and {count} more (-v shows all)")


def mark(severity: Severity) -> tuple[str, dict[str, Any]]:
    """A severity as entries begin with it."""
    look = {Severity.BLOCKER: {"red": True, "bold": True}, Severity.HIGH: {"red": True}}
    return f"  {severity.value.upper():<8}", look.get(severity, {"yellow": True})


def entry(severity: Severity, text: str, width: int, *, whole: bool = False) -> list[Line]:
    """The head of an entry: in one line, unless all of it is wanted."""
    head = mark(severity)
    space = len(head[0])
    if not whole:
        return [Line(pieces=[head, (cut(text, max(width - space, 1)), {})])]
    parts = wrapped(text, width - space, "  ")
    rest = [Line(f"{' ' * space}{line.text}") for line in parts[1:]]
    return [Line(pieces=[head, (parts[0].text if parts else "", {})]), *rest]


def indented(text: str, width: int, by: int = 10) -> list[Line]:
    """Lines of a text below an entry."""
    by = by if width >= _BROAD else min(by, 4)
    space = " " * by
    # Two columns for the mark that a line after it was left out.
    return [Line(f"{space}{line.text}") for line in wrapped(text, max(width - by - 2, 10), "")]


def joined(parts: list[str], width: int, by: int = 10) -> list[Line]:
    """Parts below an entry, one behind the other, each of those after the first in one piece."""
    by = by if width >= _BROAD else min(by, 4)
    found = indented(parts[0], width, by) if parts else []
    for part in parts[1:]:
        if columns(found[-1].text) + 1 + columns(part) <= width - 2:
            found[-1] = Line(f"{found[-1].text} {part}")
        else:
            found += indented(part, width, by)
    return found


def wrapped(text: str, width: int, indent: str = "    ") -> list[Line]:
    """Lines of a text; what may be copied, commands and long names, is not broken."""
    width = max(width, len(indent) + 2)
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
    for sign, taken in signs(word):
        if used + taken > width:
            pieces.append(indent)
            used = len(indent)
        pieces[-1] += sign
        used += taken
    return pieces
