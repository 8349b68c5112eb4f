"""A JUnit file held against the rules of its readers, and against the JSON report of its run."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import xmlschema
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

SCHEMA = xmlschema.XMLSchema(Path(__file__).with_name("junit.xsd"))

TAGS = {
    "passed": None,
    "attested": None,
    "failed": Failure,
    "error": Error,
    "blocked": Skipped,
    "waived": Skipped,
    "not_applicable": Skipped,
}
"""Outcome to the result that a case has of it."""


def suite(file: Path) -> TestSuite:
    """The one suite of a file, as a parser of JUnit files reads it."""
    [found] = JUnitXml.fromfile(str(file))
    return found


def cases(file: Path) -> dict[tuple[str, str], TestCase]:
    """Test cases by class name and name; no two have the same."""
    found = list(suite(file))
    named = {(case.classname, case.name): case for case in found}
    assert len(named) == len(found)
    return named


def result(case: TestCase) -> Any:
    """The one result of a case; None of a pass."""
    assert len(case.result) <= 1
    return case.result[0] if case.result else None


def said(finding: dict[str, Any]) -> tuple[Any, str]:
    """What the case of a finding must say: its result, and the message that it begins with."""
    outcome = finding["outcome"]
    tag = TAGS[outcome]
    if tag is None:
        return None, ""
    word = f"{outcome.replace('_', ' ')}: " if tag is Skipped else ""
    return tag, f"[{finding['severity']}] {word}{finding['message']}"


def hold(file: Path, card: dict[str, Any], others: int = 0, strict: bool = True) -> None:
    """Hold a file against the rules, and against the scorecard of its run.

    Args:
        file: pytest's JUnit file.
        card: the JSON report.
        others: cases in it that are no findings, beside the verdict's.
        strict: whether it was written by the rules of Jenkins' schema.
    """
    if strict:
        SCHEMA.validate(file)
    named = cases(file)
    whole = suite(file)
    results = Counter(type(result(case)) for case in named.values())
    assert (whole.tests, whole.failures, whole.errors, whole.skipped) == (
        len(named),
        results[Failure],
        results[Error],
        results[Skipped],
    )
    assert len(named) == len(card["findings"]) + 1 + others
    wanted = Counter(said(finding) for finding in card["findings"])
    got = Counter(
        (type(r), r.message) if (r := result(case)) else (None, "")
        for (_, name), case in named.items()
        if name != "verdict"
    )
    assert wanted <= got
    assert (got - wanted).total() == others
    for case in named.values():
        told = result(case)
        assert told is None or others or told.text.startswith(told.message)
    agree(whole, card)


def agree(whole: TestSuite, card: dict[str, Any]) -> None:
    """Compare the suite's properties with the report."""
    got = {p.name: p.value for p in whole.properties() if p.name.startswith("readiness.")}
    about = card["about"]
    wanted = {
        "schema": card["schema"],
        "verdict": card["verdict"].upper().replace("_", " "),
        "decided_by": card["decided_by"],
        "complete": str(card["complete"]).lower(),
        "score": card["score"],
        "target_score": card["target_score"],
        "coverage": card["coverage"],
        "environment": about["environment"],
        "service": about["service"],
        "commit": about["commit"],
    }
    assert got == {f"readiness.{n}": str(v) for n, v in wanted.items() if v is not None}
