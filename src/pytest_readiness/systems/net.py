"""Plain sockets and TLS before a client library speaks: bounded, and with the precise cause."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import ssl
import sys
import time
from collections.abc import Iterator
from functools import lru_cache

import msgspec

from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.watch import Watch
from pytest_readiness.systems.x509 import validity


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """What the pre-flight saw of the way to a target."""

    host: str
    port: int
    connect_ms: float
    tls: str | None = None
    """TLS version that was spoken, ``TLSv1.3``; None on a plaintext connection."""
    verified: bool = False
    """Whether the server's certificate was verified against an authority and its name."""
    expires: float | None = None
    """End of the validity of the certificate that was shown, verified or not, seconds since 1970;
    None without one."""
    issued: float | None = None
    """Start of the certificate's validity, likewise."""


def at(host: str, port: int) -> str:
    """``host:port`` for people, IPv6 in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_address(host: str) -> bool:
    """Whether a host is given by its IP address, so that there is no name to look up."""
    for family in (socket.AF_INET, socket.AF_INET6):
        with contextlib.suppress(OSError, ValueError):
            return bool(socket.inet_pton(family, host))
    return False


def preflight(host: str, port: int, watch: Watch, tls: ssl.SSLContext | None = None) -> Link:
    """Reach an address, over TLS where a context is given, and hang up.

    Raises:
        Unreachable: the cause in plain words.
    """
    with opened(host, port, watch) as (sock, link):
        if tls is None:
            return link
        with handshaken(sock, host, watch, tls) as (_, secured):
            return msgspec.structs.replace(
                link,
                tls=secured.tls,
                verified=secured.verified,
                expires=secured.expires,
                issued=secured.issued,
            )


@contextlib.contextmanager
def opened(host: str, port: int, watch: Watch) -> Iterator[tuple[socket.socket, Link]]:
    """A connected socket, shut down if the deadline passes, closed at the end of the block.

    Raises:
        Unreachable: the cause in plain words.
    """
    start = time.monotonic()
    sock = _connected(host, port, watch)
    ms = 1000 * (time.monotonic() - start)
    try:
        with watch.closing_socket(sock):
            yield sock, Link(host=host, port=port, connect_ms=ms)
    finally:
        sock.close()


def peer(sock: socket.socket, where: str, watch: Watch) -> tuple[str, int]:
    """Address and port that a connection leads to.

    Raises:
        Unreachable: the peer has gone already, as one that resets at once may have.
    """
    try:
        address, port = sock.getpeername()[:2]
    except OSError as error:
        raise Unreachable(plain(error, where, 0.0, watch)) from None
    return str(address), int(port)


_LAST_DATA_RECEIVED = 52
"""Where Linux' ``tcp_info`` says how many milliseconds ago data came last."""


def lain(sock: socket.socket) -> float:
    """Milliseconds that what came last has lain there before anybody looked; 0 if nobody knows.

    Among many observations a thread waits for its turn, and that is no slowness of the server.
    """
    try:
        told = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _LAST_DATA_RECEIVED + 4)
    except (AttributeError, OSError):  # not Linux
        return 0.0
    if sys.platform != "linux" or len(told) < _LAST_DATA_RECEIVED + 4:
        return 0.0
    return float(int.from_bytes(told[_LAST_DATA_RECEIVED:], sys.byteorder))


def _connected(host: str, port: int, watch: Watch) -> socket.socket:
    where = at(host, port)
    watch.at(f"looking up {host}")
    start = time.monotonic()
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        raise Unreachable(f"the host name {host} does not resolve") from None
    problem = OSError(errno.EADDRNOTAVAIL, "no address")
    for tried, (family, kind, proto, _, address) in enumerate(found):
        watch.at(f"connecting to {where}")
        # An address that never answers, IPv6 without a route, must leave time for the next.
        seconds = watch.left() / (len(found) - tried)
        try:
            sock = socket.socket(family, kind, proto)
        except OSError as error:
            # A kernel without IPv6 resolves its addresses all the same.
            problem = error
            continue
        sock.settimeout(seconds)
        try:
            sock.connect(address)
            return sock
        except OSError as error:
            sock.close()
            problem = error
    raise Unreachable(plain(problem, where, 1000 * (time.monotonic() - start), watch)) from None


