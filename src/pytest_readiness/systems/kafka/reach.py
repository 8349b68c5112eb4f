"""The way to a cluster before a client library takes it: the precise cause, and who gets in."""

from __future__ import annotations

import socket
import ssl
from typing import Literal

import msgspec

from pytest_readiness.systems import net
from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.kafka.facts import Bootstrap
from pytest_readiness.systems.kafka.way import Way
from pytest_readiness.systems.kafka.wire import Silence, admits_stranger, api_versions, connected
from pytest_readiness.systems.watch import DeadlineExceeded, Watch

_SHARE = 0.95
"""Of the time left, what all bootstrap servers may take; each gets its part of it."""

Anonymous = Literal["admitted", "refused"]


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """The bootstrap server that answered, and those before it that did not."""

    host: str
    port: int
    link: net.Link
    tried: tuple[Bootstrap, ...]
    anonymous: Anonymous | None = None
    """None where it could not be told."""


def reach(way: Way, watch: Watch) -> Reached:
    """The first bootstrap server of a way that speaks Kafka; each gets a share of the time.

    Raises:
        Unreachable: none does; the causes in plain words.
    """
    tried: list[Bootstrap] = []
    for left, (host, port) in zip(range(len(way.addresses), 0, -1), way.addresses, strict=True):
        watch.at(f"asking {net.at(host, port)} for its API versions")
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
    where = net.at(host, port)
    stranger: Anonymous | None = None
    try:
        with connected(host, port, watch, way.tls()) as (sock, link):
            fit = api_versions(sock, where, watch)
            # With a client certificate we are somebody: a stranger comes without one.
            if fit and way.cert_file is None:
                stranger = _stranger(sock, watch)
    except Unreachable as error:
        cause = error.__context__
        if way.cert_file is None and _certificate_wanted(cause):
            raise Unreachable(f"{where} asks for a client certificate: set cert_file") from None
        judged = isinstance(cause, (ssl.SSLCertVerificationError, TimeoutError))
        if way.encrypted and not judged and _plain_listener(host, port, watch):
            raise Unreachable(
                f"{where} does not speak TLS: a plaintext listener of Kafka answers there; "
                "security_protocol would be PLAINTEXT or SASL_PLAINTEXT"
            ) from None
        raise
    if way.cert_file is not None:
        return link, _nameless(host, port, way, watch)
    if stranger == "refused" and not way.logs_in:
        raise Unreachable(
            f"{where} serves nobody without a login; security_protocol would be SASL_{way.protocol}"
        )
    return link, stranger


def _certificate_wanted(cause: BaseException | None) -> bool:
    """Whether the peer's alert says that it wants a certificate of ours."""
    words = ("ALERT_BAD_CERTIFICATE", "ALERT_CERTIFICATE_REQUIRED")
    return isinstance(cause, ssl.SSLError) and (cause.reason or "").endswith(words)


def _stranger(sock: socket.socket, watch: Watch) -> Anonymous | None:
    admitted = admits_stranger(sock, watch)
    return None if admitted is None else "admitted" if admitted else "refused"


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
            api_versions(secured, net.at(host, link.port), watch)
            return _stranger(secured, watch)
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
