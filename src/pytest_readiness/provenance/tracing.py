"""From a file on the disk to what git says of places in it: the part ticks and lines share."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from typing import TypeVar

from pytest_readiness.provenance.alignment import Alignment
from pytest_readiness.provenance.git import GitError, NoRepository
from pytest_readiness.provenance.history import History
from pytest_readiness.provenance.marks import Mark, MarkState, without
from pytest_readiness.provenance.place import Place, place, tracked
from pytest_readiness.provenance.recent import Recent
from pytest_readiness.provenance.walk import At, Step, Unreadable, origins

K = TypeVar("K", bound=Hashable)

DISK = "disk"
"""The version that is no blob of git's: the file as it stands."""


class Versions:
    """Texts of a file's versions, as lines, and how two of them align."""

    def __init__(self, history: History, form: Callable[[str], str]) -> None:
        self.history = history
        self._form = form
        self._lines: Recent[str, list[str]] = Recent()
        self._aligned: Recent[tuple[str, str], Alignment] = Recent()

    def text(self, oid: str) -> str:
        """Raises Unreadable for a version that is too large."""
        text = self.history.text(oid)
        if text is None:
            raise Unreadable(oid)
        return text

    def lines(self, oid: str) -> list[str]:
        """Raises Unreadable for a version that is too large."""
        if oid not in self._lines:
            self._lines[oid] = [line.rstrip() for line in self.text(oid).split("\n")]
        return self._lines[oid]

    def alignment(self, new: str, old: str) -> Alignment:
        """Raises Unreadable for a version that is too large."""
        if (new, old) not in self._aligned:
            self._aligned[new, old] = Alignment(self.lines(new), self.lines(old), self._form)
        return self._aligned[new, old]


def trace(
    path: Path,
    text: str,
    things: Mapping[K, At],
    stepping: Callable[[History], Step],
    seconds: float,
) -> dict[K, Mark]:
    """What git says of things in a file whose text on the disk is given."""
    if not things:
        return {}
    try:
        where = place(path, seconds)
        history = _history(where)
        if isinstance(history, Mark):
            return dict.fromkeys(things, history)
        history.keep(DISK, text)
        return _committed(history, things, stepping(history))
    except NoRepository as error:
        return _all(things, "outside", str(error))
    except GitError as error:
        return _all(things, "unknown", str(error))


def _history(where: Place) -> History | Mark:
    if where.head is None:
        if tracked(where):
            return without("uncommitted", "nothing is committed in this repository yet")
        return without("untracked", "the file is not in git")
    history = History(where)
    if history.blob(where.head, where.name):
        return history
    if not tracked(where):
        return without("untracked", "the file is not in git")
    old = history.staged_from()
    if old is None:
        return without("uncommitted", "the file is not committed yet")
    return History(where._replace(name=old))


def _committed(history: History, things: Mapping[K, At], step: Step) -> dict[K, Mark]:
    newest = history.newest()
    start: dict[K, At] = {}
    for thing, at in things.items():
        try:
            there = step(at, newest)
        except Unreadable:
            there = at
        if there:
            start[thing] = there
    found = origins(history, start, step) if start else {}
    uncommitted = without("uncommitted", "it is in the working tree, not in a commit")
    return {thing: found.get(thing, uncommitted) for thing in things}


def _all(things: Mapping[K, At], state: MarkState, detail: str) -> dict[K, Mark]:
    return dict.fromkeys(things, without(state, detail))
