"""``measure()``: a value that remembers what it was compared with.

Its manners guard against silent greens: a measure that is never compared is an error, one used as
a truth value or in arithmetic says how to write it instead, and a missing value blocks.
"""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Callable
from numbers import Number
from opcode import opmap
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

from pytest_readiness import recorder
from pytest_readiness.outcomes import Blocked
from pytest_readiness.recorder import Comparison

if TYPE_CHECKING:
    from pytest_readiness.model import Window

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ORDERINGS = ("<", "<=", ">", ">=")
_COMPARING = opmap["COMPARE_OP"]
_APPROX_HOMES = ("_pytest.python_api", "_pytest.approx")


def measure(name: str, value: object, unit: str | None = None, *, over: object = None) -> Measure:
    """Wrap a value so that a plain ``assert`` on it leaves evidence behind.

    Args:
        name: what was measured, in the user's words: ``"backlog"``.
        value: the value; compare the returned measure, not this.
        unit: the field's unit, ``"messages"``, ``"ms"``; None for a bare number or text.
        over: how the value came about, where it stands for a stretch of time: pairs of a moment
            (seconds since 1970, or a datetime with a time zone) and a number in the same unit,
            or None where there was none. Reports draw it; of more than 240 points, those are kept
            that keep its shape (``windows.window``). It explains the value and decides nothing.

    Raises:
        TypeError: ``over`` holds something else than such pairs.
        ValueError: a moment has no time zone, or is none.
    """
    if over is None:
        return Measure(name, value, unit)
    # Not before: most checks measure a moment, and need not wait for what draws an hour.
    from pytest_readiness.windows import window

    return Measure(name, value, unit, window(name, over))


class Measure:
    """A measured value. Compare it; it is no truth value, no number and no container."""

    __hash__ = None  # type: ignore[assignment]  # equality records, so a measure cannot be a key
    __slots__ = ("_serial", "name", "unit", "value", "window")

    def __init__(
        self, name: str, value: object, unit: str | None = None, window: Window | None = None
    ) -> None:
        self.name = name
        self.value: object = value.value if isinstance(value, Measure) else value
        self.unit = unit
        self.window = window
        self._serial = recorder.expect_comparison(name)

    def __repr__(self) -> str:
        return f"<{self.name}: {self.value!r}{f' {self.unit}' if self.unit else ''}>"

    def __eq__(self, other: object) -> bool:
        return self._compare("==", other)

    def __ne__(self, other: object) -> bool:
        return self._compare("!=", other)

    def __lt__(self, other: object) -> bool:
        return self._compare("<", other)

    def __le__(self, other: object) -> bool:
        return self._compare("<=", other)

    def __gt__(self, other: object) -> bool:
        return self._compare(">", other)

    def __ge__(self, other: object) -> bool:
        return self._compare(">=", other)

    def __contains__(self, item: object) -> bool:
        try:
            ok = item in self.value  # type: ignore[operator]  # a value that holds nothing raises
        except TypeError:
            raise Blocked(f"{self.name}: no value to look into") from None
        self._record("contains", item, ok, sys._getframe(1))
        return ok

    def _compare(self, op: str, other: object) -> bool:
        frame = sys._getframe(2)
        if frame.f_globals.get("__name__") in _APPROX_HOMES:
            # approx() on the left compares types behind our back and would answer False.
            _refuse(self.name, "write measure(…) on the left: measure(…) == pytest.approx(…)")
        expected = other
        if isinstance(other, Measure):
            recorder.used(other._serial)
            expected = other.value
            if self.unit and other.unit and self.unit != other.unit:
                _refuse(self.name, f"{self.unit} and {other.unit} do not compare; convert one")
        _comparable(self.name, self.value, op, expected)
        if _missing(self.value, op) or _missing(expected, op):
            self._record(op, expected, False, frame)
            raise Blocked(f"{self.name}: no value")
        ok = bool(_OPERATORS[op](self.value, expected))
        if ok and _endless(self.value, op, expected):
            self._record(op, expected, False, frame)
            raise Blocked(f"{self.name}: no finite value")
        self._record(op, expected, ok, frame)
        return ok

    def _record(self, op: str, expected: object, ok: bool, frame: FrameType) -> None:
        where = (frame.f_code.co_filename, frame.f_lineno)
        recorder.used(self._serial)
        direct = frame.f_code.co_code[frame.f_lasti] == _COMPARING
        recorder.note(
            Comparison(
                self.name, self.value, self.unit, op, expected, ok, where, direct, self.window
            )
        )

    def _no_truth(self, *_: object) -> NoReturn:
        _refuse(self.name, "a measure is no truth value; compare it: measure(…) == True")

    def _no_container(self, *_: object) -> NoReturn:
        _refuse(self.name, "a measure is no container; measure its length: measure(…, len(x))")

    def _no_number(self, *_: object) -> NoReturn:
        _refuse(self.name, "a measure is no number; calculate first, then measure the result")

    __bool__ = _no_truth
    __len__ = __iter__ = __getitem__ = _no_container
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _no_number
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = _no_number
    __mod__ = __rmod__ = __pow__ = __rpow__ = __neg__ = __pos__ = __abs__ = _no_number
    __int__ = __float__ = __index__ = __round__ = _no_number


