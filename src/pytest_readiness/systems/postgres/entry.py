"""Getting in: libpq polled step by step, and overheard as long as nothing is encrypted.

libpq keeps to itself how a server asked for the password, and waits for one that says nothing as
for one that thinks. Both are on the wire: what has come is looked at before libpq takes it.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import struct
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.postgres import words
from pytest_readiness.systems.postgres.dsn import Dsn, Node
from pytest_readiness.systems.postgres.wire import LONGEST, foreign, silence
from pytest_readiness.systems.watch import Watch

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn

_TICK = 0.2
"""Seconds after which a wait looks at the watch again."""

_PATIENCE = 0.6
"""Part of the time left after which a server that has said nothing is called silent."""


class Silent(Unreachable):
    """The server took the connection and said nothing; the text is all there is to say of it."""


class Entry:
    """One login on its way, at one address."""

    def __init__(self, pgconn: PGconn, way: Dsn, node: Node, watch: Watch) -> None:
        self._pgconn = pgconn
        self._way = way
        self._node = node
        self._watch = watch
        self.asks = ""
        """What the server asked for before login; empty where that was not heard."""
        self.met: float | None = None
        """When the connection stood; None if nobody took it."""
        self._spoke = False
        # Kerberos' encryption would hide what comes, as TLS does.
        self._listens = way.options.get("gssencmode", "disable") == "disable"

    def through(self, seconds: float) -> None:
        """Poll libpq to the end, good or bad, or until nobody has taken the connection in time.

        Args:
            seconds: how long somebody has to take it.

        Raises:
            Silent: somebody took it and said nothing.
            Unreachable: it is not PostgreSQL that answers.
            DeadlineExceeded: the watch ran out.
        """
        from psycopg import pq

        reading, writing = pq.PollingStatus.READING, pq.PollingStatus.WRITING
        self._watch.at(f"connecting to {self._node}")
        ends = time.monotonic() + seconds
        if self._pgconn.status == pq.ConnStatus.BAD:
            return
        if not wait(self._pgconn, selectors.EVENT_WRITE, self._watch, ends) or not self._taken():
            return
        self.met = time.monotonic()
        ends = self.met + _PATIENCE * self._watch.left()
        tls = self._way.mode == "prefer" and not self._node.socket
        self._watch.at(f"asking {self._node} for {'TLS' if tls else 'a session'}")
        status = self._pgconn.connect_poll()
        while status in (reading, writing):
            if self._spoke and self._pgconn.status != pq.ConnStatus.SSL_STARTUP:
                self._watch.at(f"logging in to {self._node}")
            event = selectors.EVENT_READ if status == reading else selectors.EVENT_WRITE
            if not wait(self._pgconn, event, self._watch, ends):
                raise Silent(self._silence())
            if status == reading:
                self._overhear()
                # One that has spoken may think for as long as there is time.
                ends = float("inf") if self._spoke else ends
            status = self._pgconn.connect_poll()

    @contextlib.contextmanager
    def _borrowed(self) -> Iterator[socket.socket]:
        """libpq's own socket, to look at."""
        sock = socket.socket(fileno=self._pgconn.socket)
        try:
            yield sock
        finally:
            sock.detach()

    def _taken(self) -> bool:
        try:
            with self._borrowed() as sock:
                sock.getpeername()
        except OSError:
            return False
        return True

    def _silence(self) -> str:
        assert self.met is not None
        with self._borrowed() as sock:
            return silence(sock, self._node, self._watch, time.monotonic() - self.met)

    def _peek(self) -> bytes:
        with contextlib.suppress(OSError), self._borrowed() as sock:
            # It does not block: libpq has made it so.
            return sock.recv(LONGEST, socket.MSG_PEEK)
        return b""

    def _overhear(self) -> None:
        """Look at what libpq is about to read.

        Raises:
            Unreachable: it is nothing that PostgreSQL says.
        """
        from psycopg import pq

        status, heard = self._pgconn.status, self._peek()
        if self._listens and status == pq.ConnStatus.SSL_STARTUP and not self._spoke:
            if heard[:1] not in (b"", b"S", b"N", b"E"):
                raise Unreachable(foreign(self._node, heard))
            self._watch.at(f"TLS handshake with {self._node}")
        elif status == pq.ConnStatus.AWAITING_RESPONSE and not self._pgconn.ssl_in_use:
            # Once: what libpq has taken in part does not begin where a message does.
            if self._listens:
                self.asks = self._asked(heard)
            self._listens = False
        self._spoke = self._spoke or bool(heard)

    def _asked(self, heard: bytes) -> str:
        if len(heard) < 9:
            return ""
        kind, length, code = struct.unpack("!cII", heard[:9])
        if kind == b"v" and 8 <= length <= LONGEST:
            # What it makes of the version of the protocol comes before.
            return self._asked(heard[1 + length :])
        if kind not in (b"R", b"E") or not 8 <= length <= LONGEST:
            raise Unreachable(foreign(self._node, heard))
        return words.asked(code) if kind == b"R" else ""


def wait(pgconn: PGconn, events: int, watch: Watch, ends: float = float("inf")) -> bool:
    """Wait until libpq's socket is ready; False if that was not before ``ends``.

    Raises:
        DeadlineExceeded: the watch ran out.
    """
    with selectors.DefaultSelector() as selector:
        selector.register(pgconn.socket, events)
        while True:
            left = ends - time.monotonic()
            if selector.select(max(0.0, min(_TICK, watch.left(), left))):
                return True
            if left <= 0:
                return False
