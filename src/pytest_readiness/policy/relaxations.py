"""What in the settings makes the verdict easier to reach, said by name in every report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Protocol

from pytest_readiness.model import Limits, Relaxed, Severity
from pytest_readiness.policy.checklists.words import BUILT_IN, key
from pytest_readiness.policy.checks import Change, CheckSettings
from pytest_readiness.policy.errors import SettingsError
from pytest_readiness.policy.load import Policy
from pytest_readiness.policy.records import Checklists
from pytest_readiness.policy.settings import Settings

OFF = "switched off"


class Check(Protocol):
    """What a relaxation is judged against."""

    @property
    def id(self) -> str: ...

    @property
    def severity(self) -> Severity: ...

    @property
    def optional(self) -> bool: ...

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
        if settings is not None:
            found += _of_check(policy, check, settings, today)
    found += _users(policy, today)
    return (*found, *_of_checklists(policy.settings.checklists))


def _of_checklists(settings: Checklists) -> Iterator[Relaxed]:
    """Words for severity that mean less than they say, and open items that count for less."""
    maps = [("checklists", settings.severity_map)]
    maps += [(f"checklists, {file}", r.severity_map) for file, r in settings.overrides.items()]
    for where, words in maps:
        for word, severity in words.items():
            usual = BUILT_IN.get(key(word), severity)
            if severity.rank > usual.rank:
                yield Relaxed(what=f"{where}: {word} means {severity.value}, not {usual.value}")
    usual = Checklists().open_severity
    if settings.open_severity.rank > usual.rank:
        what = f"checklists: open items count as {settings.open_severity.value}, not {usual.value}"
        yield Relaxed(what=what)


def _of_check(policy: Policy, check: Check, settings: CheckSettings, today: date) -> list[Relaxed]:
    """What is easier everywhere, and what beyond that on single targets."""
    everywhere = _changes(policy, check, settings)
    changed: list[tuple[str, Change, str]] = [(check.id, settings, what) for what in everywhere]
    for target in settings.targets:
        there = settings.on(target)
        own = [what for what in _changes(policy, check, there) if what not in everywhere]
        changed += [(f"{check.id}[{target}]", there, what) for what in own]
    for name, change, what in changed:
        if check.severity is Severity.BLOCKER:
            _answer(policy, name, change, what, today)
        if what == OFF and change.reason is None:
            raise SettingsError(
                f'{policy.source}: checks."{name}": a check is switched off only with a reason'
            )
    return [_relaxed(f"{name}: {what}", change) for name, change, what in changed]


def _users(policy: Policy, today: date) -> list[Relaxed]:
    """Settings of users' own checks, which are read before pytest has collected them.

    How grave such a check was is not known yet, so it is answered for like a blocker.
    """
    found = []
    for check, settings in policy.checks.items():
        if "::" not in check:
            continue
        tables: list[tuple[str, Change]] = [(check, settings)]
        tables += [(f"{check}[{target}]", settings.on(target)) for target in settings.targets]
        for name, change in tables:
            lower = change.severity not in (None, Severity.BLOCKER)
            if lower or change.enabled is False:
                new = change.severity.value if change.severity else ""
                what = OFF if change.enabled is False else f"severity -> {new}"
                _answer(policy, name, change, what, today)
                found.append(_relaxed(f"{name}: {what}", change))
    return found


def _relaxed(what: str, change: Change) -> Relaxed:
    expires = change.expires.isoformat() if change.expires else None
    return Relaxed(what=what, reason=change.reason, owner=change.owner, expires=expires)


def _changes(policy: Policy, check: Check, change: Change) -> list[str]:
    changes = []
    usual = not check.optional or policy.settings.catalogue == "full"
    if change.enabled is False and usual:
        changes.append(OFF)
    if change.severity is not None and change.severity.rank > check.severity.rank:
        changes.append(f"severity {check.severity.value} -> {change.severity.value}")
    for threshold in check.thresholds:
        value = change.thresholds.get(threshold.name)
        if value is not None and threshold.loosened(value):
            changes.append(f"{threshold.name} {threshold.default:g} -> {value:g}")
    return changes


def _answer(policy: Policy, name: str, settings: Change, what: str, today: date) -> None:
    key = f'{policy.source}: checks."{name}": {what}'
    missing = [n for n in ("reason", "owner", "expires") if getattr(settings, n) is None]
    if missing:
        raise SettingsError(f"{key}: a blocker is relaxed only with {', '.join(missing)}")
    if settings.expires is not None and settings.expires < today:
        raise SettingsError(
            f"{key}: {settings.owner} answered for it until {settings.expires}; mend it or renew it"
        )


def _gate(settings: Settings) -> list[Relaxed]:
    looser = settings.gate in ("never", "regressions")
    found = [Relaxed(what=f"gate conditional -> {settings.gate}")] if looser else []
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
