"""Kafka's protocol on a plain socket: frames, and who it is that answers."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import time
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from pytest_readiness.systems import net
from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.watch import Watch

CLIENT_ID = "pytest-readiness"

API_VERSIONS = 18
METADATA = 3

_LONGEST = 1_000_000
_PATIENCE = 1.0
"""Seconds of silence after which another protocol is nudged to show itself."""

# Only what the first bytes say, never what the rest of a hostile answer does.
_GREETINGS = (
    (b"HTTP/", "an HTTP server"),
    (b"AMQP", "an AMQP server"),
    (b"SSH-", "an SSH server"),
    (b"-ERR", "a Redis server"),
    (b"-NOAUTH", "a Redis server"),
    (b"E\x00\x00", "a PostgreSQL server"),
    (b"<", "a web server"),
)


class Silence(Exception):
    """No byte of an answer came in time."""


class Cut(ValueError):
    """An answer of Kafka's began, and did not come to its end; the text says how."""

    def __init__(self, how: str, *, stalled: bool = False) -> None:
        super().__init__(how)
        self.stalled = stalled


@contextlib.contextmanager
def connected(
    host: str, port: int, watch: Watch, tls: ssl.SSLContext | None
) -> Iterator[tuple[socket.socket, net.Link]]:
    """A connected socket, over TLS where a context is given.

    Raises:
        Unreachable: the cause in plain words.
    """
    with net.opened(host, port, watch) as (sock, link):
        if tls is None:
            yield sock, link
            return
        with net.handshaken(sock, host, watch, tls) as (secured, found):
            yield secured, msgspec.structs.replace(found, connect_ms=link.connect_ms)


class Spoken(NamedTuple):
    """What a broker answered about itself."""

    versions: dict[int, tuple[int, int]]
    """The kinds of request it takes, each with its lowest and highest version."""
    prompt: bool
    """Whether it needed no nudge; after one, the connection is good for nothing else."""

    def takes(self, key: int, version: int) -> bool:
        """Whether a request of this version may be sent, or was sent along, for good."""
        lowest, highest = self.versions.get(key, (1, 0))
        return self.prompt and lowest <= version <= highest


def api_versions(
    sock: socket.socket, where: str, watch: Watch, more: bytes = b"", *, nudge: bool = True
) -> Spoken:
    """Ask for the API versions.

    Args:
        sock: a connection on which nothing was asked yet.
        where: ``host:port``.
        watch: bounds it.
        more: further requests, which go along and whose answers are left to be read.
        nudge: whether to nudge one that keeps silent, so that another protocol shows itself.

    Raises:
        Unreachable: no broker of Kafka answers, in plain words.
    """
    watch.at(f"asking {where} for its API versions")
    start = time.monotonic()
    try:
        sock.settimeout(watch.left())
        sock.sendall(request(API_VERSIONS, 0, 1) + more)
        prompt = True
        try:
            patience = min(_PATIENCE, watch.left() / 2) if nudge else None
            answer = frame(sock, 1, patience=patience)
        except Silence:
            if not nudge:
                raise
            prompt = False
            sock.settimeout(watch.left())
            sock.sendall(b"\r\n\r\n")
            answer = frame(sock, 1)
    except Silence:
        ms = 1000 * (time.monotonic() - start)
        raise Unreachable(net.plain(TimeoutError(), where, ms, watch)) from None
    except OSError as error:
        raise Unreachable(net.plain(error, where, 0.0, watch)) from None
    except ValueError as error:
        if not watch.remaining:
            # The watch shut the socket down, which looks as if the peer had.
            ms = 1000 * (time.monotonic() - start)
            raise Unreachable(net.plain(TimeoutError(), where, ms, watch)) from None
        raise Unreachable(_cut_short(error, where, time.monotonic() - start)) from None
    return Spoken(_judged(_keys(answer), answer, where), prompt)


