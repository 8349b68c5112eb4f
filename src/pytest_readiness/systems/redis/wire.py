"""One connection to a server, and what is asked over it: all of it in one flight, if it can be."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.net import Link, at, handshaken, lain, opened, peer, plain
from pytest_readiness.systems.redis import address
from pytest_readiness.systems.redis.greeting import Anonymous, judged, without_certificate
from pytest_readiness.systems.redis.resp import (
    Command,
    HungUp,
    NotRedis,
    Reader,
    Replies,
    ReplyError,
    is_error,
    packed,
)
from pytest_readiness.systems.urls import Url
from pytest_readiness.systems.watch import Watch

PING: Command = ("PING",)
INFO: Command = ("INFO",)

_WRONG = ("invalid password", "AUTH <password> called without", "Client sent AUTH, but no password")
"""How a refused password reads where it has no code of its own."""

_NO_NAMES = "wrong number of arguments for 'auth' command"
"""What a server before Redis 6 says to a login with a name."""


class Session:
    """A connection for the length of one observation, logged in by the first that is asked."""

    def __init__(self, way: Url, watch: Watch, link: Link, peer: str, sock: socket.socket) -> None:
        self.link = link
        self.peer = peer
        self.user = address.user(way)
        self.anonymous: Anonymous | None = None
        self.unclear = "the answer to a stranger's PING was not understood"
        """Why it is not known what a stranger gets, where it is not."""
        self.answer_ms = 0.0
        self.watch = watch
        self._where = at(way.host, way.port)
        self._way = way
        self._sock = sock
        self._reader = Reader(sock)
        self._known = False

    def ask(self, commands: Sequence[Command]) -> Replies:
        """Send all commands and a PING in one flight; every reply, errors among them.

        The first flight begins with a stranger's PING and the login: a server answers in the
        order in which it was asked. A server before Redis 6 wants the login once more.

        Raises:
            Unreachable: the server lets nobody in, or answers, but cannot serve: it loads, or
                lost its master.
        """
        # PING is last: a server that loads or lost its master refuses it, and what goes before
        # is answered all the same.
        asked = (*commands, PING)
        if self._known:
            self._send(asked)
        else:
            self._enter(asked)
        self.watch.at(f"reading facts of {self._where}")
        replies = {command: self._reply() for command in asked}
        self._serves(replies)
        return replies

    def _enter(self, asked: Sequence[Command]) -> None:
        """Send the first flight, and read what a stranger gets and how the login went."""
        login = self._login()
        self.watch.at(f"waiting for {self._where} to answer PING")
        begin = time.monotonic()
        self._send((PING, *login, *asked))
        self.anonymous = self._greeted(begin)
        self.watch.at(f"logging in at {self._where}")
        if not self._admitted(login):
            # Before Redis 6 there are no users to name, and the rest of the flight was refused.
            for _ in asked:
                self._reply()
            login = (("AUTH", login[0][-1]), *login[1:])
            self._send((*login, *asked))
            self._admitted(login)
        self._known = True

    def _login(self) -> tuple[Command, ...]:
        password, number = address.password(self._way), address.database(self._way)
        name = self._way.user or self._way.query.get("username")
        found: list[Command] = []
        if name:
            found.append(("AUTH", name, password or ""))
        elif password:
            found.append(("AUTH", password))
        if number:
            found.append(("SELECT", str(number)))
        return tuple(found)

    def _admitted(self, login: Sequence[Command]) -> bool:
        """Read how the login went; False from a server that knows no names of users."""
        replies = [(command, self._reply()) for command in login]
        for command, reply in replies:
            if not isinstance(reply, ReplyError):
                continue
            if command[0] == "AUTH" and self.anonymous == "answered" and self.user == "default":
                # A password for a user who needs none is an error to AUTH, not to HELLO.
                continue
            if len(command) == 3 and str(reply).lower() == _NO_NAMES:
                return False
            if is_error(reply, "WRONGPASS", "NOAUTH") or str(reply).startswith(_WRONG):
                raise Unreachable(self._refused())
            raise Unreachable(f"{self._where} refuses the session: {reply}")
        return True

    def _greeted(self, begin: float) -> Anonymous | None:
        try:
            line = self._reader.first()
        except (ConnectionResetError, BrokenPipeError):
            line = b""
        except OSError as error:
            raise Unreachable(self._plainly(error)) from None
        waited = 1000 * (time.monotonic() - begin) - lain(self._sock)
        self.answer_ms = round(max(0.0, waited), 3)
        # A socket that the deadline shut down reads like one that the server closed.
        self.watch.left()
        if line.startswith(b"-NOPERM"):
            self.unclear = (
                "a stranger is let in as the default user, who may not PING, but may be allowed "
                "other commands: ACL SETUSER default off"
            )
        return judged(line, self._where, self.link.tls is not None)

    def _send(self, commands: Sequence[Command]) -> None:
        self._sock.settimeout(self.watch.left())
        try:
            self._sock.sendall(packed(commands))
        except (ConnectionResetError, BrokenPipeError):
            pass  # a server that hangs up may have said why: that is for the reader to find
        except OSError as error:
            raise Unreachable(self._plainly(error)) from None

    def _reply(self) -> Any:
        try:
            return self._reader.reply()
        except TimeoutError as error:
            raise Unreachable(self._plainly(error)) from None
        except (OSError, HungUp):
            self.watch.left()
            cause = f"{self._where} broke the connection off ({self.watch.phase})"
            raise Unreachable(cause) from None
        except NotRedis:
            cause = f"{self._where} does not answer as Redis does ({self.watch.phase})"
            raise Unreachable(cause) from None

    def _plainly(self, error: OSError) -> str:
        return plain(error, self._where, 1000 * self.watch.seconds, self.watch)

    def _serves(self, replies: Replies) -> None:
        pong, info = replies.get(PING), replies.get(INFO)
        told = info.decode(errors="replace") if isinstance(info, bytes) else ""
        if "_mode:sentinel" in told:
            raise Unreachable(
                f"{self._where} is a Sentinel and holds no data; give the address of the server "
                "it watches: SENTINEL GET-MASTER-ADDR-BY-NAME NAME"
            )
        if is_error(pong, "LOADING") or "\nloading:1" in told:
            raise Unreachable(f"{self._where} is loading its data set{_loading_left(told)}")
        if is_error(pong, "MASTERDOWN"):
            raise Unreachable(
                f"{self._where} is a replica that has lost its master and serves no stale data"
            )
        if is_error(pong, "NOAUTH", "WRONGPASS"):
            raise Unreachable(self._refused())
        if is_error(pong, "BUSY"):
            raise Unreachable(f"{self._where} is busy with a script that does not end")

    def _refused(self) -> str:
        if address.password(self._way) is None:
            return f"{self._where} asks for a password, and the URL gives none"
        return f"{self._where} refuses the password of user {self.user}"


@contextlib.contextmanager
def session(way: Url, watch: Watch) -> Iterator[Session]:
    """A connection to the server a URL names, closed at the end of the block.

    Raises:
        Unreachable: the cause in plain words.
    """
    tls = address.context(way)
    with contextlib.ExitStack() as stack:
        sock, link = stack.enter_context(opened(way.host, way.port, watch))
        address_met, _ = peer(sock, at(way.host, way.port), watch)
        if tls is not None:
            sock, secured = stack.enter_context(handshaken(sock, way.host, watch, tls))
            link = msgspec.structs.replace(secured, connect_ms=link.connect_ms)
        made = Session(way, watch, link, address_met, sock)
        yield made
        if made.anonymous == "answered" and tls is not None and "ssl_certfile" in way.query:
            made.anonymous = without_certificate(way, watch)


def _loading_left(info: str) -> str:
    for line in info.splitlines():
        name, _, value = line.partition(":")
        if name == "loading_eta_seconds" and value.isdecimal():
            return f", {value} s left"
    return ""
