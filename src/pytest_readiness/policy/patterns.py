"""Ids with a ``*`` in them, which speak of several checks."""

from __future__ import annotations


def is_pattern(name: str) -> bool:
    """Whether an id speaks of all that it is like: ``redis.*``."""
    return "*" in name


def of_own(pattern: str) -> bool:
    """Whether a pattern speaks of users' own checks only: ``tests/*``, ``tests/test_a.py::*``."""
    return "::" in pattern or "/" in pattern


def covers(pattern: str, check: str) -> bool:
    """Whether a pattern speaks of a check; ``*`` stands for any signs, all others for themselves.

    ``redis.*`` does not speak of a check in a file ``redis.py``: of the user's own checks only a
    pattern speaks that is written like their ids, and ``*``, which speaks of everything.
    """
    if not is_pattern(pattern):
        return pattern == check
    everything = not pattern.strip("*")
    if "::" in check and not (of_own(pattern) or everything):
        return False
    first, *middle, last = pattern.split("*")
    at, end = len(first), len(check) - len(last)
    if at > end or not (check.startswith(first) and check.endswith(last)):
        return False
    # The nearest place for each part leaves the most room for the next.
    for part in middle:
        at = check.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True
