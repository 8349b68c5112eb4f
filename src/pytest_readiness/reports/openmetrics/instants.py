"""Days and times of the scorecard as seconds since 1970."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress


def instant(text: str) -> int:
    """A time as the scorecard has it; 0, which is stale for certain, for anything else."""
    with suppress(ValueError, OverflowError):
        when = dt.datetime.fromisoformat(text.replace("Z", "+00:00"))
        when = when if when.tzinfo else when.replace(tzinfo=dt.timezone.utc)
        return max(int(when.timestamp()), 0)
    return 0


def end_of_day(text: str) -> int:
    """When a day is over, UTC; 0, which is long ago, where the text is no day."""
    with suppress(ValueError, OverflowError):
        return instant((dt.date.fromisoformat(text) + dt.timedelta(days=1)).isoformat())
    return 0
