"""The words of the report as types: severity, outcome, evidence, finding, scorecard.

These structures are the report's contract: the JSON report is a :class:`Scorecard` encoded.
"""

from __future__ import annotations

from enum import Enum

import msgspec

SCHEMA = 1
"""Version of the JSON report. It grows when a field changes its meaning or goes away."""


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
    def applies(self) -> bool:
        """Whether the outcome takes part in the sums of the score."""
        return self not in (Outcome.WAIVED, Outcome.NOT_APPLICABLE)


_WRONG = (Outcome.FAILED, Outcome.ERROR, Outcome.BLOCKED)


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


Scalar = bool | int | float | str | None


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """A measured value, what it was compared with, and whether that held."""

    name: str
    value: Scalar = None
    unit: str | None = None
    op: str | None = None
    expected: Scalar = None
    ok: bool = False


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What one check found on one target."""

    check: str
    """Public id, ``redis.persistence``; for a user's check its node id without parameters."""
    system: str | None = None
    target: str | None = None
    vantage: str | None = None
    """From where it was looked at; None where nobody named the place."""
    node: str
    """pytest's node id: one finding a node id in a scorecard."""
    severity: Severity
    outcome: Outcome
    message: str = ""
    evidence: tuple[Evidence, ...] = ()
    title: str | None = None
    remedy: str | None = None
    ref: str | None = None
    owner: str | None = None
    category: str | None = None
    """What it is about: ``security``, ``durability``, …"""
    effort: str | None = None
    """How long mending takes: ``minutes``, ``hours`` or ``days``."""
    source: str | None = None
    """Who else asks for it."""
    points: float = 0.0
    """Weight that the finding takes from the score: 0 unless failed, in error or blocked."""
    duration: float = 0.0
    """Seconds, all phases."""

    @property
    def label(self) -> str:
        """``redis.persistence[cache@dublin]``: how verdict and terminal name the finding."""
        place = f"@{self.vantage}" if self.vantage else ""
        return f"{self.check}[{self.target or ''}{place}]" if self.target or place else self.check


class Relaxed(msgspec.Struct, frozen=True, kw_only=True):
    """Something in the settings that makes the verdict easier to reach than the defaults."""

    what: str
    """One line: ``redis.persistence: severity high -> low``."""
    reason: str | None = None
    owner: str | None = None
    expires: str | None = None


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A configured target as the report names it, without any secret."""

    system: str
    name: str
    address: str
    single_node: bool = False
    platform: str | None = None
    version: str | None = None


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers the verdict is decided by."""

    target_score: float = 95.0
    minimum_score: float = 80.0
    max_failed_high: int = 5
    minimum_coverage: float = 0.7


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What the run looked at and whether it came to its end."""

    expected: int
    """Checks that a full run would judge, as far as collection could tell."""
    selected: int
    """Checks that this run set out to judge."""
    left_out: str | None = None
    """Why fewer than all were selected (``-k``, a path); None if nothing was left out."""
    broken: str | None = None
    """Why the run did not come to its end; None if it did."""
    shard: str | None = None
    """The part of the targets that this run judged, ``2/8``; None for all of them."""
    missing: str | None = None
    """Which shards a merged report lacks; None if it lacks none, or is no merged one."""


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a verdict speaks of, beside the findings."""

    service: str | None = None
    environment: str = "production"
    environment_assumed: str | None = None
    """From what the environment was concluded; None if it was declared."""
    gate: str = "conditional"
    """Least verdict that passes the build."""
    allow_partial: bool = False
    """Whether a PARTIAL run passes in production too."""
    profile: str | None = None
    settings: str | None = None
    """A digest of what the settings ask for, by which shards of one run know each other."""
    commit: str | None = None
    started: str = ""
    """ISO 8601, UTC."""
    duration: float = 0.0
    """Seconds from the start of the session."""
    versions: dict[str, str] = {}
    targets: tuple[Target, ...] = ()
    relaxed: tuple[Relaxed, ...] = ()
    notes: tuple[str, ...] = ()


class Scorecard(msgspec.Struct, frozen=True, kw_only=True):
    """All findings, the score, the evidence coverage and the verdict."""

    schema: int = SCHEMA
    verdict: Verdict
    decided_by: str
    complete: bool
    score: float | None
    score_without_waivers: float | None = None
    """The score had the waived checks been judged as found; None without waivers."""
    target_score: float
    coverage: float | None
    counts: dict[str, int]
    scope: Scope
    limits: Limits
    about: About
    route: tuple[str, ...] = ()
    """Shortest route to ready: labels of findings, in the order to mend them."""
    findings: tuple[Finding, ...] = ()

    @property
    def veto(self) -> bool:
        """Whether the verdict forbids the launch."""
        return self.verdict is Verdict.NOT_READY
