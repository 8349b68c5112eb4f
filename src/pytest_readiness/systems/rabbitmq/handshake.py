"""The frames of AMQP's handshake: what a broker says of itself, and what it is told."""

from __future__ import annotations

from typing import Any, NamedTuple

from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.rabbitmq import frames
from pytest_readiness.systems.rabbitmq.facts import OURS
from pytest_readiness.systems.rabbitmq.frames import Arguments, Malformed, Method
from pytest_readiness.systems.rabbitmq.talk import FRAME

HEARTBEAT = 60
"""Seconds; a check may hold a connection for a while without touching it."""

_PLAIN = "PLAIN"


class Start(NamedTuple):
    """What a broker says of itself before anybody has logged in."""

    properties: dict[str, Any]
    mechanisms: tuple[str, ...]

    @property
    def capabilities(self) -> dict[str, Any]:
        """What it can; empty of one that does not tell."""
        found = self.properties.get("capabilities")
        return found if isinstance(found, dict) else {}

    def word(self, name: str, default: str = "") -> str:
        """A property that is a text."""
        return str(self.properties.get(name, default))


def told(first: bytes) -> Start:
    """What a broker says of itself in its first frame.

    Raises:
        Malformed: it is none.
    """
    frame = frames.split(bytearray(first), FRAME)
    found = frame and frames.method_in(frame)
    if not found or found.name != frames.START:
        raise Malformed
    arguments = Arguments(found.arguments)
    arguments.take(2)
    return Start(arguments.table(), tuple(arguments.text().split()))


def start_ok(user: str, password: str) -> bytes:
    """The login by name and password."""
    properties = {
        "product": OURS,
        "connection_name": OURS,
        # Without the first, a broker hangs up at a wrong password, after three seconds.
        "capabilities": {"authentication_failure_close": True, "connection.blocked": True},
    }
    return frames.method(
        frames.START_OK,
        frames.table(properties),
        frames.short_text(_PLAIN),
        frames.text(f"\0{user}\0{password}"),
        frames.short_text("en_US"),
    )


def tune_ok(tune: Method) -> bytes:
    """Takes what the broker proposes."""
    arguments = Arguments(tune.arguments)
    channels, size = arguments.number("H"), arguments.number("I")
    return frames.method(
        frames.TUNE_OK,
        frames.number("H", channels),
        frames.number("I", min(size or FRAME, FRAME)),
        frames.number("H", HEARTBEAT),
    )


def request(vhost: str) -> bytes:
    """Asks to be let into a vhost.

    Raises:
        Unreachable: its name is longer than this protocol can say.
    """
    if len(vhost.encode("utf-8", "surrogatepass")) > frames.LONGEST_NAME:
        raise Unreachable(f"no vhost has a name of more than {frames.LONGEST_NAME} bytes")
    return frames.method(frames.OPEN, frames.short_text(vhost), frames.short_text(""), b"\0")


def offers_passwords(start: Start) -> bool:
    """Whether a broker lets anybody in by name and password."""
    return _PLAIN in start.mechanisms
