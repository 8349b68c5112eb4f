"""What in the settings makes the verdict easier to reach, said by name in every report."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Protocol

from pytest_readiness.model import Limits, Relaxed, Severity
from pytest_readiness.policy.errors import SettingsError
from pytest_readiness.policy.load import Policy
from pytest_readiness.policy.settings import CheckSettings, Settings


class Check(Protocol):
    """What a relaxation is judged against."""

    @property
    def id(self) -> str: ...

    @property
    def severity(self) -> Severity: ...

    @property
    def thresholds(self) -> Iterable[Any]: ...


def relaxations(policy: Policy, checks: Iterable[Check], today: date) -> tuple[Relaxed, ...]:
    """All relaxations of a policy.

    Raises:
        SettingsError: one on a blocker has no reason, owner or expiry, or has expired.
    """
    found = _limits(policy.settings.limits) + _gate(policy.settings)
    for check in checks:
        settings = policy.checks.get(check.id)
        if settings is None:
            continue
        for what in _changes(check, settings):
            _answered_for(policy, check, settings, what, today)
            found.append(_relaxed(f"{check.id}: {what}", settings))
    found.extend(_users(policy, today))
    return tuple(found)


def _users(policy: Policy, today: date) -> list[Relaxed]:
    """Settings of users' own checks, which are read before pytest has collected them.

    How grave such a check was is not known yet, so it is answered for like a blocker.
    """
    found = []
    for name, settings in policy.checks.items():
        lower = settings.severity not in (None, Severity.BLOCKER)
        changed = lower or not settings.enabled
        if "::" in name and changed:
            new = settings.severity.value if settings.severity else ""
            what = f"severity -> {new}" if settings.enabled else "switched off"
            _answer(policy, name, settings, what, today)
            found.append(_relaxed(f"{name}: {what}", settings))
    return found


def _relaxed(what: str, settings: CheckSettings) -> Relaxed:
    expires = settings.expires.isoformat() if settings.expires else None
    return Relaxed(what=what, reason=settings.reason, owner=settings.owner, expires=expires)


def _changes(check: Check, settings: CheckSettings) -> list[str]:
    changes = []
    if not settings.enabled:
        changes.append("switched off")
    if settings.severity is not None and settings.severity.rank > check.severity.rank:
        changes.append(f"severity {check.severity.value} -> {settings.severity.value}")
    for threshold in check.thresholds:
        value = settings.thresholds.get(threshold.name)
        if value is not None and threshold.loosened(value):
            changes.append(f"{threshold.name} {threshold.default:g} -> {value:g}")
    return changes


def _answered_for(
    policy: Policy, check: Check, settings: CheckSettings, what: str, today: date
) -> None:
    if check.severity is Severity.BLOCKER:
        _answer(policy, check.id, settings, what, today)


def _answer(policy: Policy, name: str, settings: CheckSettings, what: str, today: date) -> None:
    key = f'{policy.source}: checks."{name}": {what}'
    missing = [n for n in ("reason", "owner", "expires") if getattr(settings, n) is None]
    if missing:
        raise SettingsError(f"{key}: a blocker is relaxed only with {', '.join(missing)}")
    if settings.expires is not None and settings.expires < today:
        raise SettingsError(
            f"{key}: {settings.owner} answered for it until {settings.expires}; mend it or renew it"
        )


def _gate(settings: Settings) -> list[Relaxed]:
    found = [Relaxed(what="gate conditional -> never")] if settings.gate == "never" else []
    if settings.allow_partial:
        found.append(Relaxed(what="a part of the checks is let through (allow_partial)"))
    return found


def _limits(limits: Limits) -> list[Relaxed]:
    usual = Limits()
    pairs = [
        ("target_score", limits.target_score < usual.target_score),
        ("minimum_score", limits.minimum_score < usual.minimum_score),
        ("max_failed_high", limits.max_failed_high > usual.max_failed_high),
        ("minimum_coverage", limits.minimum_coverage < usual.minimum_coverage),
    ]
    return [
        Relaxed(what=f"{name} {getattr(usual, name):g} -> {getattr(limits, name):g}")
        for name, looser in pairs
        if looser
    ]
