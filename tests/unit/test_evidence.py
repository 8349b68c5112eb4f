"""measure(): its manners, each of which guards against a silent green."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import pytest

from pytest_readiness import Blocked, measure
from pytest_readiness.evidence import sentence
from pytest_readiness.recorder import Comparison, recording


@pytest.mark.parametrize(
    ("compare", "expected", "ok"),
    [
        (operator.eq, 5, True),
        (operator.ne, 5, False),
        (operator.lt, 6, True),
        (operator.le, 4, False),
        (operator.gt, 4, True),
        (operator.ge, 6, False),
    ],
)
def test_comparison_is_a_plain_bool_and_leaves_evidence(
    compare: Callable[..., Any], expected: int, ok: bool
) -> None:
    with recording() as recorder:
        result = compare(measure("n", 5, unit="x"), expected)
    assert result is ok
    (seen,) = recorder.comparisons
    assert (seen.name, seen.value, seen.unit, seen.expected, seen.ok) == ("n", 5, "x", expected, ok)
    assert not recorder.waiting


def test_reflected_comparison() -> None:
    with recording() as recorder:
        assert 5 < measure("n", 6)  # noqa: SIM300  # the reflection is the point
    assert recorder.comparisons[0].op == ">"


@pytest.mark.parametrize(
    "use",
    [bool, len, iter, int, float, abs, lambda m: m + 1, lambda m: 1 - m, lambda m: m * 2,
     lambda m: m / 2, lambda m: -m, lambda m: m[0], round, lambda m: m % 2, lambda m: 2**m],
)  # fmt: skip
def test_misuse_names_the_fix(use: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError, match=r"measure 'n': .*(compare it|measure)"):
        use(measure("n", 5))


def test_measure_is_no_key() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        _ = {measure("n", 5)}


@pytest.mark.parametrize("value", [float("nan"), None])
def test_no_value_blocks_an_ordering(value: object) -> None:
    with pytest.raises(Blocked, match="n: no value"):
        _ = measure("n", value) <= 5
    with pytest.raises(Blocked, match="n: no value"):
        _ = measure("n", 5) <= value


def test_nan_blocks_equality_too() -> None:
    with pytest.raises(Blocked, match="no value"):
        _ = measure("n", float("nan")) == float("nan")


def test_none_may_be_compared_for_equality() -> None:
    assert (measure("n", None) == "x") is False


def test_two_measures() -> None:
    with recording() as recorder:
        assert measure("a", 1) < measure("b", 2)
    assert not recorder.waiting
    assert recorder.comparisons[0].expected == 2


def test_dropped_measure_is_not_hidden_by_the_next() -> None:
    """A measure freed at once gives its identity to the next one."""
    with recording() as recorder:
        for _ in range(50):
            measure("forgotten", 1)
            assert measure("used", 1) == 1
    assert list(recorder.waiting.values()) == ["forgotten"] * 50


def test_container_that_is_none_blocks() -> None:
    with pytest.raises(Blocked, match="no value to look into"):
        _ = "x" in measure("names", None)


@pytest.mark.parametrize(
    ("item", "text"),
    [
        (("backlog", 4211, "messages", "<=", 1000), "backlog is 4211 messages, must be <= 1000"),
        (("fsync", False, None, "==", True), "fsync is no, must be yes"),
        (("age", None, None, "==", 3), "age is none, must be 3"),
        (("used", 91.23456, "%", "<=", 90), "used is 91.23 %, must be <= 90"),
        (("names", ["a"], None, "contains", "b"), "names is ['a'], must contain b"),
        (("version", (3, 10, 8), None, ">=", (3, 12)), "version is 3.10.8, must be >= 3.12"),
    ],
)
def test_sentence(item: tuple[Any, ...], text: str) -> None:
    assert sentence(Comparison(*item, ok=False)) == text
