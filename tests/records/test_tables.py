"""How far a checklist is: done of all, by number and by weight, for all and for each group."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_readiness.model import Finding, Limits, Outcome, Scope, Severity, Verdict
from pytest_readiness.policy.checklists.reading import read
from pytest_readiness.policy.checklists.rules import rules_for
from pytest_readiness.policy.records import Checklists
from pytest_readiness.records.tables import checklists, recounted
from pytest_readiness.score import About, coverage, judge

TEXT = """# Go
- [x] parent
  - [x] a
  - [ ] b
- [x] c

| what | state |
|---|---|
| x | ✅ |
"""
DOCUMENT = read("GO.md", TEXT, rules_for("GO.md", Checklists()))


def finding(slug: str, outcome: Outcome, severity: Severity = Severity.LOW, **f: Any) -> Finding:
    return Finding(
        check=f"checklist.{slug}",
        system="checklist",
        target="GO.md",
        node=f"readiness::checklist::GO.md::{slug}",
        severity=severity,
        outcome=outcome,
        **f,
    )


DONE = finding("a", Outcome.ATTESTED)
OPEN = finding("b", Outcome.FAILED, Severity.HIGH)


def test_counts_and_weights() -> None:
    (one,) = checklists([DOCUMENT], [DONE, OPEN, finding("c", Outcome.WAIVED)], str)
    assert (one.done, one.total, one.score) == (1, 2, 25.0)
    groups = {group.title: group for group in one.groups}
    assert (groups["parent"].done, groups["parent"].total, groups["parent"].ticked) == (1, 2, True)
    assert groups["Go"].ticked is None
    assert any("parent" in note and "ticked above" in note for note in one.notes)
    assert any("table" in note for note in one.notes)


def test_what_measures_counts_here_though_it_has_no_points() -> None:
    (one,) = checklists([DOCUMENT], [finding("a", Outcome.PASSED, measured_by=("x.y",)), OPEN], str)
    assert (one.done, one.total, one.score) == (1, 2, 25.0)


def test_counted_anew() -> None:
    before = checklists([DOCUMENT], [DONE, OPEN], str)
    assert recounted(before, [DONE, OPEN]) == before
    (after,) = recounted(before, [DONE, finding("b", Outcome.ATTESTED)])
    assert (after.done, after.total, after.score) == (2, 2, 100.0)


def test_nothing_judged_has_no_score() -> None:
    (one,) = checklists([DOCUMENT], [], str)
    assert (one.done, one.total, one.score) == (0, 0, None)


def decided(*findings: Finding) -> tuple[Verdict, str]:
    scope = Scope(expected=len(findings), selected=len(findings))
    card = judge(findings, Limits(), scope, About())
    return card.verdict, card.decided_by


MEASURED = Finding(
    check="redis.x", system="redis", node="n", severity=Severity.BLOCKER, outcome=Outcome.PASSED
)


def test_neither_ticks_nor_what_is_open_is_measured() -> None:
    assert coverage([DONE, OPEN]) == 0
    assert coverage([MEASURED, DONE, OPEN]) == 0.5


def test_a_signed_blocker_may_go_live_and_a_ticked_one_has_a_condition() -> None:
    signed = Finding(
        check="attestation.pager",
        system="attestation",
        node="a",
        severity=Severity.BLOCKER,
        outcome=Outcome.ATTESTED,
    )
    measured = [MEASURED, *(finding(f"m{i}", Outcome.PASSED, measured_by=("x.y",)) for i in "12")]
    many = [
        Finding(check="r.x", node=str(i), severity=Severity.BLOCKER, outcome=Outcome.PASSED)
        for i in range(9)
    ]
    assert decided(*measured, *many, signed)[0] is Verdict.READY
    verdict, why = decided(*many, finding("a", Outcome.ATTESTED, Severity.BLOCKER))
    assert verdict is Verdict.CONDITIONAL
    assert why == "blocker checklist.a[GO.md] is attested, not measured"


@pytest.mark.parametrize("severity", [Severity.BLOCKER, Severity.HIGH])
def test_a_linked_item_counts_by_its_own_severity(severity: Severity) -> None:
    many = [
        Finding(check="r.x", node=str(i), severity=Severity.BLOCKER, outcome=Outcome.PASSED)
        for i in range(9)
    ]
    low = Finding(check="r.y", node="y", severity=Severity.LOW, outcome=Outcome.FAILED)
    item = finding("a", Outcome.FAILED, severity, measured_by=("r.y",))
    assert decided(*many, low)[0] is Verdict.READY
    expected = Verdict.NOT_READY if severity is Severity.BLOCKER else Verdict.CONDITIONAL
    assert decided(*many, low, item)[0] is expected
    card = judge([*many, low, item], Limits(), Scope(expected=11, selected=11), About())
    assert card.route == ("r.y",)


def test_highs_are_counted_once() -> None:
    many = [
        Finding(check="r.x", node=str(i), severity=Severity.BLOCKER, outcome=Outcome.PASSED)
        for i in range(40)
    ]
    high = [
        Finding(check=f"r.h{i}", node=f"h{i}", severity=Severity.HIGH, outcome=Outcome.FAILED)
        for i in range(5)
    ]
    items = [
        finding(f"i{i}", Outcome.FAILED, Severity.HIGH, measured_by=(f"r.h{i}",)) for i in range(5)
    ]
    assert decided(*many, *high, *items)[0] is Verdict.CONDITIONAL
