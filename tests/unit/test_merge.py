"""Merging: what holds whatever the reports, in whatever order, and in however many steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.merging import Disagreement, Report, merge
from pytest_readiness.model import (
    About,
    Finding,
    Limits,
    Outcome,
    Relaxed,
    Scope,
    Scorecard,
    Severity,
    Target,
    Verdict,
    Waived,
)
from pytest_readiness.score import judge

FINDINGS = st.lists(
    st.builds(
        Finding,
        check=st.just("x.y"),
        system=st.just("x"),
        target=st.sampled_from("abcde"),
        node=st.integers(0, 30).map("n{}".format),
        severity=st.sampled_from(Severity),
        outcome=st.sampled_from(Outcome),
    ),
    max_size=12,
    unique_by=lambda finding: finding.node,
)
TARGETS = (Target(system="x", name="a", address="h:1"), Target(system="x", name="b", address="h:2"))


def finding(node: str, outcome: str = "passed", severity: str = "medium") -> Finding:
    return Finding(
        check="x.y",
        system="x",
        target="a",
        node=node,
        severity=Severity(severity),
        outcome=Outcome(outcome),
    )


def card(
    found: Sequence[Finding] = (),
    *,
    shard: str | None = None,
    expected: int | None = None,
    limits: Limits | None = None,
    left_out: str | None = None,
    broken: str | None = None,
    **about: Any,
) -> Scorecard:
    """What a run would have reported."""
    count = len(found)
    scope = Scope(
        expected=count if expected is None else expected,
        selected=count,
        shard=shard,
        left_out=left_out,
        broken=broken,
    )
    return judge(found, limits or Limits(), scope, About(targets=TARGETS, **about))


def merged(*cards: Scorecard) -> Scorecard:
    return merge([Report(f"{'abcdefghij'[i]}.json", card) for i, card in enumerate(cards)])


def dealt(found: Sequence[Finding], of: int) -> list[Scorecard]:
    """The reports of all shards of a run, of which the settings give at least one check."""
    return [
        card(found[number - 1 :: of], shard=f"{number}/{of}", expected=len(found))
        for number in range(1, of + 1)
    ]


@given(FINDINGS, st.integers(2, 6))
def test_all_shards_together_are_the_whole(found: list[Finding], of: int) -> None:
    whole = judge(
        found, Limits(), Scope(expected=len(found), selected=len(found)), About(targets=TARGETS)
    )
    assert merged(*dealt(found, of)) == whole


@given(FINDINGS, st.integers(2, 6), st.data())
def test_without_one_shard_it_is_incomplete(
    found: list[Finding], of: int, data: st.DataObject
) -> None:
    shards = dealt(found, of)
    gone = data.draw(st.integers(1, of))
    del shards[gone - 1]
    got = merged(*shards)
    assert got.verdict is Verdict.INCOMPLETE
    assert got.decided_by == f"shard {gone} of {of} is missing"
    assert not got.complete


@given(FINDINGS, st.integers(2, 6), st.data())
def test_order_and_steps_do_not_matter(found: list[Finding], of: int, data: st.DataObject) -> None:
    shards = dealt(found, of)
    order = data.draw(st.permutations(shards))
    cut = data.draw(st.integers(1, of - 1))
    assert merged(merged(*order[:cut]), merged(*order[cut:])) == merged(*shards)


@given(st.lists(FINDINGS, min_size=1, max_size=4))
def test_no_pass_hides_anything_wrong(reports: list[list[Finding]]) -> None:
    got = {f.node: f for f in merged(*map(card, reports)).findings}
    for one in (f for found in reports for f in found):
        kept = got[one.node]
        assert kept.severity.rank <= one.severity.rank
        if one.outcome.wrong:
            assert kept.outcome.wrong
        if one.outcome is not Outcome.PASSED:
            assert kept.outcome is not Outcome.PASSED


@given(st.lists(FINDINGS, min_size=1, max_size=4), st.data())
def test_order_of_reports_does_not_change_the_verdict(
    reports: list[list[Finding]], data: st.DataObject
) -> None:
    cards = list(map(card, reports))
    one, two = merged(*cards), merged(*data.draw(st.permutations(cards)))
    assert (one.verdict, one.score, one.findings) == (two.verdict, two.score, two.findings)


@given(FINDINGS, st.sampled_from(["left_out", "broken"]), st.integers(2, 6), st.data())
def test_what_is_not_whole_is_never_ready(
    found: list[Finding], why: str, of: int, data: st.DataObject
) -> None:
    shards = dealt(found, of)
    i = data.draw(st.integers(0, of - 1))
    scope = msgspec.structs.replace(shards[i].scope, **{why: "-k x"})
    shards[i] = judge(shards[i].findings, Limits(), scope, shards[i].about)
    got = merged(*shards)
    assert got.verdict in (Verdict.PARTIAL, Verdict.INCOMPLETE, Verdict.NOT_READY)
    assert not got.complete
    assert "-k x" in f"{got.scope.left_out}{got.scope.broken}"


@given(FINDINGS, st.integers(2, 6), st.data())
def test_one_shard_forbids_only_what_the_whole_forbids(
    found: list[Finding], of: int, data: st.DataObject
) -> None:
    """No alarm of a shard that the others could make up for, and never READY."""
    shards = dealt(found, of)
    alone = data.draw(st.sampled_from(shards))
    assert alone.verdict in (Verdict.PARTIAL, Verdict.NOT_READY, Verdict.INCOMPLETE)
    assert not alone.complete
    if alone.verdict is Verdict.NOT_READY:
        assert merged(*shards).verdict is Verdict.NOT_READY


def test_checks_that_got_lost_between_shards() -> None:
    got = merged(
        card([finding("a")], shard="1/2", expected=3), card([finding("b")], shard="2/2", expected=3)
    )
    assert (got.verdict, got.decided_by) == (
        Verdict.INCOMPLETE,
        "the shards judged 2 of 3 checks",
    )


def test_report_that_holds_fewer_findings_than_it_says() -> None:
    short = msgspec.structs.replace(
        card([finding("a")]), scope=Scope(expected=2, selected=2), findings=(finding("a"),)
    )
    got = merged(short, card([finding("b")]))
    assert got.decided_by == "a.json: it holds 1 findings of 2 checks"
    assert got.verdict is Verdict.INCOMPLETE


def test_twice_the_same_check() -> None:
    got = merged(card([finding("n", "failed", "low")]), card([finding("n", severity="blocker")]))
    assert [(f.outcome.value, f.severity.value) for f in got.findings] == [("failed", "blocker")]
    assert got.about.notes == ("in more than one report, the worst counts: n (a.json, b.json)",)
    assert (got.scope.expected, got.scope.selected) == (1, 1)


DISAGREE: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "environment": (
        {"environment": "production"},
        {"environment": "staging"},
        "the environment: production and staging",
    ),
    "service": ({"service": "shop"}, {}, "the service: shop and none"),
    "profile": ({"profile": "a"}, {"profile": "b"}, "the profile: a and b"),
    "commit": ({"commit": "a1"}, {"commit": "a1-dirty"}, "the commit: a1 and a1-dirty"),
    "gate": ({"gate": "ready"}, {"gate": "never"}, "the gate: ready and never"),
    "target score": (
        {"limits": Limits(target_score=90)},
        {},
        "the target_score: 90 and 95",
    ),
    "most highs": (
        {"limits": Limits(max_failed_high=9)},
        {},
        "the max_failed_high: 9 and 5",
    ),
    "version": (
        {"versions": {"pytest-readiness": "1"}},
        {"versions": {"pytest-readiness": "2"}},
        "the version of pytest-readiness: 1 and 2",
    ),
    "shards": ({"shard": "1/2"}, {"shard": "2/3"}, "the shard: 1/2 and 2/3"),
    "a shard and a whole": ({"shard": "1/2"}, {}, "the shard: 1/2 and none"),
}


@pytest.mark.parametrize("on", DISAGREE)
def test_disagreement_is_one_line(on: str) -> None:
    one, two, words = DISAGREE[on]
    with pytest.raises(Disagreement) as caught:
        merged(card(**one), card(**two))
    assert str(caught.value) == f"a.json and b.json disagree on {words}"


def about_targets(*targets: Target, shard: str | None = None) -> Scorecard:
    one = card(shard=shard)
    return msgspec.structs.replace(one, about=msgspec.structs.replace(one.about, targets=targets))


def test_one_name_for_two_targets() -> None:
    moved = msgspec.structs.replace(TARGETS[0], address="h:9")
    for shards in ((None, None), ("1/2", "2/2")):
        with pytest.raises(Disagreement, match=r"on the target x\[a\]: h:1 and h:9"):
            merged(about_targets(*TARGETS, shard=shards[0]), about_targets(moved, shard=shards[1]))


@pytest.mark.parametrize(("one", "two"), [(2, 1), (1, 2)])
def test_shards_have_the_same_targets(one: int, two: int) -> None:
    with pytest.raises(Disagreement, match="disagree on the targets"):
        merged(
            about_targets(*TARGETS[:one], shard="1/2"), about_targets(*TARGETS[:two], shard="2/2")
        )


def test_other_reports_may_have_targets_of_their_own() -> None:
    got = merged(about_targets(TARGETS[0]), about_targets(TARGETS[1]))
    assert got.about.targets == TARGETS


def test_shard_given_twice() -> None:
    with pytest.raises(Disagreement) as caught:
        merged(card(shard="2/3"), card(shard="1/3"), card(shard="2/3"))
    assert str(caught.value) == "shard 2 is in a.json and c.json; give the one that counts"


def test_relaxations_and_notes_are_united() -> None:
    easy, other = Relaxed(what="x.y: severity high -> low"), Relaxed(what="gate -> never")
    got = merged(card(relaxed=(easy,), notes=("n",)), card(relaxed=(other, easy), notes=("n", "m")))
    assert got.about.relaxed == (easy, other)
    assert got.about.notes == ("n", "m")


def test_versions_are_united() -> None:
    got = merged(card(versions={"python": "3.13"}), card(versions={"python": "3.12", "pika": "1"}))
    assert got.about.versions == {"python": "3.12, 3.13", "pika": "1"}


def waived(**given_: Any) -> Waived:
    usual: dict[str, Any] = {
        "checks": ("x.y",),
        "owner": "ana",
        "reason": "r",
        "expires": "2027-01-01",
        "days_left": 40,
        "state": "in_force",
    }
    return Waived(**{**usual, **given_})


def test_waivers_stand_among_all_findings() -> None:
    """What no shard could say: the check passes on every target; one check there is not."""
    stands = (waived(), waived(checks=("x.z",)))
    parts = [
        msgspec.structs.replace(
            card([finding(f"n{k}")], shard=f"{k}/2", expected=2), waivers=stands
        )
        for k in (1, 2)
    ]
    for order in (parts, parts[::-1]):
        whole = merged(*order)
        assert [w.state for w in whole.waivers] == ["stale", "unmatched"]
        assert [note.partition(";")[0] for note in whole.about.notes] == [
            "ana's waiver of x.y is stale: the check passes",
            "ana's waiver of x.z matches no check of this run",
        ]
    lacking = merged(parts[0])
    assert [w.state for w in lacking.waivers] == ["in_force", "in_force"]
    assert not lacking.about.notes, "what a shard that is missing judged is not known"


def test_what_one_report_took_for_stale() -> None:
    """Reports of two places, each of a whole run: together the waiver is needed."""
    stale = "ana's waiver of x.y is stale: the check passes; remove it"
    one = card([finding("n1")], notes=(stale, "another note"))
    one = msgspec.structs.replace(one, waivers=(waived(state="stale", findings=("x.y[a]",)),))
    two = card([finding("n2", "waived")])
    two = msgspec.structs.replace(two, waivers=(waived(days_left=39),))
    for order in ((one, two), (two, one)):
        both = merged(*order)
        (stands,) = both.waivers
        assert (stands.state, stands.days_left) == ("in_force", 39)
        assert both.about.notes == ("another note",)


def test_what_waits_for_another_shard() -> None:
    door = finding("n1", "waived")
    waits = msgspec.structs.replace(finding("n2", "blocked"), behind=("n1",))
    parts = [card([f], shard=f"{k}/2", expected=2) for k, f in ((1, door), (2, waits))]
    assert merged(*parts).counts["waived"] == 2
    assert merged(parts[1]).counts["blocked"] == 1