def _refuse(name: str, how: str) -> NoReturn:
    raise TypeError(f"measure {name!r}: {how}")


def _missing(value: object, op: str) -> bool:
    """Whether there is no value to judge: NaN anywhere, None under an ordering."""
    if value is None:
        return op in _ORDERINGS
    # NaN is the number that differs from itself, as float, Decimal, complex or NumPy's.
    return isinstance(value, Number) and bool(value != value)


def _comparable(name: str, value: object, op: str, expected: object) -> None:
    """Refuse what Python compares without complaint, and nobody can mean."""
    if op in _ORDERINGS and (isinstance(value, bool) or isinstance(expected, bool)):
        _refuse(name, "yes and no have no order; compare with == True")
    for text, other in ((value, expected), (expected, value)):
        # A word such as "none" may stand for the absence of a number; "5" may not.
        if op == "!=" and isinstance(other, Number) and _reads_as_number(text):
            _refuse(name, "a text and a number are never equal; convert one of them first")


def _reads_as_number(text: object) -> bool:
    if not isinstance(text, (str, bytes)):
        return False
    try:
        float(text)
    except ValueError:
        return False
    return True


def _endless(value: object, op: str, expected: object) -> bool:
    """Whether an ordering holds by an infinity alone, as the maximum of no values at all does."""
    if op not in _ORDERINGS:
        return False
    best, worst = (-math.inf, math.inf) if op in ("<", "<=") else (math.inf, -math.inf)
    # `< inf` asks for a finite value; `<= inf` asks for nothing.
    limitless = op in ("<=", ">=") and _is(expected, worst)
    return limitless or _is(value, best)


def _is(value: object, infinity: float) -> bool:
    return isinstance(value, Number) and bool(operator.eq(value, infinity))


_WORDS = {"contains": "must contain", "==": "must be", "!=": "must not be"}


def sentence(item: Comparison) -> str:
    """A comparison as people say it: ``backlog is 4211 messages, must be <= 1000``."""
    unit = f" {item.unit}" if item.unit else ""
    if item.op is None:
        return f"{item.name}: {item.value}{unit}"
    words = _WORDS.get(item.op, f"must be {item.op}")
    return f"{item.name} is {_word(item.value)}{unit}, {words} {_word(item.expected)}"


def _word(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, str):
        return value or "empty"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1e6 else f"{value:.0f}"
    if isinstance(value, tuple) and value and all(type(part) is int for part in value):
        return ".".join(map(str, value))  # a version
    return plain(value)


def plain(value: object) -> str:
    """A value as text, also one that cannot say what it is: that is no reason to end a run."""
    try:
        return str(value)
    except Exception:
        return f"<{type(value).__name__}>"
