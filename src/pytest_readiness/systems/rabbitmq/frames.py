"""AMQP 0-9-1 in bytes: the few frames that an observation sends, and what it reads of a broker's.

https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf, with the types of RabbitMQ's tables.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, NamedTuple

HEADER = b"AMQP\x00\x00\x09\x01"

_METHOD, _CONTENT = 1, 2
_END = 0xCE
_HEAD = struct.Struct("!BHI")

START, START_OK, TUNE, TUNE_OK = (10, 10), (10, 11), (10, 30), (10, 31)
OPEN, OPEN_OK, CLOSE, CLOSE_OK, BLOCKED = (10, 40), (10, 41), (10, 50), (10, 51), (10, 60)
CHANNEL_OPEN, CHANNEL_OPEN_OK = (20, 10), (20, 11)
CHANNEL_CLOSE, CHANNEL_CLOSE_OK = (20, 40), (20, 41)
DECLARE, DECLARE_OK = (50, 10), (50, 11)
PUBLISH = (60, 40)

_PASSIVE = 1
LONGEST_NAME = 255
"""Bytes of the name of a vhost, a queue or an exchange."""
_DEEPEST = 8
"""Tables within tables that are read."""


class Malformed(Exception):
    """Bytes that are no frame of this protocol, or an argument that is cut short."""


class Method(NamedTuple):
    """A method as it came: what it is, and its arguments, not yet read."""

    name: tuple[int, int]
    arguments: bytes


def split(said: bytearray, largest: int) -> tuple[int, bytes] | None:
    """Take the first frame, its kind and its payload, off what came; None if it is not whole.

    Raises:
        Malformed: it is no frame, or larger than agreed on.
    """
    if len(said) < _HEAD.size:
        return None
    kind, _, size = _HEAD.unpack_from(said)
    if size > largest:
        raise Malformed
    end = _HEAD.size + size
    if len(said) <= end:
        return None
    if said[end] != _END:
        raise Malformed
    payload = bytes(said[_HEAD.size : end])
    del said[: end + 1]
    return kind, payload


def method_in(frame: tuple[int, bytes]) -> Method | None:
    """The method that a frame carries; None of a heartbeat."""
    kind, payload = frame
    if kind != _METHOD:
        return None
    if len(payload) < 4:
        raise Malformed
    return Method(struct.unpack_from("!HH", payload), payload[4:])


class Arguments:
    """Reads the arguments of a method, one after the other."""

    def __init__(self, said: bytes) -> None:
        self._said = said
        self._at = 0

    def take(self, size: int) -> bytes:
        """So many bytes."""
        end = self._at + size
        if end > len(self._said):
            raise Malformed
        taken, self._at = self._said[self._at : end], end
        return taken

    def number(self, kind: str) -> Any:
        """A number of a kind, as ``struct`` names them."""
        return struct.unpack(f"!{kind}", self.take(struct.calcsize(f"!{kind}")))[0]

    def short_text(self) -> str:
        """A text of up to 255 bytes."""
        return self.take(self.number("B")).decode("utf-8", "replace")

    def text(self) -> str:
        """A text of any length."""
        return self.take(self.number("I")).decode("utf-8", "replace")

    def table(self, depth: int = 0) -> dict[str, Any]:
        """A table of names and values."""
        if depth > _DEEPEST:
            raise Malformed
        end = self.number("I") + self._at
        found: dict[str, Any] = {}
        while self._at < end:
            name = self.short_text()
            found[name] = self._value(depth)
        return found

    def _value(self, depth: int) -> Any:
        kind = chr(self.number("B"))
        if kind in _NUMBERS:
            return self.number(_NUMBERS[kind])
        if kind == "F":
            return self.table(depth + 1)
        if kind == "A":
            return self._array(depth + 1)
        if kind in _OTHERS:
            return _OTHERS[kind](self)
        raise Malformed

    def _array(self, depth: int) -> list[Any]:
        if depth > _DEEPEST:
            raise Malformed
        end = self.number("I") + self._at
        found = []
        while self._at < end:
            found.append(self._value(depth))
        return found


# Signed and unsigned as RabbitMQ has them, which differs from the specification.
_NUMBERS = dict(zip("tbBsuIilLfdT", "?bBhHiIqqfdQ", strict=True))
_OTHERS: dict[str, Callable[[Arguments], Any]] = {
    "S": Arguments.text,
    "x": Arguments.text,
    "V": lambda arguments: None,
    "D": lambda arguments: arguments.take(5),
}


def method(name: tuple[int, int], *arguments: bytes, channel: int = 0) -> bytes:
    """A frame with a method."""
    return _frame(_METHOD, channel, struct.pack("!HH", *name) + b"".join(arguments))


def _frame(kind: int, channel: int, payload: bytes) -> bytes:
    return _HEAD.pack(kind, channel, len(payload)) + payload + bytes([_END])


def short_text(text: str) -> bytes:
    """A text of up to 255 bytes.

    Raises:
        ValueError: it has more.
    """
    data = _encoded(text)
    if len(data) > LONGEST_NAME:
        raise ValueError(f"longer than {LONGEST_NAME} bytes")
    return bytes([len(data)]) + data


def text(words: str) -> bytes:
    """A text of any length."""
    data = _encoded(words)
    return struct.pack("!I", len(data)) + data


def _encoded(words: str) -> bytes:
    return words.encode("utf-8", "surrogatepass")


def table(values: dict[str, Any]) -> bytes:
    """A table of texts, truths and tables."""
    rows = b"".join(short_text(name) + _field(value) for name, value in values.items())
    return struct.pack("!I", len(rows)) + rows


def _field(value: Any) -> bytes:
    if isinstance(value, dict):
        return b"F" + table(value)
    return b"t" + bytes([value]) if isinstance(value, bool) else b"S" + text(value)


def number(kind: str, value: int) -> bytes:
    """A number of a kind, as ``struct`` names them."""
    return struct.pack(f"!{kind}", value)


def farewell(name: tuple[int, int] = CLOSE, channel: int = 0) -> bytes:
    """The end of a connection, or of a channel, for no reason."""
    return method(
        name, number("H", 200), short_text(""), number("H", 0), number("H", 0), channel=channel
    )


FAREWELL = farewell()
CHANNEL = 1
"""The one channel that is used: a user may be allowed no more."""


def opened_channel() -> bytes:
    """Opens the channel."""
    return method(CHANNEL_OPEN, short_text(""), channel=CHANNEL)


def looked_up(queue: str) -> bytes:
    """Declares a queue passively: needs no right but access to the vhost, and changes nothing."""
    flags, arguments = bytes([_PASSIVE]), table({})
    return method(DECLARE, number("H", 0), short_text(queue), flags, arguments, channel=CHANNEL)


def published(exchange: str) -> bytes:
    """Publishes an empty message to an exchange, routed to nobody in particular."""
    told = method(
        PUBLISH, number("H", 0), short_text(exchange), short_text(""), b"\0", channel=CHANNEL
    )
    # Class 60, weight 0, a body of 0 bytes, no property.
    return told + _frame(_CONTENT, CHANNEL, struct.pack("!HHQH", PUBLISH[0], 0, 0, 0))
