"""Evidence as people read it: what was measured, and what was expected of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pytest_readiness.model import Evidence, Finding, Scalar

_WORDS = {
    "==": "",
    "!=": "not ",
    "<": "below ",
    "<=": "at most ",
    ">": "above ",
    ">=": "at least ",
    "contains": "contains ",
}


class Measured(NamedTuple):
    """One piece of evidence as people read it."""

    name: str
    measured: str
    """``4211 messages``."""
    expected: str
    """``at most 1000 messages``; empty where it was compared with nothing."""
    ok: bool


def evidence(finding: Finding) -> Iterator[Measured]:
    """What was measured, and what was expected of it."""
    for item in finding.evidence:
        yield measured(item)


def measured(item: Evidence) -> Measured:
    """One piece of evidence as people read it."""
    unit = f" {item.unit}" if item.unit else ""
    value = f"{_value(item.value)}{unit if item.value is not None else ''}"
    if item.op is None:
        return Measured(item.name, value, "", item.ok)
    expected = f"{_WORDS.get(item.op, f'{item.op} ')}{_value(item.expected)}"
    number = isinstance(item.expected, (int, float)) and not isinstance(item.expected, bool)
    return Measured(item.name, value, f"{expected}{unit if number else ''}", item.ok)


def _value(value: Scalar) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1e6 else f"{value:.0f}"
    return str(value) or "empty"
