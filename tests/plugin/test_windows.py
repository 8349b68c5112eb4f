"""measure(over=) from a user's check to the report."""

from __future__ import annotations

import json

import pytest

from tests.plugin.bodies import HEAD
from tests.plugin.conftest import Project

CHECK = """
import datetime as dt
import math

NOON = dt.datetime(2026, 11, 25, 12, tzinfo=dt.timezone.utc)
EMPTY = ()
NAIVE = [(NOON, 1), (NOON.replace(tzinfo=None), 2)]


def seconds(count):
    for n in range(count):
        gap = math.nan if n % 600 < 20 else 1 + n % 7 / 10
        yield NOON + dt.timedelta(seconds=n), 9.5 if n == 4321 else gap


@readiness.high
def test_p99():
    \"\"\"Does the P99 of two hours stay below its objective?\"\"\"
    assert measure("P99", 1.2, unit="s", over=seconds(7201)) <= 1.5
    assert measure("P50", 0.1, unit="s") <= 1
"""
LATE = "    assert measure('P99', 1.2, over={}) <= 1.5\n"


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_window_in_the_report(ready: Project, workers: tuple[str, ...]) -> None:
    ready.tests(test_slo=HEAD + CHECK)
    ran = ready.run(*workers)
    p99, p50 = ran.finding("test_slo.py::test_p99")["evidence"]
    assert (ran.verdict, p50["window"]) == ("ready", None)
    window = p99["window"]
    assert (window["start"], window["seconds"]) == ("2026-11-25T12:00:00Z", 7200)
    moments, values = zip(*window["points"], strict=True)
    assert len(values) <= 240 and (moments[0], moments[-1]) == (0, 7200)
    assert dict(zip(moments, values, strict=True))[4321] == max(filter(None, values)) == 9.5
    # A gap at the beginning and every ten minutes.
    assert values.count(None) == 13
    assert len(json.dumps(window)) < 6000


@pytest.mark.parametrize(
    ("points", "outcome", "message"),
    [
        ("EMPTY", "passed", ""),
        (
            "NAIVE",
            "error",
            (
                "ValueError: measure 'P99': the moment of point 1 has no time zone; "
                "add one: datetime.fromtimestamp(seconds, timezone.utc)"
            ),
        ),
        (
            "[1, 2]",
            "error",
            (
                "TypeError: measure 'P99': over takes (moment, number or None) pairs; "
                "point 0 is of type int"
            ),
        ),
    ],
)
def test_what_is_no_window(ready: Project, points: str, outcome: str, message: str) -> None:
    ready.tests(test_slo=f"{HEAD}{CHECK}{LATE.format(points)}")
    found = ready.run().finding("test_slo.py::test_p99")
    assert (found["outcome"], found["message"]) == (outcome, message)
    assert [one["name"] for one in found["evidence"]][:2] == ["P99", "P50"]
