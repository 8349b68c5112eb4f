"""One phase of a check -> an outcome and a sentence."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from pytest_readiness.evidence import plain, sentence
from pytest_readiness.model import Outcome
from pytest_readiness.outcomes import Blocked, NotApplicable
from pytest_readiness.recorder import Comparison, Recorder

_TIMEOUT = "Timeout ("
"""How pytest-timeout's failure begins."""


SILENT = "no evidence: "
DOUBTFUL = "passed, but not everything holds: "
"""How the messages of a pass begin that somebody should look at."""


class Said(NamedTuple):
    """What one phase contributes: no outcome from a setup or teardown that went well."""

    outcome: Outcome | None
    message: str = ""


def said(report: pytest.TestReport, call: pytest.CallInfo[None], recorder: Recorder) -> Said:
    """Outcome and sentence of one phase.

    Args:
        report: as pytest and other plugins made it.
        call: the phase's call, with what was raised.
        recorder: what the check left behind in this phase.
    """
    raised = call.excinfo.value if call.excinfo is not None else recorder.raised
    if hasattr(report, "wasxfail") and report.outcome != "passed":
        reason = f": {report.wasxfail}" if report.wasxfail else ""
        return Said(
            Outcome.FAILED,
            f"expected to fail{reason}; an expected failure is none for a launch, write a waiver",
        )
    if raised is None:
        return _went_well(report, recorder)
    if isinstance(raised, pytest.PytestReturnNotNoneWarning):
        return Said(Outcome.ERROR, "the check returned a value, which judges nothing; assert it")
    if isinstance(raised, NotApplicable):
        return Said(Outcome.NOT_APPLICABLE, raised.reason)
    if isinstance(raised, Blocked):
        # In a teardown nothing is judged any more: the result stands.
        return Said(None if report.when == "teardown" else Outcome.BLOCKED, raised.reason)
    if isinstance(raised, pytest.skip.Exception):
        return Said(Outcome.BLOCKED, f"skipped, so not judged: {raised}")
    if (text := _first_line(raised)).startswith(_TIMEOUT):
        who = "the check" if report.when == "call" else "a fixture of the check"
        return Said(Outcome.ERROR, f"{who} did not end in time: {text}")
    if isinstance(raised, (AssertionError, pytest.fail.Exception)) and report.when == "call":
        return _false(call, raised, recorder)
    return Said(Outcome.ERROR, _first_line(raised, named=True))


def _went_well(report: pytest.TestReport, recorder: Recorder) -> Said:
    if report.outcome == "failed":
        # A strict XPASS, or a plugin that looked closer than the exception.
        text = str(report.longrepr or "").strip().splitlines()
        return Said(Outcome.FAILED, text[0] if text else "failed")
    if report.outcome == "skipped":
        # Nothing was raised: another plugin turned the result into a skip.
        return Said(Outcome.BLOCKED, "skipped by another plugin, so not judged")
    if recorder.blocked and report.when != "teardown":
        return Said(Outcome.BLOCKED, recorder.blocked[0])
    if report.when != "call":
        return Said(None)
    if recorder.waiting:
        name = next(iter(recorder.waiting.values()))
        return Said(
            Outcome.ERROR,
            f"measure {name!r} was never compared: write assert measure({name!r}, …) == …",
        )
    if recorder.denied:
        return Said(Outcome.FAILED, f"{recorder.denied} (the assertion was swallowed)")
    if not recorder.comparisons:
        return Said(Outcome.PASSED, f"{SILENT}the check measured nothing")
    last = recorder.comparisons[-1]
    doubts = recorder.doubts or ([sentence(last)] if last.direct and not last.ok else [])
    return Said(Outcome.PASSED, f"{DOUBTFUL}{doubts[-1]}" if doubts else "")


def _false(call: pytest.CallInfo[None], raised: BaseException, recorder: Recorder) -> Said:
    told = _told(call, recorder)
    return Said(Outcome.FAILED, told or _first_line(raised) or "the assertion is false")


def _told(call: pytest.CallInfo[None], recorder: Recorder) -> str:
    """What the false comparisons on the traceback's lines say, the innermost first."""
    if call.excinfo is None:
        return recorder.denied  # another plugin swallowed it, and its traceback
    lines = [(str(e.path), e.lineno + 1) for e in reversed(call.excinfo.traceback)]
    for path, number in lines:
        false = [c for c in recorder.comparisons if not c.ok and _on(c, path, number)]
        if false:
            return _sentence(false)
    return ""


def _on(comparison: Comparison, path: str, number: int) -> bool:
    file, line = comparison.where
    # A statement over several lines is compared on a later one than it is raised on, or before.
    return file == path and abs(line - number) <= 3


def _sentence(false: list[Comparison]) -> str:
    last = false[-1]
    same = [c for c in false if (c.name, c.op) == (last.name, "==")]
    if len(same) > 1:
        # `measure(…) in (a, b)` asks the elements one by one.
        choices = ", ".join(plain(c.expected) for c in same)
        return f"{sentence(last).partition(', must be')[0]}, must be one of {choices}"
    return sentence(last)


def _first_line(error: BaseException, named: bool = False) -> str:
    lines = str(error).strip().splitlines()
    text = lines[0] if lines else ""
    if not named:
        return text
    name = type(error).__name__
    if name in ("ProbeError", "Failed"):
        return text
    return f"{name}: {text}" if text else name
