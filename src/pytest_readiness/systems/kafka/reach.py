"""The ways to a cluster: the first server that lets us in, the precise cause where none does, and
what becomes of a stranger."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from typing import Literal, TypeVar

from pytest_readiness.systems import net
from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.kafka.facts import Bootstrap
from pytest_readiness.systems.kafka.login import UNSUPPORTED_MECHANISM, LoginFailed, handshake
from pytest_readiness.systems.kafka.way import Door, Way
from pytest_readiness.systems.kafka.wire import (
    METADATA,
    Cut,
    Silence,
    api_versions,
    connected,
    frame,
    request,
)
from pytest_readiness.systems.watch import DeadlineExceeded, Watch

_SHARE = 0.95
"""Of the time left, what all bootstrap servers may take; each gets its part of it."""

Anonymous = Literal["admitted", "refused"]


T = TypeVar("T")


def first(
    way: Way, watch: Watch, come: Callable[[tuple[str, int], Watch], T]
) -> tuple[T, tuple[Bootstrap, ...]]:
    """What came of the first bootstrap server of a way at which we come in, and those before it.

    Args:
        way: the role's way in; each server gets a share of the time.
        watch: bounds it.
        come: comes in at an address, within a time of its own.

    Raises:
        Unreachable: it fails at all; the causes in plain words.
    """
    tried: list[Bootstrap] = []
    for left, (host, port) in zip(range(len(way.addresses), 0, -1), way.addresses, strict=True):
        watch.at(f"asking {net.at(host, port)} for its API versions")
        part = Watch(watch.left() * _SHARE / left, within=watch)
        try:
            with watch.closing(part.expire):
                found = come((host, port), part)
        except Unreachable as error:
            problem = str(error)
        except DeadlineExceeded:
            problem = f"no answer from {net.at(host, port)} within {part.seconds:.2g} s"
        else:
            return found, (*tried, Bootstrap(host=host, port=port))
        tried.append(Bootstrap(host=host, port=port, problem=problem))
        watch.left()
    raise Unreachable("; ".join(b.problem for b in tried if b.problem))


def answering(way: Way, watch: Watch) -> tuple[str, int]:
    """The first bootstrap server of a way that speaks Kafka now.

    Raises:
        Unreachable: none does; the causes in plain words.
    """

    def knock(address: tuple[str, int], part: Watch) -> tuple[str, int]:
        with told(way, address, part), connected(*address, part, way.tls()) as (sock, _):
            api_versions(sock, net.at(*address), part)
        return address

    return first(way, watch, knock)[0]


@contextlib.contextmanager
def told(way: Way, address: tuple[str, int], watch: Watch) -> Iterator[None]:
    """Look closer at why an address does not let us in: the certificate, or no TLS at all.

    Raises:
        Unreachable: the cause in plain words.
    """
    where = net.at(*address)
    try:
        yield
    except LoginFailed:
        raise
    except Unreachable as error:
        cause = error.__context__
        if way.cert_file is None and _certificate_wanted(cause):
            raise Unreachable(f"{where} asks for a client certificate: set cert_file") from None
        judged = isinstance(cause, (ssl.SSLCertVerificationError, TimeoutError))
        if way.encrypted and not judged and _plain_listener(*address, watch):
            raise Unreachable(
                f"{where} does not speak TLS: a plaintext listener of Kafka answers there; "
                "security_protocol would be PLAINTEXT or SASL_PLAINTEXT"
            ) from None
        raise


def wants_login(way: Way, address: tuple[str, int], watch: Watch) -> bool:
    """Whether a listener that hung up is one that takes logins: it then names its mechanisms."""
    try:
        with connected(*address, watch, way.tls()) as (sock, _):
            api_versions(sock, net.at(*address), watch)
            sock.sendall(handshake(way))
            (code,) = struct.unpack_from(">h", frame(sock, 2))
    except (Unreachable, DeadlineExceeded, OSError, ValueError, struct.error, Silence):
        return False
    return code in (0, UNSUPPORTED_MECHANISM)


def stranger(door: Door, address: tuple[str, int], watch: Watch) -> Anonymous | None:
    """What becomes of somebody who shows none of our credentials; None where it cannot be told."""
    if door.way.cert_file is not None:
        return _nameless(door.way, address, watch)
    return _loginless(door, address, watch)


def _loginless(door: Door, address: tuple[str, int], watch: Watch) -> Anonymous | None:
    """What a listener answers to a client without the login that we prove."""
    try:
        with connected(*address, watch, door.tls) as (sock, _):
            return _answered(sock, net.at(*address), watch)
    except (Unreachable, DeadlineExceeded):
        return None


def _certificate_wanted(cause: BaseException | None) -> bool:
    """Whether the peer's alert says that it wants a certificate of ours."""
    words = ("ALERT_BAD_CERTIFICATE", "ALERT_CERTIFICATE_REQUIRED")
    return isinstance(cause, ssl.SSLError) and (cause.reason or "").endswith(words)


def _admits(sock: socket.socket, where: str, watch: Watch) -> bool | None:
    """Whether a listener answers a client that has not logged in; None if it does neither.

    Raises:
        Unreachable: no broker of Kafka answers, in plain words.
    """
    # No topics, by version 1's meaning of an empty list.
    asked = request(METADATA, 1, 2, struct.pack(">i", 0))
    # A broker that wants a login reads, over TLS, one request at a time, and waits in between.
    waits = isinstance(sock, ssl.SSLSocket)
    spoken = api_versions(sock, where, watch, b"" if waits else asked)
    if not spoken.takes(METADATA, 1):
        return None
    try:
        sock.settimeout(max(0.01, watch.remaining / 2))
        sock.sendall(asked if waits else b"")
        frame(sock, 2)
    except (Silence, Cut):
        return None
    except (OSError, ValueError):
        # At the deadline the watch shuts the socket down, which then looks as if the peer had.
        return False if watch.remaining else None
    return True


def _answered(sock: socket.socket, where: str, watch: Watch) -> Anonymous | None:
    admitted = _admits(sock, where, watch)
    return None if admitted is None else "admitted" if admitted else "refused"


def _nameless(way: Way, address: tuple[str, int], watch: Watch) -> Anonymous | None:
    """What a listener answers to a client without the certificate that ours shows."""
    try:
        tls = way.tls(named=False)
        assert tls is not None
        with net.opened(*address, watch) as (sock, _):
            return _unnamed(sock, address, watch, tls)
    except (Unreachable, DeadlineExceeded):
        return None


def _unnamed(
    sock: socket.socket, address: tuple[str, int], watch: Watch, tls: ssl.SSLContext
) -> Anonymous | None:
    try:
        with net.handshaken(sock, address[0], watch, tls) as (secured, _):
            return _answered(secured, net.at(*address), watch)
    except Unreachable as error:
        silent = isinstance(error.__context__, (TimeoutError, Silence)) or not watch.remaining
        return None if silent else "refused"


def _plain_listener(host: str, port: int, watch: Watch) -> bool:
    """Whether a listener without TLS answers, where TLS failed."""
    try:
        with net.opened(host, port, watch) as (sock, _):
            api_versions(sock, net.at(host, port), watch)
            return True
    except (Unreachable, DeadlineExceeded):
        return False
