"""Items that checks measure: the worst of what was found, and what is said of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.model import ChecklistItem, Evidence, Finding, Outcome, Severity
from pytest_readiness.records.linking import linked
from pytest_readiness.score import coverage, score

NODE = "readiness::checklist::GO.md::guest"


def check(outcome: Outcome, target: str | None = "mq", **fields: Any) -> Finding:
    return Finding(
        check="rabbitmq.guest_user",
        system="rabbitmq",
        target=target,
        node=f"readiness::rabbitmq::guest_user[{target}]",
        severity=Severity.LOW,
        outcome=outcome,
        message="guest is let in",
        evidence=(Evidence(name="guest", value=True, ok=outcome is Outcome.PASSED),),
        **fields,
    )


def item(
    ticked: bool = True, by: tuple[str, ...] = ("rabbitmq.guest_user",), **fields: Any
) -> Finding:
    given = {"outcome": Outcome.BLOCKED, **fields}
    return Finding(
        check="checklist.guest",
        system="checklist",
        target="GO.md",
        node=NODE,
        severity=Severity.BLOCKER,
        measured_by=by,
        item=ChecklistItem(ticked=ticked),
        **given,
    )


def judged(one: Finding, *others: Finding) -> Finding:
    return next(f for f in linked([*others, one]) if f.node == NODE)


CASES: list[tuple[bool, list[Outcome], Outcome, str]] = [
    (True, [Outcome.PASSED], Outcome.PASSED, "measured by rabbitmq.guest_user"),
    (
        False,
        [Outcome.PASSED],
        Outcome.PASSED,
        "measured by rabbitmq.guest_user, all passed; the tick is still open",
    ),
    (
        True,
        [Outcome.FAILED],
        Outcome.FAILED,
        "ticked, but measured otherwise: rabbitmq.guest_user[t0]: guest is let in",
    ),
    (
        False,
        [Outcome.PASSED, Outcome.FAILED, Outcome.FAILED],
        Outcome.FAILED,
        "measured, and not so: rabbitmq.guest_user[t1]: guest is let in (and 1 more)",
    ),
    (
        True,
        [Outcome.PASSED, Outcome.BLOCKED],
        Outcome.BLOCKED,
        "not measured: rabbitmq.guest_user[t1]: guest is let in",
    ),
    (
        True,
        [Outcome.PASSED, Outcome.ERROR],
        Outcome.ERROR,
        "not measured: rabbitmq.guest_user[t1]: guest is let in",
    ),
    (
        True,
        [Outcome.PASSED, Outcome.WAIVED],
        Outcome.WAIVED,
        "waived: rabbitmq.guest_user[t1]: guest is let in",
    ),
    (True, [Outcome.PASSED, Outcome.NOT_APPLICABLE], Outcome.PASSED, "measured by"),
    (
        True,
        [Outcome.NOT_APPLICABLE],
        Outcome.NOT_APPLICABLE,
        "not applicable: rabbitmq.guest_user[t0]: guest is let in",
    ),
    (
        True,
        [],
        Outcome.BLOCKED,
        "not measured: rabbitmq.guest_user was not judged in this run",
    ),
]


@pytest.mark.parametrize(("ticked", "outcomes", "outcome", "words"), CASES)
def test_cases(ticked: bool, outcomes: list[Outcome], outcome: Outcome, words: str) -> None:
    checks = [check(o, f"t{i}") for i, o in enumerate(outcomes)]
    found = judged(item(ticked), *checks)
    assert found.outcome is outcome
    assert found.message.startswith(words)


def test_all_links_must_pass() -> None:
    other = check(Outcome.PASSED, "other")
    both = item(by=("rabbitmq.guest_user[mq]", "redis.persistence"))
    assert judged(both, check(Outcome.PASSED)).outcome is Outcome.BLOCKED
    assert judged(both, check(Outcome.FAILED)).outcome is Outcome.FAILED
    assert judged(item(by=("rabbitmq.guest_user[mq]",)), check(Outcome.FAILED), other).outcome is (
        Outcome.FAILED
    )
    assert judged(
        item(by=("rabbitmq.guest_user[other]",)), check(Outcome.FAILED), other
    ).outcome is (Outcome.PASSED)


def test_one_target_is_meant_at_every_vantage_point() -> None:
    one = item(by=("rabbitmq.guest_user[mq]",))
    places = [check(Outcome.PASSED, vantage="a"), check(Outcome.FAILED, vantage="b")]
    assert judged(one, *places).outcome is Outcome.FAILED


def test_an_item_that_is_waived_itself_stays_so() -> None:
    excused = item(outcome=Outcome.WAIVED, message="waived by ana")
    assert judged(excused, check(Outcome.FAILED)) == excused
    assert judged(excused, check(Outcome.PASSED)).outcome is Outcome.PASSED


@given(st.lists(st.sampled_from(Outcome), max_size=6), st.booleans())
def test_links_change_no_sum_and_judge_once(outcomes: list[Outcome], ticked: bool) -> None:
    checks = [check(o, f"t{i}") for i, o in enumerate(outcomes)]
    found = linked([item(ticked), *checks])
    assert (score(found), coverage(found)) == (score(checks), coverage(checks))
    assert linked(found) == found
    passing = {Outcome.PASSED, Outcome.NOT_APPLICABLE, Outcome.ATTESTED}
    if found[0].outcome in (Outcome.PASSED, Outcome.ATTESTED):
        assert set(outcomes) <= passing
        assert set(outcomes) & {Outcome.PASSED, Outcome.ATTESTED}
