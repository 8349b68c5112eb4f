"""Why AMQP did not come about: what the other side really speaks."""

from __future__ import annotations

import socket
import ssl
import time
from typing import Literal

import msgspec

from pytest_readiness.systems import net
from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.rabbitmq.frames import HEADER
from pytest_readiness.systems.watch import DeadlineExceeded, Watch

# Servers that read lines wait for the end of one; AMQP servers have answered the header by then.
_END_OF_LINE = b"\r\n\r\n"

_HEAD = b"\x01\x00\x00"
_START = b"\x00\x0a\x00\x0a"
"""A broker's first frame: a method on channel 0, and four bytes further on, which it is."""
_LONGEST = 65536
_SHARE = 0.6
"""Of the time left, what a broker may take to greet."""
_LAST_SHARE = 0.4
"""Of the time left then, what a server may take that has waited for the end of a line."""

FAREWELL = "authentication_failure_close"
"""What a broker can that says why it refuses a login, instead of hanging up."""


class Heard(msgspec.Struct, frozen=True):
    """What came back, and how it ended."""

    said: bytes
    end: Literal["open", "silent", "closed", "reset"]

    @property
    def is_amqp(self) -> bool:
        """Whether it is a broker's first frame, or begins like one."""
        head, method = self.said[:3], self.said[7:11]
        return bool(head) and _HEAD.startswith(head) and _START.startswith(method)

    @property
    def is_whole(self) -> bool:
        """Whether the first frame has come to its end."""
        return self.is_amqp and len(self.said) >= _size(self.said)

    @property
    def first(self) -> bytes:
        """The first frame."""
        return self.said[: _size(self.said)]

    @property
    def rest(self) -> bytes:
        """What came after it."""
        return self.said[_size(self.said) :]


def heard(sock: socket.socket, watch: Watch, more: bytes = b"") -> Heard:
    """What a peer answers to AMQP's header, and to what is sent in the same breath."""
    for text, share in ((HEADER + more, _SHARE), (_END_OF_LINE, _LAST_SHARE)):
        ends = time.monotonic() + share * watch.left()
        try:
            sock.settimeout(share * watch.left())
            sock.sendall(text)
            said = sock.recv(4096)
        except TimeoutError:
            continue
        except OSError:
            return Heard(b"", "reset")
        return _whole(sock, said, ends) if said else Heard(b"", "closed")
    return Heard(b"", "silent")


def _whole(sock: socket.socket, said: bytes, ends: float) -> Heard:
    """The first frame to its end, if it is a broker's; else what came first says enough."""
    while (heard := Heard(said, "open")).is_amqp and len(said) < _size(said):
        try:
            sock.settimeout(max(0.01, ends - time.monotonic()))
            more = sock.recv(4096)
        except TimeoutError:
            return Heard(said, "silent")
        except OSError:
            return Heard(said, "reset")
        if not more:
            return Heard(said, "closed")
        said += more
        if time.monotonic() > ends:
            return Heard(said, "silent")
    return heard


def _size(said: bytes) -> int:
    """Bytes of the first frame; of its head, while that has not come."""
    return min(8 + int.from_bytes(said[3:7], "big"), _LONGEST) if len(said) >= 7 else 7


def meaning(heard: Heard, where: str, seconds: float) -> str:
    """What it is that answers, if it is no broker, as one plain line."""
    said = heard.said
    if heard.end == "silent":
        return f"{where} accepts connections, but does not answer AMQP within {seconds:.3g} s"
    if not said:
        return (
            f"{where} accepted the connection and {heard.end} it at AMQP's greeting: "
            "it is starting or stopping, or speaks TLS or another protocol"
        )
    if said.startswith(b"\x15\x03"):
        return f"{where} speaks TLS on this port: amqps:// reaches it"
    if said.startswith(b"AMQP"):
        return f"{where} speaks another version of AMQP than 0-9-1"
    if said[:5].lower() in (b"http/", b"<html", b"<!doc"):
        return f"{where} speaks HTTP on this port, not AMQP"
    return f"{where} does not speak AMQP on this port{_quoted(said)}"


def not_http(host: str, port: int, watch: Watch, tls: ssl.SSLContext | None) -> str | None:
    """What answers to a request over HTTP, if that is something else, as one plain line."""
    try:
        with net.opened(host, port, watch) as (sock, _):
            if tls is None:
                said = _replied(sock, watch)
            else:
                with net.handshaken(sock, host, watch, tls) as (secured, _):
                    said = _replied(secured, watch)
    except (Unreachable, DeadlineExceeded):
        return None
    where = net.at(host, port)
    if said.startswith(b"AMQP"):
        return f"{where} speaks AMQP on this port, not HTTP: the management API has its own"
    if said.startswith(b"\x15\x03"):
        return f"{where} speaks TLS on this port: https:// reaches it"
    if said and not b"HTTP/".startswith(said[:5]):
        return f"{where} does not speak HTTP on this port{_quoted(said)}"
    return None


def _replied(sock: socket.socket, watch: Watch) -> bytes:
    try:
        sock.settimeout(_LAST_SHARE * watch.left())
        sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
        return sock.recv(64)
    except OSError:
        return b""


def _quoted(said: bytes) -> str:
    """Its first words, if they are words."""
    line = said[:32].partition(b"\n")[0].rstrip()
    words = line.decode("ascii", errors="replace")
    return f": it says {words}" if words.isascii() and words.isprintable() and words else ""