def _judged(
    keys: dict[int, tuple[int, int]], answer: bytes, where: str
) -> dict[int, tuple[int, int]]:
    if API_VERSIONS not in keys:
        raise Unreachable(_stranger_words(answer, where))
    if METADATA not in keys:
        raise Unreachable(
            f"{where} is a controller of Kafka, or no broker; give a broker's listener"
        )
    return keys


def request(key: int, version: int, number: int, body: bytes = b"") -> bytes:
    """A request as it goes over the wire, for versions whose header has no tagged fields."""
    name = CLIENT_ID.encode()
    data = struct.pack(">hhih", key, version, number, len(name)) + name + body
    return struct.pack(">i", len(data)) + data


def frame(sock: socket.socket, number: int, *, patience: float | None = None) -> bytes:
    """The body of the answer with this number, in a version without tagged fields.

    The socket's timeout is the whole answer's, not that of each read; ``patience`` is shorter,
    and the first byte's.

    Raises:
        Silence: nothing came in time.
        Cut: an answer began and did not end.
        ValueError: something else than Kafka answered, or closed; holds what came.
    """
    ends = time.monotonic() + (sock.gettimeout() or 0.0)
    head, how = _read(sock, 8, ends, patience)
    if len(head) < 8:
        if not head and how.stalled:
            raise Silence
        if len(head) < 2 or head[:2] != b"\x00\x00":
            raise ValueError(head)
        raise how
    size, got = struct.unpack(">ii", head)
    if not 4 <= size <= _LONGEST or got != number:
        raise ValueError(head)
    body, how = _read(sock, size - 4, ends)
    if len(body) < size - 4:
        raise how
    return body


def raw(sock: socket.socket) -> bytes:
    """What stands behind a length, with no head of a request or an answer.

    Raises:
        Silence: nothing came in time.
        Cut: it did not come to its end.
        ValueError: it is too long to be an answer to a login.
    """
    ends = time.monotonic() + (sock.gettimeout() or 0.0)
    head, how = _read(sock, 4, ends)
    if len(head) < 4:
        raise Silence if how.stalled and not head else how
    (size,) = struct.unpack(">i", head)
    if not 0 <= size <= _LONGEST:
        raise ValueError(head)
    body, how = _read(sock, size, ends)
    if len(body) < size:
        raise how
    return body


def _read(
    sock: socket.socket, size: int, ends: float, patience: float | None = None
) -> tuple[bytes, Cut]:
    """So many bytes, or what came of them; and how it ended, if it did."""
    data = b""
    stalled = Cut("did not answer to the end", stalled=True)
    while len(data) < size:
        try:
            left = max(0.001, ends - time.monotonic())
            sock.settimeout(left if data or patience is None else min(left, patience))
            more = sock.recv(size - len(data))
        except TimeoutError:
            return data, stalled
        if not more:
            return data, Cut("closed the connection in the middle of an answer")
        data += more
        if time.monotonic() > ends:
            break
    return data, stalled


def _keys(answer: bytes) -> dict[int, tuple[int, int]]:
    """The kinds of request a broker takes, each with its lowest and highest version."""
    with contextlib.suppress(struct.error):
        _, count = struct.unpack_from(">hi", answer)
        if 0 <= count <= (len(answer) - 6) // 6:
            rows = [struct.unpack_from(">hhh", answer, 6 + 6 * i) for i in range(count)]
            return {key: (lowest, highest) for key, lowest, highest in rows}
    return {}


def _cut_short(error: ValueError, where: str, seconds: float) -> str:
    if not isinstance(error, Cut):
        return _stranger_words(error.args[0], where)
    spent = f" within {seconds:.3g} s" if error.stalled else ""
    return f"{where} {error}{spent} (asking for its API versions)"


def _stranger_words(came: bytes, where: str) -> str:
    if not came:
        return f"{where} closed the connection at a Kafka request: another protocol, or TLS"
    if came[:2] == b"\x15\x03":
        return f"{where} speaks TLS on this port; security_protocol would be SSL or SASL_SSL"
    for start, what in _GREETINGS:
        if came.startswith(start):
            return f"{what} answers at {where}, not Kafka"
    return f"another protocol than Kafka's answers at {where}"