@contextlib.contextmanager
def handshaken(
    sock: socket.socket, host: str, watch: Watch, context: ssl.SSLContext
) -> Iterator[tuple[ssl.SSLSocket, Link]]:
    """TLS over a connected socket.

    Raises:
        Unreachable: the cause in plain words: the certificate, or the peer speaks no TLS.
    """
    _, port = peer(sock, host, watch)
    where = at(host, port)
    watch.at(f"TLS handshake with {where}")
    sock.settimeout(watch.left())
    start = time.monotonic()
    try:
        secured = context.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
    except (OSError, ValueError) as error:
        raise Unreachable(plain(error, where, 0.0, watch)) from None
    try:
        with watch.closing_socket(secured):
            try:
                secured.do_handshake()
            except (OSError, ValueError) as error:
                ms = 1000 * (time.monotonic() - start)
                raise Unreachable(plain(error, where, ms, watch)) from None
            yield secured, _secured(secured, host, port, context)
    finally:
        secured.close()


def _secured(sock: ssl.SSLSocket, host: str, port: int, context: ssl.SSLContext) -> Link:
    dates = validity(sock.getpeercert(binary_form=True) or b"")
    return Link(
        host=host,
        port=port,
        connect_ms=0.0,
        tls=sock.version(),
        verified=context.verify_mode is ssl.CERT_REQUIRED and context.check_hostname,
        expires=dates.expires if dates else None,
        issued=dates.issued if dates else None,
    )


def tls_context(
    ca_file: str | None = None, *, verify: bool = True, check_hostname: bool = True
) -> ssl.SSLContext:
    """A client context: system authorities, or those of a file; verification can be switched off.

    Raises:
        Unreachable: the file of authorities cannot be read.
    """
    try:
        if verify or ca_file is not None:
            context = ssl.create_default_context(cafile=ca_file)
        else:
            # Reading the authorities of the system, whom nobody asks, takes longer than all else.
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    except (OSError, ssl.SSLError) as error:
        raise Unreachable(f"the CA file {ca_file} cannot be read: {error}") from None
    if not verify or not check_hostname:
        context.check_hostname = False
    if not verify:
        context.verify_mode = ssl.CERT_NONE
    return context


def shared_context(ca_file: str | None = None, alpn: tuple[str, ...] = ()) -> ssl.SSLContext:
    """A context that verifies, for connections of our own: nobody may change it.

    Raises:
        Unreachable: the file of authorities cannot be read.
    """
    if ca_file is None:
        # Where OpenSSL looks for them; a process may be told anew.
        told = (os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
        return _of_the_system(alpn, told)
    return _speaking(tls_context(ca_file), alpn)


@lru_cache(maxsize=8)
def _of_the_system(alpn: tuple[str, ...], told: tuple[str | None, ...]) -> ssl.SSLContext:
    return _speaking(tls_context(), alpn)


def _speaking(context: ssl.SSLContext, alpn: tuple[str, ...]) -> ssl.SSLContext:
    if alpn:
        context.set_alpn_protocols(alpn)
    return context


_ERRNO = {
    errno.ECONNREFUSED: "connection refused at {where} after {ms:.0f} ms",
    errno.ECONNRESET: "{where} accepted the connection and reset it",
    errno.ENOTCONN: "{where} accepted the connection and reset it",
    errno.EPIPE: "{where} accepted the connection and closed it",
    errno.EHOSTUNREACH: "no route to {where}",
    errno.ENETUNREACH: "no route to {where}",
    errno.EADDRNOTAVAIL: "{where} has no usable address",
}


def plain(error: BaseException, where: str, ms: float, watch: Watch) -> str:
    """The cause of a failed connection in one plain line.

    Args:
        error: what the socket, the TLS library or a client raised.
        where: ``host:port``.
        ms: milliseconds it took.
        watch: says what was going on, for a time that ran out.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate of {where} is not accepted: {error.verify_message}"
    # At the deadline the watch shuts the socket down, which then looks as if the peer had.
    if isinstance(error, (TimeoutError, socket.timeout)) or not watch.remaining:
        return f"no answer from {where} within {max(ms / 1000, 0.001):.3g} s ({watch.phase})"
    if isinstance(error, ssl.SSLError):
        return _tls_words(error, where)
    if isinstance(error, OSError) and error.errno in _ERRNO:
        return _ERRNO[error.errno].format(where=where, ms=ms)
    return f"{where}: {error}"


def _tls_words(error: ssl.SSLError, where: str) -> str:
    reason = (error.reason or "").upper()
    if reason in ("WRONG_VERSION_NUMBER", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"):
        return f"{where} does not speak TLS on this port"
    if "EOF" in reason or isinstance(error, ssl.SSLEOFError):
        return f"{where} closed the connection during the TLS handshake"
    return f"TLS handshake with {where} failed: {error.reason or error}"
