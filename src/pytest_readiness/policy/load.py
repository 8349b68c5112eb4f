"""Settings file, options and environment variables -> one typed policy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import msgspec

from pytest_readiness.policy import scalars
from pytest_readiness.policy.errors import SettingsError, suggestion
from pytest_readiness.policy.files import EMPTY, Source, Table, filled, find, with_profile
from pytest_readiness.policy.settings import CHECK_KEYS, CheckSettings, Settings
from pytest_readiness.policy.typed import typed

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*", re.ASCII)
_OWN_TABLES = ("checks",)


class SystemSettings(Protocol):
    """What the policy needs to know of a system: nothing of probes or checks."""

    @property
    def name(self) -> str: ...

    @property
    def settings(self) -> type[msgspec.Struct]: ...

    @property
    def variables(self) -> tuple[str, ...]: ...

    def from_environment(self, environ: Mapping[str, str]) -> Table | str | None:
        """A target's table, a note why the variable is not judged, or None if none is set."""


class CheckNames(Protocol):
    """What the policy needs to know of a check."""

    def thresholds(self, check: str) -> tuple[str, ...] | None:
        """Names of a check's thresholds; None if there is no such check."""

    def ids(self) -> tuple[str, ...]:
        """All ids."""

    def canonical(self, check: str) -> str:
        """The present id of a check, which may be named by an old one."""


class TargetSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One configured instance of a system."""

    system: str
    name: str
    settings: Any
    """The system's own settings structure."""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """All that the user demands of this run."""

    settings: Settings
    targets: tuple[TargetSpec, ...]
    checks: dict[str, CheckSettings]
    source: str
    prefix: str
    """What stands before a table's name in the settings file."""
    profile: str | None
    notes: tuple[str, ...] = ()

    def named(self) -> tuple[str, ...]:
        """Ids of all checks that the settings speak of."""
        return (*self.checks, *(waiver.check for waiver in self.settings.waivers))


