"""The slow log: names of commands and their times, never what they were called with."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from pytest_readiness.systems.redis import facts
from pytest_readiness.systems.redis.replies import HOUR, refusal, word
from pytest_readiness.systems.redis.resp import Command

SLOWLOG: Command = ("SLOWLOG", "GET", "64")


def slow_commands(reply: object, now: float, user: str) -> tuple[Any, str]:
    """Slow commands of the last hour, or why they were not seen."""
    if not isinstance(reply, list):
        return UNSET, refusal(reply, "SLOWLOG GET", user, "+slowlog")
    entries = (
        facts.SlowCommand(
            command=word(entry[3][0]).upper()[:40] if entry[3] else "?",
            ms=entry[2] / 1000,
            age=max(0.0, now - entry[1]),
        )
        for entry in reply
    )
    return tuple(one for one in entries if one.age <= HOUR), ""
