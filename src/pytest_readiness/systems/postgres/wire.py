"""PostgreSQL's first words, before anybody logs in: what the client library does not tell.

libpq gives a refused session a text in the server's language and nothing else. Spoken by hand, the
same words give the SQLSTATE, whether TLS is on offer, and whether a password is asked for.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import ssl
import struct
import time
from collections.abc import Iterator

import msgspec

from pytest_readiness.systems import net
from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.postgres import words
from pytest_readiness.systems.postgres.dsn import Dsn, Node
from pytest_readiness.systems.watch import Watch

LONGEST = 10_000
"""Bytes of a greeting; libpq refuses more for the same reason: it is not PostgreSQL."""


class Greeting(msgspec.Struct, frozen=True, kw_only=True):
    """What a server said before login."""

    peer: str
    """Address that was connected to; the path of a Unix socket."""
    connect_ms: float
    tls: str | None = None
    """``TLSv1.3``; None if the session would be in plaintext."""
    expires: float | None = None
    """End of the certificate's validity, seconds since 1970; None without a certificate."""
    issued: float | None = None
    asks: str = ""
    """What it asks for before login: ``SCRAM``; ``nothing`` lets everybody in; empty: not told."""
    refusal: str | None = None
    """SQLSTATE of a refusal that another way of connecting may avoid."""


def greet(way: Dsn, node: Node, watch: Watch) -> Greeting:
    """Say the first words of a session to a node, hear the answer and hang up.

    Raises:
        Unreachable: the cause in plain words.
    """
    with _opened(node, watch) as (sock, peer, ms):
        greeting = Greeting(peer=peer, connect_ms=round(ms, 2))
        if node.socket or way.mode in ("disable", "allow"):
            return _started(sock, greeting, way, node, watch)
        if way.options.get("sslnegotiation") != "direct" and not _offers_tls(sock, node, watch):
            if way.mode != "prefer":
                raise Unreachable(f"{node} offers no TLS, and sslmode={way.mode} demands it")
            return _started(sock, greeting, way, node, watch)
        return _over_tls(sock, greeting, way, node, watch)


@contextlib.contextmanager
def _opened(node: Node, watch: Watch) -> Iterator[tuple[socket.socket, str, float]]:
    if node.socket is None:
        with net.opened(node.address or node.host, node.port, watch) as (sock, link):
            yield sock, net.peer(sock, str(node), watch)[0], link.connect_ms
        return
    watch.at(f"connecting to {node}")
    start = time.monotonic()
    with socket.socket(socket.AF_UNIX) as sock, watch.closing_socket(sock):
        sock.settimeout(watch.left())
        try:
            sock.connect(node.socket)
        except OSError as error:
            raise Unreachable(f"{node}: {os.strerror(error.errno or 0).lower()}") from None
        yield sock, node.socket, 1000 * (time.monotonic() - start)


def _offers_tls(sock: socket.socket, node: Node, watch: Watch) -> bool:
    watch.at(f"asking {node} for TLS")
    with _plainly(sock, node, watch):
        sock.sendall(struct.pack("!II", 8, words.SSL_REQUEST))
        answer = _read(sock, 1)
    if answer == b"E":
        raise Unreachable(f"{node} refuses sessions: {_rest(sock, watch)}")
    if answer not in (b"S", b"N"):
        raise Unreachable(foreign(node, answer + _rest(sock, watch).encode()))
    if answer == b"S" and (more := _pending(sock)):
        # The client has the word now; a server that goes on speaks another language: SSH's
        # greeting begins with an S as well.
        raise Unreachable(foreign(node, answer + more))
    return answer == b"S"


def _over_tls(
    sock: socket.socket, greeting: Greeting, way: Dsn, node: Node, watch: Watch
) -> Greeting:
    context = _context(way)
    with contextlib.ExitStack() as stack:
        try:
            secured, link = stack.enter_context(net.handshaken(sock, node.host, watch, context))
        except Unreachable:
            if way.mode == "prefer":
                return greeting  # libpq goes on in plaintext now, and so will the application
            raise
        greeting = msgspec.structs.replace(
            greeting, tls=link.tls, expires=link.expires, issued=link.issued
        )
        return _started(secured, greeting, way, node, watch)


def _context(way: Dsn) -> ssl.SSLContext:
    """What libpq would verify: the chain; the name is left to libpq, which has rules of its own."""
    authorities = way.options.get("sslrootcert") or os.environ.get("PGSSLROOTCERT")
    default = os.path.expanduser("~/.postgresql/root.crt")
    if authorities is None and os.path.exists(default):
        authorities = default
    # With authorities at hand, libpq lets "require" verify the chain too.
    verify = way.mode.startswith("verify") or (way.mode == "require" and authorities is not None)
    if verify and authorities is None:
        raise Unreachable(f"sslmode={way.mode} needs the server's authority: set sslrootcert")
    file = None if authorities == "system" or not verify else authorities
    context = net.tls_context(file, verify=verify, check_hostname=False)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # libpq does not ask for it
    if way.options.get("sslnegotiation") == "direct":
        context.set_alpn_protocols(["postgresql"])
    return context


