"""One connection to a server: opened by ourselves, so that the deadline bounds every step."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from pytest_readiness.systems.base import ClientMissing, Unreachable
from pytest_readiness.systems.net import Link, at, handshaken, opened, peer, plain
from pytest_readiness.systems.redis import address
from pytest_readiness.systems.redis.greeting import Anonymous, judged, ping, without_certificate
from pytest_readiness.systems.urls import Url
from pytest_readiness.systems.watch import Watch

Command = tuple[str, ...]
Replies = dict[Command, Any]
"""What each command got: a reply as bytes, numbers and lists, or the exception it stands for."""

PING: Command = ("PING",)
INFO: Command = ("INFO",)


def library() -> Any:
    """The module ``redis``.

    Raises:
        ClientMissing: it is not installed.
    """
    try:
        import redis
    except ImportError:
        raise ClientMissing("redis", "redis") from None
    return redis


class Session:
    """An authenticated connection, for the length of one observation."""

    def __init__(self, way: Url, watch: Watch, link: Link, peer: str) -> None:
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
        self._connection: Any = None

    def login(self, sock: socket.socket) -> None:
        """Learn what a stranger gets, then authenticate as the URL says.

        Raises:
            Unreachable: the cause in plain words.
        """
        redis = library()
        self.anonymous = self._greeted(sock)
        self.watch.at(f"logging in at {self._where}")
        way = self._way
        # A password for a user who needs none is an error to AUTH, not to the newer HELLO.
        open_door = self.anonymous == "answered" and self.user == "default"
        self._connection = _over(
            sock,
            host=way.host,
            port=way.port,
            db=address.database(way),
            username=None if open_door else way.user or way.query.get("username"),
            password=None if open_door else address.password(way),
            protocol=2,
            socket_timeout=self.watch.left(),
        )
        try:
            self._connection.connect()
        except redis.AuthenticationError:
            raise Unreachable(self._refused()) from None
        except redis.ResponseError as error:
            raise Unreachable(f"{self._where} refuses the session: {error}") from None
        except redis.RedisError as error:
            raise Unreachable(self._broken(error)) from None

    def _greeted(self, sock: socket.socket) -> Anonymous | None:
        self.watch.at(f"waiting for {self._where} to answer PING")
        sock.settimeout(self.watch.left())
        begin = time.monotonic()
        try:
            line = ping(sock)
        except OSError as error:
            if isinstance(error, (ConnectionResetError, BrokenPipeError)):
                line = b""
            else:
                cause = plain(error, self._where, 1000 * self.watch.seconds, self.watch)
                raise Unreachable(cause) from None
        self.answer_ms = round(1000 * (time.monotonic() - begin), 3)
        # A socket that the deadline shut down reads like one that the server closed.
        self.watch.left()
        if line.startswith(b"-NOPERM"):
            self.unclear = (
                "a stranger is let in as the default user, who may not PING, but may be allowed "
                "other commands: ACL SETUSER default off"
            )
        return judged(line, self._where, self.link.tls is not None)

    def ask(self, commands: Sequence[Command]) -> Replies:
        """Send all commands and a PING in one flight; every reply, errors among them.

        Raises:
            Unreachable: the server answers, but cannot serve: it loads, or lost its master.
        """
        redis = library()
        self.watch.at(f"reading facts of {self._where}")
        connection = self._connection
        replies: Replies = {}
        try:
            # PING is last: a loading server refuses it, and redis-py's parser reads an error of
            # that kind again and again. What goes before is answered while loading.
            connection.send_packed_command(connection.pack_commands([*commands, PING]))
            for command in (*commands, PING):
                try:
                    # Errors of a single command must not cost the connection.
                    replies[command] = connection.read_response(disconnect_on_error=False)
                except (
                    redis.ResponseError,
                    redis.BusyLoadingError,
                    redis.AuthenticationError,
                ) as error:
                    replies[command] = error
        except redis.RedisError as error:
            raise Unreachable(self._broken(error)) from None
        self._serves(replies)
        return replies

    def _serves(self, replies: Replies) -> None:
        redis = library()
        pong, info = replies.get(PING), replies.get(INFO)
        told = info.decode(errors="replace") if isinstance(info, bytes) else ""
        if "_mode:sentinel" in told:
            raise Unreachable(
                f"{self._where} is a Sentinel and holds no data; give the address of the server "
                "it watches: SENTINEL GET-MASTER-ADDR-BY-NAME NAME"
            )
        if isinstance(pong, redis.BusyLoadingError) or "\nloading:1" in told:
            raise Unreachable(f"{self._where} is loading its data set{_loading_left(told)}")
        said = str(pong) if isinstance(pong, Exception) else ""
        # redis-py has had a class of its own for it, MasterDownError, since version 6 only.
        if said.startswith(("MASTERDOWN", "Link with MASTER is down")):
            raise Unreachable(
                f"{self._where} is a replica that has lost its master and serves no stale data"
            )
        if isinstance(pong, redis.AuthenticationError):
            raise Unreachable(self._refused())
        if said.startswith("BUSY"):
            raise Unreachable(f"{self._where} is busy with a script that does not end")

    def _refused(self) -> str:
        if address.password(self._way) is None:
            return f"{self._where} asks for a password, and the URL gives none"
        return f"{self._where} refuses the password of user {self.user}"

    def _broken(self, error: Exception) -> str:
        self.watch.left()
        if isinstance(error, library().TimeoutError):
            return plain(TimeoutError(), self._where, 1000 * self.watch.seconds, self.watch)
        return f"{self._where} broke the connection off ({self.watch.phase})"


@contextlib.contextmanager
def session(way: Url, watch: Watch) -> Iterator[Session]:
    """A connection to the server a URL names, closed at the end of the block.

    Raises:
        Unreachable: the cause in plain words.
        ClientMissing: redis-py is not installed.
    """
    library()
    tls = address.context(way)
    with contextlib.ExitStack() as stack:
        sock, link = stack.enter_context(opened(way.host, way.port, watch))
        address_met, _ = peer(sock, at(way.host, way.port), watch)
        if tls is not None:
            sock, secured = stack.enter_context(handshaken(sock, way.host, watch, tls))
            link = msgspec.structs.replace(secured, connect_ms=link.connect_ms)
        made = Session(way, watch, link, address_met)
        made.login(sock)
        if made.anonymous == "answered" and tls is not None and "ssl_certfile" in way.query:
            made.anonymous = without_certificate(way, watch)
        yield made


def _over(sock: socket.socket, **options: Any) -> Any:
    from redis.backoff import NoBackoff
    from redis.connection import Connection
    from redis.retry import Retry

    class Given(Connection):
        """Speaks over a socket that is open already; one that broke is not opened again."""

        def _connect(self) -> Any:
            return sock

    made: Any = Given
    return made(retry=Retry(NoBackoff(), 0), redis_connect_func=quiet, **options)


def quiet(connection: Any) -> None:
    """Log a connection in without CLIENT SETINFO, which costs two flights and may be refused.

    Set on the connection and not asked for in its options, because their names changed from
    one major version of redis-py to the next and the old ones warn.
    """
    for name in ("driver_info", "lib_name", "lib_version"):
        if name in vars(connection):
            setattr(connection, name, None)
    connection.on_connect()


def _loading_left(info: str) -> str:
    for line in info.splitlines():
        name, _, value = line.partition(":")
        if name == "loading_eta_seconds" and value.isdecimal():
            return f", {value} s left"
    return ""
