"""Topics of round trips: named so that a later round trip can tell which ones nobody needs.

Kafka expires records, not topics: a round trip that was killed leaves an empty topic behind.
"""

from __future__ import annotations

import re
import secrets
import time
import uuid
from typing import Any

from pytest_readiness.systems.kafka.answers import TOPIC_REFUSED

PREFIX = "readiness-"
OLD = 3600
"""Seconds after which a topic of ours is nobody's any more: no round trip takes that long."""

_MOST = 20
_OURS = re.compile(
    PREFIX + r"([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})"
)


def name() -> str:
    """A new topic's name: ``readiness-<uuid>``, of version 7, which begins with the time."""
    millis = int(time.time() * 1000) & (2**48 - 1)
    number = millis << 80 | secrets.randbits(80)
    # uuid.uuid7 comes with Python 3.14.
    number = number & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62
    return f"{PREFIX}{uuid.UUID(int=number)}"


def ours(topic: str) -> bool:
    """Whether a topic is one of a round trip, which is none of the service's."""
    return _OURS.fullmatch(topic) is not None


def abandoned(names: list[str]) -> list[str]:
    """Those of the names that are old topics of round trips."""
    before = 1000 * (time.time() - OLD)
    matches = [(name, _OURS.fullmatch(name)) for name in names]
    return [n for n, ours in matches if ours and uuid.UUID(ours[1]).int >> 80 < before][:_MOST]


def sweep(admin: Any, timeout_ms: int) -> bool:
    """Delete abandoned topics; whether that is allowed, as far as it can be told."""
    names = abandoned(list(admin.list_topics()))
    if not names:
        return True
    said = admin.delete_topics(names, timeout_ms=timeout_ms, raise_errors=False)
    return not refused(said)


def refused(deleted: Any) -> bool:
    """Whether a deletion was refused for want of a right."""
    return any(topic["error_code"] == TOPIC_REFUSED for topic in deleted["topics"])
