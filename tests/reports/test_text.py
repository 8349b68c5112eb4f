"""The readiness section as it is printed: whole pages of it, and what holds for all of them.

The pages stand in tests/reports/printed. After a change that is meant, write them anew and read
the difference: ``python -m tests.reports.test_text``.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from pytest_readiness.model import Limits, Outcome, Scorecard, Severity, Verdict
from pytest_readiness.reports.text import lines
from pytest_readiness.reports.text.signs import columns
from pytest_readiness.score import judge
from tests.reports.cards import everything, finding, hostile, many, nothing, ready

PRINTED = Path(__file__).with_name("printed")
CARDS: dict[str, Callable[[], Scorecard]] = {
    "everything": everything,
    "ready": ready,
    "nothing": nothing,
}
WIDTHS = (80, 120)
PAGES = [
    *((name, width, 0) for name in CARDS for width in WIDTHS),
    *(("everything", 80, verbosity) for verbosity in (-2, -1, 1, 2)),
]


def page(card: Scorecard, width: int, verbosity: int = 0, encoding: str | None = None) -> str:
    """The section as text."""
    shown = lines(card, width, verbosity=verbosity, encoding=encoding)
    return "".join(f"{line.plain}\n" for line in shown)


def file(name: str, width: int, verbosity: int) -> Path:
    """Where a page stands: ``everything-80-v.txt``."""
    options = {0: "", -2: "-qq", -1: "-q", 1: "-v", 2: "-vv"}[verbosity]
    return PRINTED / f"{name}-{width}{options}.txt"


@pytest.mark.parametrize(("name", "width", "verbosity"), PAGES)
def test_pages(name: str, width: int, verbosity: int) -> None:
    written = file(name, width, verbosity).read_text("utf-8")
    assert page(CARDS[name](), width, verbosity) == written


EVERY = [everything(), ready(), nothing(), many(200), many(2000, 500), hostile()]
VERBOSITIES = (-2, -1, 0, 1, 2)


@pytest.mark.parametrize("card", EVERY, ids=["everything", "ready", "nothing", *"abc"])
@pytest.mark.parametrize("width", [0, 1, 20, 40, 60, 80, 120, 200])
def test_every_width(card: Scorecard, width: int) -> None:
    for verbosity in VERBOSITIES:
        shown = [line.plain for line in lines(card, width, verbosity=verbosity)]
        assert shown == [line.rstrip() for line in shown]
        assert all(text.isprintable() or "\u200d" in text for text in shown)
        # A name or a command that is longer stays whole, to be copied.
        broad = [text for text in shown if columns(text) > max(width, 60)]
        assert all(columns(max(text.split(), key=len)) > width - 16 for text in broad)


@pytest.mark.parametrize("verbosity", VERBOSITIES)
def test_no_veto_is_hidden(verbosity: int) -> None:
    """Whatever forbids the launch is named, by the fewest words too."""
    for outcome, grave in itertools.product(("failed", "error", "blocked"), Severity):
        one = finding("redis.odd", grave.value, outcome, "cache", message="so it is")
        card = everything()
        decided = judge([one], card.limits, replace(card.scope, expected=1, selected=1), card.about)
        text = page(decided, 80, verbosity)
        if decided.verdict is Verdict.NOT_READY:
            assert "NOT READY" in text and "redis.odd[cache]" in text
            assert verbosity < -1 or "so it is" in text or grave is not Severity.BLOCKER


def test_quiet_tells_which_blocker_was_not_judged() -> None:
    found = [finding(f"redis.odd{n}", "blocker", "blocked", "cache") for n in range(3)]
    text = page(replace(everything(), findings=tuple(found)), 80, -1)
    assert "blockers not judged (3)" in text
    assert "3 checks of redis[cache]: odd0, odd1, odd2" in text


def test_the_verdict_stands_last() -> None:
    """What is still on a screen of 24 lines, with pytest's own last line below, is enough."""
    for card in (everything(), many(10_000, 500)):
        last = "\n".join(page(card, 80).splitlines()[-22:])
        for words in (card.verdict.words, "decided by", "score ", "shortest route to READY"):
            assert words in last


def test_long_runs_stay_short() -> None:
    assert len(page(many(20), 80).splitlines()) < 80
    for count, targets in ((10_000, 20), (10_000, 500), (10_000, 1000)):
        assert len(page(many(count, targets), 80).splitlines()) < 210


