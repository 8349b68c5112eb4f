"""What stands beside the judged: looks, and what becomes of long lists."""

from __future__ import annotations

import datetime as dt

import msgspec

from pytest_readiness.model import About, Finding, Limits, Outcome, Scope, Scorecard, Severity
from pytest_readiness.policy.records import Waiver
from pytest_readiness.reports.text.asides import asides, urgent_only
from pytest_readiness.reports.text.lines import Line
from pytest_readiness.score import judge
from pytest_readiness.waiving import behind, dated, excuse, held, remarks

TODAY = dt.date(2026, 11, 22)


def failed(number: int, severity: str = "low", outcome: str = "failed") -> Finding:
    return Finding(
        check=f"x.c{number:02}",
        system="x",
        target="t",
        node=f"readiness::x::c{number:02}[t]",
        severity=Severity(severity),
        outcome=Outcome(outcome),
        message="it is 1, must be 2",
    )


def card(findings: list[Finding], *left: int) -> Scorecard:
    """What a run would have decided with waivers of everything that end in so many days."""
    waivers = [
        Waiver(check=("x.*", "x.c00"), reason="r", owner=f"o{n}", expires=TODAY + dt.timedelta(n))
        for n in left
    ]
    today = dated(waivers, TODAY)
    found = behind(excuse(findings, today))
    stands = held(today, found, whole=True)
    about = About(notes=tuple(remarks(stands, found, whole=True)))
    count = len(found)
    decided = judge(found, Limits(), Scope(expected=count, selected=count), about)
    return msgspec.structs.replace(decided, waivers=stands)


def loud(lines: list[Line]) -> list[str]:
    titles = ("waived (", "relaxed by")
    return [n.text.strip() for n in lines if n.bold and not n.text.startswith(titles)]


def test_one_that_ends_soon_is_bold() -> None:
    assert loud(asides(card([failed(0)], 15), 100)) == []
    assert loud(asides(card([failed(0)], 14), 200)) == [
        "waived by o14, 14 days left: r",
        "note: o14's waiver of x.*, x.c00 runs out on 2026-12-06: 14 days left",
    ]


def test_one_that_another_covers_for_longer_is_not() -> None:
    assert loud(asides(card([failed(0)], 3, 50), 200)) == []
    assert urgent_only(card([failed(0)], -1, 50), 200) == []


def test_a_long_list_says_how_many_more() -> None:
    texts = [line.plain for line in asides(card([failed(n) for n in range(13)], 50), 100)]
    assert texts[1] == "waived (13)"
    assert sum("waived by o50" in text for text in texts) == 10
    assert "  … and 3 more (-v shows all)" in texts


def test_the_gravest_come_first() -> None:
    found = [failed(1), failed(0, "blocker"), failed(2, "high")]
    texts = [line.plain for line in asides(card(found, 50), 100)]
    heads = [text.split()[0] for text in texts if text.startswith("  ") and "x.c" in text]
    assert heads == ["BLOCKER", "HIGH", "LOW"]


def test_what_is_said_in_short() -> None:
    assert [line.text for line in urgent_only(card([failed(0)], 0), 100)] == [
        "note: o0's waiver of x.*, x.c00 runs out on 2026-11-22: last day"
    ]
    assert urgent_only(card([failed(0, outcome="passed")], 0), 100) == []
    assert urgent_only(card([failed(0)], 15), 100) == []


def test_narrow() -> None:
    for width in (20, 40, 80):
        assert asides(card([failed(n) for n in range(3)], 3), width)
