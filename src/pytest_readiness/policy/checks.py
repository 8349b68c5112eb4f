"""What the settings change about single checks, for every target or for one."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Iterable
from typing import Any, Protocol

import msgspec

from pytest_readiness.model import Severity
from pytest_readiness.policy.errors import meant_check, suggestion
from pytest_readiness.policy.files import Source, Table
from pytest_readiness.policy.kinds import Words
from pytest_readiness.policy.typed import typed


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What a table may change about a check."""

    enabled: bool | None = None
    """Whether the check is asked; without it all are but the optional ones. Switching one off
    needs a `reason`."""
    severity: Severity | None = None
    """Severity in place of the check's own."""
    reason: Words | None = None
    """Why the check was changed."""
    owner: Words | None = None
    """Who answers for the change."""
    expires: dt.date | None = None
    """Last day of a change that makes a blocker easier, UTC."""
    thresholds: dict[str, float] = {}
    """Values for the thresholds that the check declares, by name."""


class CheckSettings(Change, frozen=True, kw_only=True):
    """``[tool.readiness.checks."redis.persistence"]``."""

    targets: dict[str, Change] = {}
    """The same keys and thresholds for one target, by its name: `targets.cache = { used = 95 }`."""

    def on(self, target: str | None) -> Change:
        """What holds on one target: its own table laid over the check's."""
        own = self.targets.get(target) if target is not None else None
        if own is None:
            return self
        given = {k: v for k in CHECK_KEYS if (v := getattr(own, k)) is not None}
        thresholds = {**self.thresholds, **own.thresholds}
        return msgspec.structs.replace(self, thresholds=thresholds, **given)


CHECK_KEYS = ("enabled", "severity", "reason", "owner", "expires")


class CheckNames(Protocol):
    """What the policy needs to know of the built-in checks."""

    def thresholds(self, check: str) -> tuple[str, ...] | None:
        """Names of a check's thresholds; None if there is no such check."""

    def ids(self) -> tuple[str, ...]:
        """All ids."""

    def canonical(self, check: str) -> str:
        """The present id of a check, which may be named by an old one."""

    def severity(self, check: str) -> Severity | None:
        """A check's severity where no settings change it; None if there is no such check."""


class Named(Protocol):
    """A configured target, as far as its name goes."""

    @property
    def system(self) -> str: ...

    @property
    def name(self) -> str: ...


def checks(source: Source, names: CheckNames, targets: Iterable[Named]) -> dict[str, CheckSettings]:
    """The tables of checks, by present id.

    Raises:
        SettingsError: an unknown check, key or target, a wrong type, or a check named twice.
    """
    tables = source.table.get("checks", {})
    if not isinstance(tables, dict):
        raise source.error("checks", 'expected tables: [checks."redis.persistence"]')
    known = list(targets)
    found: dict[str, CheckSettings] = {}
    for check, table in tables.items():
        name = names.canonical(check)
        if name in found:
            raise source.error(f'checks."{check}"', f"an older name of {name}, which is set too")
        found[name] = _check(source, names, check, table, known)
    return found


def _check(
    source: Source, names: CheckNames, check: str, table: Table, targets: list[Named]
) -> CheckSettings:
    key = f'checks."{check}"'
    if not isinstance(table, dict):
        raise source.error(key, "expected a table")
    thresholds = names.thresholds(check)
    if thresholds is None and "::" not in check:
        raise source.error(*_unknown(source, names, check, table))
    own = dict(table)
    overlays = own.pop("targets", {})
    if not isinstance(overlays, dict):
        raise source.error(f"{key}.targets", "expected tables by a target's name")
    system = names.canonical(check).partition(".")[0]
    here = [t.name for t in targets if thresholds is None or t.system == system]
    changes = {
        name: _target(source, f"{key}.targets", name, overlay, here, thresholds or ())
        for name, overlay in overlays.items()
    }
    change = _change(source, key, own, thresholds or (), ("targets",))
    return CheckSettings(targets=changes, **msgspec.structs.asdict(change))


def _unknown(source: Source, names: CheckNames, check: str, table: Table) -> tuple[str, str]:
    """The key and the problem of a table that no check has the name of."""
    for name in table:
        # TOML reads checks.redis.persistence as a table within a table.
        if names.thresholds(f"{check}.{name}") is not None:
            right = f'[{source.prefix}checks."{check}.{name}"]'
            return f"checks.{check}.{name}", f"the id needs quotes: {right}"
    return f'checks."{check}"', f"unknown check{meant_check(check, names.ids())}"


def _target(
    source: Source,
    key: str,
    name: str,
    table: Any,
    targets: Collection[str],
    thresholds: tuple[str, ...],
) -> Change:
    if name not in targets:
        raise source.error(f"{key}.{name}", f"no such target{suggestion(name, targets)}")
    if not isinstance(table, dict):
        raise source.error(f"{key}.{name}", "expected a table")
    return _change(source, f"{key}.{name}", table, thresholds)


def _change(
    source: Source,
    key: str,
    table: Table,
    thresholds: tuple[str, ...],
    beside: tuple[str, ...] = (),
) -> Change:
    own = {k: v for k, v in table.items() if k in CHECK_KEYS}
    values = {k: v for k, v in table.items() if k not in CHECK_KEYS}
    for name, value in values.items():
        if name not in thresholds:
            allowed = (*CHECK_KEYS, *beside, *thresholds)
            raise source.error(f"{key}.{name}", f"unknown key{suggestion(name, allowed)}")
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise source.error(f"{key}.{name}", "expected a number")
        if not 0 <= value < math.inf:
            # Also what is not a number at all, and would be neither above nor below anything.
            raise source.error(f"{key}.{name}", "expected a finite number from 0 on")
    return msgspec.structs.replace(typed(source, key, own, Change), thresholds=values)
