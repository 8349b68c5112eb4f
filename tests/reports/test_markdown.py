"""The Markdown report: what it says, how long it is, and what a hostile scorecard does in it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pytest_readiness.model import Outcome, Scorecard, Severity, Verdict
from pytest_readiness.reports.facts import failed, headline, named, score_words
from pytest_readiness.reports.markdown import COMMENT, MARKER, markdown, render
from pytest_readiness.reports.measured import evidence
from tests.reports import cards
from tests.reports.rendered import ACTIVE, Page, pages

CARDS = {
    "everything": cards.everything(),
    "ready": cards.ready(),
    "nothing": cards.nothing(),
    "many": cards.many(200),
    "hostile": cards.hostile(),
}
LONG = cards.many(150)
ALLOWED = {
    *("p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "h2", "h3", "hr", "code"),
    *("br", "strong", "em", "a", "details", "summary", "b", "sub"),
}


def page(card: Scorecard) -> Page:
    return pages(render(card).decode())[0]


@pytest.mark.parametrize("name", CARDS)
def test_headline_first(name: str) -> None:
    lines = render(CARDS[name]).decode().splitlines()
    assert lines[0] == MARKER
    assert lines[1].startswith("## ")
    for one in pages("\n".join(lines[:2])):
        assert headline(CARDS[name])[:200] in one.text


def test_verdicts_have_signs_of_their_own() -> None:
    card = cards.everything()
    heads = [render(replace(card, verdict=v)).decode().splitlines()[1] for v in Verdict]
    assert len({head.split()[1] for head in heads}) == len(Verdict)
    assert all(verdict.words in head for verdict, head in zip(Verdict, heads, strict=True))


@pytest.mark.parametrize("name", ["everything", "many", "hostile"])
def test_facts_come_out_as_they_went_in(name: str) -> None:
    card = CARDS[name]
    for one in pages(render(card).decode()):
        seen = _squeezed(one.text)
        for finding in failed(card):
            assert _squeezed(named(finding)) in seen
            told = finding.message.removeprefix("ticked, but measured otherwise: ")
            assert _squeezed(told) in seen
            assert not finding.remedy or _squeezed(finding.remedy) in seen
            for item in evidence(finding) if finding.severity.value in ("blocker", "high") else ():
                if not finding.measured_by:
                    assert _squeezed(item.measured) in seen and _squeezed(item.expected) in seen
        for finding in card.findings:
            if finding.outcome in (Outcome.BLOCKED, Outcome.WAIVED):
                assert _squeezed(finding.message) in seen
        for note in card.about.notes:
            assert _squeezed(note) in seen
        for waiver in card.waivers:
            assert _squeezed(waiver.reason) in seen and _squeezed(waiver.owner) in seen
        assert score_words(card) in one.text
        assert _squeezed(card.decided_by) in seen


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_everything_has_its_place() -> None:
    text = page(cards.everything()).text
    for part in (
        "Decided by: blocker postgres.backup_restored[main] failed",
        "Shortest route to READY: postgres.backup_restored[main]",
        "new failure",
        "disappeared",
        "by whom and until when",
        "redis.persistence: severity high -> low",
        "1 of 3 done, 33.3 of 100 by weight",
        "signed by Ana Lima on 2026-11-01",
        "14 days left",
        "passed only when run again",
        "The last 33 runs and this one",
        "0123456789abcdef0123456789abcdef01234567",
        "owner: platform team",
    ):
        assert part in text


@pytest.mark.parametrize("name", CARDS)
def test_pages_do_nothing(name: str) -> None:
    for one in pages(render(CARDS[name]).decode()):
        assert one.tags <= ALLOWED
        assert not ACTIVE.search(one.plain), ACTIVE.search(one.plain)
        assert all(re.match(r"https?://", address) for address in one.links)


def test_tables_are_tables() -> None:
    """Each row has as many cells as its head, whatever stands in them."""
    for card in CARDS.values():
        html = pages(render(card).decode())
        assert all("table" in one.tags for one in html)
        for one in html:
            assert "| ---" not in one.text


@pytest.mark.parametrize("limit", [0, 300, 2_000, 10_000, COMMENT, 1_000_000])
@pytest.mark.parametrize("name", CARDS)
def test_no_longer_than_its_place(name: str, limit: int) -> None:
    text = markdown(CARDS[name], limit)
    assert len(text.encode()) <= limit
    assert not text or text.startswith(MARKER)


@settings(max_examples=20)
@given(st.integers(0, 30_000))
def test_no_longer_than_any_place(limit: int) -> None:
    text = markdown(LONG, limit)
    assert len(text.encode()) <= limit
    # More room never shows less.
    assert len(markdown(LONG, limit + 2_000)) >= len(text)
    for one in pages(text):
        assert "| ---" not in one.text and "<" not in one.plain


def test_fits_a_comment_and_a_summary() -> None:
    card = cards.many(10_000)
    assert 40_000 < len(render(card)) < 65_536
    assert len(markdown(card, 1_000_000).encode()) <= 1_000_000


def test_what_is_left_out_is_the_least_grave_and_is_counted() -> None:
    card = cards.many(2_000)
    text = render(card).decode()
    shown = page(card).text
    total = re.search(r"_(\d+) of (\d+) entries are left out for length; all of it stands", text)
    assert total is not None
    left = sum(map(int, re.findall(r"… and (\d+) more, left out for length", text)))
    assert left == int(total[1]) > 0
    kept = [f.severity.rank for f in failed(card) if f"{named(f)} " in shown or named(f) in shown]
    gone = [f.severity.rank for f in failed(card) if named(f) not in shown]
    assert gone and max(kept) <= min(gone)
    # The titles count all of them.
    grave = sum(f.severity.rank <= 1 for f in failed(card))
    assert f"### Fix now ({grave})" in text


def test_one_scorecard_is_one_file() -> None:
    assert render(cards.hostile()) == render(cards.hostile())


def test_what_could_not_be_judged_and_is_grave_is_not_folded() -> None:
    text = render(cards.everything()).decode()
    assert "### Not judged (1)" in text


def test_a_part_says_so() -> None:
    card = cards.everything()
    card = replace(card, scope=replace(card.scope, shard="2/8", left_out="-k x"))
    text = page(card).text
    assert "This is part 2/8 of the targets" in text and "Not the whole" in text and "-k x" in text


def test_the_longest_finding_fits_a_comment() -> None:
    longest = "é|`@\U0001f600" * 400
    texts = dict.fromkeys(("message", "title", "remedy", "ref", "owner", "effort", "file"), longest)
    card = cards.everything()
    items = tuple(
        replace(item, name=longest, value=longest, expected=longest)
        for finding in card.findings
        for item in finding.evidence
    )
    found = [replace(card.findings[0], **texts, evidence=items, node="n")]
    found = [replace(f, severity=Severity.BLOCKER, outcome=Outcome.FAILED) for f in found]
    text = render(replace(card, findings=tuple(found))).decode()
    assert "**BLOCKER**" in text and "### Fix now (1)" in text


def test_who_waived_is_never_cut() -> None:
    card = cards.everything()
    long = f"{'x ' * 600}(waived by ana until 2026-12-06: {'y' * 400})"
    found = tuple(
        replace(f, message=long) if f.outcome is Outcome.WAIVED else f for f in card.findings
    )
    assert long in page(replace(card, findings=found)).text


@pytest.mark.parametrize("score", [-5.0, 0.0, 100.0, 1e308, None])
def test_any_history_is_a_line(score: float | None) -> None:
    card = cards.everything()
    assert card.past is not None
    runs = (*card.past.runs, replace(card.past.runs[0], score=score))
    text = page(replace(card, past=replace(card.past, runs=runs))).text
    assert "The last 34 runs and this one" in text
