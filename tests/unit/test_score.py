"""Score, coverage, verdict and route: the rules, and what must hold whatever the findings."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.model import (
    About,
    Finding,
    Limits,
    Outcome,
    Scope,
    Scorecard,
    Severity,
    Verdict,
)
from pytest_readiness.score import coverage, judge, score

FULL = Scope(expected=1, selected=1)
LIMITS = Limits()


def finding(severity: str, outcome: str, name: str = "x.y", target: str = "t") -> Finding:
    return Finding(
        check=name,
        system="x",
        target=target,
        node=f"{name}[{target}]",
        severity=Severity(severity),
        outcome=Outcome(outcome),
    )


def decide(*findings: Finding, scope: Scope = FULL, limits: Limits = LIMITS) -> Scorecard:
    numbered = [msgspec.structs.replace(f, node=f"{f.node}#{i:04}") for i, f in enumerate(findings)]
    return judge(numbered, limits, scope, About())


PASS = finding("high", "passed")


@pytest.mark.parametrize(
    ("findings", "verdict", "why"),
    [
        ([PASS], "ready", "no blocker and no high failed, score reaches 95"),
        ([PASS, finding("blocker", "failed")], "not_ready", "blocker x.y[t] failed"),
        ([PASS, finding("blocker", "error")], "not_ready", "blocker x.y[t] error"),
        ([PASS, finding("blocker", "blocked")], "not_ready", "blocker x.y[t] blocked"),
        ([PASS] * 40 + [finding("high", "failed")], "conditional", "high x.y[t] failed"),
        ([PASS] * 40 + [finding("high", "blocked")], "conditional", "high x.y[t] blocked"),
        ([PASS] * 40 + [finding("high", "error")], "conditional", "high x.y[t] error"),
        ([PASS] * 40 + [finding("high", "failed")] * 5, "conditional", "high x.y[t] failed (and"),
        ([PASS] * 40 + [finding("high", "failed")] * 6, "not_ready", "6 highs failed, at most 5"),
        ([PASS, finding("medium", "failed")], "not_ready", "score 60.0 is below the minimum"),
        ([PASS] * 5 + [finding("medium", "failed")], "conditional", "score 88.23 is below the tar"),
        ([PASS] * 13 + [finding("medium", "failed")], "ready", "no blocker and no high failed"),
        ([PASS, finding("low", "waived")], "conditional", "waiver in force on x.y[t]"),
        ([finding("blocker", "waived")], "conditional", "waiver in force on x.y[t]"),
        (
            [PASS] * 9 + [finding("blocker", "attested")],
            "conditional",
            "blocker x.y[t] is attested",
        ),
        (
            [PASS] + [finding("low", "attested")] * 2,
            "conditional",
            "evidence coverage 60% is below",
        ),
        ([finding("high", "not_applicable")], "not_ready", "nothing was judged"),
        ([], "incomplete", "no check was run"),
    ],
)
def test_verdict(findings: list[Finding], verdict: str, why: str) -> None:
    card = decide(*findings)
    assert card.verdict.value == verdict
    assert card.decided_by.startswith(why)


def test_broken_run_is_incomplete_whatever_was_found() -> None:
    scope = Scope(expected=2, selected=2, broken="the run was interrupted")
    for found in (PASS, finding("blocker", "failed")):
        card = decide(found, scope=scope)
        assert (card.verdict, card.complete) == (Verdict.INCOMPLETE, False)


def test_part_of_the_checks_is_partial_but_for_a_veto() -> None:
    scope = Scope(expected=143, selected=18, left_out="-k redis")
    card = decide(PASS, scope=scope)
    assert (card.verdict, card.complete) == (Verdict.PARTIAL, False)
    assert card.decided_by == "18 of 143 checks were run: -k redis"
    card = decide(PASS, finding("blocker", "failed"), scope=scope)
    assert (card.verdict, card.complete) == (Verdict.NOT_READY, False)


def test_nothing_judged_has_no_score() -> None:
    card = decide(finding("high", "not_applicable"))
    assert card.score is None
    assert card.coverage is None


def test_score_is_never_rounded_up_to_the_target() -> None:
    """94.996 must not be shown as 95."""
    found = [finding("medium", "passed")] * 1898 + [finding("medium", "failed")] * 100
    assert score(found) == pytest.approx(94.995, abs=0.001)
    assert decide(*found).score == 94.99


def test_waived_and_not_applicable_leave_the_sums() -> None:
    found = [PASS, finding("blocker", "waived"), finding("high", "not_applicable")]
    card = decide(*found)
    assert card.score == 100
    assert card.score_without_waivers == 42.85


def test_coverage_counts_what_was_measured() -> None:
    found = [PASS, finding("high", "failed"), finding("high", "blocked"), finding("high", "error")]
    assert coverage(found) == 0.5


def test_route_names_vetoes_first_and_stops_at_the_target() -> None:
    found = [
        *[finding("high", "passed", f"x.p{i}") for i in range(30)],
        finding("low", "failed", "x.low"),
        finding("medium", "failed", "x.medium"),
        finding("high", "blocked", "x.high"),
        finding("blocker", "failed", "x.blocker"),
    ]
    card = decide(*found)
    assert card.route == ("x.blocker[t]", "x.high[t]")
    assert decide(*found, limits=Limits(target_score=99)).route == (
        "x.blocker[t]",
        "x.high[t]",
        "x.medium[t]",
    )


def test_points_are_what_a_finding_takes_from_the_score() -> None:
    card = decide(finding("blocker", "failed"), finding("high", "passed"), finding("low", "waived"))
    assert [f.points for f in card.findings] == [10, 0, 0]


findings = st.lists(
    st.builds(finding, st.sampled_from([s.value for s in Severity]),
              st.sampled_from([o.value for o in Outcome])),
    max_size=60,
)  # fmt: skip


@given(findings)
def test_score_is_within_bounds(found: list[Finding]) -> None:
    value = score(found)
    assert value is None or 0 <= value <= 100


@given(findings, st.data())
def test_mending_never_lowers_the_score(found: list[Finding], data: st.DataObject) -> None:
    wrong = [i for i, f in enumerate(found) if f.outcome.wrong]
    if not wrong:
        return
    i = data.draw(st.sampled_from(wrong))
    before = score(found)
    found[i] = msgspec.structs.replace(found[i], outcome=Outcome.PASSED)
    after = score(found)
    assert before is not None
    assert after is not None
    assert after >= before


@given(findings, st.randoms())
def test_order_does_not_matter(found: list[Finding], random) -> None:  # type: ignore[no-untyped-def]  # random.Random
    numbered = [msgspec.structs.replace(f, node=f"n{i:04}") for i, f in enumerate(found)]
    shuffled = list(numbered)
    random.shuffle(shuffled)
    assert judge(numbered, LIMITS, FULL, About()) == judge(shuffled, LIMITS, FULL, About())


@given(findings)
def test_following_the_route_leads_out_of_the_veto(found: list[Finding]) -> None:
    card = decide(*found)
    labels = set(card.route)
    unique = [msgspec.structs.replace(f, target=f"t{i}") for i, f in enumerate(found)]
    card = decide(*unique)
    labels = set(card.route)
    mended = [
        msgspec.structs.replace(f, outcome=Outcome.PASSED) if f.label in labels else f
        for f in unique
    ]
    if labels:
        assert decide(*mended).verdict in (Verdict.READY, Verdict.CONDITIONAL)


@given(findings)
def test_scorecard_survives_json(found: list[Finding]) -> None:
    card = decide(*found)
    assert msgspec.json.decode(msgspec.json.encode(card), type=Scorecard) == card


def at(place: str, one: Finding) -> Finding:
    return msgspec.structs.replace(one, vantage=place)


def test_route_is_that_of_each_vantage_point() -> None:
    """Behind a target that is down in Dublin is what was blocked there, and nothing else."""
    down = at("dublin", finding("blocker", "failed", "x.reachable"))
    there = at("frankfurt", finding("blocker", "passed", "x.reachable"))
    behind = at("dublin", finding("high", "blocked", "x.a"))
    apart = at("frankfurt", finding("high", "blocked", "x.b"))
    assert decide(down, there, behind, apart).route == ("x.reachable[t@dublin]", "x.b[t@frankfurt]")


def test_route_where_vantage_points_share_the_work() -> None:
    """Dublin was asked for another check, and saw the target down as well."""
    down = at("frankfurt", finding("blocker", "failed", "x.reachable"))
    behind = at("dublin", finding("high", "blocked", "x.a"))
    assert decide(down, behind).route == ("x.reachable[t@frankfurt]",)


def linked(outcome: str, *checks: str, severity: str = "blocker") -> Finding:
    return msgspec.structs.replace(
        finding(severity, outcome, f"checklist.{checks[0]}", "LIST.md"), measured_by=checks
    )


def test_item_whose_check_was_left_out_is_no_veto_of_its_own() -> None:
    part = msgspec.structs.replace(FULL, left_out="-k x")
    one = finding("high", "passed", "a.b")
    left_out, down = linked("blocked", "gone.b"), linked("blocked", "a.c")
    assert decide(left_out, scope=part).verdict is Verdict.PARTIAL
    assert decide(one, left_out, scope=part).verdict is Verdict.PARTIAL
    assert decide(one, left_out).verdict is Verdict.NOT_READY, "a run of all checks left out none"
    assert decide(left_out).verdict is Verdict.NOT_READY
    both = (one, down, finding("low", "blocked", "a.c"))
    assert decide(*both, scope=part).verdict is Verdict.NOT_READY, "its check was not left out"
    wrong = linked("failed", "a.b", "gone.b")
    assert decide(one, wrong, scope=part).verdict is Verdict.NOT_READY
    shard = msgspec.structs.replace(FULL, shard="1/2")
    assert decide(one, left_out, scope=shard).verdict is Verdict.PARTIAL


def test_check_is_named_before_the_item_that_it_measures() -> None:
    check = finding("blocker", "failed", "x.b")
    card = decide(linked("failed", "x.b"), check)
    assert card.decided_by == "blocker x.b[t] failed (and 1 more)"


def test_item_that_a_sign_off_stands_behind_is_no_tick_alone() -> None:
    measured = finding("blocker", "passed", "a.b")
    signed = msgspec.structs.replace(
        finding("low", "attested", "attestation.a"), system="attestation"
    )
    item = linked("attested", "attestation.a")
    assert decide(measured, signed, item).verdict is Verdict.READY
    tick = finding("blocker", "attested", "checklist.a")
    assert decide(measured, measured, signed, tick).verdict is Verdict.CONDITIONAL
