"""The one mechanism that bounds an observation: a deadline that shuts sockets down.

No client library bounds its own time (handshakes without deadline, timeouts per read or per
address, retries by default). So each observation runs on a daemon thread, says what it is doing,
and hands over what must be shut down; the thread that waits for it calls :meth:`Watch.expire`.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

_MARGIN = 0.25
"""Seconds before a deadline at which an observation gathers what it has."""


class DeadlineExceeded(Exception):
    """The time of an observation is over; the text says what it was doing."""


class Watch:
    """A deadline with a memory of what is going on and what to shut down when it passes.

    Args:
        seconds: until then.
        within: the watch that this one has a share of; it knows what is going on, too, and can
            say so where its own deadline is the first to be noticed.
    """

    def __init__(self, seconds: float, within: Watch | None = None) -> None:
        self.seconds = seconds
        self._within = within
        self.phase = "starting"
        self._ends = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._closers: list[Callable[[], object]] = []
        self._expired = False

    def left(self) -> float:
        """Seconds left.

        Raises:
            DeadlineExceeded: none are.
        """
        left = self._ends - time.monotonic()
        if left <= 0 or self._expired:
            raise DeadlineExceeded(self.describe())
        return left

    @property
    def remaining(self) -> float:
        """Seconds left, 0 when the time is over."""
        return max(0.0, self._ends - time.monotonic())

    def describe(self) -> str:
        """What the deadline cut off, in plain words."""
        return f"no answer within {self.seconds:.3g} s ({self.phase})"

    def at(self, phase: str) -> None:
        """Say what is being done now: ``looking up db1``, ``TLS handshake``.

        Raises:
            DeadlineExceeded: the time is already over.
        """
        self.phase = phase
        if self._within is not None:
            self._within.phase = phase
        self.left()

    @contextlib.contextmanager
    def closing(self, closer: Callable[[], object]) -> Iterator[None]:
        """Call ``closer`` if the deadline passes inside the block, from another thread.

        Raises:
            DeadlineExceeded: the time is already over; ``closer`` has been called.
        """
        with self._lock:
            self._closers.append(closer)
            late = self._expired
        try:
            if late:
                _quietly(closer)
                raise DeadlineExceeded(self.describe())
            yield
        finally:
            with self._lock:
                self._closers.remove(closer)

    def closing_socket(self, sock: socket.socket) -> contextlib.AbstractContextManager[None]:
        """Shut a socket down if the deadline passes inside the block.

        Shutting down, unlike closing, wakes a thread that is blocked in a read.
        """
        return self.closing(lambda: sock.shutdown(socket.SHUT_RDWR))

    @contextlib.contextmanager
    def gathering(self) -> Iterator[Watch]:
        """A deadline a little before this one, which shuts down whatever is still open."""
        seconds = self.remaining
        inner = Watch(seconds - min(_MARGIN, seconds / 10))
        try:
            with self.closing(inner.expire):
                yield inner
        finally:
            inner.expire()

    def expire(self) -> None:
        """The time is over: shut down everything registered. Called by the waiting thread."""
        with self._lock:
            self._expired = True
            closers = list(self._closers)
        for closer in closers:
            _quietly(closer)


def _quietly(closer: Callable[[], object]) -> None:
    # A closer that fails has nothing left to close.
    with contextlib.suppress(Exception):
        closer()
