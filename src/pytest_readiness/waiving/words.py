"""The words in which waivers are told, and the numbers that decide which."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_readiness.model import Waived

WARN_DAYS = 14
"""Days before its end from which a waiver is said to be ending."""

LONG_DAYS = 366
"""Days beyond which the end of a waiver is out of sight: one that is renewed once a year, also on
the day of a leap year, is not."""

BY = " (waived by "
WITH = " (waived with "
"""What stands between the cause of a waived finding and who answers for it."""

CAUSE = 1200
REASON = 400
OWNER = 100
"""Signs of a cause, a reason and an owner: a message that is too long is cut at its end, and that
is where the owner stands."""

_MOST_NAMES = 5


def days(left: int) -> str:
    """Days until an end, as people say it: ``14 days left``, ``1 day left``, ``last day``."""
    if left == 0:
        return "last day"
    return "1 day left" if left == 1 else f"{left} days left"


def cut(text: str, longest: int) -> str:
    """A text of that length at most, with a mark where something is missing."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def called(waiver: Waived) -> str:
    """``ana's waiver of redis.persistence[cache]``."""
    names = some(waiver.checks)
    return f"{waiver.owner}'s waiver of {names}" + (f"[{waiver.target}]" if waiver.target else "")


def some(names: Sequence[str]) -> str:
    """The first of several names, and how many more there are."""
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
