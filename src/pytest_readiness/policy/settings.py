"""The settings as types. Every field is documented in docs/settings.md, or the build fails."""

from __future__ import annotations

from typing import Literal

import msgspec

from pytest_readiness.model import Limits
from pytest_readiness.policy.commands import Command
from pytest_readiness.policy.kinds import Count, Environment, Gate, Percent, Positive, Ratio
from pytest_readiness.policy.records import Attestation, Checklists, History, Waiver

ENVIRONMENTS: tuple[str, ...] = ("production", "staging", "development")


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[tool.readiness]`` without its tables of targets and profiles."""

    service: str | None = None
    """Name of what goes live, for the verdict."""
    environment: Environment | None = None
    """What is asked for; undeclared it is `READINESS_ENVIRONMENT`, else concluded from where the
    targets are, and the verdict says so."""
    target_score: Percent = Limits().target_score
    """Score that READY needs."""
    minimum_score: Percent = Limits().minimum_score
    """Score below which the verdict is NOT READY."""
    max_failed_high: Count = Limits().max_failed_high
    """Failed checks of severity high above which the verdict is NOT READY."""
    minimum_coverage: Ratio = Limits().minimum_coverage
    """Share of the applicable weight that must have been measured for READY."""
    gate: Gate = "conditional"
    """Least verdict that passes the build; `regressions` fails it on blockers and on what did not
    fail in the baseline, `never` reports only, but for a run that broke off."""
    baseline: str | None = None
    """JSON report of an earlier run, from the project's root, to compare this one with."""
    allow_partial: bool = False
    """Whether a PARTIAL run passes in production too."""
    testpaths: tuple[str, ...] = ()
    """Where the user's own checks are, when no path is given on the command line."""
    wait: str | float = 0
    """How long a target that does not answer is tried again: `60s`."""
    writes: bool = False
    """Whether round trips that write, and clean up, may run on all targets."""
    catalogue: Literal["default", "full"] = "default"
    """Whether the optional checks are asked too; one alone by `enabled = true` in its table."""
    check_timeout: str | float = 60
    """Longest time of one check with its fixtures, unless it has a timeout of its own."""
    observations_at_once: Positive = 64
    """Targets that are looked at at the same time, by all workers together."""
    observations_per_host: Positive = 64
    """Those of them that are on one host, by the name or address in their settings."""
    shard: str | None = None
    """The part of the targets that this run judges: `2/8` is every eighth from the second on, in
    the order of the settings; `1/1` is the whole."""
    vantage: str | None = None
    """Name of the place that this run looks from; undeclared it is `READINESS_VANTAGE`."""
    report: tuple[str, ...] = ()
    """Reports to write; the format follows the extension."""
    waivers: tuple[Waiver, ...] = ()
    """Failing checks that somebody answers for until a date."""
    attestations: tuple[Attestation, ...] = ()
    """What no probe can see, and somebody signs for."""
    commands: tuple[Command, ...] = ()
    """Scripts that are checks."""
    checklists: Checklists = Checklists()
    """Markdown task lists whose items are checks."""
    history: History | None = None
    """Where the score of each run is kept."""

    @property
    def limits(self) -> Limits:
        """The numbers the verdict is decided by."""
        return Limits(
            target_score=self.target_score,
            minimum_score=self.minimum_score,
            max_failed_high=self.max_failed_high,
            minimum_coverage=self.minimum_coverage,
        )
