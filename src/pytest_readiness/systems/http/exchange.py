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
from typing import Any

import msgspec

from pytest_readiness.systems.http.facts import End, Reply
from pytest_readiness.systems.urls import Url
from pytest_readiness.systems.watch import DeadlineExceeded, Watch

AGENT = "pytest-readiness"
LARGEST = 1 << 20
"""Bytes of a body that are read; the rest is left to the server."""
_PIECE = 1 << 16
_LOCATION = 200


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


class _Timed(io.RawIOBase):
    """A socket that reads until a deadline, and not for a time anew with each read."""

    def __init__(self, sock: socket.socket, watch: Watch) -> None:
        self.watch = watch
        self._sock = sock
        self._buffered = io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(self.watch.left())
        return self._sock.recv_into(buffer)

    def makefile(self, mode: str) -> Any:
        """What ``http.client`` takes a socket for."""
        return self._buffered


def exchanged(
    sock: socket.socket,
    way: Url,
    path: str,
    headers: Mapping[str, str],
    watch: Watch,
    patience: Watch,
) -> Answer:
    """GET a path on a connected socket.

    Args:
        sock: connected, over TLS where the URL says so.
        way: the URL; the path is below its own.
        path: with its leading slash.
        headers: more than the ordinary ones.
        watch: bounds the time until the head of the answer is there.
        patience: bounds the body; one that takes longer ends as ``late``.

    Raises:
        DeadlineExceeded, OSError, http.client.HTTPException, ValueError: there was no answer.
    """
    start = time.monotonic()
    sock.settimeout(watch.left())
    sock.sendall(_head(way, path, headers))
    timed = _Timed(sock, watch)
    response = _response(timed)
    timed.watch = patience
    body, end = _body(response)
    reply = Reply(
        path=path,
        status=response.status,
        ms=round(1000 * (time.monotonic() - start), 2),
        size=len(body),
        end=end,
        location=response.getheader("Location", "").partition("?")[0][:_LOCATION],
    )
    closes = response.will_close or end != "complete"
    found = tuple((name, value) for name, value in response.getheaders())
    return Answer(reply=reply, headers=found, body=body, closes=closes)


def _response(timed: _Timed) -> http.client.HTTPResponse:
    while True:
        response = http.client.HTTPResponse(timed, method="GET")  # type: ignore[arg-type]  # makefile() is all it asks of a socket
        response.begin()
        if response.status >= 200:
            return response
        # Hints before the answer (103); the stream goes on, and must not be closed with them.
        response.fp = None  # type: ignore[assignment]  # as its own close() leaves it


def _head(way: Url, path: str, headers: Mapping[str, str]) -> bytes:
    name = way.host if way.host.isascii() else way.host.encode("idna").decode()
    host = f"[{name}]" if ":" in name else name
    standard = {"http": 80, "https": 443}.get(way.scheme) == way.port
    before = f"/{way.path.strip('/')}" if way.path.strip("/") else ""
    lines = {
        "Host": host if standard else f"{host}:{way.port}",
        "User-Agent": AGENT,
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        **headers,
    }
    told = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"GET {before}{path} HTTP/1.1\r\n{told}\r\n".encode("latin-1")


def _body(response: http.client.HTTPResponse) -> tuple[bytes, End]:
    body = bytearray()
    # Counted here: not every Python's read1() counts down what is left, and then waits for more.
    left = response.length
    try:
        while left != 0:
            piece = response.read1(_PIECE if left is None else min(_PIECE, left))
            if not piece:
                return bytes(body), "complete" if left is None else "broken"
            body += piece
            left = None if left is None else left - len(piece)
            if len(body) > LARGEST:
                return bytes(body[:LARGEST]), "cut"
    except (DeadlineExceeded, TimeoutError):
        return bytes(body), "late"
    except (OSError, http.client.HTTPException, ValueError):
        return bytes(body), "broken"
    return bytes(body), "complete"
