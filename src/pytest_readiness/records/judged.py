"""What becomes of one thing that people wrote down."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from pytest_readiness.model import Outcome, Signature


class Judged(NamedTuple):
    """Outcome, sentence, and who answers for it."""

    outcome: Outcome
    message: str
    signed: Signature | None = None


def until(day: dt.date, seconds: float) -> dt.date:
    """Last day on which something holds that was written on a day; never beyond the calendar."""
    try:
        return day + dt.timedelta(seconds=seconds)
    except OverflowError:
        return dt.date.max


def ago(day: dt.date, today: dt.date) -> str:
    """How long ago a day was: ``today``, ``1 day ago``, ``120 days ago``."""
    days = (today - day).days
    if days == 0:
        return "today"
    return f"{days} day{'s' if days != 1 else ''} ago"


def left(days: int) -> str:
    """How much of a time is left: ``last day``, ``1 day left``, ``30 days left``."""
    if days == 0:
        return "last day"
    return f"{days} day{'s' if days != 1 else ''} left"
