"""TLS contexts: the one that clients use, one that looks only, and one of fifteen years ago."""

from __future__ import annotations

import ssl
import warnings
from functools import cache

from pytest_readiness.systems import net
from pytest_readiness.systems.asking import Door
from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.watch import DeadlineExceeded, Watch

ALPN = ("http/1.1",)


def context(ca_file: str | None) -> ssl.SSLContext:
    """A context of today's, for our own connections only.

    Raises:
        Unreachable: the file of authorities cannot be read.
    """
    return net.shared_context(ca_file, ALPN)


def unverified() -> ssl.SSLContext:
    """A context that looks only."""
    made = net.tls_context(verify=False)
    made.set_alpn_protocols(ALPN)
    return made


@cache
def _old() -> ssl.SSLContext:
    # Once a process: hiding a warning is for a moment felt by other threads, too.
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        made.minimum_version = ssl.TLSVersion.TLSv1
        made.maximum_version = ssl.TLSVersion.TLSv1_1
    # Without it OpenSSL refuses by itself, and every server would seem to.
    made.set_ciphers("ALL:@SECLEVEL=0")
    return made


def _hello(host: str) -> bytes:
    """What a client of TLS 1.0 and 1.1 says first; nothing if this machine's OpenSSL cannot."""
    out = ssl.MemoryBIO()
    try:
        _old().wrap_bio(ssl.MemoryBIO(), out, server_hostname=host).do_handshake()
    except ssl.SSLWantReadError:
        return out.read()
    except (ssl.SSLError, ValueError):
        pass
    return b""


_HANDSHAKE, _SERVER_HELLO = 0x16, 0x02
_VERSIONS = {b"\x03\x01": "TLSv1", b"\x03\x02": "TLSv1.1"}
_ENOUGH = 11
"""Bytes up to the version: a record's header (5), a handshake's (4), the version (2)."""


def old_version(door: Door, watch: Watch) -> str:
    """The version below 1.2 that the server agrees to, or ``refused``.

    It is told by the server's own first words, so that whatever this machine's OpenSSL would
    rather not go on with is not taken for the server's refusal.

    Raises:
        Unreachable: it cannot be told: no connection, or this machine cannot ask.
        DeadlineExceeded: it did not say in time.
    """
    hello = _hello(door.way.host)
    if not hello:
        raise Unreachable("OpenSSL of this machine cannot offer TLS 1.0 and 1.1")
    said = b""
    with door.socket(watch, None) as sock:
        try:
            sock.settimeout(watch.left())
            sock.sendall(hello)
            while len(said) < _ENOUGH:
                sock.settimeout(watch.left())
                piece = sock.recv(_ENOUGH - len(said))
                if not piece:
                    break
                said += piece
        except TimeoutError:
            raise DeadlineExceeded("no answer to an old TLS hello") from None
        except OSError:
            # A reset is a refusal, unless it is our own at the deadline.
            watch.left()
    agreed = len(said) == _ENOUGH and (said[0], said[5]) == (_HANDSHAKE, _SERVER_HELLO)
    return _VERSIONS.get(said[9:], "refused") if agreed else "refused"
