"""The protocol of Redis (RESP2) by hand: commands to bytes, bytes to replies, nothing else.

redis-py speaks it too, and takes as long to import as a server at the other end of a continent
takes to answer: it is imported where somebody wants a live client.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from typing import Any

Command = tuple[str, ...]
Replies = dict[Command, Any]
"""What each command got: a reply as bytes, numbers and lists, or the error it stands for."""

_MOST = 1 << 26
"""Bytes of all replies: no honest server comes near."""
_LINE = 1 << 16
_KINDS = (b"+", b"-", b":", b"$", b"*")
_ITEMS = 1 << 20
_DEPTH = 16
_CHUNK = 1 << 16

_PREFIXES = frozenset(
    (
        *("ERR", "OOM", "WRONGPASS", "EXECABORT", "LOADING", "NOSCRIPT", "READONLY", "NOAUTH"),
        *("NOPERM", "ASK", "TRYAGAIN", "MOVED", "CLUSTERDOWN", "CROSSSLOT", "MASTERDOWN"),
    )
)
"""Codes that say less than the words behind them, which are what people are shown."""


class ReplyError(Exception):
    """A command was answered with an error; reads as its words do."""

    def __init__(self, line: str) -> None:
        self.code, _, said = line.partition(" ")
        super().__init__(said if self.code in _PREFIXES else line)


class NotRedis(Exception):
    """What came is no reply, or one beyond all measure."""


class HungUp(Exception):
    """The connection ended within a reply."""


def is_error(reply: object, *codes: str) -> bool:
    """Whether a reply is an error with one of these codes."""
    return isinstance(reply, ReplyError) and reply.code in codes


def packed(commands: Iterable[Command]) -> bytes:
    """Commands as they travel: arrays, since a proxy need not understand inline commands."""
    parts: list[bytes] = []
    for command in commands:
        parts.append(b"*%d\r\n" % len(command))
        # A variable of the environment may hold bytes that are no text: they go as they came.
        words = (word.encode("utf-8", "surrogateescape") for word in command)
        parts += [b"$%d\r\n%b\r\n" % (len(word), word) for word in words]
    return b"".join(parts)


class Reader:
    """Reads replies from a socket.

    Every method may raise ``OSError``, of which ``TimeoutError`` is one. A server that drips is
    none of those: the watch shuts its socket down.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._buffer = bytearray()
        self._taken = 0

    def first(self) -> bytes:
        """The first line of all, whoever says it: an answer, another protocol's, or nothing."""
        while b"\n" not in self._buffer and len(self._buffer) < 512:
            if not self._more():
                break
        line, end, _ = bytes(self._buffer).partition(b"\r\n")
        del self._buffer[: len(line + end)]
        return line

    def reply(self, depth: int = 0) -> Any:
        """The next reply: bytes, a number, a list, None or a :class:`ReplyError`.

        Raises:
            NotRedis: it is no reply.
            HungUp: the connection ended before.
        """
        line = self._line()
        kind, rest = line[:1], line[1:]
        if kind == b"+":
            return rest
        if kind == b"-":
            return ReplyError(rest.decode("utf-8", "replace"))
        if kind not in (b":", b"$", b"*") or len(rest) > 20:
            raise NotRedis
        try:
            number = int(rest)
        except ValueError:
            raise NotRedis from None
        if kind == b":":
            return number
        if number == -1:
            return None
        if not 0 <= number <= _MOST or depth > _DEPTH:
            raise NotRedis
        if kind == b"$":
            return self._take(number)
        if number > _ITEMS:
            raise NotRedis
        return [self.reply(depth + 1) for _ in range(number)]

    def _line(self) -> bytes:
        seen = 0
        while (end := self._buffer.find(b"\r\n", seen)) < 0:
            seen = max(0, len(self._buffer) - 1)
            # What begins otherwise need not have an end, and would be waited for in vain.
            if seen > _LINE or self._buffer[:1] not in (b"", *_KINDS):
                raise NotRedis
            self._need()
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        return line

    def _take(self, size: int) -> bytes:
        while len(self._buffer) < size + 2:
            self._need()
        data = bytes(self._buffer[:size])
        if self._buffer[size : size + 2] != b"\r\n":
            raise NotRedis
        del self._buffer[: size + 2]
        return data

    def _need(self) -> None:
        if not self._more():
            raise HungUp

    def _more(self) -> bool:
        """Wait for more bytes; whether any came before the connection ended."""
        got = self._sock.recv(_CHUNK)
        self._taken += len(got)
        if self._taken > _MOST:
            raise NotRedis
        self._buffer += got
        return bool(got)
