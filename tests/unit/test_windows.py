"""measure(over=): how a value came about, thinned so that peaks and gaps stay."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness import measure
from pytest_readiness.model import Window
from pytest_readiness.recorder import recording
from pytest_readiness.windows import MOST, window

NOON = 1_764_072_000.0
"""2025-11-25T12:00:00Z."""


def of(points: Iterable[Any], most: int = MOST) -> Window:
    found = window("p99", points, most)
    assert found is not None
    return found


def rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")


def test_what_a_window_says() -> None:
    zone = dt.timezone(dt.timedelta(hours=1))
    points = [
        (dt.datetime(2025, 11, 25, 13, tzinfo=zone), 1.23456789),
        (NOON + 60, None),
        (NOON + 120.1234, Decimal("7")),
        (Decimal(NOON) + 180, float("nan")),
        (NOON + 240, math.inf),
        (NOON + 300, 10**400),
        [NOON + 7200, 123456789],
    ]
    told = of(points)
    assert (told.start, told.seconds) == ("2025-11-25T12:00:00Z", 7200)
    assert told.points == (
        *((0, 1.23457), (60, None), (120.1, 7), (180, None), (240, None), (300, None)),
        (7200, 123457000),
    )


def test_a_short_window_keeps_its_fractions() -> None:
    told = of([(NOON + 0.25, 1), (NOON + 0.2503, 2), (NOON + 0.5, 3)])
    assert (told.start, told.seconds) == ("2025-11-25T12:00:00.250Z", 0.25)
    assert [at for at, _ in told.points] == [0, 0.0003, 0.25]


def test_points_are_put_in_the_order_of_time() -> None:
    assert [value for _, value in of([(NOON + 2, 3), (NOON, 1), (NOON + 1, 2)]).points] == [1, 2, 3]


def test_numbers_as_prometheus_writes_them() -> None:
    found = window("p99", [(0, "1.5"), (1, "NaN"), (2, "+Inf"), (3, "2")])
    assert found is not None and [value for _, value in found.points] == [1.5, None, None, 2.0]


@pytest.mark.parametrize("points", [[], iter(()), ()])
def test_nothing_was_watched(points: Any) -> None:
    assert window("p99", points) is None


def test_any_iterable_is_read_once() -> None:
    assert len(of((NOON + n, n) for n in range(3)).points) == 3
    assert of(zip([NOON, NOON + 1], [1, 2], strict=True)).seconds == 1


@pytest.mark.parametrize(
    ("points", "error", "words"),
    [
        (5, TypeError, "pairs, not of type int"),
        ("ab", TypeError, "pairs, not of type str"),
        ({NOON: 1}, TypeError, "pairs, not of type dict"),
        ([1, 2], TypeError, "point 0 is of type int"),
        ([(NOON, 1), (NOON,)], TypeError, "point 1 is of type tuple"),
        ([None], TypeError, "point 0 is None"),
        ([(NOON, "one")], TypeError, "value of point 0 is of type str"),
        ([(NOON, True)], TypeError, "value of point 0 is of type bool"),
        ([(NOON, 1j)], TypeError, "value of point 0 is of type complex"),
        ([("12:00", 1)], TypeError, "moment of point 0 is of type str"),
        ([(None, 1)], TypeError, "moment of point 0 is None"),
        ([(True, 1)], TypeError, "moment of point 0 is of type bool"),
        ([(dt.date(2026, 1, 1), 1)], TypeError, "moment of point 0 is of type date"),
        ([(dt.datetime(2026, 1, 1), 1)], ValueError, "no time zone; add one"),
        ([(NOON * 1000, 1)], ValueError, "milliseconds\\? divide by 1000"),
        ([(dt.datetime(1969, 1, 1, tzinfo=dt.timezone.utc), 1)], ValueError, "no second since"),
        ([(-1, 1)], ValueError, "is no second since 1970$"),
        ([(math.nan, 1)], ValueError, "is no second since 1970$"),
        ([(10**400, 1)], ValueError, "is no second since 1970$"),
    ],
)
def test_what_is_no_window(points: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words) as raised:
        measure("p99", 1, over=points)
    text = str(raised.value)
    assert text.startswith("measure 'p99': ") and len(text.splitlines()) == 1


def test_every_comparison_has_the_window_and_none_decides_by_it() -> None:
    with recording() as recorder:
        p99 = measure("p99", 1.2, unit="s", over=[(NOON, 9), (NOON + 60, 9)])
        assert p99 > 0
        assert p99 <= 1.5
        assert measure("p50", 0.1) <= 1
    windows = [seen.window for seen in recorder.comparisons]
    assert windows == [of([(NOON, 9), (NOON + 60, 9)])] * 2 + [None]


VALUES = st.none() | st.floats(-1e6, 1e6) | st.integers(-5, 5)
SERIES = st.lists(st.tuples(st.floats(NOON, NOON + 7200), VALUES), min_size=1, max_size=400)
DENSE = st.lists(VALUES, min_size=1, max_size=2000).map(
    lambda found: [(NOON + 10 * n, value) for n, value in enumerate(found)]
)


@given(SERIES | DENSE, st.integers(6, 40))
def test_thinning(points: list[tuple[float, float | None]], most: int) -> None:
    told = of(points, most)
    points = sorted(points, key=lambda point: point[0])
    values = [value for _, value in told.points]
    given_ = [value for _, value in points if value is not None]
    # Bounds: few enough, all of the stretch of time, and none where there was nothing.
    assert len(told.points) <= most
    assert len(told.points) == len(points) or len(points) > most
    assert told.points[0][0] == 0 and told.points[-1][0] == told.seconds
    assert [values[0], values[-1]] == [rounded(points[0][1]), rounded(points[-1][1])]
    # Order.
    moments = [moment for moment, _ in told.points]
    assert moments == sorted(moments)
    # Extremes.
    kept = [value for value in values if value is not None]
    if given_:
        assert (min(kept), max(kept)) == (rounded(min(given_)), rounded(max(given_)))
    # They are points that were given, in the order in which they were.
    rest = iter([rounded(value) for _, value in points])
    assert all(value in rest for value in values)


@given(DENSE, st.integers(6, 40))
def test_no_line_is_drawn_across_a_gap(points: list[tuple[float, Any]], most: int) -> None:
    places = {moment - NOON: n for n, (moment, _) in enumerate(points)}
    for (one, low), (two, high) in pairwise(of(points, most).points):
        if low is not None and high is not None:
            between = points[places[one] + 1 : places[two]]
            assert None not in [value for _, value in between]


@given(st.lists(st.floats(-1e6, 1e6), min_size=300, max_size=3000), st.data())
def test_every_peak_of_a_full_window_stands_near_its_place(
    values: list[float], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(values) - 1))
    values[at] = 2e6
    told = of((NOON + 10 * n, value) for n, value in enumerate(values))
    assert (10 * at, 2e6) in [(round(moment, -1), value) for moment, value in told.points]
    assert len(told.points) <= MOST


def test_bytes_of_a_full_window() -> None:
    day = [(NOON + n, 1 + n / 7) for n in range(86400)]
    assert len(msgspec.json.encode(of(day))) < 6000
