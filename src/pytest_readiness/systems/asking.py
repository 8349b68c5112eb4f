"""Where connections are made, and who asks on them."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping

import msgspec

from pytest_readiness.systems import net
from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.exchange import Answer, BrokenOff, Question, TooLarge, exchanged
from pytest_readiness.systems.urls import Url
from pytest_readiness.systems.watch import DeadlineExceeded, Watch

_HELLO = 1.0
"""Seconds in which a server that speaks TLS says so: who takes longer is not taken for one."""

_Opened = tuple[socket.socket, net.Link]


class Door:
    """Where connections are made: an address that is looked up once, and the TLS spoken there."""

    def __init__(self, way: Url, tls: ssl.SSLContext | None) -> None:
        self.way = way
        self.tls = tls
        self.link: net.Link | None = None
        self.peer = ""
        self.answered = False
        """Whether anything was answered here, so that it is the right door."""
        self.where = net.at(way.host, way.port)
        self._first = threading.Lock()
        """Held by who looks the name up, so that all go where it leads."""

    @contextlib.contextmanager
    def socket(self, watch: Watch, tls: ssl.SSLContext | None) -> Iterator[socket.socket]:
        """A connection, over TLS where a context is given.

        Raises:
            Unreachable: the cause in plain words.
        """
        with contextlib.ExitStack() as stack:
            sock, link = self._opened(stack, watch)
            try:
                # Small writes must not wait for the peer's acknowledgement: it would be measured.
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as error:
                # A peer that resets at once may be gone by now.
                raise Unreachable(net.plain(error, self.where, 0.0, watch)) from None
            if tls is not None:
                shaken = net.handshaken(sock, self.way.host, watch, tls)
                sock, secured = stack.enter_context(shaken)
                link = msgspec.structs.replace(secured, connect_ms=link.connect_ms)
            if tls is self.tls and self.link is None:
                self.link = link
            yield sock

    def _opened(self, stack: contextlib.ExitStack, watch: Watch) -> _Opened:
        with self._looking_up(watch):
            to = self.peer or self.way.host
            sock, link = stack.enter_context(net.opened(to, self.way.port, watch))
            self.peer, _ = net.peer(sock, self.where, watch)
        return sock, link

    @contextlib.contextmanager
    def _looking_up(self, watch: Watch) -> Iterator[None]:
        # An address needs no looking up, and nobody to wait for who does.
        if self.peer or net.is_address(self.way.host):
            yield
            return
        if not self._first.acquire(timeout=watch.left()):
            raise DeadlineExceeded(watch.describe())
        try:
            yield
        finally:
            self._first.release()

    def speaks_tls(self, watch: Watch) -> bool:
        """Whether TLS is spoken where plain text was asked for, and somebody was met."""
        if self.tls is not None or not self.peer:
            return False
        brief = Watch(min(watch.remaining / 2, _HELLO))
        try:
            with self.socket(brief, net.tls_context(verify=False)):
                return True
        except (Unreachable, DeadlineExceeded):
            return False

    @contextlib.contextmanager
    def caller(self, watch: Watch) -> Iterator[Caller]:
        """Somebody who asks here, on one connection for as long as the server keeps it."""
        caller = Caller(self, watch)
        try:
            yield caller
        finally:
            caller.hang_up()


class Caller:
    """Asks at one door, one question after the other."""

    def __init__(self, door: Door, watch: Watch) -> None:
        self.door = door
        self.watch = watch
        self.connections = 0
        self.served = False
        """Whether anything was answered on the connection that is open."""
        self._sock: socket.socket | None = None
        self._stack = contextlib.ExitStack()

    def ask(
        self, path: str, headers: Mapping[str, str] | None = None, body: Watch | None = None
    ) -> Answer:
        """GET a path.

        Args:
            path: below the door's own.
            headers: more than the ordinary ones.
            body: a shorter time for the body; what came until then is the answer.

        Raises:
            Unreachable: no connection, or something else than an answer.
            DeadlineExceeded: the head of the answer did not come in time.
        """
        return self.put(Question(path=path, headers=headers or {}), body)

    def put(self, question: Question, body: Watch | None = None) -> Answer:
        """Put a question, which must do no harm if it arrives twice.

        Raises:
            Unreachable: no connection, or something else than an answer.
            DeadlineExceeded: the head of the answer did not come in time.
        """
        reused = self._sock is not None
        try:
            return self._asked(question, body or self.watch)
        except _Gone as gone:
            self.hang_up()
            if not reused:
                raise Unreachable(str(gone)) from None
        except (Unreachable, DeadlineExceeded):
            self.hang_up()
            raise
        # A server may close a kept connection at any time, which is no failure of it.
        return self.put(question, body)

    def connect(self) -> socket.socket:
        """The connection, made now if there is none: a question later finds it ready.

        Raises:
            Unreachable: the cause in plain words.
        """
        if self._sock is None:
            self._sock = self._stack.enter_context(self.door.socket(self.watch, self.door.tls))
            self.connections += 1
        return self._sock

    def _asked(self, question: Question, body: Watch) -> Answer:
        try:
            answer = exchanged(self.connect(), self.door.way, question, self.watch, body)
        except BrokenOff:
            broke = f"{self.door.where} closed the connection in the middle of an answer"
            raise Unreachable(broke) from None
        except TooLarge:
            large = "more headers than clients take, or one that is too long"
            raise Unreachable(f"{self.door.where} answers with {large}") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise _cause(error, self.door, self.watch) from None
        self.door.answered = self.served = True
        if answer.closes:
            self.hang_up()
        return answer

    def hang_up(self) -> None:
        """Close the connection; the next question makes a new one."""
        self._sock, self.served = None, False
        self._stack.close()


class _Gone(Exception):
    """The server closed the connection instead of an answer."""


def _cause(error: Exception, door: Door, watch: Watch) -> Exception:
    where = door.where
    if isinstance(error, (http.client.RemoteDisconnected, ConnectionError)):
        doubt = "" if door.answered else "; is it an HTTP port?"
        return _Gone(f"{where} closed the connection instead of an answer{doubt}")
    # The line that is no status line begins as a frame of HTTP/2 does.
    if isinstance(error, http.client.BadStatusLine) and "\0\0" in str(error)[:8]:
        return Unreachable(f"{where} speaks HTTP/2 only; HTTP/1.1 was asked")
    if isinstance(error, (http.client.HTTPException, ValueError)):
        return Unreachable(f"{where} does not speak HTTP on this port")
    return Unreachable(net.plain(error, where, 0.0, watch))
