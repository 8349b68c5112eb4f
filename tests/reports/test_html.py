"""The HTML report says all that the scorecard has, each finding once, and nothing otherwise."""

from __future__ import annotations

import hashlib
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html
from msgspec.structs import replace

from pytest_readiness.model import (
    About,
    Change,
    Evidence,
    Limits,
    Outcome,
    Relaxed,
    Scope,
    Severity,
    Target,
    Verdict,
)
from pytest_readiness.reports import facts, json, measured, parts, writer_for
from pytest_readiness.reports.html import render
from pytest_readiness.score import judge
from tests.reports import cards
from tests.reports.pages import CARDS, parsed, text_of, tree_of, words


def section(tree: html.HtmlElement, name: str) -> str:
    return words(tree.get_element_by_id(name))


@pytest.mark.parametrize("name", CARDS)
def test_every_finding_is_there_once_with_what_it_is(name: str) -> None:
    card = CARDS[name]()
    found = tree_of(name).cssselect(".finding")
    assert len(found) == len(card.findings)
    as_told = sorted((e.get("data-severity"), e.get("data-outcome")) for e in found)
    assert as_told == sorted((f.severity.value, f.outcome.value) for f in card.findings)
    for element in found:
        assert element.get("id").startswith("f-")


@pytest.mark.parametrize("name", ["everything", "many", "one"])
def test_a_finding_says_all_that_is_known_of_it(name: str) -> None:
    by_name = {}
    for element in tree_of(name).cssselect(".finding"):
        title = element.cssselect("h4, h5, .name")[0]
        by_name[words(title)] = element
    for finding in CARDS[name]().findings:
        told = words(by_name[facts.named(finding)])
        place = by_name[facts.named(finding)].getparent()
        around = words(place) if finding.outcome is Outcome.BLOCKED else told
        assert finding.severity.value in told
        assert finding.message in around
        assert (finding.title or "") in told
        for one in measured.evidence(finding):
            assert one.name in told and one.measured in told and one.expected in told
        if finding.outcome not in (Outcome.PASSED, Outcome.NOT_APPLICABLE):
            assert facts.words(finding.outcome) in told
            assert (finding.remedy or "") in around
            assert (finding.ref or "") in told
            assert (finding.effort or "") in told
            assert (finding.source or "") in told
            assert not finding.points or f"{finding.points:g} points" in told
        assert (finding.owner or "") in told


@pytest.mark.parametrize("name", CARDS)
def test_the_top_has_the_verdict_and_what_it_rests_on(name: str) -> None:
    card, tree = CARDS[name](), tree_of(name)
    heading = tree.get_element_by_id("verdict")
    top = section(tree, "top")
    assert heading.get("data-verdict") == card.verdict.value
    assert re.sub(r"\[U\+\w+\]", "", words(heading)).startswith(f"{card.verdict.words} for ")
    assert words(heading) == " ".join(facts.headline(card).split()) or name == "hostile"
    assert " ".join(card.decided_by.split()) in top
    assert facts.score_words(card).replace(" (", " (") in top
    assert facts.coverage_words(card) in top
    assert f"target {card.target_score:g}" in top
    assert (card.about.commit or "unknown")[:12] in top


def test_failures_come_first_and_open_and_what_passed_is_folded() -> None:
    tree = tree_of("everything")
    titles = [words(e) for e in tree.cssselect("#findings > .group h3")]
    starts = [title.split()[0] for title in titles]
    assert starts == ["Fix", "Decide", "Not", "Waived", "Attested", "Passed", "Not"]
    failed = tree.cssselect("article[data-outcome=failed], article[data-outcome=error]")
    assert failed and all(e.find("details").get("open") is not None for e in failed)
    folded = tree.cssselect(
        "[data-outcome=passed], [data-outcome=not_applicable], [data-outcome=waived]"
    )
    assert folded
    for element in folded:
        opened = [
            d.get("open") for d in (*element.iterancestors("details"), *element.iter("details"))
        ]
        assert opened and all(one is None for one in opened)


def test_failures_stand_in_the_order_of_all_reports() -> None:
    card = cards.everything()
    shown = tree_of("everything").cssselect(
        "article[data-outcome=failed] h4, article[data-outcome=error] h4"
    )
    assert [words(e) for e in shown] == [facts.named(f) for f in facts.failed(card)]


def test_what_is_blocked_stands_under_its_cause() -> None:
    causes = tree_of("everything").cssselect(".cause")
    assert len(causes) == 1
    assert "the management API answers 401 Unauthorized" in words(causes[0])
    assert "Give monitor_url a user with the tag monitoring." in words(causes[0])


