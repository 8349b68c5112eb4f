"""What is read of a checklist: its items, their groups, and what was not read."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec

from pytest_readiness.model import Severity

SeverityFrom = Literal["comment", "priority", "token", "parent", "heading", "default"]
"""Where a severity was read; ``parent`` is the item that this one stands under, ``heading`` is a
heading's words, its comment, or what the settings say of it."""


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A check whose result stands in the place of the tick."""

    check: str
    """Id as written."""
    target: str | None = None
    limits: dict[str, float] = {}
    """Thresholds of the check, by name."""
    line: int = 0
    """Line of its comment, from 1 on."""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A task that is judged: one without tasks below it."""

    slug: str
    """Name within the file; distinct there."""
    title: str
    line: int
    """Line of the tick, from 1 on."""
    ticked: bool
    severity: Severity
    severity_from: SeverityFrom = "default"
    severity_word: str | None = None
    """What was read as the severity, as written."""
    section: tuple[str, ...] = ()
    """Headings that it stands under, the outermost first."""
    parent: str | None = None
    """Slug of the item that it stands under."""
    blank: str | None = None
    """A blank that is still to be filled, as written."""
    acceptance: str | None = None
    owner: str | None = None
    ref: str | None = None
    due: dt.date | None = None
    valid_for: float | None = None
    """Seconds for which a tick holds; None if it does not end."""
    links: tuple[Link, ...] = ()


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A heading with items, or an item with tasks below it: shown, and not judged."""

    slug: str
    """Distinct among headings; an item's comes from the same names as those of all items."""
    title: str
    line: int
    ticked: bool | None = None
    """None for a heading."""
    items: tuple[str, ...] = ()
    """Slugs of all items below it, at any depth."""
    called_out: str | None = None
    """What somebody should look at: ``ticked above 2 open items``."""


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A checklist."""

    file: str
    items: tuple[Item, ...] = ()
    """In the document's order."""
    groups: tuple[Group, ...] = ()
    """In the document's order."""
    unread: tuple[str, ...] = ()
    """What was not read, a line a kind."""

    @property
    def called_out(self) -> tuple[str, ...]:
        """What somebody should look at, with its line."""
        return tuple(
            f"line {group.line}: {group.title!r} is {group.called_out}"
            for group in self.groups
            if group.called_out
        )
