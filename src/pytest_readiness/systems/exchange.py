"""One question and its answer on a socket, bounded as a whole, in time and size.

Client libraries bound each read, so that a server which drips a byte at a time holds them for
ever. Here each read gets what is left of one deadline.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from pytest_readiness.systems.urls import Url
from pytest_readiness.systems.watch import DeadlineExceeded, Watch

AGENT = "pytest-readiness"
LARGEST = 1 << 20
"""Bytes of a body that are read; the rest is left to the server."""
_PIECE = 1 << 16
_LEAST = 256
"""Bytes that a piece of a body counts for at least: one of a single byte is as much work."""
_LOCATION = 200

End = Literal["complete", "cut", "late", "broken"]
"""How the reading of a body ended: at its end, at our limit of size, at our limit of time, or
because the server broke off."""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """How a server answered one question."""

    path: str
    status: int
    ms: float
    """Milliseconds from the question to the last byte that was read; not those of connecting."""
    size: int
    """Bytes of the body that were read."""
    end: End = "complete"
    location: str = ""
    """Where a redirect leads, without parameters."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer as it came. It does not leave the observation: a body may hold secrets."""

    reply: Reply
    headers: tuple[tuple[str, str], ...]
    body: bytes
    closes: bool
    """Whether the connection cannot be used again."""

    def header(self, name: str) -> str:
        """All values of a header, with commas; empty if there is none."""
        return ", ".join(value for key, value in self.headers if key.lower() == name.lower())


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked: a GET, or a POST where there is something to send."""

    path: str
    """With its leading slash; below the URL's own."""
    headers: Mapping[str, str] = {}
    """More than the ordinary ones."""
    sent: bytes | None = None
    """The body of a POST."""
    largest: int = LARGEST
    """Bytes of the answer's body that are read."""

    def __str__(self) -> str:
        return f"{'GET' if self.sent is None else 'POST'} {self.path.partition('?')[0]}"


class BrokenOff(Exception):
    """The server closed the connection in the middle of an answer's head."""


class TooLarge(Exception):
    """The head of an answer is larger than clients take."""


_PROTOCOL = b"HTTP/"


class _Timed(io.RawIOBase):
    """A socket that reads until a deadline, and not for a time anew with each read."""

    def __init__(self, sock: socket.socket, watch: Watch) -> None:
        self.watch = watch
        self.size = 0
        """Bytes that came."""
        self.begin = b""
        self.ended = False
        """Whether the server has closed its side."""
        self._sock = sock
        self._buffered = io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(self.watch.left())
        size = self._sock.recv_into(buffer)
        missing = len(_PROTOCOL) - len(self.begin)
        self.begin += bytes(buffer[: min(size, missing)])
        self.size += size
        self.ended = size == 0
        return size

    @property
    def speaks(self) -> bool:
        """Whether what came until now begins as an answer over HTTP does."""
        return self.size > 0 and _PROTOCOL.startswith(self.begin)

    def makefile(self, mode: str) -> Any:
        """What ``http.client`` takes a socket for."""
        return self._buffered


def exchanged(
    sock: socket.socket, way: Url, question: Question, watch: Watch, patience: Watch
) -> Answer:
    """Ask on a connected socket.

    Args:
        sock: connected, over TLS where the URL says so.
        way: the URL.
        question: what is asked.
        watch: bounds the time until the head of the answer is there.
        patience: bounds the body; one that takes longer ends as ``late``.

    Raises:
        DeadlineExceeded: the head of the answer did not come in time.
        BrokenOff, TooLarge, OSError, http.client.HTTPException, ValueError: there was no answer.
    """
    start = time.monotonic()
    timed = _Timed(sock, watch)
    try:
        sock.settimeout(watch.left())
        sock.sendall(_told(way, question))
        response = _begun(timed)
    except (DeadlineExceeded, OSError, http.client.HTTPException, ValueError) as error:
        late = isinstance(error, (DeadlineExceeded, TimeoutError))
        # At the deadline sockets are shut down, which looks as if the server had hung up.
        if late or not watch.remaining:
            raise DeadlineExceeded(_unanswered(question, watch, timed.size)) from None
        raise
    timed.watch = patience
    body, end = _body(response, question.largest)
    reply = Reply(
        path=question.path,
        status=response.status,
        ms=round(1000 * (time.monotonic() - start), 2),
        size=len(body),
        end=end,
        location=response.getheader("Location", "").partition("?")[0][:_LOCATION],
    )
    closes = response.will_close or end != "complete"
    found = tuple((name, value) for name, value in response.getheaders())
    return Answer(reply=reply, headers=found, body=body, closes=closes)


def _unanswered(question: Question, watch: Watch, came: int) -> str:
    but = f"only the first {came} bytes of one" if came else "though the connection was accepted"
    return f"no answer to {question} within {watch.seconds:.3g} s, {but}"


_NO_HTTP = (http.client.BadStatusLine, http.client.UnknownProtocol, ValueError)


def _begun(timed: _Timed) -> http.client.HTTPResponse:
    try:
        response = _response(timed)
    except (ConnectionError, http.client.HTTPException, ValueError) as error:
        if timed.speaks and (timed.ended or isinstance(error, ConnectionError)):
            raise BrokenOff from None
        if timed.speaks and not isinstance(error, _NO_HTTP):
            raise TooLarge from None
        raise
    # The standard library takes the end of the stream for the end of the head.
    if timed.ended:
        raise BrokenOff
    return response


def _response(timed: _Timed) -> http.client.HTTPResponse:
    while True:
        response = http.client.HTTPResponse(timed, method="GET")  # type: ignore[arg-type]  # makefile() is all it asks of a socket
        response.begin()
        if response.status >= 200:
            return response
        # Hints before the answer (103); the stream goes on, and must not be closed with them.
        response.fp = None  # type: ignore[assignment]  # as its own close() leaves it


def _told(way: Url, question: Question) -> bytes:
    name = way.host if way.host.isascii() else way.host.encode("idna").decode()
    host = f"[{name}]" if ":" in name else name
    standard = {"http": 80, "https": 443}.get(way.scheme) == way.port
    before = f"/{way.path.strip('/')}" if way.path.strip("/") else ""
    lines = {
        "Host": host if standard else f"{host}:{way.port}",
        "User-Agent": AGENT,
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        **question.headers,
    }
    method = "GET"
    if question.sent is not None:
        method, lines["Content-Length"] = "POST", str(len(question.sent))
    told = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    head = f"{method} {before}{question.path} HTTP/1.1\r\n{told}\r\n".encode("latin-1")
    return head + (question.sent or b"")


def _body(response: http.client.HTTPResponse, largest: int) -> tuple[bytes, End]:
    body = bytearray()
    work = 0
    # Counted here: not every Python's read1() counts down what is left, and then waits for more.
    left = response.length
    try:
        while left != 0:
            piece = response.read1(_PIECE if left is None else min(_PIECE, left))
            if not piece:
                return bytes(body), "complete" if left is None else "broken"
            body += piece
            left = None if left is None else left - len(piece)
            work += max(len(piece), _LEAST)
            if work > largest and left != 0:
                return bytes(body[:largest]), "cut"
    except (DeadlineExceeded, TimeoutError):
        return bytes(body), "late"
    except (OSError, http.client.HTTPException, ValueError):
        return bytes(body), "broken"
    return bytes(body), "complete"
