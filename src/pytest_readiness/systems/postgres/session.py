"""A session for observing: libpq asked step by step, so that no call of it ever blocks."""

from __future__ import annotations

import contextlib
import re
import selectors
import socket
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from pytest_readiness.systems.base import ClientMissing, Unreachable
from pytest_readiness.systems.postgres.dsn import Dsn, Node
from pytest_readiness.systems.postgres.entry import Entry, wait
from pytest_readiness.systems.watch import Watch

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn, PGresult


class Refused(Exception):
    """A statement failed; carries the SQLSTATE."""

    def __init__(self, state: str, text: str) -> None:
        super().__init__(f"{text} ({state})" if state else text)
        self.state = state


class Arrival(NamedTuple):
    """What was met on the way in."""

    peer: str
    """Address that was connected to; the path of a Unix socket."""
    connect_ms: float
    asks: str
    """What was asked for before login; empty where that was not heard."""


class Session:
    """One login; every answer is bounded by the watch."""

    def __init__(self, pgconn: PGconn, node: Node, watch: Watch, arrived: Arrival) -> None:
        self.arrived = arrived
        self._pgconn = pgconn
        self._watch = watch
        self.node = node

    @property
    def encrypted(self) -> bool:
        """Whether this leg is encrypted; behind a pooler, the server speaks of another one."""
        return bool(self._pgconn.ssl_in_use)

    @property
    def used_password(self) -> bool:
        """Whether the server asked for a password."""
        return bool(self._pgconn.used_password)

    @property
    def password(self) -> str | None:
        """The password it was entered with, wherever libpq took it from; None if none was asked."""
        given = self._pgconn.password if self.used_password else None
        return given.decode("utf-8", "replace") if given else None

    @property
    def number(self) -> int:
        """Version as a number: 150018."""
        return self._pgconn.server_version

    @property
    def version(self) -> str:
        """Version as the server tells it, without the packager's words: ``15.18``."""
        told = self._pgconn.parameter_status(b"server_version") or b""
        return told.decode("utf-8", "replace").partition(" ")[0]

    def ask(self, sql: str, phase: str, share: float = 0.9) -> bytes | None:
        """The one value that a statement returns, in one round trip.

        Args:
            sql: the statement.
            phase: what it is for, in plain words.
            share: part of the time left after which the server gives it up by itself.

        Raises:
            Refused: the server refused a statement, or cancelled it for its time.
            Unreachable: the connection broke.
            DeadlineExceeded: the watch ran out.
        """
        from psycopg import pq

        self._watch.at(phase)
        # Bounds the server's side too: nothing goes on there once nobody listens any more.
        bound = max(int(1000 * share * self._watch.left()), 1)
        self._pgconn.send_query(f"SET LOCAL statement_timeout = {bound}; {sql}".encode())
        while self._pgconn.flush():
            wait(self._pgconn, selectors.EVENT_READ | selectors.EVENT_WRITE, self._watch)
        refused: Refused | None = None
        value: bytes | None = None
        while (result := self._next()) is not None:
            if result.status == pq.ExecStatus.TUPLES_OK:
                value = result.get_value(0, 0) if result.ntuples else None
            elif result.status != pq.ExecStatus.COMMAND_OK:
                refused = self._refused(result)
        if refused is not None:
            raise refused
        return value

    def _next(self) -> PGresult | None:
        from psycopg import OperationalError

        try:
            self._pgconn.consume_input()
            while self._pgconn.is_busy():
                wait(self._pgconn, selectors.EVENT_READ, self._watch)
                self._pgconn.consume_input()
            return self._pgconn.get_result()
        except OperationalError as error:
            raise Unreachable(f"{self.node} broke the connection: {_line(str(error))}") from None

    def _refused(self, result: PGresult) -> Refused:
        from psycopg import pq

        state = result.error_field(pq.DiagnosticField.SQLSTATE)
        text = result.error_field(pq.DiagnosticField.MESSAGE_PRIMARY)
        if state is None or text is None:
            said = result.error_message.decode("utf-8", "replace")
            raise Unreachable(f"{self.node} broke the connection: {_line(said)}")
        return Refused(state.decode(), text.decode("utf-8", "replace"))


@contextlib.contextmanager
def login(way: Dsn, node: Node, watch: Watch, peer: str | None = None) -> Iterator[Session]:
    """Log in to one node, and leave at the end of the block.

    Args:
        way: the way in.
        node: the node of it.
        watch: the deadline.
        peer: the address of the node, where it is known already.

    Raises:
        Unreachable: the cause in plain words.
        ClientMissing: psycopg is not installed.
    """
    try:
        from psycopg import pq
    except ImportError:
        raise ClientMissing("psycopg[binary]", "postgres") from None
    start = time.monotonic()
    # Known addresses spare libpq a look-up of its own, in which it would block.
    places = [peer] if peer else _addresses(node, watch)
    cause = f"{node} has no address"
    for tried, place in enumerate(places):
        pgconn = _started(way, node if node.socket else Node(node.host, node.port, place))
        try:
            entry = Entry(pgconn, way, node, watch)
            # An address that never answers, IPv6 without a route, must leave time for the next.
            entry.through(watch.left() / (len(places) - tried))
            if pgconn.status != pq.ConnStatus.OK:
                cause = _cause(pgconn, way, node)
                if entry.met is None:
                    continue
                raise Unreachable(cause)
            assert entry.met is not None
            pgconn.nonblocking = 1
            arrived = Arrival(place, round(1000 * (entry.met - start), 2), entry.asks)
            yield Session(pgconn, node, watch, arrived)
            return
        finally:
            pgconn.finish()
    raise Unreachable(cause)


def _addresses(node: Node, watch: Watch) -> list[str]:
    if node.socket:
        return [node.socket]
    watch.at(f"looking up {node.host}")
    try:
        found = socket.getaddrinfo(node.address or node.host, node.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        raise Unreachable(f"the host name {node.host} does not resolve") from None
    return [str(address[0]) for *_, address in found]


def _started(way: Dsn, place: Node) -> PGconn:
    from psycopg import ProgrammingError, pq
    from psycopg.conninfo import make_conninfo

    # Left to itself, the server would tell names in the encoding of the database.
    told = {**way.arguments(place), "client_encoding": "UTF8"}
    try:
        conninfo = make_conninfo("", **told)
    except ProgrammingError as error:
        raise Unreachable(f"libpq does not take the URL: {_line(str(error))}") from None
    return pq.PGconn.connect_start(conninfo.encode())


def _cause(pgconn: PGconn, way: Dsn, node: Node) -> str:
    if pgconn.needs_password:
        return f"{node} asks {way.login} for a password, and none is given"
    said = _line(pgconn.error_message.decode("utf-8", "replace"))
    if "does not match host name" in said:
        return f"the certificate of {node} is not accepted: {said}"
    return f"{node} did not let {way.login} in: {said}"


def plain(error: Exception) -> str:
    """What libpq says of a session that did not come about, in one line."""
    return _line(str(error))


def _line(text: str) -> str:
    """The cause alone: libpq puts address and severity before it, and hints below it."""
    lines = [line.strip() for line in text.strip().splitlines()]
    said = lines[0] if lines else "no reason given"
    said = said.partition(" failed: ")[2] or said
    return re.sub(r"^\w+:\s+", "", said)
