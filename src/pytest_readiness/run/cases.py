"""Test cases that no item was run for: reports made from what is known at the end of a run."""

from __future__ import annotations

from typing import Literal, NamedTuple

import pytest
from _pytest._code.code import (
    ReprEntryNative,
    ReprExceptionInfo,
    ReprFileLocation,
    ReprTraceback,
)


class Case(NamedTuple):
    """One test case, as everything that reads test cases is to see it."""

    node: str
    location: tuple[str, int | None, str]
    """File, line from 0 on, name."""
    outcome: Literal["passed", "failed", "skipped"]
    message: str = ""
    lines: tuple[str, ...] = ()
    """What follows the message where a failure is shown at length."""


def phases(case: Case) -> list[pytest.TestReport]:
    """The reports of its three phases, of which the call has the outcome."""
    return [_report(case, when) for when in ("setup", "call", "teardown")]


def _report(case: Case, when: Literal["setup", "call", "teardown"]) -> pytest.TestReport:
    outcome = case.outcome if when == "call" else "passed"
    return pytest.TestReport(
        nodeid=case.node,
        location=case.location,
        keywords={},
        outcome=outcome,
        longrepr=_reason(case) if outcome != "passed" else None,
        when=when,
        duration=0.0,
    )


def _reason(case: Case) -> ReprExceptionInfo | tuple[str, int, str]:
    file, line, _ = case.location
    number = 0 if line is None else line + 1
    if case.outcome == "skipped":
        return file, number, f"Skipped: {case.message}"
    entry = ReprEntryNative([f"{line}\n" for line in (case.message, *case.lines)])
    return ReprExceptionInfo(
        reprtraceback=ReprTraceback([entry], None, style="native"),
        reprcrash=ReprFileLocation(file, number, case.message),
    )
