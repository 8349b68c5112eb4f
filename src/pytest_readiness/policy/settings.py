"""The settings as types. Every field is documented in docs/settings.md, or the build fails."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import msgspec

from pytest_readiness.model import Limits, Severity

Environment = Literal["production", "staging", "development"]
Gate = Literal["conditional", "ready", "never"]
Percent = Annotated[float, msgspec.Meta(ge=0, le=100)]
Ratio = Annotated[float, msgspec.Meta(ge=0, le=1)]
Count = Annotated[int, msgspec.Meta(ge=0)]

ENVIRONMENTS: tuple[str, ...] = ("production", "staging", "development")


class Waiver(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A failing check that somebody answers for until a date."""

    check: str
    reason: str
    owner: str
    expires: dt.date
    """Last day on which it holds, UTC."""
    target: str | None = None


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[tool.readiness]`` without its tables of targets and profiles."""

    service: str | None = None
    environment: Environment | None = None
    target_score: Percent = Limits().target_score
    minimum_score: Percent = Limits().minimum_score
    max_failed_high: Count = Limits().max_failed_high
    minimum_coverage: Ratio = Limits().minimum_coverage
    gate: Gate = "conditional"
    allow_partial: bool = False
    testpaths: tuple[str, ...] = ()
    wait: str | float = 0
    writes: bool = False
    check_timeout: str | float = 60
    report: tuple[str, ...] = ()
    waivers: tuple[Waiver, ...] = ()

    @property
    def limits(self) -> Limits:
        """The numbers the verdict is decided by."""
        return Limits(
            target_score=self.target_score,
            minimum_score=self.minimum_score,
            max_failed_high=self.max_failed_high,
            minimum_coverage=self.minimum_coverage,
        )


class CheckSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``[tool.readiness.checks."redis.persistence"]``."""

    enabled: bool = True
    severity: Severity | None = None
    reason: str | None = None
    owner: str | None = None
    expires: dt.date | None = None
    thresholds: dict[str, float] = {}
    """Values for the thresholds that the check declares, by name."""


CHECK_KEYS = ("enabled", "severity", "reason", "owner", "expires")
