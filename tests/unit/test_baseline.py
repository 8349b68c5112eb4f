"""Comparing with an earlier run: which word each change gets, and what must hold whatever it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.baseline import compare
from pytest_readiness.model import (
    About,
    Change,
    Comparison,
    Finding,
    Outcome,
    Relaxed,
    Scorecard,
    Severity,
    Target,
)
from pytest_readiness.score import fails, regressed
from tests.unit.test_merge import FINDINGS, card, finding

GROUPS = ("new_failures", "fixed", "still_failing", "no_longer_judged", "disappeared")


def compared(now: Scorecard, earlier: Scorecard, **own: Any) -> Comparison:
    return compare(now, earlier, file="base.json", **own)


def labelled(found: Comparison) -> dict[str, list[str]]:
    return {group: [change.label for change in getattr(found, group)] for group in GROUPS}


def built_in(check: str, outcome: str, severity: str = "high", **own: Any) -> Finding:
    system, _, name = check.partition(".")
    place = f"@{own['vantage']}" if own.get("vantage") else ""
    return Finding(
        check=check,
        system=system,
        target="a",
        node=f"readiness::{system}::{name}[a{place}]",
        severity=Severity(severity),
        outcome=Outcome(outcome),
        **own,
    )


WORDS = {
    ("passed", "failed"): "new_failures",
    ("attested", "failed"): "new_failures",
    ("not_applicable", "failed"): "new_failures",
    # A waiver that ran out.
    ("waived", "failed"): "new_failures",
    ("passed", "error"): "new_failures",
    ("passed", "blocked"): "new_failures",
    (None, "failed"): "new_failures",
    (None, "blocked"): "new_failures",
    ("failed", "passed"): "fixed",
    ("blocked", "passed"): "fixed",
    ("error", "attested"): "fixed",
    ("failed", "failed"): "still_failing",
    ("failed", "blocked"): "still_failing",
    ("blocked", "failed"): "still_failing",
    # Nothing of it was mended.
    ("failed", "waived"): "no_longer_judged",
    ("failed", "not_applicable"): "no_longer_judged",
    ("passed", "not_applicable"): "no_longer_judged",
    ("passed", "waived"): "no_longer_judged",
    ("passed", None): "disappeared",
    ("failed", None): "disappeared",
    ("not_applicable", None): "disappeared",
    ("passed", "passed"): None,
    ("passed", "attested"): None,
    ("waived", "waived"): None,
    ("waived", "passed"): None,
    ("not_applicable", "passed"): None,
    (None, "passed"): None,
    (None, "waived"): None,
}


@pytest.mark.parametrize(("before", "now"), WORDS)
def test_word_of_each_change(before: str | None, now: str | None) -> None:
    other = [finding("other")]
    found = compared(
        card(other + ([finding("n", now)] if now else [])),
        card(other + ([finding("n", before)] if before else [])),
    )
    told = {group: changes for group in GROUPS if (changes := getattr(found, group))}
    word = WORDS[before, now]
    assert list(told) == ([word] if word else [])
    if word:
        (change,) = told[word]
        assert change.before == (Outcome(before) if before else None)
        assert change.now == (Outcome(now) if now else None)


@given(FINDINGS, FINDINGS)
def test_each_check_gets_one_word_at_most(now: list[Finding], earlier: list[Finding]) -> None:
    found = compared(card(now), card(earlier))
    told = [change.node for group in GROUPS for change in getattr(found, group)]
    assert len(told) == len(set(told))
    wrong = {f.node for f in now if f.outcome.wrong}
    assert wrong == {c.node for c in (*found.new_failures, *found.still_failing)}
    gone = {f.node for f in earlier} - {f.node for f in now}
    assert gone == {change.node for change in found.disappeared}


@given(FINDINGS)
def test_same_again_is_no_change(found: list[Finding]) -> None:
    told = compared(card(found), card(found))
    assert not (told.new_failures or told.fixed or told.no_longer_judged or told.disappeared)
    assert told.warnings == ()
    assert len(told.still_failing) == sum(f.outcome.wrong for f in found)


@given(FINDINGS, FINDINGS)
def test_forth_and_back(one: list[Finding], two: list[Finding]) -> None:
    """What one way is fixed, is new the other way."""
    there, back = compared(card(two), card(one)), compared(card(one), card(two))
    assert {c.node for c in there.fixed} <= {c.node for c in back.new_failures}
    assert {c.node for c in there.still_failing} == {c.node for c in back.still_failing}


@given(FINDINGS, FINDINGS, st.sampled_from(["left_out", "broken", "shard"]))
def test_part_never_says_that_something_disappeared(
    now: list[Finding], earlier: list[Finding], how: str
) -> None:
    part: dict[str, Any] = {how: "1/2" if how == "shard" else "why"}
    found = compared(card(now, **part), card(earlier))
    assert found.disappeared == ()
    gone = {f.node for f in earlier} - {f.node for f in now}
    said = [warning for warning in found.warnings if "not judged in this run" in warning]
    assert len(said) == bool(gone)
    assert not gone or said[0].startswith(f"{len(gone)} check")


@given(FINDINGS, FINDINGS)
def test_gate(now: list[Finding], earlier: list[Finding]) -> None:
    one = card(now, environment="staging")
    one = msgspec.structs.replace(one, comparison=compared(one, card(earlier)))
    assert one.comparison is not None
    blockers = any(f.severity is Severity.BLOCKER and f.outcome.wrong for f in now)
    nothing = one.score is None and not any(f.outcome is Outcome.WAIVED for f in now)
    assert fails(one, "regressions", False) == bool(
        blockers or one.comparison.new_failures or nothing
    )


def test_gate_without_a_comparison_or_a_whole_run() -> None:
    one = card([finding("a")])
    assert fails(one, "regressions", False)
    assert regressed(one) == "there is no baseline to tell new failures by"
    broken = card([finding("a")], broken="Ctrl-C")
    broken = msgspec.structs.replace(broken, comparison=compared(broken, one))
    assert fails(broken, "regressions", False)
    part = card([finding("a")], left_out="-k a")
    part = msgspec.structs.replace(part, comparison=compared(part, one))
    assert fails(part, "regressions", False)
    assert not fails(part, "regressions", True)


RENAMED = {"redis.old": "redis.new"}


def present(check: str) -> str:
    return RENAMED.get(check, check)


@pytest.mark.parametrize("vantage", [None, "dublin"])
def test_renamed_check(vantage: str | None) -> None:
    other = built_in("redis.older", "passed", vantage=vantage)
    earlier = card([built_in("redis.old", "failed", vantage=vantage), other])
    now = card([built_in("redis.new", "passed", vantage=vantage), other])
    found = compared(now, earlier, canonical=present)
    assert labelled(found)["disappeared"] == []
    (change,) = found.fixed
    assert change.node == now.findings[0].node
    assert len(compared(now, earlier).disappeared) == 1, "without the name it is another check"


def test_two_checks_that_became_one() -> None:
    """It is new only if neither of them failed."""
    one, two = built_in("redis.old", "failed"), built_in("redis.new", "passed")
    now = card([built_in("redis.new", "failed")])
    for order in ([one, two], [two, one]):
        assert compared(now, card(order), canonical=present).still_failing
    passing = msgspec.structs.replace(one, outcome=Outcome.PASSED)
    assert compared(now, card([passing, two]), canonical=present).new_failures


def test_same_check_from_another_place_is_another() -> None:
    earlier = card([built_in("redis.x", "passed", vantage="dublin")])
    now = card([built_in("redis.x", "failed", vantage="oslo")])
    found = compared(now, earlier)
    assert labelled(found)["new_failures"] == ["redis.x[a@oslo]"]
    assert labelled(found)["disappeared"] == ["redis.x[a@dublin]"]
    assert found.warnings == (
        "seen from dublin then, and from oslo now: a check is the same only from the same place",
    )


def item(outcome: str, *measured_by: str) -> Finding:
    return Finding(
        check="checklist.docs/GO.md.guest",
        system="checklist",
        target=None,
        node="readiness::checklist::docs/GO.md::guest",
        severity=Severity.HIGH,
        outcome=Outcome(outcome),
        measured_by=measured_by,
    )


@pytest.mark.parametrize(
    ("before", "now", "group"),
    [
        ("passed", "failed", "new_failures"),
        ("failed", "passed", "fixed"),
        ("failed", "failed", "still_failing"),
        ("passed", "waived", "no_longer_judged"),
    ],
)
@pytest.mark.parametrize("name", ["redis.new", "redis.old", "redis.new[a]"])
def test_linked_item_moves_with_its_check(before: str, now: str, group: str, name: str) -> None:
    was = [built_in("redis.new", before), item(before, name)]
    found = compared(
        card([built_in("redis.new", now), item(now, name)]), card(was), canonical=present
    )
    assert labelled(found)[group] == ["redis.new[a]"]


def test_linked_item_that_fails_by_its_own_threshold_is_told() -> None:
    was = [built_in("redis.new", "passed"), item("passed", "redis.new")]
    now = [built_in("redis.new", "passed"), item("failed", "redis.new")]
    assert labelled(compared(card(now), card(was)))["new_failures"] == [item("passed").label]


def test_new_link_to_what_failed_before_is_nothing_new() -> None:
    was = [built_in("redis.new", "failed")]
    now = [built_in("redis.new", "failed"), item("failed", "redis.new")]
    found = labelled(compared(card(now), card(was)))
    assert (found["new_failures"], found["still_failing"]) == ([], ["redis.new[a]"])


def test_behind_a_target_that_is_down() -> None:
    names = ("redis.x", "redis.y")
    was = [built_in(name, "passed") for name in ("redis.reachable", *names)]
    now = [built_in("redis.reachable", "failed", "low")]
    now += [built_in(name, "blocked") for name in names]
    new = compared(card(now), card(was)).new_failures
    assert [(c.label, c.behind) for c in new] == [
        ("redis.reachable[a]", None),
        ("redis.x[a]", "redis.reachable[a]"),
        ("redis.y[a]", "redis.reachable[a]"),
    ]


def test_behind_another_finding() -> None:
    cause = built_in("redis.x", "failed")
    waits = built_in("redis.a", "blocked", behind=(cause.node,))
    new = compared(card([waits, cause]), card([])).new_failures
    assert [(c.label, c.behind) for c in new] == [
        ("redis.x[a]", None),
        ("redis.a[a]", "redis.x[a]"),
    ]


def about(one: Scorecard, **own: Any) -> Scorecard:
    return msgspec.structs.replace(one, about=msgspec.structs.replace(one.about, **own))


def target(name: str, address: str = "h:1") -> Target:
    return Target(system="redis", name=name, address=address)


def only(changes: Sequence[Change]) -> Change:
    (change,) = changes
    return change


def test_why_a_check_is_new_or_gone() -> None:
    with_target = {"targets": (target("a"),)}
    was = about(card([built_in("redis.x", "passed")]), **with_target)
    new = about(card([built_in("redis.x", "passed"), built_in("redis.y", "failed")]), **with_target)
    assert only(compared(new, was).new_failures).why == "new check"
    assert only(compared(was, new).disappeared).why == "no such check in this run"
    off = (Relaxed(what="redis.y: switched off"),)
    assert only(compared(about(was, relaxed=off), new).disappeared).why == (
        "switched off by the settings"
    )
    off = (Relaxed(what="redis.y[a]: switched off"),)
    assert only(compared(about(was, relaxed=off), new).disappeared).why == (
        "switched off by the settings"
    )
    none = about(card([]), targets=())
    down = about(card([built_in("redis.x", "failed")]), **with_target)
    assert only(compared(down, none).new_failures).why == "new target"
    assert only(compared(none, was).disappeared).why == "the target is not configured any more"


@pytest.mark.parametrize(
    ("now", "then", "words"),
    [
        ({"service": "b"}, {"service": "a"}, "service was a then, and is b now"),
        ({"service": "b"}, {}, "service was none then, and is b now"),
        ({"environment": "staging"}, {}, "environment was production then, and is staging now"),
        ({"profile": "p"}, {}, "profile was none then, and is p now"),
        (
            {"versions": {"pytest-readiness": "2"}},
            {"versions": {"pytest-readiness": "1"}},
            "pytest-readiness was 1 then, and is 2 now",
        ),
        ({"asked": "1"}, {"asked": "2"}, "the settings ask for something else than then"),
        ({"asked": "1"}, {}, "the baseline does not say which settings it was made by"),
        (
            {"targets": (target("a", "h:2"),)},
            {"targets": (target("a", "h:1"),)},
            "other addresses: redis[a] was h:1, is h:2",
        ),
        (
            {"targets": tuple(target(n, "h:2") for n in "abcde")},
            {"targets": tuple(target(n, "h:1") for n in "abcde")},
            "and 2 more",
        ),
    ],
)
def test_what_makes_two_runs_differ(now: dict[str, Any], then: dict[str, Any], words: str) -> None:
    one = card([finding("a")])
    (warning,) = compared(about(one, **now), about(one, **then)).warnings
    assert words in warning and len(warning.splitlines()) == 1


def test_limits_that_differ() -> None:
    one = card([finding("a")])
    lower = msgspec.structs.replace(one.limits, minimum_score=70.0)
    warnings = compared(msgspec.structs.replace(one, limits=lower), one).warnings
    assert warnings == ("minimum_score was 80 then, and is 70 now",)


def test_baseline_of_a_part() -> None:
    (warning,) = compared(card([finding("a")]), card([finding("a")], left_out="-k a")).warnings
    assert warning == "the baseline is of a part (-k a): what it left out counts as new here"


def test_what_the_baseline_could_not_judge() -> None:
    was, now = [finding("a", "blocked")], [finding("a", "failed")]
    (warning,) = compared(card(now), card(was)).warnings
    assert warning.startswith("1 check that fails now was blocked in the baseline and counts as")
    assert compared(card(was), card(was)).warnings == ()


def test_what_it_tells_of_the_baseline() -> None:
    was = about(card([finding("a", "failed")]), started="2026-11-20T10:00:00Z", commit="c")
    found = compared(card([finding("a")]), was)
    assert (found.file, found.started, found.commit) == ("base.json", "2026-11-20T10:00:00Z", "c")
    assert (found.score, found.verdict) == (0.0, was.verdict)
    assert isinstance(was.about, About)