def test_the_route_leads_to_its_findings() -> None:
    card, tree = cards.everything(), tree_of("everything")
    steps = tree.cssselect("#route li")
    assert [words(step.cssselect(".name")[0]) for step in steps] == facts.route(card)
    for step in steps:
        target = tree.get_element_by_id(step.cssselect("a")[0].get("href")[1:])
        assert words(step.cssselect("a")[0]) == words(target.cssselect("h4, h5")[0])
    assert "7 steps, effort 1 × minutes, 1 × days, 5 unknown" in section(tree, "route")


def test_a_ready_page_has_no_route_and_no_alarm() -> None:
    tree = tree_of("ready")
    assert not tree.cssselect("#route, #waivers, #comparison, #history, .notice, article")
    assert tree.body.get("class") == "good"
    assert "READY" in section(tree, "verdict") and "NOT READY" not in words(tree.body)


@pytest.mark.parametrize("verdict", Verdict)
def test_only_ready_looks_like_it(verdict: Verdict) -> None:
    tree = parsed(replace(cards.ready(), verdict=verdict))
    assert (tree.body.get("class") == "good") is (verdict is Verdict.READY)


def test_what_was_left_out_is_said_at_the_top_and_where_it_is_signed() -> None:
    scope = Scope(expected=228, selected=40, left_out="-k redis")
    card = judge(cards.ready().findings, Limits(), scope, cards.ready().about)
    tree = parsed(card)
    assert card.verdict is Verdict.PARTIAL
    assert "40 of 228 checks were run: -k redis" in section(tree, "top")
    assert "Not the whole." in section(tree, "top")
    signed = section(tree, "sign")
    assert "What is signed here is not the whole. 40 of 228 checks were run: -k redis" in signed


def test_a_veto_does_not_hide_that_something_was_left_out() -> None:
    scope = Scope(expected=228, selected=15, left_out="-k redis")
    card = judge(cards.everything().findings, Limits(), scope, cards.ABOUT)
    assert card.verdict is Verdict.NOT_READY
    assert "Not the whole. 15 of 228 checks were run: -k redis" in section(parsed(card), "top")


def test_missing_shards_and_a_shard_are_said() -> None:
    about = cards.ready().about
    shard = judge(
        cards.ready().findings, Limits(), Scope(expected=9, selected=2, shard="2/8"), about
    )
    assert "shard 2/8" in section(parsed(shard), "top")
    assert "python -m pytest_readiness merge" in section(parsed(shard), "top")
    merged = Scope(expected=9, selected=2, missing="3/8 is not there")
    assert "3/8 is not there" in section(parsed(judge((), Limits(), merged, about)), "top")


def test_an_assumed_environment_is_said() -> None:
    about = replace(cards.ABOUT, environment_assumed="every target is on loopback")
    top = section(parsed(replace(cards.everything(), about=about)), "top")
    assert "Environment assumed: every target is on loopback" in top
    assert "assumed" in top and "declared" not in top
    assert "declared" in section(tree_of("everything"), "top")


def test_a_run_without_findings_is_a_page_that_says_so() -> None:
    tree = tree_of("nothing")
    assert "INCOMPLETE" in section(tree, "verdict")
    assert "No check was judged" in section(tree, "findings")
    assert "the run was interrupted" in section(tree, "sign")
    assert not tree.cssselect("#filters, #scores, #targets, #route")


def test_cards_have_the_facts_of_their_targets() -> None:
    told = [words(e) for e in tree_of("everything").cssselect(".card")]
    for target, text in zip(cards.TARGETS, told, strict=False):
        assert f"{target.name} {target.system} {target.version}" in text
        assert target.address in text
        for name, fact in target.facts.items():
            assert f"{name} {fact}" in text.replace(name + fact, f"{name} {fact}")
    assert "on cloudamqp, single node" in told[2]
    assert any(text.startswith("sign-offs") and "attested, not measured" in text for text in told)


def test_what_is_waived_is_not_shown_as_all_right() -> None:
    found = [
        cards.finding("redis.persistence", "high", "passed", "cache"),
        cards.finding("redis.tls", "blocker", "waived", "cache", message="tls is no"),
    ]
    tree = parsed(judge(found, Limits(), Scope(expected=2, selected=2), cards.ABOUT))
    (card,) = tree.cssselect(".card")
    assert "1 waived, nothing else wrong" in words(card) and "fair" in card.get("class").split()
    assert "Accepted with it 1 waived, 1 relaxed by settings" in section(tree, "top")
    assert all("nothing; 1 waived" in words(row) for row in tree.cssselect("#scores tbody tr"))


def test_the_top_says_what_to_do_first() -> None:
    top = section(tree_of("everything"), "top")
    assert (
        "Do first postgres.backup_restored[main]: Was a backup restored this quarter?"
        " step 1 of 7, days" in top
    )
    (link,) = tree_of("everything").cssselect("#top .first a")
    assert tree_of("everything").get_element_by_id(link.get("href")[1:]) is not None
    assert "Do first" not in section(tree_of("ready"), "top")
    part = replace(cards.everything(), scope=Scope(expected=16, selected=15, broken="interrupted"))
    assert "Do first run the whole; then postgres.backup_restored" in section(parsed(part), "top")


