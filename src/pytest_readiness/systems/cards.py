"""What people want to know of a target first, said of what was observed anyway."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from pytest_readiness.outcomes import Blocked
from pytest_readiness.systems.net import Link

Line = Callable[[], str | None]
"""Says one thing; None if there is nothing to say, and Blocked where it was not seen."""


def lines(**said: Line) -> dict[str, str]:
    """The lines of a card that can be said, in their order.

    Call it where no check runs: a fact that was not seen is remembered as the running check's.
    """
    found = {}
    for name, say in said.items():
        try:
            text = say()
        except Blocked:
            continue
        if text:
            found[name.replace("_", " ")] = text
    return found


def way(link: Link) -> str:
    """How a target is reached: ``TLSv1.3, certificate until 2027-02-11``."""
    if link.tls is None:
        return "none, plaintext"
    return ", ".join(filter(None, (link.tls, until(link.expires))))


def until(expires: float | None) -> str | None:
    """``certificate until 2027-02-11``; None where its dates were not read."""
    if expires is None:
        return None
    try:
        day = dt.datetime.fromtimestamp(expires, dt.timezone.utc).date()
    except (OverflowError, OSError, ValueError):  # a year beyond the calendar
        return None
    return f"certificate until {day.isoformat()}"
