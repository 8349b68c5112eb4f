"""Kafka's protocol on a plain socket, before a client library speaks: the precise cause."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import time
from collections.abc import Iterator
from typing import Literal

import msgspec

from pytest_readiness.systems import net
from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.kafka.facts import Bootstrap
from pytest_readiness.systems.kafka.way import Way
from pytest_readiness.systems.watch import DeadlineExceeded, Watch

CLIENT_ID = "pytest-readiness"

API_VERSIONS = 18
METADATA = 3

_LONGEST = 1_000_000
_SHARE = 0.95
"""Of the time left, what one bootstrap server may take at most."""
_PATIENCE = 1.0
"""Seconds of silence after which another protocol is nudged to show itself."""

Anonymous = Literal["admitted", "refused"]

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


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """The bootstrap server that answered, and those before it that did not."""

    host: str
    port: int
    link: net.Link
    tried: tuple[Bootstrap, ...]
    anonymous: Anonymous | None = None
    """None where it could not be told."""


class Silence(Exception):
    """No byte of an answer came in time."""


def reach(way: Way, watch: Watch) -> Reached:
    """The first bootstrap server of a way that speaks Kafka; each gets a share of the time.

    Raises:
        Unreachable: none does; the causes in plain words.
    """
    tried: list[Bootstrap] = []
    for left, (host, port) in zip(range(len(way.addresses), 0, -1), way.addresses, strict=True):
        part = Watch(watch.left() * _SHARE / left)
        with watch.closing(part.expire):
            try:
                link, anonymous = _knock(host, port, way, part)
            except Unreachable as error:
                problem = str(error)
            except DeadlineExceeded:
                problem = f"no answer from {net.at(host, port)} within {part.seconds:.2g} s"
            else:
                tried.append(Bootstrap(host=host, port=port))
                return Reached(
                    host=host, port=port, link=link, tried=tuple(tried), anonymous=anonymous
                )
        tried.append(Bootstrap(host=host, port=port, problem=problem))
        watch.left()
    raise Unreachable("; ".join(b.problem for b in tried if b.problem))


def _knock(host: str, port: int, way: Way, watch: Watch) -> tuple[net.Link, Anonymous | None]:
    try:
        with connected(host, port, watch, way.tls()) as (sock, link):
            prompt = _api_versions(sock, net.at(host, port), watch)
            if way.cert_file is None:
                return link, _stranger(sock, watch) if prompt else None
    except Unreachable as error:
        cause = error.__context__
        judged = isinstance(cause, (ssl.SSLCertVerificationError, TimeoutError))
        if way.encrypted and not judged and _plain_listener(host, port, watch):
            raise Unreachable(
                f"{net.at(host, port)} does not speak TLS: a plaintext listener of Kafka answers "
                "there; security_protocol would be PLAINTEXT or SASL_PLAINTEXT"
            ) from None
        raise
    # With a client certificate we are somebody: a stranger comes without one.
    return link, _nameless(host, port, way, watch)


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


def _api_versions(sock: socket.socket, where: str, watch: Watch) -> bool:
    """Ask for the API versions; whether the answer came promptly, without a nudge.

    Raises:
        Unreachable: no broker of Kafka answers, in plain words.
    """
    watch.at(f"asking {where} for its API versions")
    start = time.monotonic()
    try:
        sock.settimeout(min(_PATIENCE, watch.left() / 2))
        sock.sendall(request(API_VERSIONS, 0, 1))
        prompt = True
        try:
            answer = frame(sock, 1)
        except Silence:
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
        raise Unreachable(_stranger_words(error.args[0], where)) from None
    if METADATA not in _keys(answer):
        raise Unreachable(
            f"{where} is a controller of Kafka, or no broker; give a broker's listener"
        )
    return prompt


def _stranger(sock: socket.socket, watch: Watch) -> Anonymous | None:
    """What a listener answers to a request of a client that has not logged in."""
    # No topics, by version 1's meaning of an empty list.
    try:
        sock.settimeout(max(0.01, watch.remaining / 2))
        sock.sendall(request(METADATA, 1, 2, struct.pack(">i", 0)))
        frame(sock, 2)
    except Silence:
        return None
    except (OSError, ValueError):
        return "refused"
    return "admitted"


def _nameless(host: str, port: int, way: Way, watch: Watch) -> Anonymous | None:
    """What a listener answers to a client without the certificate that ours shows."""
    tls = way.tls(named=False)
    assert tls is not None
    try:
        with net.opened(host, port, watch) as (sock, _):
            return _unnamed(sock, host, watch, tls)
    except (Unreachable, DeadlineExceeded):
        return None


def _unnamed(sock: socket.socket, host: str, watch: Watch, tls: ssl.SSLContext) -> Anonymous | None:
    try:
        with net.handshaken(sock, host, watch, tls) as (secured, link):
            _api_versions(secured, net.at(host, link.port), watch)
            return _stranger(secured, watch)
    except Unreachable as error:
        return None if isinstance(error.__context__, (TimeoutError, Silence)) else "refused"


def _plain_listener(host: str, port: int, watch: Watch) -> bool:
    """Whether a listener without TLS answers, where TLS failed."""
    try:
        with net.opened(host, port, watch) as (sock, _):
            _api_versions(sock, net.at(host, port), watch)
            return True
    except (Unreachable, DeadlineExceeded):
        return False


def request(key: int, version: int, number: int, body: bytes = b"") -> bytes:
    """A request as it goes over the wire, for versions whose header has no tagged fields."""
    name = CLIENT_ID.encode()
    data = struct.pack(">hhih", key, version, number, len(name)) + name + body
    return struct.pack(">i", len(data)) + data


def frame(sock: socket.socket, number: int) -> bytes:
    """The body of the answer with this number, in a version without tagged fields.

    Raises:
        Silence: nothing came in time.
        ValueError: something else than Kafka answered, or closed; holds what came.
    """
    head = _read(sock, 8, b"")
    size, got = struct.unpack(">ii", head)
    if not 4 <= size <= _LONGEST or got != number:
        raise ValueError(head)
    return _read(sock, size - 4, head)


def _read(sock: socket.socket, size: int, before: bytes) -> bytes:
    data = b""
    while len(data) < size:
        try:
            more = sock.recv(size - len(data))
        except TimeoutError:
            if data:
                raise ValueError(before + data) from None
            raise Silence from None
        if not more:
            raise ValueError(before + data)
        data += more
    return data


def _keys(answer: bytes) -> set[int]:
    """The kinds of request a broker takes, from version 0 of its answer."""
    with contextlib.suppress(struct.error):
        _, count = struct.unpack_from(">hi", answer)
        if 0 <= count <= (len(answer) - 6) // 6:
            return {struct.unpack_from(">h", answer, 6 + 6 * i)[0] for i in range(count)}
    return set()


def _stranger_words(came: bytes, where: str) -> str:
    if not came:
        return f"{where} closed the connection at a Kafka request: another protocol, or TLS"
    if came[:2] == b"\x15\x03":
        return f"{where} speaks TLS on this port; security_protocol would be SSL or SASL_SSL"
    for start, what in _GREETINGS:
        if came.startswith(start):
            return f"{what} answers at {where}, not Kafka"
    return f"another protocol than Kafka's answers at {where}"