def test_what_is_ready_has_no_route_to_go() -> None:
    card = replace(cards.ready(), route=("redis.reachable[cache]",))
    tree = parsed(card)
    assert tree.cssselect("#route, .first, a[href='#route']") == []


def test_a_target_that_nothing_looked_at_is_named() -> None:
    other = Target(system="kafka", name="stream", address="k1:9092")
    about = replace(cards.ABOUT, targets=(*cards.TARGETS, other))
    told = section(parsed(replace(cards.everything(), about=about)), "targets")
    assert "Configured, and not looked at in this run: kafka[stream]" in told


def test_of_a_fleet_the_cards_are_those_with_something_wrong() -> None:
    tree = tree_of("fleet")
    shown, rest = tree.cssselect(".card"), tree.cssselect("#targets tbody tr")
    assert len(shown) == 48
    assert len(shown) + len(rest) == 150
    assert all("nothing wrong" not in words(card) for card in shown)
    wrong = [p for p in parts.by_owner(CARDS["fleet"]()) if p.wrong]
    more = f"{len(rest)} more: {len(wrong) - 48} with something wrong"
    assert more in section(tree, "targets")


def test_scores_are_those_of_the_facts_and_never_rounded_up() -> None:
    card = cards.everything()
    rows = [words(e) for e in tree_of("everything").cssselect("#scores tr")]
    for part in (*parts.by_category(card), *parts.by_system(card)):
        score = "–" if part.score is None else f"{facts.floor(part.score):g}"
        start = f"{part.name}{score}{part.done} of {part.judged}"
        assert any(row.replace(" ", "").startswith(start.replace(" ", "")) for row in rows), start
    tree = parsed(replace(card, score=94.99))
    assert "94.9" in section(tree, "top") and "95 of 100" not in section(tree, "top")


def test_waivers_and_sign_offs_have_their_days() -> None:
    tree = tree_of("everything")
    waivers = section(tree, "waivers")
    for text in (
        "rabbitmq.tls on events",
        "ending",
        "2026-12-06",
        "14 days left",
        "behind the mesh",
    ):
        assert text in waivers
    signed = section(tree, "sign-offs")
    for text in ("Ana Lima", "2026-11-01", "2026-12-01", "9 days left", "a1b2c3d4e5f6", "attested"):
        assert text in signed


@pytest.mark.parametrize(
    ("left", "state", "told"),
    [
        (-3, "expired", "ended 3 days ago"),
        (-1, "expired", "ended 1 day ago"),
        (0, "ending", "last day"),
        (1, "ending", "1 day left"),
        (400, "stale", "stale: excuses what passes"),
        (400, "unmatched", "unmatched: excuses nothing"),
    ],
)
def test_a_waiver_says_how_it_stands(left: int, state: str, told: str) -> None:
    card = cards.everything()
    waiver = replace(card.waivers[0], days_left=left, state=state)
    assert told in section(parsed(replace(card, waivers=(waiver,))), "waivers")


def test_what_is_relaxed_is_named() -> None:
    told = section(tree_of("everything"), "relaxed")
    assert "redis.persistence: severity high -> low" in told and "2027-01-31" in told
    bare = replace(cards.ABOUT, relaxed=(Relaxed(what="target_score: 95 -> 60"),))
    told = section(parsed(replace(cards.everything(), about=bare)), "relaxed")
    assert "target_score: 95 -> 60" in told and "none given" in told


def test_checklists_have_their_items_in_order() -> None:
    tree = tree_of("everything")
    told = section(tree, "checklists")
    assert "docs/GO_LIVE.md 1 of 3 done, 33.3 of 100 by weight" in told
    items = [words(e.find("a")) for e in tree.cssselect("#checklists tbody th")]
    assert items == ["Announcement is out", "Runbook 已更新 ✅", "Redis persists"]
    assert "ticked, but measured otherwise" in told and "2026-12-01" in told
    assert "numbered entries, the first on line 30" in told


def test_the_baseline_is_compared_kind_by_kind() -> None:
    told = section(tree_of("everything"), "comparison")
    assert "Score 81.5 (CONDITIONAL) then, 39.3 (NOT READY) now" in told
    for text in ("New failures", "Disappeared", "No longer judged", "Still failing", "Fixed"):
        assert f"{text}" in told
    card = cards.everything()
    assert card.comparison is not None
    many = tuple(
        Change(label=f"x{n}", node=f"x{n}", severity=Severity.LOW, before=None, now=Outcome.FAILED)
        for n in range(205)
    )
    compared = replace(card.comparison, new_failures=many, warnings=("other settings",))
    told = section(parsed(replace(card, comparison=compared)), "comparison")
    assert "… and 5 more in the JSON report" in told
    assert "Comparable in part only: other settings" in told
    assert "not in the baseline" in told


