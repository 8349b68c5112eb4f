"""The scorecard, and what stands in it beside the findings."""

from __future__ import annotations

import msgspec

from pytest_readiness.model.finding import Finding
from pytest_readiness.model.records import Checklist, Comparison, Past, Waived
from pytest_readiness.model.words import Verdict

SCHEMA = 1
"""Version of the JSON report. It grows when a field changes its meaning or goes away."""


class Relaxed(msgspec.Struct, frozen=True, kw_only=True):
    """Something in the settings that makes the verdict easier to reach than the defaults."""

    what: str
    """One line: ``redis.persistence: severity high -> low``."""
    reason: str | None = None
    """Why, as the settings say it."""
    owner: str | None = None
    """Who answers for it."""
    expires: str | None = None
    """Last day on which it holds, ISO 8601; None if it does not end."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A configured target as the report names it, without any secret."""

    system: str
    """``redis``, ``postgres``, …"""
    name: str
    """Its name in the settings."""
    address: str
    """Host and port, without any secret."""
    single_node: bool = False
    """Declared to be one node on purpose: topology is not asked of it."""
    platform: str | None = None
    """Whose managed service it is; None where nobody said."""
    version: str | None = None
    """Of the server, as it says itself; None where nobody could ask it."""
    facts: dict[str, str] = {}
    """What people want to know of it first, in the order to show it: role, size, what it holds."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers the verdict is decided by."""

    target_score: float = 95.0
    """Score that READY needs."""
    minimum_score: float = 80.0
    """Score below which the verdict is NOT READY."""
    max_failed_high: int = 5
    """Failed checks of severity high above which the verdict is NOT READY."""
    minimum_coverage: float = 0.7
    """Evidence coverage that READY needs, from 0 to 1."""


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
    """Name of what goes live; None where nobody gave it one."""
    environment: str = "production"
    """What was asked for: ``production``, ``staging`` or ``development``."""
    environment_assumed: str | None = None
    """From what the environment was concluded; None if it was declared."""
    gate: str = "conditional"
    """Least verdict that passes the build."""
    allow_partial: bool = False
    """Whether a PARTIAL run passes in production too."""
    profile: str | None = None
    """Profile of the settings that was laid over the rest; None without."""
    settings: str | None = None
    """A digest of what the settings ask for, by which shards of one run know each other."""
    asked: str | None = None
    """A digest of what is asked of the targets, by which runs of different days are comparable."""
    settings_file: str | None = None
    """The file of the settings, as seen from pytest's root folder; None where there is none."""
    commit: str | None = None
    """Commit that was judged; None outside git."""
    started: str = ""
    """ISO 8601, UTC."""
    duration: float = 0.0
    """Seconds from the start of the session."""
    versions: dict[str, str] = {}
    """Versions of pytest-readiness, of Python and of what took part in the run, by package."""
    targets: tuple[Target, ...] = ()
    """All configured targets, in the order of the settings."""
    relaxed: tuple[Relaxed, ...] = ()
    """What the settings make easier than the defaults."""
    notes: tuple[str, ...] = ()
    """What somebody should know of the run beside its findings."""


class Scorecard(msgspec.Struct, frozen=True, kw_only=True):
    """All findings, the score, the evidence coverage and the verdict."""

    schema: int = SCHEMA
    """Version of the report."""
    verdict: Verdict
    """May this go live? ``partial`` and ``incomplete`` speak of a run that judged less than all."""
    decided_by: str
    """The rule that decided the verdict, in words."""
    complete: bool
    """Whether the run judged all there is."""
    score: float | None
    """Weight of what passed or is attested over the weight of all judged, from 0 to 100; None where
    nothing was judged."""
    score_without_waivers: float | None = None
    """The score had the waived checks been judged as found; None without waivers."""
    target_score: float
    """Score that READY needs."""
    coverage: float | None
    """Weight of what was measured over the weight of all applicable, from 0 to 1; None where
    nothing applies."""
    counts: dict[str, int]
    """Findings by outcome; every outcome is there."""
    scope: Scope
    """What the run looked at, and whether it came to its end."""
    limits: Limits
    """The numbers the verdict was decided by."""
    about: About
    """What the verdict speaks of."""
    route: tuple[str, ...] = ()
    """Shortest route to ready: labels of findings, in the order to mend them."""
    findings: tuple[Finding, ...] = ()
    """What each check found on each target, in the order of their node ids."""
    checklists: tuple[Checklist, ...] = ()
    """How far each checklist is."""
    waivers: tuple[Waived, ...] = ()
    """How each waiver of the settings stands."""
    comparison: Comparison | None = None
    """With an earlier run, where one was given."""
    past: Past | None = None
    """The run before this one, where a history is kept."""

    @property
    def veto(self) -> bool:
        """Whether the verdict forbids the launch."""
        return self.verdict is Verdict.NOT_READY