def load(
    root: Path,
    systems: Mapping[str, SystemSettings],
    names: CheckNames,
    environ: Mapping[str, str],
    *,
    config: str | None = None,
    profile: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> Policy:
    """Read the settings of a project.

    Args:
        root: folder in which readiness.toml or pyproject.toml is looked for.
        systems: the registry; its names are the tables of targets.
        names: the catalogue, against which ids in the settings are held.
        environ: environment variables, for ``${NAME}`` and for targets where no table is.
        config: ``--readiness-config``.
        profile: ``--readiness-profile``.
        options: scalars from the command line, laid over the file.

    Raises:
        SettingsError: anything in them that cannot be used; nothing has been probed then.
    """
    source = filled(with_profile(find(root, config), profile), environ)
    tables = {key: source.table[key] for key in source.table if key in systems}
    own = {k: v for k, v in source.table.items() if k not in systems and k not in _OWN_TABLES}
    _known_keys(source, own, systems)
    settings = scalars.settings(source, own, environ, options or {})
    settings = _waivers(source, names, settings)
    targets = tuple(
        spec for name, table in tables.items() for spec in _targets(source, systems[name], table)
    )
    notes: tuple[str, ...] = ()
    if not targets:
        targets, notes = _from_environment(systems, environ)
    if not targets:
        raise SettingsError(_nothing(systems, notes))
    return Policy(
        settings=settings,
        targets=targets,
        checks=_checks(source, names),
        source=source.file,
        prefix=source.prefix,
        profile=profile,
        notes=notes,
    )


def _known_keys(source: Source, own: Table, systems: Mapping[str, SystemSettings]) -> None:
    fields = {f.name for f in msgspec.structs.fields(Settings)}
    for key in own:
        if key not in fields:
            allowed = fields | set(systems) | set(_OWN_TABLES) | {"profile"}
            raise source.error(key, f"unknown key{suggestion(key, allowed)}")


def _targets(source: Source, system: SystemSettings, table: Table) -> list[TargetSpec]:
    key = system.name
    if not isinstance(table, dict) or not all(isinstance(t, dict) for t in table.values()):
        raise source.error(key, f"a target needs a name: [{source.prefix}{key}.main] with url = …")
    specs = []
    for name, fields in table.items():
        if not _NAME.fullmatch(name):
            raise source.error(f"{key}.{name}", "a target's name takes letters, digits, _ and -")
        # An empty text, as "${MONITOR_URL:-}" leaves it, is a setting that is not given.
        given = {key: value for key, value in fields.items() if value != ""}
        specs.append(_target(source, system, name, given))
    return specs


def _target(source: Source, system: SystemSettings, name: str, fields: Table) -> TargetSpec:
    key = f"{system.name}.{name}"
    settings = typed(source, key, fields, system.settings)
    problem = getattr(settings, "problem", lambda: None)()
    if problem is not None:
        field, text = problem
        raise source.error(f"{key}.{field}", text)
    return TargetSpec(system=system.name, name=name, settings=settings)


def _from_environment(
    systems: Mapping[str, SystemSettings], environ: Mapping[str, str]
) -> tuple[tuple[TargetSpec, ...], tuple[str, ...]]:
    specs: list[TargetSpec] = []
    notes: list[str] = []
    for system in systems.values():
        found = system.from_environment(environ)
        if isinstance(found, str):
            notes.append(found)
        elif found is not None:
            specs.append(_target(EMPTY, system, "main", found))
    return tuple(specs), tuple(notes)


def _nothing(systems: Mapping[str, SystemSettings], notes: tuple[str, ...]) -> str:
    variables = ", ".join(v for system in systems.values() for v in system.variables)
    tables = ", ".join(f"[tool.readiness.{name}.NAME]" for name in systems)
    said = f" ({'; '.join(notes)})" if notes else ""
    return (
        f"no target is configured{said}: looked for tables {tables} in pyproject.toml (or the "
        f"same without tool.readiness. in readiness.toml), and for the variables {variables}"
    )


def _checks(source: Source, names: CheckNames) -> dict[str, CheckSettings]:
    tables = source.table.get("checks", {})
    if not isinstance(tables, dict):
        raise source.error("checks", 'expected tables: [checks."redis.persistence"]')
    return {
        names.canonical(check): _check(source, names, check, table)
        for check, table in tables.items()
    }


def _waivers(source: Source, names: CheckNames, settings: Settings) -> Settings:
    for i, waiver in enumerate(settings.waivers):
        if names.thresholds(waiver.check) is None and "::" not in waiver.check:
            problem = f"unknown check {waiver.check!r}{suggestion(waiver.check, names.ids())}"
            raise source.error(f"waivers[{i}].check", problem)
    waivers = tuple(
        msgspec.structs.replace(waiver, check=names.canonical(waiver.check))
        for waiver in settings.waivers
    )
    return msgspec.structs.replace(settings, waivers=waivers)


def _check(source: Source, names: CheckNames, check: str, table: Table) -> CheckSettings:
    key = f'checks."{check}"'
    if not isinstance(table, dict):
        raise source.error(key, "expected a table")
    thresholds = names.thresholds(check)
    if thresholds is None and "::" not in check:
        raise source.error(key, f"unknown check{suggestion(check, names.ids())}")
    own = {k: v for k, v in table.items() if k in CHECK_KEYS}
    values = {k: v for k, v in table.items() if k not in CHECK_KEYS}
    allowed = thresholds or ()
    for name, value in values.items():
        if name not in allowed:
            raise source.error(
                f"{key}.{name}", f"unknown key{suggestion(name, (*CHECK_KEYS, *allowed))}"
            )
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise source.error(f"{key}.{name}", f"expected a number, got {value!r}")
    settings = typed(source, key, own, CheckSettings)
    return msgspec.structs.replace(settings, thresholds=values)