def test_history_and_windows_are_drawn_and_told() -> None:
    tree = tree_of("everything")
    assert tree.cssselect("#history figure svg[role=img]")
    assert len(tree.cssselect("#history tbody tr")) == 33
    assert "Score 82 (CONDITIONAL) on 2026-11-21" in section(tree, "history")
    figure = tree.cssselect("#slo figure")[0]
    assert figure.cssselect("svg[role=img]")
    assert "p99 1.9 s, expected at most 1.5 s: does not hold" in words(figure)


def test_what_is_signed_is_named_with_the_digest_of_the_json_report() -> None:
    card, tree = cards.everything(), tree_of("everything")
    told = section(tree, "sign")
    assert hashlib.sha256(json.render(card)).hexdigest() == words(tree.get_element_by_id("digest"))
    assert "NOT READY for production" in told and facts.subject(card) in told
    assert "0123456789abcdef0123456789abcdef01234567" in told
    assert "2026-11-22 10:15 UTC" in told
    assert "1 waived, 1 relaxed by settings" in told
    heads = [words(e) for e in tree.cssselect(".signers thead th")]
    assert heads == ["Name", "Role", "Decision", "Date", "Signature"]
    rows = tree.cssselect(".signers tbody tr")
    assert len(rows) >= 3
    for row in rows:
        assert [words(e) for e in row.cssselect(".box")] == ["go", "go with conditions", "no go"]


def test_the_foot_of_each_sheet_names_what_it_is_of() -> None:
    style = tree_of("everything").cssselect("style")[0].text
    digest = hashlib.sha256(json.render(cards.everything())).hexdigest()
    foot = f"NOT READY  -  2026-11-22 10:15 UTC  -  0123456789ab  -  sha256 {digest[:16]}"
    assert f'@page{{@bottom-left{{content:"{foot}"}}}}' in style


def test_the_digest_is_of_everything_in_the_card() -> None:
    card = cards.ready()
    other = replace(card, about=replace(card.about, commit="f" * 40))
    one, two = parsed(card).get_element_by_id("digest"), parsed(other).get_element_by_id("digest")
    assert words(one) != words(two)


def test_the_gate_says_what_it_does() -> None:
    assert "the build fails (gate = conditional)" in section(tree_of("everything"), "top")
    about = replace(cards.ABOUT, gate="never")
    assert "the build passes (gate = never)" in section(
        parsed(replace(cards.everything(), about=about)), "top"
    )


@pytest.mark.parametrize("name", CARDS)
def test_one_scorecard_gives_one_page(name: str) -> None:
    assert render(CARDS[name]()).decode() == text_of(name)


def test_anchors_are_those_of_the_last_report_too() -> None:
    def anchors(tree: html.HtmlElement) -> set[str]:
        return {e.get("id") for e in tree.cssselect(".finding")}

    card = cards.everything()
    fewer = replace(card, findings=card.findings[3:])
    assert anchors(parsed(fewer)) < anchors(tree_of("everything"))


def test_evidence_without_end_is_cut_and_says_so() -> None:
    card = cards.everything()
    many = tuple(
        Evidence(name=f"e{n}", value=n, op="==", expected=n, ok=n != 90) for n in range(99)
    )
    failed = next(f for f in card.findings if f.outcome is Outcome.FAILED)
    long = replace(failed, evidence=many, message="x" * 5000)
    tree = parsed(replace(card, findings=(long,)))
    told = words(tree.cssselect(".finding")[0])
    assert "… and 59 more in the JSON report" in told and "e90" in told
    assert "(3,000 more characters in the JSON report)" in told


def test_both_extensions_are_pages() -> None:
    assert writer_for("a.html") is render and writer_for("A.HTM") is render


@settings(max_examples=25, deadline=None)
@given(
    text=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40),
    outcome=st.sampled_from(Outcome),
    severity=st.sampled_from(Severity),
)
def test_any_text_comes_out_as_it_went_in(text: str, outcome: Outcome, severity: Severity) -> None:
    made = cards.finding("redis.x", severity, outcome, "cache", message=text, title="t")
    tree = parsed(judge([made], Limits(), Scope(expected=1, selected=1), About()))
    found = tree.cssselect(".finding")
    assert len(found) == 1
    clean = re.sub(
        "[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]", lambda s: f"[U+{ord(s[0]):04X}]", text
    )
    place = found[0].getparent() if outcome is Outcome.BLOCKED else found[0]
    assert " ".join(clean.split()) in words(place)
