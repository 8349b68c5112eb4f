"""What readiness answers say of themselves, in the words that frameworks use for it."""

from __future__ import annotations

import re
from typing import Any

from pytest_readiness.redact import harmless

_LONGEST = 80

STATES = ("status", "state", "healthy", "ready", "ok", "outcome", "result")


def word_of(value: Any) -> str | None:
    """What a part of a readiness answer says of itself, in one word; None if it says nothing."""
    if isinstance(value, bool):
        return "ok" if value else "false"
    if isinstance(value, str):
        return harmless(value.lower(), _LONGEST)
    if isinstance(value, list):
        words = [word for word in map(word_of, value) if word is not None]
        return next((w for w in words if not good(w)), words[0] if words else None)
    if isinstance(value, dict):
        if any(value.get(name) is False for name in STATES):
            return "false"
        return next((w for k in STATES if (w := word_of(value.get(k))) is not None), None)
    return None


NO_STATE = "without a state"
"""Word for a dependency that is named, but not said to be well or ill."""

_GOOD = re.compile(
    r"(?:ok|okay|up|pass|passed|passing|healthy|true|working|ready|alive|green|connected|available"
    # Some tell how long it took as well.
    # gRPC's health service and Kafka Connect: serving, running.
    r"|success|online|operational|yes|serving|running)[.!]?(?:[ ,:(]{1,3}[\d.]{1,12} ?m?s\)?)?"
)


def good(word: str) -> bool:
    """Whether a word of a readiness answer means that all is well; any other does not."""
    return _GOOD.fullmatch(word.strip().lower()) is not None


def named(body: Any, name: str, depth: int = 6) -> str | None:
    """What the answer says of a dependency, wherever it names it; None if it does not."""
    if depth == 0 or not isinstance(body, (dict, list)):
        return None
    if isinstance(body, list):
        parts: list[Any] = body[:200]
    else:
        if str(body.get("name", "")).lower() == name.lower():
            return word_of(body) or NO_STATE
        for key, value in body.items():
            # The draft for health+json writes component:measurement.
            if key.lower().partition(":")[0] == name.lower() or key.lower() == name.lower():
                return word_of(value) or NO_STATE
        parts = list(body.values())[:200]
    return next((w for part in parts if (w := named(part, name, depth - 1)) is not None), None)
