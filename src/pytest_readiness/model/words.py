"""Severity, outcome and verdict: the words that reports are made of."""

from __future__ import annotations

from enum import Enum


class Severity(str, Enum):
    """How much a failing check matters to a launch."""

    BLOCKER = "blocker"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def weight(self) -> float:
        """Points the check carries in the score."""
        return _WEIGHTS[self]

    @property
    def rank(self) -> int:
        """0 for the gravest, 3 for the least."""
        return list(Severity).index(self)


_WEIGHTS = {
    Severity.BLOCKER: 10.0,
    Severity.HIGH: 7.5,
    Severity.MEDIUM: 5.0,
    Severity.LOW: 2.5,
}


class Outcome(str, Enum):
    """What became of one check on one target. Never merged into fewer."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    BLOCKED = "blocked"
    WAIVED = "waived"
    ATTESTED = "attested"
    NOT_APPLICABLE = "not_applicable"

    @property
    def wrong(self) -> bool:
        """Whether the outcome earns no points: failed, in error or not judged."""
        return self in _WRONG

    @property
    def order(self) -> int:
        """0 for the worst: of two that are said of one check, the lower counts."""
        return _WORST_FIRST.index(self)

    @property
    def applies(self) -> bool:
        """Whether the outcome takes part in the sums of the score."""
        return self not in (Outcome.WAIVED, Outcome.NOT_APPLICABLE)


_WRONG = (Outcome.FAILED, Outcome.ERROR, Outcome.BLOCKED)
_WORST_FIRST = (
    *_WRONG,
    Outcome.WAIVED,
    Outcome.NOT_APPLICABLE,
    Outcome.ATTESTED,
    Outcome.PASSED,
)


class Verdict(str, Enum):
    """The answer to *may this go live?*"""

    READY = "ready"
    CONDITIONAL = "conditional"
    NOT_READY = "not_ready"
    PARTIAL = "partial"
    INCOMPLETE = "incomplete"

    @property
    def words(self) -> str:
        """As printed: ``NOT READY``."""
        return self.value.upper().replace("_", " ")
