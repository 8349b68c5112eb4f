"""pytest's own report of a phase, made to say what the finding says, without secrets."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest
from _pytest._code.code import (
    ReprEntryNative,
    ReprExceptionInfo,
    ReprFileLocation,
    ReprTraceback,
)

from pytest_readiness.model import Outcome
from pytest_readiness.redact import LONGEST_BLOCK, LONGEST_LINE, Redactor
from pytest_readiness.run.phase import Said
from pytest_readiness.run.state import Check

_SKIPPED = (Outcome.BLOCKED, Outcome.NOT_APPLICABLE, Outcome.WAIVED)


def rewrite_report(report: pytest.TestReport, check: Check, phase: Said) -> None:
    """Bring outcome, reason and traceback of a report into line with the finding.

    JUnit's readers drop properties, so severity and reason go into the message itself.
    """
    if phase.outcome is None or phase.outcome is Outcome.PASSED:
        return
    if hasattr(report, "wasxfail"):
        # An expected failure is none for a launch: pytest and JUnit must not show it as one.
        del report.wasxfail
    severity = check.spec.severity.value
    if phase.outcome in _SKIPPED:
        word = phase.outcome.value.replace("_", " ")
        report.outcome = "skipped"
        report.longrepr = (*_place(report, check), f"Skipped: [{severity}] {word}: {phase.message}")
        return
    message = f"[{severity}] {phase.message}"
    if check.built_in or report.longrepr is None or report.outcome != "failed":
        report.outcome = "failed"
        report.longrepr = _one_line(report, check, message)
        return
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None:
        crash.message = message


def _place(report: pytest.TestReport, check: Check) -> tuple[str, int]:
    path, line, _ = report.location
    # The packaged file of a built-in check would say where Python is installed, not what is wrong.
    return (check.spec.id, 0) if check.built_in else (path, (line or 0) + 1)


def _one_line(report: pytest.TestReport, check: Check, message: str) -> ReprExceptionInfo:
    """A traceback of one line: of a built-in check only the message is news."""
    lines = [f"{message}\n"]
    if check.spec.remedy:
        lines.append(f"Remedy: {check.spec.remedy}\n")
    path, line = _place(report, check)
    return ReprExceptionInfo(
        reprtraceback=ReprTraceback([ReprEntryNative(lines)], None, style="native"),
        reprcrash=ReprFileLocation(path, line, message),
    )


def redact_report(
    report: pytest.TestReport | pytest.CollectReport,
    redactor: Redactor,
    named: Mapping[str, Any] | None = None,
) -> None:
    """Make everything that a report will show harmless: traceback, locals, captured output.

    Without secrets, without control characters but newlines, and of bounded length.

    Args:
        report: changed in place.
        redactor: takes the secrets out.
        named: keywords of an earlier phase, which are harmless.
    """
    if report.sections:
        report.sections = [
            # Log records come in the colours that pytest gives them.
            (redactor.clean(name), redactor.block(text, colours=name.startswith("Captured log")))
            for name, text in report.sections
        ]
    if isinstance(report, pytest.TestReport):
        if report.user_properties:
            report.user_properties = redacted(report.user_properties, redactor)
        if named is not None and report.keywords == named:
            report.keywords = named  # one for the three phases
        else:
            report.keywords = {redactor.text(n): value for n, value in report.keywords.items()}
        if hasattr(report, "wasxfail"):
            report.wasxfail = redactor.clean(report.wasxfail)
    longrepr: Any = report.longrepr
    if isinstance(longrepr, tuple):
        path, line, reason = longrepr
        report.longrepr = (path, line, redactor.clean(reason))
    elif longrepr is not None:
        report.longrepr = redacted(longrepr, redactor)


def redacted(value: Any, redactor: Redactor) -> Any:
    """The same value with every text in it made harmless; structures are changed in place."""
    if isinstance(value, str):
        return redactor.block(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return _lines(value, redactor)
    if isinstance(value, (list, tuple)):
        return type(value)(redacted(item, redactor) for item in value)
    if isinstance(value, dict):
        return {redacted(k, redactor): redacted(v, redactor) for k, v in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field, item in vars(value).items():
            object.__setattr__(value, field, redacted(item, redactor))
    elif hasattr(value, "reprtraceback") or hasattr(value, "longrepr"):
        for field, item in vars(value).items():
            setattr(value, field, redacted(item, redactor))
    return value


def _lines(lines: list[str], redactor: Redactor) -> list[str]:
    """Lines of a traceback, as many as a text of several lines may hold."""
    shown: list[str] = []
    left = LONGEST_BLOCK
    for line in lines:
        if left <= 0:
            return [*shown, f"… and {len(lines) - len(shown)} lines more"]
        shown.append(redactor.block(line, LONGEST_LINE))
        left -= len(shown[-1]) + 1
    return shown
