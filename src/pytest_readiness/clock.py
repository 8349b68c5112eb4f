"""The one clock: whatever depends on the day or the time asks here, so that tests can set it."""

from __future__ import annotations

import datetime as dt


def now() -> dt.datetime:
    """The present moment, UTC."""
    return dt.datetime.now(dt.timezone.utc)


def today() -> dt.date:
    """The present day, UTC."""
    return now().date()
