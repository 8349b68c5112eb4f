"""Figures that come late: a broker counts every five seconds, and has none before."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.rabbitmq.api import Api, Unseen
from pytest_readiness.systems.watch import DeadlineExceeded

T = TypeVar("T")

_PAUSE = 0.25
_RESERVE = 0.5
"""Seconds kept for what has to be read afterwards."""


def awaited(api: Api, first: T, again: Callable[[], T], whole: Callable[[T], bool]) -> T:
    """A reading, taken again while figures are missing, until they are there or time is short.

    Args:
        api: where it comes from; its deadline bounds the wait.
        first: the reading already taken.
        again: takes another.
        whole: whether a reading has all its figures.
    """
    found = first
    if whole(found) or switched_off(api):
        return found
    while not whole(found) and api.remaining > _RESERVE + _PAUSE:
        time.sleep(_PAUSE)
        try:
            found = again()
        except (Unseen, Unreachable, DeadlineExceeded):
            break
    return found


def switched_off(api: Api) -> bool:
    """Whether the broker was told not to count: then no figure will ever come."""
    try:
        answer = api.get("overview", columns="disable_stats")
    except (Unreachable, DeadlineExceeded):
        return False
    return answer.ok and isinstance(answer.body, dict) and answer.body.get("disable_stats") is True
