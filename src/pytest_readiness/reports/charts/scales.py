"""From figures to places on a chart: scales, and the round numbers that stand at an axis."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from pytest_readiness.model import Scalar

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_FLATTEST = 1e-3
"""Least part of its largest value that an axis spans: what is finer is shown as a flat line."""
_PLAIN = (-2, 4)
"""Powers of ten that labels write out; beyond them the axis names a factor."""
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class Axis(NamedTuple):
    """A linear axis with round numbers at it."""

    low: float
    """In units of the factor, as are ``high`` and ``ticks``."""
    high: float
    ticks: tuple[float, ...]
    power: int = 0
    """Power of ten that the labels leave out."""

    def place(self, value: float) -> float:
        """0 for the low end, 1 for the high one; what lies beyond an end is put on it."""
        share = (_divided(value, self.power) - self.low) / (self.high - self.low)
        return min(max(share, 0.0), 1.0)

    @property
    def labels(self) -> tuple[str, ...]:
        """The ticks with as many digits as tell them apart."""
        step = self.ticks[1] - self.ticks[0]
        exponent = math.floor(math.log10(step) + 1e-9)
        digits = max(0, -exponent)
        if round(step / 10.0**exponent, 6) == 2.5:
            digits = max(0, 1 - exponent)
        return tuple(f"{tick + 0.0:,.{digits}f}" for tick in self.ticks)

    @property
    def factor(self) -> str:
        """``× 10⁹``; empty where the labels are the values."""
        return f"× 10{str(self.power).translate(_RAISED)}" if self.power else ""


def axis(values: Iterable[float], most: int = 5) -> Axis:
    """An axis on which all values lie, with ticks at round numbers.

    It starts at zero unless the values are far from it, so that a small change does not look like
    a large one.

    Args:
        values: what is to be shown, finite.
        most: ticks at most, more or less one.
    """
    found = list(values) or [0.0, 1.0]
    power = _power(max(abs(value) for value in found))
    low = min(_divided(value, power) for value in found)
    high = max(_divided(value, power) for value in found)
    low, high = _spread(low, high)
    step = nice_step((high - low) / max(most - 1, 1))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    last = max(last, first + 1)
    ticks = tuple(round(n * step, 12) for n in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], ticks, power)


def nice_step(least: float) -> float:
    """The smallest of 1, 2, 2.5 and 5 times a power of ten that is no smaller than this."""
    base = 10.0 ** math.floor(math.log10(least))
    return next((s * base for s in _STEPS if s * base >= least * (1 - 1e-9)), 10 * base)


def finite(value: Scalar) -> float | None:
    """A number that can be shown; None for what is none, a yes or a no, or infinite."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _power(largest: float) -> int:
    if largest == 0:
        return 0
    exponent = math.floor(math.log10(largest))
    if _PLAIN[0] <= exponent <= _PLAIN[1]:
        return 0
    return 3 * (exponent // 3)


def _divided(value: float, power: int) -> float:
    # In two steps: the smallest numbers there are have no power of ten that is one.
    half = power // 2
    return value / 10.0**half / 10.0 ** (power - half)


def _spread(low: float, high: float) -> tuple[float, float]:
    """The ends of what is shown: with zero where that is near, and apart where all is equal."""
    if 0 < low < high * 0.6:
        low = 0.0
    elif low * 0.6 > high and high < 0:
        high = 0.0
    span = _FLATTEST * max(abs(low), abs(high))
    if high - low > span:
        return low, high
    if not span:
        return 0.0, 1.0
    # All are as good as one value: its distance from zero is what there is to see.
    return min(low * 1.2, 0.0), max(high * 1.2, 0.0)
