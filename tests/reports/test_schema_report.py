"""The JSON report holds against its published schema, and the schema against the report."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from pytest_readiness.model import Outcome, Scorecard
from pytest_readiness.reports import writer_for
from pytest_readiness.reports.reading import decoded
from tests.docs_pages import DOCS
from tests.docs_schemas import _LATER
from tests.reports.schemas import problems, schema, undescribed, validator
from tests.reports.test_openmetrics import CARDS

REPORT = schema("report-1.json")
CHECKER = validator(REPORT)
PAGE = (DOCS / "reports-json.md").read_text("utf-8")


def encoded(card: Scorecard) -> Any:
    return json.loads(writer_for("report.json")(card))


def closed(node: Any) -> Any:
    """The schema with nothing beside the fields that it names."""
    if isinstance(node, list):
        return [closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    found = {key: closed(value) for key, value in node.items()}
    return {**found, "additionalProperties": False} if "required" in node else found


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(REPORT)
    assert REPORT["$schema"] == Draft202012Validator.META_SCHEMA["$id"]


@pytest.mark.parametrize("card", CARDS.values(), ids=CARDS)
def test_reports_hold(card: Scorecard) -> None:
    assert problems(CHECKER, encoded(card)) == []


@pytest.mark.parametrize("name", ["everything", "ready", "nothing", "many"])
def test_the_schema_knows_every_field(name: str) -> None:
    whole = closed({key: value for key, value in REPORT.items() if key != "counts"})
    # Counted by outcome, whatever outcomes there are.
    whole["$defs"]["Scorecard"]["properties"]["counts"].pop("additionalProperties")
    assert problems(validator(whole), encoded(CARDS[name])) == []


def test_the_report_of_a_run_holds(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from pytest_readiness import measure, readiness

        @readiness.high(title="Is it small?", remedy="Make it smaller.")
        def test_small():
            assert measure("size", 3, unit="MB") <= 2

        @readiness.low
        def test_there():
            assert measure("there", True) == True
        """
    )
    pytester.makefile(
        ".toml",
        readiness="""
        service = "shop"
        report = ["report.json"]
        [[attestations]]
        id = "rota"
        title = "The rota is staffed"
        severity = "low"
        by = "ana"
        on = 2020-01-01
        [redis.cache]
        url = "redis://127.0.0.1:1"
        """,
    )
    pytester.runpytest_subprocess("--readiness")
    report = json.loads((pytester.path / "report.json").read_bytes())
    assert problems(CHECKER, report) == []
    assert {"failed", "passed", "blocked", "attested"} <= {f["outcome"] for f in report["findings"]}


def test_every_field_says_what_it_means() -> None:
    assert undescribed(REPORT) == []


def _of(*path: object) -> Callable[[Any], Any]:
    def found(report: Any) -> Any:
        for key in path:
            report = report[key]
        return report

    return found


@pytest.mark.parametrize(
    ("place", "key", "value"),
    [
        (_of(), "schema", 2),
        (_of(), "verdict", "READY"),
        (_of(), "score", 100.1),
        (_of(), "score", "95"),
        (_of(), "coverage", 91),
        (_of(), "findings", {}),
        (_of("counts"), "passed", -1),
        (_of("counts"), "skipped", 1),
        (_of("findings", 0), "outcome", "skipped"),
        (_of("findings", 0), "severity", "P0"),
        (_of("findings", 0), "line", 0),
        (_of("about"), "started", "yesterday"),
        (_of("waivers", 0), "expires", "2026-12-06T10:00:00Z"),
        (_of("waivers", 0), "state", "open"),
    ],
)
def test_wrong_values_are_refused(place: Callable[[Any], Any], key: str, value: object) -> None:
    report = encoded(CARDS["everything"])
    place(report)[key] = value
    assert len(problems(CHECKER, report)) == 1


@pytest.mark.parametrize("key", REPORT["$defs"]["Scorecard"]["properties"])
def test_no_field_may_be_missing(key: str) -> None:
    report = encoded(CARDS["everything"])
    del report[key]
    assert len(problems(CHECKER, report)) == 1


def test_more_fields_may_stand_beside() -> None:
    report = encoded(CARDS["everything"])
    report["new"] = report["findings"][0]["new"] = report["about"]["new"] = {"of": "later"}
    assert problems(CHECKER, report) == []
    assert msgspec.json.decode(json.dumps(report), type=Scorecard) == CARDS["everything"]


def test_an_older_report_is_read_and_holds(tmp_path: Path) -> None:
    """One from before the windows, facts and lines of past runs were written."""
    report = encoded(CARDS["everything"])
    for target in report["about"]["targets"]:
        _without(target, "Target")
    for finding in report["findings"]:
        for evidence in finding["evidence"]:
            _without(evidence, "Evidence")
    _without(report["about"], "About"), _without(report["past"], "Past")
    assert problems(CHECKER, report) == []
    (tmp_path / "old.json").write_text(json.dumps(report))
    card = decoded(tmp_path / "old.json")
    assert (card.verdict, card.score) == (CARDS["everything"].verdict, CARDS["everything"].score)
    assert card.past is not None and card.past.runs == ()
    assert not any(e.window for f in card.findings for e in f.evidence)


def _without(table: dict[str, Any], kind: str) -> None:
    for field in _LATER[kind]:
        del table[field]


def test_the_order_is_that_of_the_model() -> None:
    text = writer_for("report.json")(CARDS["everything"]).decode()
    report = json.loads(text)
    assert list(report) == list(Scorecard.__struct_fields__)
    assert list(report["counts"]) == [outcome.value for outcome in Outcome]
    nodes = [finding["node"] for finding in report["findings"]]
    assert nodes == sorted(nodes)
    assert text.endswith("}\n") and text == json.dumps(report, indent=2, ensure_ascii=False) + "\n"


COMMANDS = re.findall(r"^jq (-\w+ )?'([^']+)' report\.json\n((?:(?!```|jq ).*\n)*)", PAGE, re.M)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[1][:40])
def test_examples_of_the_page_print_what_it_says(command: tuple[str, ...], tmp_path: Path) -> None:
    option, program, printed = command
    (tmp_path / "report.json").write_bytes(writer_for("report.json")(CARDS["everything"]))
    done = subprocess.run(
        ["jq", *option.split(), program, "report.json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    # 1 is what -e says of false.
    assert done.returncode == 0 or option == "-e "
    assert done.stdout == printed != ""


def test_the_page_has_examples() -> None:
    assert len(COMMANDS) == len(re.findall(r"^jq ", PAGE, re.M)) >= 8