def _started(
    sock: socket.socket, greeting: Greeting, way: Dsn, node: Node, watch: Watch
) -> Greeting:
    watch.at(f"asking {node} for a session")
    with _plainly(sock, node, watch):
        sock.sendall(words.startup(way))
        kind, length = struct.unpack("!cI", _read(sock, 5))
        if kind not in (b"R", b"E") or not 8 <= length <= LONGEST:
            raise Unreachable(foreign(node, kind + struct.pack("!I", length)))
        body = _read(sock, length - 4)
        if kind == b"R" and body[:4] == b"\0\0\0\0":
            sock.sendall(struct.pack("!cI", b"X", 4))  # it let us in: take leave in good order
    if kind == b"E":
        return _refused(body, greeting, way, node)
    code = int.from_bytes(body[:4], "big")
    return msgspec.structs.replace(greeting, asks=words.asked(code))


def _refused(body: bytes, greeting: Greeting, way: Dsn, node: Node) -> Greeting:
    fields = words.fields(body)
    state, text = fields.get(b"C", ""), fields.get(b"M", "")
    second = way.mode in ("prefer", "allow") and not node.socket
    if state == "28000" and (second or way.certified):
        # With or without TLS it may be let in, and a client certificate was not shown here.
        return msgspec.structs.replace(greeting, refusal=state)
    cause = words.CAUSES.get(state, "{where} refuses the session: {text}")
    raise Unreachable(cause.format(where=node, text=text) + (f" ({state})" if state else ""))


def plaintext(way: Dsn, node: Node, watch: Watch) -> str | None:
    """What becomes of a session without TLS: ``refused`` or ``accepted``; None if not told.

    Asked before login, so that no password is sent and none can be guessed wrong.
    """
    try:
        with _opened(node, watch) as (sock, _, _):
            watch.at(f"asking {node} for a session without TLS")
            sock.settimeout(0.5 * watch.left())
            sock.sendall(words.startup(way))
            kind, length = struct.unpack("!cI", _read(sock, 5))
            body = _read(sock, length - 4) if 8 <= length <= LONGEST else b""
            if kind == b"R":
                return "accepted"
    except (OSError, Unreachable):
        # Some proxies hang up without a word, and so does a network: that decides nothing.
        return None
    refused = kind == b"E" and body and words.fields(body).get(b"C") not in words.NOT_NOW
    return "refused" if refused else None


@contextlib.contextmanager
def _plainly(sock: socket.socket, node: Node, watch: Watch) -> Iterator[None]:
    start = time.monotonic()
    # A part of the time is kept for the question what else may be listening there.
    sock.settimeout(0.6 * watch.left())
    try:
        yield
    except TimeoutError:
        waited = time.monotonic() - start
        raise Unreachable(silence(sock, node, watch, waited)) from None
    except OSError as error:
        raise Unreachable(net.plain(error, str(node), 0.0, watch)) from None


def silence(sock: socket.socket, node: Node, watch: Watch, waited: float) -> str:
    """Why nothing came: line-based protocols answer once a line has ended."""
    with contextlib.suppress(OSError):
        sock.settimeout(0.3 * watch.left())
        sock.sendall(b"\r\n\r\n")
        answer = sock.recv(200)
        if answer:
            return foreign(node, answer)
    return f"{node} accepts connections but did not answer within {waited:.3g} s ({watch.phase})"


def _pending(sock: socket.socket) -> bytes:
    """What has come already and nobody asked for; left where it is."""
    patience = sock.gettimeout()
    sock.setblocking(False)
    try:
        return sock.recv(200, socket.MSG_PEEK)
    except OSError:
        return b""
    finally:
        sock.settimeout(patience)


def foreign(node: Node, answer: bytes) -> str:
    """What is said of an answer that is none of PostgreSQL's."""
    line = answer.decode("latin-1").strip().partition("\n")[0].strip()[:60]
    what = (
        f"it answers {line!r}" if line.isascii() and line.isprintable() else "something else does"
    )
    return f"{node} does not speak PostgreSQL: {what}"


def _rest(sock: socket.socket, watch: Watch) -> str:
    with contextlib.suppress(OSError):
        sock.settimeout(min(0.2, watch.left()))
        return sock.recv(200).decode("latin-1").strip("\0\n ")
    return ""


def _read(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = sock.recv(size - len(data))
        if not part:
            raise OSError(errno.EPIPE, "closed")
        data += part
    return data
