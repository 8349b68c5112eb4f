"""Who ticked the items of a checklist, and when: the commit in which a tick changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from pytest_readiness.provenance.git import SECONDS
from pytest_readiness.provenance.glances import at_a_glance
from pytest_readiness.provenance.history import History, decoded
from pytest_readiness.provenance.marks import Mark
from pytest_readiness.provenance.matching import matched
from pytest_readiness.provenance.tracing import DISK, Versions, trace
from pytest_readiness.provenance.walk import At, Step, Unreadable


class Seen(NamedTuple):
    """An item as a reader sees it in one version of a checklist."""

    key: str
    """Its slug."""
    line: int
    """From 1 on."""
    text: str
    """Its title."""
    ticked: bool


Reader = Callable[[str], Sequence[Seen]]
"""From the text of one version, with plain line ends, to its items."""


def ticks(path: Path, reader: Reader, *, timeout: float = SECONDS) -> dict[str, Mark]:
    """For each ticked item of the file as it is on the disk, by key: who ticked it and when.

    The commit is the latest, on any branch that led here, in which the item was open, or not
    there, before, and ticked after. Rewording, indenting and moving an item, other line ends,
    and a new name of the file change nothing. What a copied file brings along is its copier's.

    ``timeout`` is in seconds, for all of the file; what is not found by then is unknown.

    Of a file that cannot be read nothing is known: no marks. What the reader raises for the text
    on the disk is raised here; for an older text it means that this is passed over.
    """
    try:
        text = decoded(path.read_bytes())
    except OSError:
        return {}
    things = {item.key: At(DISK, item.line) for item in reader(text) if item.ticked}
    return trace(path, text, things, lambda history: _stepping(history, reader), timeout)


def _stepping(history: History, reader: Reader) -> Step:
    return _Items(history, reader).older


class _Items(Versions):
    """Items in the versions of a checklist. Reading one takes long, so few are read."""

    def __init__(self, history: History, reader: Reader) -> None:
        super().__init__(history, str.strip)
        self._reader = reader
        self._seen: dict[str, Sequence[Seen] | None] = {}
        self._matched: dict[tuple[str, str], dict[int, Seen]] = {}

    def older(self, at: At, oid: str) -> At | None:
        """Where the ticked item is ticked in an older version."""
        alignment = self.alignment(at.oid, oid)
        if alignment.plain:
            known = at_a_glance(alignment, at.line)
            if known is not None:
                return At(oid, known) if known else None
        item = self._match(at, oid)
        return At(oid, item.line) if item and item.ticked else None

    def _match(self, at: At, oid: str) -> Seen | None:
        if (at.oid, oid) not in self._matched:
            alignment = self.alignment(at.oid, oid)
            pair = self._items(at.oid), self._items(oid)
            self._matched[at.oid, oid] = matched(*pair, alignment.older)
        return self._matched[at.oid, oid].get(at.line)

    def _items(self, oid: str) -> Sequence[Seen]:
        if oid not in self._seen:
            self.history.in_time()
            try:
                self._seen[oid] = tuple(self._reader(self.text(oid)))
            except Unreadable:
                raise
            except Exception:
                # The reader is somebody else's, and the text an old one: any of them may fail.
                self._seen[oid] = None
        items = self._seen[oid]
        if items is None:
            raise Unreadable(oid)
        return items
