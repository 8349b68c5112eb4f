"""Taking replies apart, and saying why one told nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from msgspec import UNSET

from pytest_readiness import clock
from pytest_readiness.systems.redis.resp import is_error

# Of no more digits than Redis' own numbers have: Python reads none of thousands of them.
_WHOLE = re.compile(r"-?\d{1,20}", re.ASCII)

HOUR = 3600.0
"""Seconds that what a server remembers is looked back on."""


def word(value: object) -> str:
    """A reply as text."""
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def pairs(reply: object) -> dict[str, Any]:
    """A flat list of names and values as a dict; empty if it is none."""
    if not isinstance(reply, list):
        return {}
    return dict(zip(map(word, reply[::2]), reply[1::2], strict=False))


ODD = (AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What comes of a reply that is built otherwise than Redis' own: other engines speak its
protocol too, and must not cost more than the facts that are read from it."""


def understood(read: Callable[[], tuple[Any, str]], what: str) -> tuple[Any, str]:
    """A value, or why it was not seen: refused, or built in a way that nobody knows."""
    try:
        return read()
    except ODD:
        return UNSET, f"the reply to {what} was not understood"


def refusal(error: object, what: str, user: str, grant: str) -> str:
    """Why a command told nothing, and the grant that would change it."""
    if is_error(error, "NOPERM"):
        return f"{what} is refused to user {user}: ACL SETUSER {user} {grant}"
    if isinstance(error, Exception):
        return f"{what} is not answered ({str(error)[:80]})"
    return f"{what} told nothing"


class Info:
    """INFO, taken apart; a field that is not there or is no number stays unseen."""

    def __init__(self, reply: bytes) -> None:
        lines = (line.partition(":") for line in reply.decode(errors="replace").splitlines())
        self.fields = {name: value for name, colon, value in lines if colon}

    def text(self, *names: str) -> Any:
        """The first of these fields that is there."""
        return next((self.fields[name] for name in names if name in self.fields), UNSET)

    def whole(self, name: str) -> Any:
        """A field that is a whole number."""
        text = self.fields.get(name, "")
        return int(text) if _WHOLE.fullmatch(text) else UNSET

    def number(self, name: str) -> Any:
        """A field that is a number."""
        try:
            return float(self.fields[name])
        except (KeyError, ValueError):
            return UNSET

    @property
    def now(self) -> float:
        """The server's own clock where it tells it: ours may be off."""
        micros = self.whole("server_time_usec")
        return clock.now().timestamp() if micros is UNSET else float(micros / 1e6)
