"""What is being observed at the moment, for those who wait: in this process, or told to another.

A worker of pytest-xdist has no terminal. It leaves a small file for what it is at in the folder
that the workers share, which the controller looks into; it does so when an observation begins,
fails and ends, so it needs no thread for it.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

_SUFFIX = ".underway"

_STALE = 30.0
"""Seconds beyond its limit after which what a worker was at is taken for a dead one's."""

_NAMED = 3
"""Names that a line has; of others it says how many there are."""


class Doing(NamedTuple):
    """One thing that is under way."""

    name: str
    """``redis[cache]``."""
    since: float
    """By the clock that all processes of this machine share, ``time.monotonic()``."""
    limit: float
    """Seconds it may take."""
    cause: str = ""
    """Why it has not succeeded yet."""


class Board:
    """What this process observes.

    Args:
        folder: where to leave it for the controller; None where this process is not a worker.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._doing: dict[str, Doing] = {}
        self.done = 0
        self.expected = 0

    @contextlib.contextmanager
    def doing(self, name: str, key: str, limit: float) -> Iterator[Callable[[str], None]]:
        """Something is under way inside the block; call what it gives with why it failed so far.

        Args:
            name: for people.
            key: fit for a file name.
            limit: seconds it may take.
        """
        began = time.monotonic()

        def tell(cause: str) -> None:
            self._set(key, Doing(name, began, limit, cause))

        tell("")
        try:
            yield tell
        finally:
            with self._lock:
                self._doing.pop(key, None)
                self.done += 1
            if self._folder is not None:
                with contextlib.suppress(OSError):
                    (self._folder / f"{key}{_SUFFIX}").unlink()

    def _set(self, key: str, one: Doing) -> None:
        with self._lock:
            self._doing[key] = one
        if self._folder is not None:
            # Whoever waits sees less without it, and no more than that.
            with contextlib.suppress(OSError):
                new = self._folder / f"{key}.new"
                how = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
                with open(os.open(new, how, 0o600), "wb") as stream:
                    stream.write(msgspec.json.encode(one))
                new.replace(self._folder / f"{key}{_SUFFIX}")

    def entries(self) -> list[Doing]:
        """What is under way here."""
        with self._lock:
            return list(self._doing.values())


def posted(folder: Path, now: float) -> list[Doing]:
    """What the workers that share a folder have under way."""
    found = []
    for path in sorted(folder.glob(f"*{_SUFFIX}")):
        with contextlib.suppress(OSError, msgspec.MsgspecError, ValueError):
            one = msgspec.json.decode(path.read_bytes(), type=Doing)
            if now - one.since < one.limit + _STALE:
                found.append(one)
    return found


def observed(folder: Path) -> int:
    """How many targets the workers that share a folder have observed."""
    return sum(1 for _ in folder.glob("*.facts"))


def waiting(found: Sequence[Doing], now: float, done: int, expected: int) -> str:
    """``waiting for redis[cache]: 12 s of 60 s, 3 of 5 observed (connection refused)``.

    Args:
        found: what is under way; not empty.
        now: by the same clock.
        done: targets that have been observed.
        expected: targets to observe; 0 where nobody knows.
    """
    eldest = min(found, key=lambda one: one.since)
    names = ", ".join(one.name for one in found[:_NAMED])
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    share = f", {done}{f' of {expected}' if expected else ''} observed"
    share = share if done or expected > 1 else ""
    cause = f" ({eldest.cause})" if eldest.cause else ""
    return f"waiting for {names}{more}: {spent(eldest, now)}{share}{cause}"


def spent(one: Doing, now: float) -> str:
    """``12 s of 60 s``; of what may take as long as it likes, ``12 s``."""
    seconds = int(now - one.since)
    return f"{seconds} s of {one.limit:g} s" if one.limit else f"{seconds} s"