def test_all_is_counted() -> None:
    """What is shown and what is only counted add up."""
    card = many(10_000, 500)
    shown = page(card, 120).splitlines()
    start = next(i for i, text in enumerate(shown) if text.startswith("fix now"))
    count, told = int(shown[start].split("(")[1].rstrip(")")), 0
    for text in shown[start + 1 :]:
        if text.startswith("  …"):
            told += int(text.split()[2])
            break
        if text.startswith(("  BLOCKER", "  HIGH")):
            told += int(text.split(" on ")[1].split()[0]) if " targets: " in text else 1
    grave = [f for f in card.findings if f.outcome is Outcome.FAILED and f.severity.rank < 2]
    assert count == told == len(grave)


def test_a_fleet_fails_in_one_entry() -> None:
    alike = [finding("redis.acl", "high", "failed", f"c{n}", message="no acl") for n in range(4)]
    other = finding("redis.acl", "high", "failed", "c9", message="another cause")
    card = replace(everything(), findings=(*alike, other))
    text = page(card, 80)
    assert "  HIGH    redis.acl on 4 targets: c0, c1, c2, c3\n" in text
    assert "  HIGH    redis.acl[c9]\n          another cause\n" in text
    assert "fix now (5)" in text
    # Of two, each has its name.
    two = page(replace(card, findings=tuple(alike[:2])), 80)
    assert "redis.acl[c0]" in two and "redis.acl[c1]" in two


def test_more_is_told_to_those_who_ask() -> None:
    card = everything()
    plain, more, most = (page(card, 100, verbosity) for verbosity in (0, 1, 2))
    assert "answer: PONG, asked for PONG" in more and "asked for PONG" not in plain
    assert "by category" in more
    assert "single_node: topology is not asked of it" in most and "-vv shows which" in more
    everyone = page(many(400, 1), 80, 1)
    assert "shows all" not in everyone and all(f"setting_{n:03}" in everyone for n in range(400))


def test_no_score_is_no_bar_of_nothing() -> None:
    none = finding("redis.odd", "high", "not_applicable", "cache", message="not here")
    low = finding("redis.odd", "high", "failed", "other", message="no")
    card = everything()
    scope = replace(card.scope, expected=2, selected=2)
    text = page(judge([none, low], card.limits, scope, card.about), 80)
    assert "redis[cache]                 -  0 of 0\n" in text
    assert "redis[other]  ░░░░░░░░░░   0.0  0 of 1  1 high\n" in text
    text = page(judge([none], card.limits, scope, card.about), 80)
    assert "  no score, nothing was judged: 1 not applicable\n" in text


def test_what_is_cut_is_marked_where_little_is_shown() -> None:
    one = finding("redis.odd", "blocker", "failed", "cache", message="word " * 30)
    text = page(replace(everything(), findings=(one,)), 80, -1)
    assert any(line.strip().startswith("word") and line.endswith("…") for line in text.splitlines())


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "cp437", "no such"])
def test_an_encoding_that_lacks_signs(encoding: str) -> None:
    for card in EVERY:
        text = page(card, 80, encoding=encoding)
        text.encode("ascii" if encoding == "no such" else encoding)
        assert "?" not in text or "?" in page(card, 80)
    text = page(everything(), 80, encoding="ascii")
    assert "redis[cache]      ####......  44.4  1 of 3  1 high, 1 medium\n" in text
    assert "-> CONFIG SET appendonly yes" in text
    # Spelled out, so that two names stay two.
    assert "\\u6570\\u636e" in page(hostile(), 120, encoding="latin-1")


def test_letters_are_never_yellow() -> None:
    """Yellow letters on white cannot be read: marks and bars may have them, and no fact."""
    for card in EVERY:
        for line in lines(card, 80, verbosity=1):
            assert not line.yellow
            facts = [text for text, look in line.pieces if look.get("yellow")]
            assert all(t.strip() in ("MEDIUM", "LOW") or set(t) <= set(" █░") for t in facts)


def test_a_check_with_parameters_is_named_with_them() -> None:
    name = "tests/test_slo.py::test_p99"
    four = [
        finding(
            name,
            "blocker" if number > 2 else "low",
            "failed",
            system=None,
            node=f"{name}[{number}]",
        )
        for number in range(4)
    ]
    card = judge(four, Limits(), everything().scope, everything().about)
    shown = page(card, 80)
    for number in range(4):
        assert f"{name}[{number}]\n" in shown
    # None of the route's steps is taken for a target's.
    steps = shown[shown.index("shortest route") :]
    assert "[3] (blocker)" in steps and "test_p99 with 3 parameters (low)" in steps


if __name__ == "__main__":
    PRINTED.mkdir(exist_ok=True)
    for name, width, verbosity in PAGES:
        file(name, width, verbosity).write_text(page(CARDS[name](), width, verbosity), "utf-8")
