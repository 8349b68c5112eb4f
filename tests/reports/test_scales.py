"""Scales and the round numbers at an axis."""

from __future__ import annotations

import datetime as dt
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_readiness.reports.charts import scales, svg, times

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
MOMENTS = st.datetimes(
    min_value=dt.datetime(1, 1, 2),
    max_value=dt.datetime(9999, 12, 30),
    timezones=st.just(times.UTC),
)


@given(st.lists(NUMBERS, max_size=5))
@example([1.7976931348623157e308, -1.7976931348623157e308])
@example([5e-324])
@example([1e12, 1e12 + 1e-3])
@example([0.0])
@example([-0.0])
def test_every_value_lies_on_its_axis(values: list[float]) -> None:
    axis = scales.axis(values)
    assert 2 <= len(axis.ticks) <= 8
    assert list(axis.ticks) == sorted(set(axis.ticks))
    places = [axis.place(value) for value in values]
    assert all(0 <= place <= 1 for place in places)
    in_order = sorted(values)
    assert sorted(places) == [axis.place(value) for value in in_order]


@given(st.lists(NUMBERS, max_size=5))
def test_labels_tell_ticks_apart_and_are_short(values: list[float]) -> None:
    labels = scales.axis(values).labels
    assert len(set(labels)) == len(labels)
    assert max(map(len, labels)) <= 9
    assert not {"nan", "inf", "-0"} & set(labels)


@given(st.floats(min_value=1e-300, max_value=1e300))
def test_steps_are_round_and_no_smaller_than_asked(least: float) -> None:
    step = scales.nice_step(least)
    digits = step / 10 ** math.floor(math.log10(step) + 1e-9)
    assert least * (1 - 1e-6) <= step <= least * 2.6
    assert any(math.isclose(digits, nice, rel_tol=1e-6) for nice in (1, 2, 2.5, 5, 10))


@pytest.mark.parametrize(
    ("values", "labels", "factor"),
    [
        ([1.1, 1.9, 1.5], ("0.0", "0.5", "1.0", "1.5", "2.0"), ""),
        ([91, 99], ("90", "92", "94", "96", "98", "100"), ""),
        ([0, 2e12], ("0.0", "0.5", "1.0", "1.5", "2.0"), "× 10¹²"),
        ([0.00002], ("0", "10", "20", "30"), "× 10⁻⁶"),
        ([5.0, 5.0], ("0", "2", "4", "6"), ""),
        ([-5.0, -5.0], ("-6", "-4", "-2", "0"), ""),
        ([0], ("0.00", "0.25", "0.50", "0.75", "1.00"), ""),
        ([], ("0.00", "0.25", "0.50", "0.75", "1.00"), ""),
        ([-50, 50], ("-50", "-25", "0", "25", "50"), ""),
    ],
)
def test_axes(values: list[float], labels: tuple[str, ...], factor: str) -> None:
    axis = scales.axis(values)
    assert (axis.labels, axis.factor) == (labels, factor)


@pytest.mark.parametrize("value", [True, None, "5", math.nan, math.inf, -math.inf, 10**400])
def test_what_is_no_number_is_not_shown(value: object) -> None:
    assert scales.finite(value) is None  # type: ignore[arg-type]


@given(MOMENTS, MOMENTS)
@example(dt.datetime(1, 1, 2, tzinfo=times.UTC), dt.datetime(9999, 12, 30, tzinfo=times.UTC))
def test_an_axis_of_time_names_a_few_moments_in_order(one: dt.datetime, two: dt.datetime) -> None:
    first, last = sorted((one, two))
    found = times.ticks(first, last)
    places = [tick.share for tick in found]
    assert 1 <= len(found) <= 6
    assert places == sorted(places) and places[0] >= 0 and places[-1] <= 1
    assert len({tick.label for tick in found}) == len(found)
    kept = times.readable(found, svg.width)
    assert 1 <= len(kept) <= len(found)


@pytest.mark.parametrize(
    ("start", "seconds", "labels"),
    [
        ("2026-11-22T08:15:00Z", 7200, ["08:30", "09:00", "09:30", "10:00"]),
        ("2026-11-22T08:15:10Z", 20, ["08:15:10", "08:15:15", "08:15:20", "08:15:25", "08:15:30"]),
        ("2026-11-22T22:00:00Z", 4 * 3600, ["22:00", "23:00", "23 Nov", "01:00", "02:00"]),
        ("2026-10-20T10:00:00Z", 33 * 86400, ["26 Oct", "2 Nov", "9 Nov", "16 Nov"]),
        ("2026-01-15T10:00:00Z", 130 * 86400, ["Feb 2026", "Mar 2026", "Apr 2026", "May 2026"]),
        ("2020-06-01T00:00:00Z", 1500 * 86400, ["2021", "2022", "2023", "2024"]),
        ("2026-11-22T08:15:00Z", 0, ["2026-11-22 08:15"]),
    ],
)
def test_round_moments(start: str, seconds: int, labels: list[str]) -> None:
    first = times.moment(start)
    assert first is not None
    last = times.later(first, seconds)
    assert last is not None
    assert [tick.label for tick in times.ticks(first, last)] == labels


@given(MOMENTS, MOMENTS)
def test_labels_do_not_lie_on_each_other(one: dt.datetime, two: dt.datetime) -> None:
    first, last = sorted((one, two))
    end = -math.inf
    for tick, anchor in times.readable(times.ticks(first, last), svg.width):
        wide = svg.width(tick.label) / 250
        start = tick.share - (wide if anchor == "end" else wide / 2)
        assert start > end
        end = start + wide


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-99-01T00:00:00Z", "<script>", "2026-11-22T25:00:00Z", "٢٠٢٦"]
)
def test_times_that_are_none(text: str) -> None:
    assert times.moment(text) is None


@pytest.mark.parametrize(
    ("text", "second"),
    [
        ("2026-11-22T10:15:01Z", 1),
        ("2026-11-22T10:15:02.5Z", 2),
        ("2026-11-22T10:15:03.123456789Z", 3),
        ("2026-11-22T12:15:04+02:00", 4),
    ],
)
def test_times_of_every_kind(text: str, second: int) -> None:
    assert times.moment(text) == dt.datetime(2026, 11, 22, 10, 15, second, tzinfo=times.UTC)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_no_moment_lies_beyond_the_calendar(seconds: float) -> None:
    start = dt.datetime(2026, 1, 1, tzinfo=times.UTC)
    found = times.later(start, seconds)
    assert found is None or isinstance(found, dt.datetime)


@given(st.text(max_size=60), st.floats(min_value=20, max_value=400))
def test_cut_texts_are_no_wider_than_their_room(words: str, most: float) -> None:
    shown = svg.cut(words, most)
    assert svg.width(shown) <= most
    assert "\n" not in shown
    assert shown == " ".join(words.split()) or shown.endswith("…")


@given(st.floats(min_value=-1e6, max_value=1e6))
def test_coordinates_are_short_and_near(value: float) -> None:
    assert abs(float(svg.n(value)) - value) <= 0.0501
    assert svg.n(value) not in ("-0", "-0.0", "")
