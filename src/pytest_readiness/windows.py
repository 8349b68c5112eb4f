"""``measure(…, over=points)``: how a value came about, small enough for every report."""

from __future__ import annotations

import datetime as dt
import math
from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from numbers import Real
from typing import Any, NamedTuple, NoReturn

from pytest_readiness.model import Window

MOST = 240
"""Points of one window: more than a chart in a report has places for, in some 4 kB."""

_DIGITS = 6
"""Significant digits of a value. It is drawn; what was compared stands beside it, unrounded."""

_STEPS = 100
"""Moments that are told apart between two points of a full window."""

_LATEST = dt.datetime.max.replace(tzinfo=dt.timezone.utc).timestamp()


class Point(NamedTuple):
    """A value at a moment."""

    moment: float
    """Seconds since 1970."""
    value: float | None
    """None where there was none."""


def window(name: str, points: object, most: int = MOST) -> Window | None:
    """The points of a measure as evidence holds them; None where there are none at all.

    They are put in the order of time. Of more than ``most``, the first and the last are kept; the
    time between them is cut into equal parts, and of each its lowest and its highest value are
    kept, in their order. Where a gap lies between two that are kept, one stays there. So no peak
    is lost, and no line is drawn where nothing was measured.

    Args:
        name: of the measure, for errors.
        points: pairs of a moment (seconds since 1970, or a datetime with a time zone) and a
            number, or the text of one; None, NaN or an infinity in its place is a gap.
        most: points to keep, 6 or more.

    Raises:
        TypeError: they are no such pairs.
        ValueError: a moment has no time zone, or is none of this calendar.
    """
    every = sorted(_read(name, points), key=lambda point: point.moment)
    if not every:
        return None
    start, seconds = every[0].moment, every[-1].moment - every[0].moment
    kept = every if len(every) <= most else _thinned(every, most)
    digits = _digits(seconds)
    return Window(
        start=_told(start),
        seconds=round(seconds, digits),
        points=tuple((round(at - start, digits), _rounded(value)) for at, value in kept),
    )


def _read(name: str, points: object) -> Iterator[Point]:
    """Each point as two numbers."""
    wanted = "over takes (moment, number or None) pairs"
    if isinstance(points, (str, bytes, Mapping)) or not isinstance(points, Iterable):
        _refuse(TypeError, name, f"{wanted}, not {_kind(points)}")
    for number, point in enumerate(points):
        try:
            moment, value = point
        except (TypeError, ValueError):
            _refuse(TypeError, name, f"{wanted}; point {number} is {_kind(point)}")
        yield Point(_moment(name, number, moment), _value(name, number, value))


def _moment(name: str, number: int, moment: Any) -> float:
    if isinstance(moment, dt.datetime):
        if moment.utcoffset() is None:
            how = "add one: datetime.fromtimestamp(seconds, timezone.utc)"
            _refuse(ValueError, name, f"the moment of point {number} has no time zone; {how}")
        moment = moment.timestamp()
    elif not _is_number(moment):
        what = "seconds since 1970 or a datetime"
        _refuse(TypeError, name, f"the moment of point {number} is {_kind(moment)}, not {what}")
    seconds = _float(moment)
    if seconds is None or not 0 <= seconds <= _LATEST:
        hint = "; milliseconds? divide by 1000" if seconds and seconds > _LATEST else ""
        _refuse(ValueError, name, f"the moment of point {number} is no second since 1970{hint}")
    return seconds


def _value(name: str, number: int, value: Any) -> float | None:
    if value is None:
        return None
    if not _is_number(value) and not _reads_as_number(value):
        _refuse(
            TypeError, name, f"the value of point {number} is {_kind(value)}, not a number or None"
        )
    return _float(value)


def _is_number(value: object) -> bool:
    """NumPy's numbers are real ones, too; yes and no are none, though Python counts with them."""
    return isinstance(value, (Real, Decimal)) and not isinstance(value, bool)


def _reads_as_number(value: object) -> bool:
    """Prometheus' API writes numbers as texts, ``"1.5"`` and ``"NaN"``."""
    try:
        return isinstance(value, str) and isinstance(float(value), float)
    except ValueError:
        return False


def _float(value: Any) -> float | None:
    """A finite number; None for what is none, or too large to be drawn."""
    try:
        found = float(value)
    except (OverflowError, ValueError):
        return None
    return found if math.isfinite(found) else None


def _kind(value: object) -> str:
    return "None" if value is None else f"of type {type(value).__name__}"


def _refuse(error: type[Exception], name: str, what: str) -> NoReturn:
    raise error(f"measure {name!r}: {what}")


def _thinned(every: list[Point], most: int) -> list[Point]:
    """The points that stand for all."""
    numbers = [(index, point.value) for index, point in enumerate(every) if point.value is not None]
    # Two values of each part, and where there are gaps one more between any two of them.
    parts = (most - 2) // (2 if len(numbers) == len(every) else 4)
    start, width = every[0].moment, (every[-1].moment - every[0].moment) / parts
    buckets: dict[int, list[tuple[float, int]]] = {}
    for index, value in numbers:
        place = int((every[index].moment - start) / width) if width else 0
        buckets.setdefault(min(place, parts - 1), []).append((value, index))
    kept = {index for found in buckets.values() for _, index in (min(found), max(found))}
    return [every[index] for index in _with_gaps(every, sorted(kept | {0, len(every) - 1}))]


def _with_gaps(every: list[Point], kept: list[int]) -> list[int]:
    """What is kept, and between two values the first gap, if there is one."""
    gaps = [index for index, point in enumerate(every) if point.value is None]
    found = set(kept)
    for before, after in pairwise(kept):
        place = bisect(gaps, before)
        between = place < len(gaps) and gaps[place] < after
        if between and None not in (every[before].value, every[after].value):
            found.add(gaps[place])
    return sorted(found)


def _digits(seconds: float) -> int:
    """Decimals of a second that tell moments of a window apart; six, a microsecond, at most."""
    if not seconds:
        return 0
    return max(0, min(6, math.ceil(-math.log10(seconds / (MOST * _STEPS)))))


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.{_DIGITS}g}")


def _told(moment: float) -> str:
    at = dt.datetime.fromtimestamp(moment, dt.timezone.utc)
    precise = "milliseconds" if at.microsecond >= 1000 else "seconds"
    return at.isoformat(timespec=precise).replace("+00:00", "Z")
