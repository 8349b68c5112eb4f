"""One scorecard, told the same by every format."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_readiness.model import About, Finding, Limits, Outcome, Scope, Scorecard, Severity
from pytest_readiness.reports import FORMATS, writer_for
from pytest_readiness.reports.text import lines
from pytest_readiness.score import judge
from tests.plugin.conftest import Project, project, ready  # noqa: F401  # fixtures
from tests.reports import cards, telling

READERS = {
    ".json": telling.of_json,
    ".html": telling.of_html,
    ".htm": telling.of_html,
    ".md": telling.of_markdown,
    ".markdown": telling.of_markdown,
    ".prom": telling.of_metrics,
}
CARDS = {
    "everything": cards.everything(),
    "ready": cards.ready(),
    "nothing": cards.nothing(),
    "some": cards.many(40, 3),
    "many": cards.many(2000, 50),
}


def test_every_format_has_a_reader() -> None:
    assert {*READERS, ".codequality.json"} == set(FORMATS)


@pytest.mark.parametrize("extension", READERS)
@pytest.mark.parametrize("name", CARDS)
def test_a_format_tells_the_scorecard(name: str, extension: str) -> None:
    agree(READERS[extension](writer_for(f"x{extension}")(CARDS[name])), CARDS[name])


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("name", CARDS)
def test_the_terminal_tells_the_scorecard(name: str, width: int) -> None:
    agree(telling.of_terminal(printed(CARDS[name], width)), CARDS[name])


@pytest.mark.parametrize("name", CARDS)
def test_code_quality_lists_what_is_wrong(name: str) -> None:
    told = telling.of_code_quality(writer_for("x.codequality.json")(CARDS[name]))
    assert told["severities"] == telling.severities(telling.of_card(CARDS[name]))


@pytest.mark.parametrize("extension", [".html", ".md"])
def test_texts_for_people_say_why(extension: str) -> None:
    card = cards.everything()
    text = READERS[extension](writer_for(f"x{extension}")(card))["text"]
    shown = printed(card, 120)
    for finding in card.findings:
        if finding.outcome.wrong:
            message = finding.message.removeprefix("ticked, but measured otherwise: ")
            assert message in text
            assert message in " ".join(shown.split())


findings = st.lists(
    st.builds(
        lambda number, severity, outcome: cards.finding(
            f"redis.c{number}", severity, outcome, "cache", message="it is 1, must be 2"
        ),
        st.integers(0, 10**6),
        st.sampled_from([severity.value for severity in Severity]),
        st.sampled_from([outcome.value for outcome in Outcome]),
    ),
    max_size=12,
    unique_by=lambda finding: finding.node,
)
limits = st.builds(Limits, target_score=st.sampled_from([0.0, 62.5, 95.0, 99.9, 100.0]))
scopes = st.builds(
    Scope,
    expected=st.just(20),
    selected=st.just(12),
    left_out=st.none() | st.just("-k redis"),
    broken=st.none() | st.just("the run was interrupted"),
)


@settings(max_examples=30)
@given(findings, limits, scopes)
def test_whatever_was_found(found: list[Finding], limits: Limits, scope: Scope) -> None:
    """No figure is rounded up, no outcome lost, in no format."""
    card = judge(found, limits, scope, About(service="shop", started=cards.STARTED))
    for extension in (".json", ".html", ".md", ".prom"):
        agree(READERS[extension](writer_for(f"x{extension}")(card)), card)
    agree(telling.of_terminal(printed(card, 100)), card)


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_one_run_in_all_formats(project: Project, workers: tuple[str, ...]) -> None:  # noqa: F811
    project.settings(
        'environment = "production"\n'
        + project.folder("first", "a", "backup")
        + project.folder("second", "b")
        + f'[folder.gone]\nurl = "folder://{project.path}/none"\n'
    )
    project.tests(
        test_own="""
        from pytest_readiness import measure, not_applicable, readiness

        @readiness.high
        def test_backlog(): assert measure("backlog", 4211, "messages") <= 1000

        @readiness.low
        def test_other(): not_applicable("no such thing here")
        """
    )
    wanted = [f"{project.path}/all{extension}" for extension in FORMATS]
    ran = project.run(*workers, *(f"--readiness-report={path}" for path in wanted))
    card = telling.of_json((project.path / "all.json").read_bytes())
    assert card["counts"]["failed"] >= 2 and card["counts"]["blocked"] >= 1, ran.out
    for extension, reader in READERS.items():
        same(reader((project.path / f"all{extension}").read_bytes()), card)
    same(telling.of_terminal(ran.result.stdout.str()), card)
    junit = telling.of_junit(str(ran.junit))
    same(junit, card)
    for message in card["messages"]:
        assert any(message in text for text in junit["failing"])
    quality = telling.of_code_quality((project.path / "all.codequality.json").read_bytes())
    assert quality["severities"] == telling.severities(card)


def agree(told: dict[str, Any], card: Scorecard) -> None:
    same(told, telling.of_card(card))


def same(told: dict[str, Any], wanted: dict[str, Any]) -> None:
    """What both tell is the same, and enough is told."""
    common = (told.keys() & wanted.keys()) - {"text", "messages"}
    assert common >= {"verdict", "score"}
    assert {key: told[key] for key in common} == {
        key: +wanted[key] if isinstance(wanted[key], Counter) else wanted[key] for key in common
    }


def printed(card: Scorecard, width: int) -> str:
    return "\n".join(line.plain for line in lines(card, width))


def test_coverage_is_not_rounded_up_where_it_decides() -> None:
    """Or else 69% below the limit of 70% would be told as 70% below 70%."""
    found = [cards.finding(f"redis.p{n}", "low", "passed", "cache") for n in range(16)]
    found += [cards.finding(f"redis.b{n}", "low", "blocked", "cache") for n in range(7)]
    limits = Limits(target_score=0, minimum_score=0)
    card = judge(found, limits, Scope(expected=23, selected=23), cards.ABOUT)
    assert card.decided_by == "evidence coverage 69% is below 70%"
