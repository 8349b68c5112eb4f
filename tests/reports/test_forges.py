"""Annotations, code quality, places in a repository, and logs without commands: all pure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from pytest_readiness.model import Finding, Limits, Outcome, Scorecard, Severity
from pytest_readiness.reports import extension, known, writer_for
from pytest_readiness.reports.earlier import remedy
from pytest_readiness.reports.forges.annotations import MOST, annotated
from pytest_readiness.reports.forges.codequality import render
from pytest_readiness.reports.forges.commands import Inert, command
from pytest_readiness.reports.forges.places import folder, from_top, line_of, within
from pytest_readiness.reports.forges.summary import LIMIT, VARIABLE
from pytest_readiness.reports.markdown import COMMENT, MARKER
from tests.reports import cards
from tests.reports.runner import Command, commands
from tests.reports.runner import command as read

ANYTHING = st.lists(
    st.sampled_from(
        [
            *("::", ":", "#", "##", "[", "]", " ", "\n", "\r", "\t", "%", ",", "=", "\x1b[31m"),
            *("error", "::error file=a::b", "##[error]", "##vso[task.x]", "##teamcity[x]", "x"),
            *("\u200b", "\ufeff", "\xa0", "%0A", "stop-commands", "::stop-commands::"),
        ]
    )
    | st.text(max_size=3),
    max_size=10,
).map("".join)


def nowhere(finding: Finding) -> tuple[str | None, int | None]:
    return finding.file, finding.line


def told(card: Scorecard, failing: bool = True) -> list[Command]:
    return commands("\n".join(annotated(card, nowhere, failing=failing)))


@given(ANYTHING, ANYTHING)
def test_a_command_says_what_it_was_told(message: str, title: str) -> None:
    line = command("error", message, title=title, file=None, line=3)
    # The runner's unescaping goes sign by sign in one order, so it is the test's as well.
    assert "\n" not in line and "\r" not in line
    got = read(line)
    assert got is not None and got.name == "error"
    assert got.message == message
    assert got.properties.get("title", "") == title
    assert got.properties["line"] == "3" and "file" not in got.properties


def test_annotations_of_a_run() -> None:
    verdict, *lines = told(cards.everything())
    assert verdict.name == "error"
    assert verdict.properties["title"].startswith("NOT READY for production: shop at cache")
    assert verdict.message.startswith("decided by: blocker postgres.backup_restored[main] failed")
    assert [(one.name, one.properties["title"]) for one in lines] == [
        ("error", "BLOCKER failed: postgres.backup_restored[main]"),
        ("warning", "HIGH error: postgres.locks[main]"),
        ("warning", "HIGH failed: redis.persistence[cache]"),
        ("warning", "HIGH failed: tests/test_slo.py::test_latency"),
        ("warning", "HIGH failed: docs/GO_LIVE.md:16 Redis persists"),
    ]
    slo = lines[3]
    assert (slo.properties["file"], slo.properties["line"]) == ("tests/test_slo.py", "12")
    assert "→ CONFIG SET appendonly yes" in lines[2].message


def test_highs_beyond_the_limit_are_errors() -> None:
    card = replace(cards.everything(), limits=Limits(max_failed_high=2))
    assert {one.name for one in told(card)} == {"error"}


def test_blocked_blockers_are_errors() -> None:
    card = cards.everything()
    found = tuple(
        replace(f, outcome=Outcome.BLOCKED) if f.severity is Severity.BLOCKER else f
        for f in card.findings
    )
    titles = [one.properties["title"] for one in told(replace(card, findings=found))]
    assert "BLOCKER blocked: rabbitmq.memory_alarm[events]" in titles


def test_no_more_than_github_shows() -> None:
    lines = told(cards.many(400))
    for kind in ("error", "warning"):
        assert sum(one.name == kind for one in lines) <= MOST
    errors = [one for one in lines if one.name == "error"]
    card = cards.many(400)
    wrong = [f for f in card.findings if f.severity.rank == 0 and f.outcome.wrong]
    highs = [
        f
        for f in card.findings
        if f.severity.rank == 1 and f.outcome in (Outcome.FAILED, Outcome.ERROR)
    ]
    left = len(wrong) + len(highs) - (MOST - 2)
    assert errors[-1].message.startswith(f"{left} more of this kind")


def test_what_passes_is_a_notice() -> None:
    (verdict,) = told(cards.ready(), failing=False)
    assert verdict.name == "notice"


def test_what_is_not_ready_and_let_through_is_a_warning() -> None:
    assert told(cards.everything(), failing=False)[0].name == "warning"


def test_hostile_annotations_are_one_command_each() -> None:
    lines = annotated(cards.hostile(), nowhere, failing=True)
    assert all("\n" not in line and "\r" not in line for line in lines)
    got = [read(line) for line in lines]
    assert {one.name for one in got if one} <= {"error", "warning"} and all(got)


@given(st.lists(ANYTHING, max_size=8))
@example(["::", "error", "::x"])
@example([":", ":error::x"])
@example(["x\r", " ::error::x"])
@example(["##", "[", "error]x"])
@example(["#", "#vs", "o[", "x]"])
@example([" " * 40, "::", "error::x"])
@example(["a" * 40, "\n", "::error::x"])
def test_no_text_is_a_command(pieces: list[str]) -> None:
    inert = Inert()
    log = "".join(map(inert, pieces))
    assert commands(log) == []
    assert "##vso[" not in log and "##teamcity[" not in log
    # Blanks are all that was added.
    assert log.replace(" ", "") == "".join(pieces).replace(" ", "")


@pytest.mark.parametrize(
    "text",
    [
        "tests/test_a.py::test_b PASSED",
        "  at [::1]:6379",
        "::1 answers",
        "a :: b",
        "# [x] and ## [y]",
        "::: note",
        "==== readiness ====",
    ],
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert Inert()(f"{text}\n") == f"{text}\n"


def entries(card: Scorecard) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(render(card))
    return found


@pytest.mark.parametrize("card", [cards.everything(), cards.hostile(), cards.many(300)])
def test_code_quality_has_what_gitlab_demands(card: Scorecard) -> None:
    found = entries(card)
    wrong = [f for f in card.findings if f.outcome.wrong or f.outcome is Outcome.WAIVED]
    assert len(found) == len(wrong)
    assert len({one["fingerprint"] for one in found}) == len(found)
    for one in found:
        assert set(one) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert one["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert one["description"] and one["check_name"]
        assert one["location"]["path"] and one["location"]["lines"]["begin"] >= 1
    assert render(card) == render(card)


def test_code_quality_of_a_finding() -> None:
    found = {one["check_name"]: one for one in entries(cards.everything())}
    slo = found["tests/test_slo.py::test_latency"]
    assert slo["location"] == {"path": "tests/test_slo.py", "lines": {"begin": 12}}
    assert slo["severity"] == "critical"
    backup = found["postgres.backup_restored"]
    assert backup["severity"] == "blocker"
    assert backup["location"]["path"] == "readiness.toml"
    assert backup["description"].startswith("postgres.backup_restored[main] failed: last restore")
    # Neither of these is mended, and GitLab would show it as resolved.
    assert found["rabbitmq.dead_letters"]["description"].startswith(
        "rabbitmq.dead_letters[events] blocked"
    )
    assert found["rabbitmq.tls"]["severity"] == "info"
    assert "rabbitmq.memory_alarm" not in found


def test_a_fingerprint_outlives_what_is_said() -> None:
    card = cards.everything()
    later = replace(
        card,
        findings=tuple(
            replace(f, message="other", outcome=Outcome.BLOCKED) if f.outcome.wrong else f
            for f in card.findings
        ),
    )
    prints = [{one["fingerprint"] for one in entries(one)} for one in (card, later)]
    assert prints[0] == prints[1]
    staging = replace(card, about=replace(card.about, environment="staging"))
    assert not prints[0] & {one["fingerprint"] for one in entries(staging)}


def test_a_part_resolves_nothing() -> None:
    card = cards.ready()
    assert entries(card) == []
    card = replace(card, scope=replace(card.scope, left_out="-k x"))
    (one,) = entries(card)
    assert (
        one["check_name"] == "readiness.verdict"
        and "not all was judged (-k x)" in one["description"]
    )


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("a.json", ".json"),
        ("a.MD", ".md"),
        ("a.markdown", ".markdown"),
        ("gl.codequality.json", ".codequality.json"),
        ("A.CodeQuality.JSON", ".codequality.json"),
        (".codequality.json", ".codequality.json"),
        ("a.codequality.json.json", ".json"),
        ("codequality.json", ".json"),
        ("x.codequality.json/a.md", ".md"),
        (".json", ""),
    ],
)
def test_extension(name: str, found: str) -> None:
    assert extension(name) == found
    assert known(name) is bool(found)


def test_a_longer_extension_has_a_writer_of_its_own() -> None:
    assert writer_for("a.codequality.json") is render
    assert writer_for("a.json") is not render


@pytest.mark.parametrize("variable", ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"])
def test_folder_of_the_root(tmp_path: Path, variable: str) -> None:
    root = tmp_path / "services" / "shop"
    root.mkdir(parents=True)
    assert folder(root, {variable: str(tmp_path)}) == "services/shop"
    assert folder(root, {variable: str(root)}) == ""
    assert folder(tmp_path, {variable: str(root)}) is None


def test_folder_of_the_root_by_git(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    root.mkdir()
    (tmp_path / ".git").mkdir()
    assert folder(root, {}) == "shop"


@pytest.mark.parametrize(
    ("file", "inside", "found"),
    [
        ("a.py", "", "a.py"),
        ("a.py", "services/shop", "services/shop/a.py"),
        ("../a.py", "services/shop", "services/a.py"),
        ("../a.py", "", None),
        ("../../../a.py", "services/shop", None),
        ("/etc/passwd", "services", None),
        ("a.py", None, None),
        ("", "", None),
    ],
)
def test_within(file: str, inside: str | None, found: str | None) -> None:
    assert within(file, inside) == found


def test_a_card_as_seen_from_the_top() -> None:
    card = from_top(cards.everything(), "shop")
    assert card.about.settings_file == "shop/readiness.toml"
    assert {f.file for f in card.findings if f.file} == {
        "shop/readiness.toml",
        "shop/docs/GO_LIVE.md",
        "shop/tests/test_slo.py",
    }


@pytest.mark.parametrize(
    ("text", "prefix", "line"),
    [
        ("a = 1\n[redis.cache]\nurl = 1\n", "", 2),
        ('a = 1\n\n  [ redis . "cache" ] # x\r\n', "", 3),
        ("[tool.readiness.redis.cache]\n", "tool.readiness.", 1),
        ("[redis.cache]\n", "tool.readiness.", None),
        ("[redis]\ncache = {}\n", "", None),
        ("[redis.cache.more]\n", "", None),
        ("[profile.x.redis.cache]\n", "", None),
        ("# [redis.cache]\n", "", None),
        ('x = """\n[redis.cache]\n"""\n[redis.cache]\n', "", None),
        ("", "", None),
    ],
)
def test_line_of_a_table(text: str, prefix: str, line: int | None) -> None:
    assert line_of(text, prefix, cards.finding("redis.x", "high", "failed", "cache")) == line


PAGE = (Path(__file__).parents[2] / "docs" / "reports-forges.md").read_text("utf-8")


@pytest.mark.parametrize(
    "words",
    [
        MARKER,
        VARIABLE,
        *(".md", ".markdown", ".codequality.json"),
        *("GITHUB_WORKSPACE", "CI_PROJECT_DIR", "60,000 bytes", "1,000,000 bytes"),
        *("blocker", "critical", "major", "minor", "info"),
    ],
)
def test_the_page_says_what_the_code_does(words: str) -> None:
    assert words in PAGE
    assert (COMMENT, LIMIT) == (60_000, 1_000_000)


@pytest.mark.parametrize("name", ["b.md", "b.codequality.json", "b.txt"])
def test_a_baseline_is_made_as_json(name: str) -> None:
    assert remedy(name).endswith("--readiness-report baseline.json")
    assert remedy("b.json").endswith("--readiness-report b.json")
