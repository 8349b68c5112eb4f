"""The words of the report as types: severity, outcome, evidence, finding, scorecard.

These structures are the report's contract: the JSON report is a :class:`Scorecard` encoded.
"""

from __future__ import annotations

from pytest_readiness.model.finding import Evidence, Finding, Scalar, Window
from pytest_readiness.model.records import (
    Change,
    Checklist,
    ChecklistGroup,
    ChecklistItem,
    Comparison,
    Past,
    PastRun,
    Signature,
    Waived,
    WaiverState,
)
from pytest_readiness.model.scorecard import (
    SCHEMA,
    About,
    Limits,
    Relaxed,
    Scope,
    Scorecard,
    Target,
)
from pytest_readiness.model.words import Outcome, Severity, Verdict

__all__ = [
    "SCHEMA",
    "About",
    "Change",
    "Checklist",
    "ChecklistGroup",
    "ChecklistItem",
    "Comparison",
    "Evidence",
    "Finding",
    "Limits",
    "Outcome",
    "Past",
    "PastRun",
    "Relaxed",
    "Scalar",
    "Scope",
    "Scorecard",
    "Severity",
    "Signature",
    "Target",
    "Verdict",
    "Waived",
    "WaiverState",
    "Window",
]
