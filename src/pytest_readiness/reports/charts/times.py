"""The axis of time: round hours, days, months and years, in UTC."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

UTC = dt.timezone.utc
_EPOCH = dt.datetime(1970, 1, 5, tzinfo=UTC)
"""A Monday, so that ticks a week apart are Mondays."""
_DAY = 86400
_STEPS = (
    *(1, 2, 5, 10, 15, 30),
    *(60, 120, 300, 600, 900, 1800),
    *(3600, 7200, 10800, 21600, 43200),
    *(_DAY, 2 * _DAY, 7 * _DAY, 14 * _DAY),
)
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 6000)
_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Tick(NamedTuple):
    """A moment that the axis names."""

    share: float
    """Its place between the ends, from 0 to 1."""
    label: str


def moment(text: str) -> dt.datetime | None:
    """A time as reports write it, ISO 8601 in UTC; None if it is none."""
    try:
        # Python 3.10 reads neither a Z nor a fraction of any length.
        found = dt.datetime.fromisoformat(text.removesuffix("Z").partition(".")[0])
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def later(start: dt.datetime, seconds: float) -> dt.datetime | None:
    """A moment so many seconds later; None where no calendar reaches."""
    try:
        return start + dt.timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        return None


def shares(moments: list[dt.datetime]) -> list[float]:
    """The place of each between the first and the last; in the middle where all are one."""
    first, last = min(moments), max(moments)
    span = (last - first).total_seconds()
    return [(m - first).total_seconds() / span if span else 0.5 for m in moments]


_NARROWEST = 250
"""Pixels of a chart on a phone, between its margins."""


def readable(found: list[Tick], width: Callable[[str], float]) -> list[tuple[Tick, str]]:
    """The ticks whose labels have room beside each other, and where each label is anchored."""
    kept: list[tuple[Tick, str]] = []
    free = -1.0
    for tick in found:
        wide = width(tick.label) / _NARROWEST
        beyond = tick.share + wide / 2 > 1.06
        start = tick.share - (wide if beyond else wide / 2)
        if start >= free:
            kept.append((tick, "end" if beyond else "middle"))
            free = start + wide + 0.03
    return kept


def ticks(first: dt.datetime, last: dt.datetime, most: int = 5) -> list[Tick]:
    """Round moments between two, each with a short label; at least one, at most so many."""
    span = (last - first).total_seconds()
    if span <= 0:
        return [Tick(0.5, stamp(first))]
    for step in _STEPS:
        if span / step < most:
            return _found(first, span, _regular(first, last, step), step)
    for months in _MONTHS:
        found = list(_calendar(first, last, months))
        if len(found) <= most:
            return _found(first, span, found, months * 31 * _DAY)
    return _found(first, span, [first], _DAY)


def _found(first: dt.datetime, span: float, moments: list[dt.datetime], step: int) -> list[Tick]:
    if not moments:
        return [Tick(0.0, stamp(first))]
    labels = [_label(moment, step) for moment in moments]
    places = [(moment - first).total_seconds() / span for moment in moments]
    return [Tick(place, label) for place, label in zip(places, labels, strict=True)]


def _regular(first: dt.datetime, last: dt.datetime, step: int) -> list[dt.datetime]:
    start = math.ceil((first - _EPOCH).total_seconds() / step) * step
    end = (last - _EPOCH).total_seconds()
    return [_EPOCH + dt.timedelta(seconds=s) for s in range(start, math.floor(end) + 1, step)]


def _calendar(first: dt.datetime, last: dt.datetime, months: int) -> Iterator[dt.datetime]:
    number = (first.year * 12 + first.month - 1) // months * months
    while (found := number // 12) <= dt.MAXYEAR:
        if found >= 1:
            month = dt.datetime(found, number % 12 + 1, 1, tzinfo=UTC)
            if month > last:
                return
            if month >= first:
                yield month
        number += months


def _label(moment: dt.datetime, step: int) -> str:
    if step >= 12 * 31 * _DAY:
        return f"{moment.year}"
    if step >= 31 * _DAY:
        return f"{_NAMES[moment.month - 1]} {moment.year}"
    if step >= _DAY or (moment.hour, moment.minute, moment.second) == (0, 0, 0):
        return f"{moment.day} {_NAMES[moment.month - 1]}"
    return f"{moment:%H:%M:%S}" if step < 60 else f"{moment:%H:%M}"


def stamp(moment: dt.datetime) -> str:
    """``2026-11-22 10:15``."""
    return moment.replace(tzinfo=None).isoformat(" ", "minutes")


def between(first: dt.datetime, last: dt.datetime) -> str:
    """``2026-11-22 10:15 to 12:15 UTC``."""
    if first == last:
        return f"{stamp(first)} UTC"
    if first.date() != last.date():
        return f"{stamp(first)} to {stamp(last)} UTC"
    precise = "seconds" if (last - first).total_seconds() < 120 else "minutes"
    start, end = (m.replace(tzinfo=None) for m in (first, last))
    return f"{start.isoformat(' ', precise)} to {end.time().isoformat(precise)} UTC"


def span(seconds: float) -> str:
    """``2 h``, ``90 s``, ``3.5 days``: how long something took."""
    for unit, length in (("days", 2 * _DAY), ("h", 7200), ("min", 120)):
        if seconds >= length:
            size = {"days": _DAY, "h": 3600, "min": 60}[unit]
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"
