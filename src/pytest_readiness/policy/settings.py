"""The settings as types. Every field is documented in docs/settings.md, or the build fails."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import msgspec

from pytest_readiness.model import Limits

Environment = Literal["production", "staging", "development"]
Gate = Literal["conditional", "ready", "never"]
Percent = Annotated[float, msgspec.Meta(ge=0, le=100)]
Ratio = Annotated[float, msgspec.Meta(ge=0, le=1)]
Words = Annotated[str, msgspec.Meta(min_length=1)]
Positive = Annotated[int, msgspec.Meta(ge=1)]
Count = Annotated[int, msgspec.Meta(ge=0)]

ENVIRONMENTS: tuple[str, ...] = ("production", "staging", "development")


class Waiver(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A failing check that somebody answers for until a date."""

    check: str
    """Id of the check."""
    reason: Words
    """Why it may fail until then."""
    owner: Words
    """Who answers for it."""
    expires: dt.date
    """Last day on which it holds, UTC."""
    target: str | None = None
    """Target it speaks of; every target without."""


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
    """Least verdict that passes the build; `never` reports only, but for a run that broke off."""
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

    @property
    def limits(self) -> Limits:
        """The numbers the verdict is decided by."""
        return Limits(
            target_score=self.target_score,
            minimum_score=self.minimum_score,
            max_failed_high=self.max_failed_high,
            minimum_coverage=self.minimum_coverage,
        )
