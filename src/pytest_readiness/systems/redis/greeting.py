"""What a stranger gets: the answer to a PING without credentials."""

from __future__ import annotations

import contextlib
from typing import Literal

import msgspec

from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.net import handshaken, opened
from pytest_readiness.systems.redis import address
from pytest_readiness.systems.redis.resp import Reader, packed
from pytest_readiness.systems.urls import Url
from pytest_readiness.systems.watch import Watch

Anonymous = Literal["refused", "answered", "refused without a certificate"]

_OPEN = (b"+PONG", b"-LOADING", b"-MASTERDOWN", b"-BUSY")
# The order of a server's questions: authenticated? permitted? and only then: loading, stale?
_CLOSED = (b"-NOAUTH", b"-ERR operation not permitted")


def judged(line: bytes, where: str, tls: bool) -> Anonymous | None:
    """What the first line means; None if it can mean either.

    Raises:
        Unreachable: it lets nobody in, or is no Redis.
    """
    if line.startswith(_OPEN):
        return "answered"
    if line.startswith(_CLOSED):
        return "refused"
    if line.startswith(b"-ERR max number of clients"):
        raise Unreachable(f"{where} has no connection left: max number of clients reached")
    if line.startswith(b"-DENIED"):
        raise Unreachable(f"{where} is in protected mode and answers its own machine only")
    if line.startswith(b"-"):
        return None
    if line.startswith(b"\x15\x03"):
        raise Unreachable(f"{where} speaks TLS on this port; give rediss://")
    if not line:
        hint = "" if tls else "; a TLS port needs rediss://"
        raise Unreachable(f"{where} closed the connection instead of an answer{hint}")
    other = "it speaks HTTP" if line.startswith((b"HTTP/", b"<")) else "something else answers"
    raise Unreachable(f"{where} is not Redis: {other}")


def without_certificate(way: Url, watch: Watch) -> Anonymous | None:
    """What a stranger gets where the certificate that the URL gives may be what lets in."""
    shown = ("ssl_certfile", "ssl_keyfile", "ssl_password")
    bare = msgspec.structs.replace(
        way, query={name: value for name, value in way.query.items() if name not in shown}
    )
    with contextlib.ExitStack() as stack:
        try:
            sock, _ = stack.enter_context(opened(way.host, way.port, watch))
        except Unreachable:
            return None
        try:
            tls = address.context(bare)
            assert tls is not None, "only rediss:// shows a certificate"
            sock, _ = stack.enter_context(handshaken(sock, way.host, watch, tls))
            sock.settimeout(watch.left())
            sock.sendall(packed([("PING",)]))
            line = Reader(sock).first()
        except (Unreachable, OSError):
            # With TLS 1.3 the refusal comes after the handshake, in place of an answer.
            watch.left()
            return "refused without a certificate"
    if not line:
        return "refused without a certificate"
    return "answered" if line.startswith(_OPEN) else None
