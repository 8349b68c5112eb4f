"""One expectation and what was printed -> a comparison, and a sentence where it does not hold."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pytest_readiness.commands.extracting import (
    NotFoundError,
    Placed,
    Reading,
    json_values,
    kind_of,
    numbers,
    quoted,
    same,
)
from pytest_readiness.commands.kept import MOST, Kept, size
from pytest_readiness.evidence import sentence
from pytest_readiness.policy.commands import Expect, Value
from pytest_readiness.policy.expectations import regex
from pytest_readiness.recorder import Comparison


class Judged(NamedTuple):
    """What came of one expectation."""

    evidence: tuple[Comparison, ...]
    failure: str = ""
    """Why it does not hold; empty where it does."""


class _Value(NamedTuple):
    """A value that was found, and what may be said of it."""

    name: str
    value: object
    note: str = ""


def expected(expect: Expect, stdout: Kept, stderr: Kept) -> Judged:
    """Hold what was printed against an expectation.

    JSON is read from the standard output alone; expressions look into both, one after the other.
    """
    try:
        if expect.json is not None:
            return _of_json(expect, expect.json, stdout)
        if expect.number is not None:
            return _of_numbers(expect, expect.number, (stdout, stderr))
        return _of_text(expect, (stdout, stderr))
    except NotFoundError as error:
        return _absent(expect, str(error))


def _absent(expect: Expect, why: str) -> Judged:
    """An expectation of which there is no value to judge: it fails."""
    wanted = _wanted(expect) or [("==", "found")]
    name = expect.name or expect.sought
    return Judged(
        tuple(Comparison(name, None, expect.unit, op, limit, False) for op, limit in wanted),
        f"{expect.name}: {why}" if expect.name else why,
    )


def _wanted(expect: Expect) -> list[tuple[str, Value]]:
    pairs = (("==", expect.equals), (">=", expect.at_least), ("<=", expect.at_most))
    return [(op, limit) for op, limit in pairs if limit is not None]


def _of_json(expect: Expect, path: str, stdout: Kept) -> Judged:
    if not stdout.whole:
        told = f"the standard output is {size(stdout.total)}, and JSON is read up to {size(MOST)}"
        raise NotFoundError(told)
    found = json_values(path, stdout.data.decode("utf-8", "replace"))
    results = []
    for op, limit in _wanted(expect):
        if op == "==":
            one = next((p for p in found if not same(p.value, limit)), found[0])
        else:
            one = _worst(op, [(_number(p), p) for p in found])
        value = _Value(_at(expect, one, len(found)), one.value)
        results.append(_compared(expect, value, op, limit))
    return _together(results)


def _at(expect: Expect, found: Placed, count: int) -> str:
    if count == 1:
        return expect.name or expect.sought
    return f"{expect.name} at {found.place}" if expect.name else found.place


def _number(found: Placed) -> float:
    value = found.value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise NotFoundError(f"{found.place} is {kind_of(value)}, and no number")
    if not math.isfinite(value):
        raise NotFoundError(f"{found.place} is {value}, and no finite number")
    return value


def _worst(op: str, found: list[tuple[float, Placed]]) -> Placed:
    pick = min if op == ">=" else max
    return pick(found, key=lambda pair: pair[0])[1]


def _of_numbers(expect: Expect, pattern: str, streams: tuple[Kept, ...]) -> Judged:
    found = _spread(numbers(pattern, (stream.text for stream in streams)), expect.equals)
    _all_seen(streams, pattern)
    name = expect.name or pattern
    name = f"{name} (worst of {found.times})" if found.times > 1 else name
    picked = {
        "==": (found.differing, found.differing.value),
        "<=": (found.highest, _highest(found.highest)),
        ">=": (found.lowest, _lowest(found.lowest)),
    }
    results = []
    for op, limit in _wanted(expect):
        reading, value = picked[op]
        note = "" if reading.value == reading.other else f"{reading.said} may be meant so"
        results.append(_compared(expect, _Value(name, value, note), op, limit))
    return _together(results)


class _Spread(NamedTuple):
    """Of many numbers those that count."""

    times: int
    lowest: Reading
    highest: Reading
    differing: Reading
    """The first that is not what all must be; the first of all where there is none."""


def _spread(readings: Iterator[Reading], wanted: Value | None) -> _Spread:
    first = next(readings)
    found = _Spread(1, first, first, first)
    for reading in readings:
        found = _Spread(
            found.times + 1,
            min(found.lowest, reading, key=_lowest),
            max(found.highest, reading, key=_highest),
            found.differing if _differs(found.differing, wanted) else reading,
        )
    return found if _differs(found.differing, wanted) else found._replace(differing=first)


def _lowest(reading: Reading) -> float:
    return min(reading.value, reading.other)


def _highest(reading: Reading) -> float:
    return max(reading.value, reading.other)


def _differs(reading: Reading, wanted: object) -> bool:
    return reading.value != wanted


def _all_seen(streams: Iterable[Kept], pattern: str) -> None:
    """Refuse to judge by a part: what was not kept may hold the very line that was looked for."""
    for stream in streams:
        if not stream.whole:
            raise NotFoundError(
                f"{pattern} cannot be judged: the output is {size(stream.total)}, of which "
                f"{size(MOST)} are looked at; print less"
            )


def _of_text(expect: Expect, streams: tuple[Kept, ...]) -> Judged:
    pattern, unwanted = expect.sought, expect.no_text is not None
    compiled = regex(pattern)
    match = next((m for stream in streams if (m := compiled.search(stream.text))), None)
    if match is None:
        _all_seen(streams, pattern)
    wanted = "not found" if unwanted else "found"
    state = "not found" if match is None else "found"
    comparison = Comparison(
        expect.name or pattern, state, expect.unit, "==", wanted, state == wanted
    )
    if comparison.ok:
        return Judged((comparison,))
    before = f"{expect.name}: " if expect.name else ""
    if match is None:
        return Judged((comparison,), f"{before}{pattern} is not in the output")
    return Judged((comparison,), f"{before}{pattern} is in the output: {quoted(_line(match))}")


def _line(match: re.Match[str]) -> str:
    """The line that a match begins in."""
    text, begin = match.string, match.start()
    return text[text.rfind("\n", 0, begin) + 1 :][:1000].partition("\n")[0]


def _compared(expect: Expect, found: _Value, op: str, limit: Value) -> Judged:
    value = found.value
    if op == "==":
        ok = _scalar(value) and same(value, limit)
    else:
        assert isinstance(value, (int, float)) and isinstance(limit, (int, float))
        ok = value <= limit if op == "<=" else value >= limit
    shown = value if _scalar(value) else kind_of(value)
    comparison = Comparison(found.name, shown, expect.unit, op, limit, ok)
    if ok:
        return Judged((comparison,))
    text = _sentence(comparison, value)
    return Judged((comparison,), f"{text} ({found.note})" if found.note else text)


def _scalar(value: object) -> bool:
    """Whether it can be compared: a table cannot, nor can NaN, which JSON does not know."""
    return isinstance(value, (bool, int, float, str)) and value == value


def _sentence(comparison: Comparison, value: object) -> str:
    """What does not hold, so that the two sides are told apart."""
    limit, unit = comparison.expected, f" {comparison.unit}" if comparison.unit else ""
    if _scalar(value) and _class(value) != _class(limit):
        return f"{comparison.name} is {kind_of(value)}{unit}, must be {kind_of(limit)}"
    text = sentence(comparison)
    if isinstance(value, (int, float)) and f" {value:.4g}" == f" {limit:.4g}":
        # 500.04 must be <= 500: rounded, the two would be one number.
        op = "" if comparison.op == "==" else f"{comparison.op} "
        text = f"{comparison.name} is {value:.15g}{unit}, must be {op}{limit:.15g}"
    return text


def _class(value: object) -> str:
    if isinstance(value, (bool, str)):
        return type(value).__name__
    return "number"


def _together(results: list[Judged]) -> Judged:
    return Judged(
        tuple(item for one in results for item in one.evidence),
        "; ".join(one.failure for one in results if one.failure),
    )
