"""Waivers held against findings: the last day, what is stale, what waits behind what."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.model import Finding, Outcome, Severity, Waived
from pytest_readiness.policy.patterns import covers
from pytest_readiness.policy.records import Waiver
from pytest_readiness.waiving import behind, dated, days, excuse, excused, held, remarks, states

TODAY = dt.date(2026, 11, 22)
WRONG = (Outcome.FAILED, Outcome.ERROR, Outcome.BLOCKED)


def waiver(
    *checks: str, days_left: int = 100, target: str | None = None, owner: str = "ana"
) -> Waiver:
    return Waiver(
        check=checks or ("redis.persistence",),
        reason="the new cluster comes in May",
        owner=owner,
        expires=TODAY + dt.timedelta(days=days_left),
        target=target,
    )


def finding(
    check: str = "redis.persistence",
    outcome: str = "failed",
    *,
    target: str | None = "cache",
    severity: str = "high",
    **more: Any,
) -> Finding:
    return Finding(
        check=check,
        system=check.partition(".")[0],
        target=target,
        node=f"readiness::{check.replace('.', '::')}[{target}]",
        severity=Severity(severity),
        outcome=Outcome(outcome),
        **{"message": "appendonly is no, must be yes", **more},
    )


def said(finding: Finding, *waivers: Waiver) -> tuple[str, str]:
    """Outcome and message of a finding under waivers."""
    outcome, message = excused(
        finding.check,
        finding.target,
        finding.severity,
        (finding.outcome, finding.message),
        dated(waivers, TODAY),
    )
    assert outcome is not None
    return outcome.value, message


def state(waiver: Waiver, *findings: Finding, whole: bool = True) -> Waived:
    return states([waiver], findings, TODAY, whole=whole)[0]


def notes(waiver: Waiver, *findings: Finding, whole: bool = True) -> list[str]:
    return remarks([state(waiver, *findings, whole=whole)], findings, whole=whole)


@pytest.mark.parametrize(
    ("left", "outcome", "words", "standing"),
    [
        (15, "waived", "(waived by ana, 15 days left: the new cluster comes in May)", "in_force"),
        (14, "waived", "(waived by ana, 14 days left: the new cluster comes in May)", "ending"),
        (1, "waived", "(waived by ana, 1 day left: the new cluster comes in May)", "ending"),
        (0, "waived", "(waived by ana, last day: the new cluster comes in May)", "ending"),
        (-1, "failed", "(ana's waiver ran out on 2026-11-21)", "expired"),
        (-15, "failed", "(ana's waiver ran out on 2026-11-07)", "expired"),
    ],
)
def test_days_around_the_end(left: int, outcome: str, words: str, standing: str) -> None:
    got = said(finding(), waiver(days_left=left))
    assert got == (outcome, f"appendonly is no, must be yes {words}")
    found = msgspec.structs.replace(finding(), outcome=Outcome(outcome))
    now = state(waiver(days_left=left), found)
    assert (now.state, now.days_left) == (standing, left)
    assert now.findings == ("redis.persistence[cache]",)


@given(
    st.dates(dt.date(1970, 1, 1), dt.date(9000, 1, 1)),
    st.integers(-400, 400),
    st.sampled_from(Outcome),
)
def test_a_waiver_holds_up_to_its_last_day(end: dt.date, away: int, outcome: Outcome) -> None:
    """Whatever the date: a leap day, the turn of a year."""
    given_ = msgspec.structs.replace(waiver(), expires=end)
    (now,) = dated([given_], end + dt.timedelta(days=away))
    got, message = excused("redis.persistence", None, Severity.BLOCKER, (outcome, "x"), [now])
    if outcome not in WRONG:
        assert (got, message) == (outcome, "x"), "what is not wrong is not excused"
    elif away <= 0:
        assert got is Outcome.WAIVED and message.startswith("x (waived by ana, ")
    else:
        assert got is outcome and message.endswith(f"waiver ran out on {end})")
    assert now.state == ("expired" if away > 0 else "ending" if away >= -14 else "in_force")


def test_years_of_four_digits() -> None:
    far = msgspec.structs.replace(waiver(), expires=dt.date.max)
    assert said(finding(), far)[0] == "waived"
    assert dated([far], dt.date.min)[0].days_left > 0


@pytest.mark.parametrize("outcome", ["failed", "error", "blocked"])
def test_all_that_is_wrong_can_be_waived(outcome: str) -> None:
    assert said(finding(outcome=outcome), waiver())[0] == "waived"


@pytest.mark.parametrize(
    ("target", "expected"), [(None, "waived"), ("cache", "waived"), ("other", "failed")]
)
def test_target(target: str | None, expected: str) -> None:
    assert said(finding(), waiver(target=target))[0] == expected


def test_the_one_that_runs_counts() -> None:
    old, new = waiver(days_left=-3, owner="ana"), waiver(days_left=30, owner="bo")
    for pair in ((old, new), (new, old)):
        outcome, message = said(finding(), *pair)
        assert outcome == "waived"
        assert "waived by bo, 30 days left" in message and "ran out" not in message
    found = [finding(outcome="waived")]
    lines = remarks(states([old, new], found, TODAY), found, whole=True)
    name = "ana's waiver of redis.persistence"
    assert lines == [f"{name} ran out on 2026-11-19, and another is in force; remove it"]


def test_of_two_that_ran_out_the_later_is_named() -> None:
    got = said(finding(), waiver(days_left=-9, owner="bo"), waiver(days_left=-3))[1]
    assert got.endswith("(ana's waiver ran out on 2026-11-19)")


def test_a_long_cause_does_not_hide_who_answers() -> None:
    long = finding(message="x" * 5000)
    message = said(long, waiver())[1]
    assert len(message) < 2000
    assert message.endswith("… (waived by ana, 100 days left: the new cluster comes in May)")


# Patterns


@pytest.mark.parametrize(
    ("pattern", "check", "expected"),
    [
        ("redis.*", "redis.persistence", True),
        ("redis.*", "redisx.persistence", False),
        ("redis.*", "redis.py::test_x", False),
        ("*", "redis.py::test_x", True),
        ("**", "redis.persistence", True),
        ("tests/*", "tests/a.py::test_x", True),
        ("tests/a.py::*", "tests/a.py::TestX::test_y", True),
        ("*::test_*", "readiness.x", False),
        ("kafka.topic_*", "kafka.topic_", True),
        ("kafka.topic_*", "kafka.topics", False),
        ("*.reachable", "redis.reachable", True),
        ("*.tls_*_*d", "redis.tls_was_wanted", True),
        ("a*a", "a", False),
        ("r?dis.*", "redis.x", False),
        ("[r]edis.*", "redis.x", False),
    ],
)
def test_patterns(pattern: str, check: str, expected: bool) -> None:
    assert covers(pattern, check) is expected


@given(st.text("ab.", max_size=12), st.data())
def test_a_pattern_covers_what_it_was_made_of(check: str, data: st.DataObject) -> None:
    at = sorted(data.draw(st.lists(st.integers(0, len(check)), min_size=2, max_size=2)))
    assert covers(f"{check[: at[0]]}*{check[at[1] :]}", check)


def test_many_stars_take_no_time() -> None:
    assert not covers("*a" * 2000 + "b", "a" * 3000)


@given(st.sampled_from(["*", "redis.*", "*.persistence", "re*ce"]), st.sampled_from(WRONG))
def test_a_pattern_never_covers_a_blocker(pattern: str, outcome: Outcome) -> None:
    wrong = finding(outcome=outcome.value, severity="blocker")
    got, message = said(wrong, waiver(pattern))
    assert got == outcome.value
    assert message.endswith(f"(ana's waiver of {pattern} does not cover a blocker: name it)")
    assert said(wrong, waiver(pattern, "redis.persistence"))[0] == "waived"
    for severity in ("high", "medium", "low"):
        other = finding(outcome=outcome.value, severity=severity)
        assert said(other, waiver(pattern))[0] == "waived"


def test_a_pattern_that_ran_out_says_nothing_of_blockers() -> None:
    got = said(finding(severity="blocker"), waiver("redis.*", days_left=-1))
    assert got == ("failed", "appendonly is no, must be yes")


def test_a_pattern_that_matches_blockers_only() -> None:
    found = finding("tests/a.py::test_x", severity="blocker")
    one = waiver("tests/*")
    assert state(one, found).state == "unmatched"
    assert notes(one, found) == [
        "ana's waiver of tests/* matches blockers only, which no pattern covers: name them"
    ]


# States of a whole run and of a part


def test_nothing_matches() -> None:
    one = waiver(target="other")
    assert state(one, finding()).state == "unmatched"
    assert notes(one, finding()) == [
        (
            "ana's waiver of redis.persistence[other] matches no check of this run; "
            "correct it or remove it"
        )
    ]
    assert state(one, finding(), whole=False).state == "in_force"
    assert notes(one, finding(), whole=False) == []


def test_stale() -> None:
    assert state(waiver(), finding(outcome="passed")).state == "stale"
    assert notes(waiver(), finding(outcome="passed")) == [
        "ana's waiver of redis.persistence is stale: the check passes; remove it"
    ]
    assert state(waiver(), finding(outcome="attested")).state == "stale"
    assert notes(waiver(), finding(outcome="passed"), whole=False) == []


def test_what_is_not_asked_here_is_not_stale() -> None:
    found = finding(outcome="not_applicable")
    assert state(waiver(), found).state == "in_force"
    assert notes(waiver(), found) == []


def test_one_target_of_two_passes() -> None:
    found = [finding(outcome="passed"), finding(outcome="waived", target="other")]
    assert state(waiver(), *found).state == "in_force"
    assert notes(waiver(), *found) == []


def test_a_list_speaks_of_each_of_its_ids() -> None:
    one = waiver("redis.a", "redis.b", "redis.c", "redis.d")
    found = [finding(f"redis.{x}", "passed") for x in "ab"] + [finding("redis.c", "waived")]
    assert state(one, *found).state == "in_force"
    name = "ana's waiver of redis.a, redis.b, redis.c, redis.d"
    assert notes(one, *found) == [
        f"{name}: 2 of 4 pass now: redis.a, redis.b; take them out",
        f"{name}: 1 of 4 matches no check of this run: redis.d; take it out",
    ]
    assert notes(one, *found, whole=False) == []
    assert state(one, *found[:2]).state == "stale"


def test_near_the_end() -> None:
    found = finding(outcome="waived")
    name = "ana's waiver of redis.persistence runs out on"
    assert notes(waiver(days_left=15), found) == []
    for left, words in ((14, "14 days left"), (1, "1 day left"), (0, "last day")):
        end = TODAY + dt.timedelta(days=left)
        for whole in (True, False):
            assert notes(waiver(days_left=left), found, whole=whole) == [f"{name} {end}: {words}"]
    # Not in use here, so nothing is about to fail.
    assert notes(waiver(days_left=1), finding(outcome="not_applicable")) == []


def test_run_out() -> None:
    name = "ana's waiver of redis.persistence ran out on 2026-11-21"
    found = [finding(), finding(target="other")]
    assert notes(waiver(days_left=-1), found[0]) == [f"{name}: 1 check counts again"]
    assert notes(waiver(days_left=-1), *found) == [f"{name}: 2 checks count again"]
    assert state(waiver(days_left=-1), finding(outcome="passed")).state == "stale"


def test_an_end_out_of_sight() -> None:
    found = finding(outcome="waived")
    assert notes(waiver(days_left=366), found) == []
    assert notes(waiver(days_left=367), found) == [
        (
            "ana's waiver of redis.persistence runs until 2027-11-24, for more than 1 year: "
            "an exception needs an end"
        )
    ]
    assert "more than 20 years" in notes(waiver(days_left=20 * 366), found)[0]


@given(st.lists(st.sampled_from(Outcome), max_size=4), st.integers(-30, 30), st.booleans())
def test_held_anew_is_held_the_same(outcomes: list[Outcome], left: int, whole: bool) -> None:
    """A merged report begins with the states of its parts."""
    found = [finding(outcome=o.value, target=f"t{i}") for i, o in enumerate(outcomes)]
    first = states([waiver(days_left=left)], found, TODAY, whole=not whole)
    assert held(first, found, whole=whole) == states(
        [waiver(days_left=left)], found, TODAY, whole=whole
    )


# Behind


def reachable(outcome: str = "waived", **more: Any) -> Finding:
    return finding("redis.reachable", outcome, severity="blocker", **more)


def down(check: str, **more: Any) -> Finding:
    text = "redis[cache] is not reachable: connection refused"
    return finding(check, "blocked", **{"message": text, **more})


def test_what_a_waived_target_blocks_is_waived_with_it() -> None:
    got = behind([reachable(), down("redis.size"), down("redis.size", target="other")])
    assert [f.outcome.value for f in got] == ["waived", "waived", "blocked"]
    assert got[1].message == (
        "redis[cache] is not reachable: connection refused (waived with redis.reachable[cache])"
    )


def test_what_is_blocked_by_something_else_stays() -> None:
    other = finding("redis.acl", "blocked", message="skipped, so not judged: not today")
    assert behind([reachable(), other])[1] is other


def test_an_error_is_not_blocked() -> None:
    broken = down("redis.size", behind=(reachable().node,))
    broken = msgspec.structs.replace(broken, outcome=Outcome.ERROR)
    assert behind([reachable(), broken])[1] is broken


def test_behind_all_of_several() -> None:
    one, two = finding("a.x", "waived"), finding("a.y", "failed")
    waits = finding("b.z", "blocked", behind=(one.node, two.node))
    assert behind([one, two, waits])[2].outcome is Outcome.BLOCKED
    for outcome, names in (("waived", "a.x[cache], a.y[cache]"), ("passed", "a.x[cache]")):
        two = msgspec.structs.replace(two, outcome=Outcome(outcome))
        got = behind([waits, one, two])[0]
        assert got.outcome is Outcome.WAIVED
        assert got.message.endswith(f"(waived with {names})")


def test_behind_nothing_that_is_waived() -> None:
    one = finding("a.x", "passed")
    waits = finding("b.z", "blocked", behind=(one.node,))
    assert behind([one, finding("a.y", "waived"), waits])[2] is waits


def test_behind_what_is_behind() -> None:
    """In any order, and not around in a circle."""
    first = finding("a.x", "waived")
    second = finding("a.y", "blocked", behind=(first.node,))
    third = finding("a.z", "blocked", behind=(second.node,))
    got = behind([third, second, first])
    assert {f.outcome for f in got} == {Outcome.WAIVED}
    assert got[0].message.endswith("(waived with a.y[cache])")
    circle = [
        finding("a.y", "blocked", behind=(third.node,)),
        finding("a.z", "blocked", behind=(second.node,)),
    ]
    assert [f.outcome.value for f in behind([first, *circle])] == ["waived", "blocked", "blocked"]


def test_behind_what_was_left_out() -> None:
    waits = finding("b.z", "blocked", behind=("readiness::gone",))
    assert behind([finding("a.x", "waived"), waits])[1] is waits


@given(st.lists(st.tuples(st.sampled_from(Outcome), st.integers(0, 7)), max_size=8))
def test_behind_touches_what_is_blocked_only_and_once(rows: list[tuple[Outcome, int]]) -> None:
    nodes = [finding(f"a.x{i}").node for i in range(8)]
    found = [
        finding(f"a.x{i}", o.value, behind=(nodes[to],) if o is Outcome.BLOCKED else ())
        for i, (o, to) in enumerate(rows)
    ]
    once = behind(found)
    assert behind(once) == once
    for before, after in zip(found, once, strict=True):
        if before.outcome is not Outcome.BLOCKED:
            assert after is before
        elif after is not before:
            assert after.outcome is Outcome.WAIVED
    anew = [
        msgspec.structs.replace(f, outcome=Outcome.PASSED)
        for f in found
        if f.outcome is Outcome.WAIVED
    ]
    rest = [f for f in found if f.outcome is not Outcome.WAIVED]
    assert behind([*rest, *anew]) == [*rest, *anew], "without a waiver nothing is waived"


def test_what_is_waived_with_another_makes_no_waiver_stale() -> None:
    found = behind([reachable(), down("redis.size")])
    assert state(waiver("redis.reachable"), *found).state == "in_force"
    assert notes(waiver("redis.reachable"), *found) == []


def test_what_became_wrong_later_is_excused_too() -> None:
    late = finding(message="contains 1 failed subtest")
    got = excuse([late, finding(outcome="passed")], dated([waiver()], TODAY))
    assert [f.outcome.value for f in got] == ["waived", "passed"]
    old = excuse([late], dated([waiver(days_left=-1)], TODAY))
    assert old == [late], "where its check ended, it was told already"


def test_days() -> None:
    assert [days(n) for n in (0, 1, 2)] == ["last day", "1 day left", "2 days left"]
