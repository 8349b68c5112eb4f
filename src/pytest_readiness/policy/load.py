"""Settings file, options and environment variables -> one typed policy."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

import msgspec

from pytest_readiness.model import Severity
from pytest_readiness.policy import scalars
from pytest_readiness.policy.attestations import attestations, hold_signed, signed_lines
from pytest_readiness.policy.checklists.items import Document
from pytest_readiness.policy.checks import Change, CheckNames, CheckSettings, checks
from pytest_readiness.policy.errors import SettingsError, suggestion
from pytest_readiness.policy.files import EMPTY, Source, Table, bounded, filled, find, with_profile
from pytest_readiness.policy.held_commands import commands
from pytest_readiness.policy.settings import Settings
from pytest_readiness.policy.typed import typed
from pytest_readiness.policy.waivers import KnownCheck, hold_written, waivers

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
    documents: tuple[Document, ...] = ()
    """The checklists, with the items that are checks."""
    path: str | None = None
    """The settings file itself; None where there is none."""
    lines: dict[str, int] = {}
    """Line in it of each sign-off, by its id."""

    def change(self, check: str, target: str | None) -> Change:
        """What the settings change about a check on a target."""
        found = self.checks.get(check)
        return Change() if found is None else found.on(target)

    def named(self) -> tuple[str, ...]:
        """Ids of all checks that the settings speak of."""
        return (
            *self.checks,
            *(check for waiver in self.settings.waivers for check in waiver.checks),
        )


def load(
    root: Path,
    systems: Mapping[str, SystemSettings],
    names: CheckNames,
    environ: Mapping[str, str],
    *,
    config: str | None = None,
    profile: str | None = None,
    options: Mapping[str, Any] | None = None,
    targets_needed: bool = True,
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
        targets_needed: False where the settings are only looked at.

    Raises:
        SettingsError: anything in them that cannot be used; nothing has been probed then.
    """
    source = filled(with_profile(bounded(find(root, config)), profile), environ)
    tables = {key: source.table[key] for key in source.table if key in systems}
    own = {k: v for k, v in source.table.items() if k not in systems and k not in _OWN_TABLES}
    _known_keys(source, own, systems)
    hold_written(source)
    hold_signed(source)
    settings = scalars.settings(source, own, environ, options or {})
    settings = commands(source, attestations(source, settings))
    targets = tuple(
        spec for name, table in tables.items() for spec in _targets(source, systems[name], table)
    )
    notes: tuple[str, ...] = ()
    if not targets:
        targets, notes = _from_environment(systems, environ)
    if not targets and targets_needed and not _records(settings):
        raise SettingsError(_nothing(systems, notes))
    changes = checks(source, names, targets)
    made = _own_ids(settings)
    documents, changes = _checklists(root, source, settings, names, targets, changes, made)
    return Policy(
        settings=waivers(source, names, settings, targets, changes, _items(documents)),
        targets=targets,
        checks=changes,
        documents=documents,
        source=source.file,
        prefix=source.prefix,
        profile=profile,
        notes=notes,
        path=source.path,
        lines=signed_lines(source, settings, profile),
    )


def _own_ids(settings: Settings) -> dict[str, Severity]:
    """Checks that the settings make, and how grave each is."""
    signed = {f"attestation.{a.id}": a.severity for a in settings.attestations}
    return signed | {f"command.{c.id}": c.severity for c in settings.commands}


def _checklists(
    root: Path,
    source: Source,
    settings: Settings,
    names: CheckNames,
    targets: tuple[TargetSpec, ...],
    changed: dict[str, CheckSettings],
    own: Collection[str],
) -> tuple[tuple[Document, ...], dict[str, CheckSettings]]:
    """The checklists, and what the settings change about checks together with what these ask."""
    if not settings.checklists.files:
        return (), changed
    # Not before: who has no checklist needs no reader of Markdown.
    from pytest_readiness.policy.checklists.loading import documents
    from pytest_readiness.policy.links import with_links

    return with_links(documents(root, source, settings.checklists), names, targets, changed, own)


def _items(documents: Iterable[Document]) -> list[KnownCheck]:
    """The items of checklists as waivers know them."""
    return [
        KnownCheck(f"checklist.{item.slug}", item.severity, document.file)
        for document in documents
        for item in document.items
    ]


def _records(settings: Settings) -> bool:
    """Whether there is something to judge that needs no target."""
    return bool(settings.attestations or settings.commands or settings.checklists.files)


def _known_keys(source: Source, own: Table, systems: Mapping[str, SystemSettings]) -> None:
    fields = {f.name for f in msgspec.structs.fields(Settings)}
    for key in own:
        if key not in fields:
            if key == "tool" and not source.prefix:
                problem = (
                    "tool.readiness. stands before a table in pyproject.toml only; leave it out"
                )
                raise source.error(key, problem)
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
