"""Waivers as the settings write them, held against what there is; each id in its one form."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from msgspec.structs import replace

from pytest_readiness.model import Severity
from pytest_readiness.policy.checks import CheckNames, CheckSettings, Named
from pytest_readiness.policy.dates import hold_day
from pytest_readiness.policy.errors import meant_check, nearest, suggestion
from pytest_readiness.policy.files import Source
from pytest_readiness.policy.patterns import covers, is_pattern, of_own
from pytest_readiness.policy.records import Waiver
from pytest_readiness.policy.settings import Settings

_NODE = "readiness::"
_CHECKLIST = "checklist"
_REQUIRED = ("check", "reason", "owner", "expires")
_MOST_NAMES = 3


class KnownCheck(NamedTuple):
    """A check that is not built in, and is known before anything is collected."""

    check: str
    """Its id: ``attestation.pager``, ``command.smoke``, ``checklist.rollback-rehearsed``."""
    severity: Severity
    """The one that its own settings give it."""
    target: str | None = None
    """The file, of a checklist's item."""


class Known(NamedTuple):
    """What waivers may speak of."""

    source: Source
    names: CheckNames
    targets: tuple[Named, ...]
    changes: Mapping[str, CheckSettings]
    others: tuple[KnownCheck, ...]

    def ids(self) -> list[str]:
        """All ids but those of users' own checks, which pytest has not collected yet."""
        return [*self.names.ids(), *dict.fromkeys(other.check for other in self.others)]

    def targets_of(self, check: str) -> list[str] | None:
        """Names of the targets that a check may be asked of; None if it is asked of none."""
        if check in {other.check for other in self.others}:
            files = [o.target for o in self.others if o.check == check and o.target is not None]
            return files or None
        system = check.partition(".")[0]
        anywhere = "::" in check or is_pattern(system) or of_own(check)
        found = [t.name for t in self.targets if anywhere or t.system == system]
        if is_pattern(check):
            found += [o.target for o in self.others if covers(check, o.check) and o.target]
        return found

    def severities(self, check: str, target: str | None) -> set[Severity]:
        """Those in force of a check: on a target, or on all that it is asked of."""
        change = self.changes.get(check, CheckSettings())
        own = [o for o in self.others if o.check == check and target in (None, o.target)]
        if own:
            return {change.on(o.target).severity or o.severity for o in own}
        usual = self.names.severity(check)
        if usual is None:
            return set()
        system = check.partition(".")[0]
        asked = [t.name for t in self.targets if t.system == system and target in (None, t.name)]
        places: list[str | None] = [*asked] or [None]
        return {change.on(name).severity or usual for name in places}


def hold_written(source: Source) -> None:
    """Hold the tables of waivers against what each needs, where types alone would say less.

    Raises:
        SettingsError: an end that is no date, a key that is missing or empty.
    """
    tables = source.table.get("waivers")
    for i, table in enumerate(tables if isinstance(tables, list) else ()):
        # What is no table, or has a key that nobody knows, is told by the types.
        if not isinstance(table, dict) or not set(table) <= {*_REQUIRED, "target"}:
            continue
        key = f"waivers[{i}]"
        for name in _REQUIRED:
            if name not in table:
                needed = f"{', '.join(_REQUIRED[:-1])} and {_REQUIRED[-1]}"
                raise source.error(f"{key}.{name}", f"missing: a waiver has {needed}")
        hold_day(source, f"{key}.expires", table["expires"])
        _hold_filled(source, key, table)


def _hold_filled(source: Source, key: str, table: Mapping[str, Any]) -> None:
    if table["check"] == []:
        raise source.error(f"{key}.check", "an empty list; name the checks that it speaks of")
    for name, value in table.items():
        if isinstance(value, str) and not value.strip():
            # As "${TARGET:-}" may leave it: to take it for none would excuse every target.
            more = "; leave it out to speak of every target" if name == "target" else ""
            raise source.error(f"{key}.{name}", f"empty{more}")


def waivers(
    source: Source,
    names: CheckNames,
    settings: Settings,
    targets: Iterable[Named] = (),
    changes: Mapping[str, CheckSettings] | None = None,
    known: Collection[KnownCheck] = (),
) -> Settings:
    """The settings with their waivers under the checks' present ids, a target beside them.

    Args:
        source: where the settings are from.
        names: the catalogue.
        settings: with waivers as they are written; attestations and commands are known from here.
        targets: all configured targets.
        changes: what the settings change about checks: a pattern covers no blocker, and what is
            one is for the settings to say.
        known: checks beside those, such as the items of checklists.

    Raises:
        SettingsError: a waiver of a check, or on a target, that there is not; a pattern without
            anything that it may cover; an id that is named twice.
    """
    others = (
        *(KnownCheck(f"attestation.{a.id}", a.severity) for a in settings.attestations),
        *(KnownCheck(f"command.{c.id}", c.severity) for c in settings.commands),
        *known,
    )
    there = Known(source, names, tuple(targets), changes or {}, others)
    found = [
        part
        for i, waiver in enumerate(settings.waivers)
        for part in _read(there, f"waivers[{i}]", waiver)
    ]
    return replace(settings, waivers=tuple(found))


def _read(known: Known, key: str, waiver: Waiver) -> list[Waiver]:
    """A waiver with plain ids: several, where its ids name different targets."""
    read: dict[tuple[str, str | None], str] = {}
    for i, written in enumerate(waiver.checks):
        place = f"{key}.check" if isinstance(waiver.check, str) else f"{key}.check[{i}]"
        check, named = _plain(known, place, written)
        if named is not None and waiver.target not in (None, named):
            problem = f"{written!r} names target {named!r}, and target = {waiver.target!r}"
            raise known.source.error(place, problem)
        target = named or waiver.target
        _hold(known, place, written, check)
        _hold_target(known, place if named else f"{key}.target", check, target)
        if is_pattern(check):
            _hold_pattern(known, place, check, target)
        if (check, target) in read:
            other = read[check, target]
            again = f"{written!r} is named twice" if other == written else f"the same as {other!r}"
            raise known.source.error(place, again)
        read[check, target] = written
    by_target: dict[str | None, list[str]] = {}
    for check, target in read:
        by_target.setdefault(target, []).append(check)
    return [replace(waiver, check=tuple(c), target=t) for t, c in by_target.items()]


def _plain(known: Known, key: str, written: str) -> tuple[str, str | None]:
    """Id and target of what may be an id, a label ``redis.persistence[cache]`` or a node id."""
    text = written.strip()
    if text.startswith(_NODE):
        system, _, rest = text.removeprefix(_NODE).partition("::")
        if system == _CHECKLIST and "::" in rest:
            file, _, slug = rest.rpartition("::")
            return f"{_CHECKLIST}.{slug}", file
        text = f"{system}.{rest}" if rest else system
    folder, colons, name = text.rpartition("::")
    name, bracket, inner = name.partition("[")
    check = known.names.canonical(f"{folder}{colons}{name}")
    if not bracket:
        return check, None
    return check, _in_brackets(known, key, check, inner.removesuffix("]"))


def _in_brackets(known: Known, key: str, check: str, inner: str) -> str:
    """The target in ``[cache]``, where reports and pytest write it."""
    targets = known.targets_of(check) or []
    target, at, _ = inner.rpartition("@")
    if at and target in targets:
        problem = f"a waiver speaks of every vantage point: write {check}[{target}]"
        raise known.source.error(key, problem)
    if "::" in check and inner not in targets:
        problem = f"[{inner}] is no target; without it, the waiver speaks of all parameters"
        raise known.source.error(key, problem)
    return inner


def _hold(known: Known, key: str, written: str, check: str) -> None:
    """Hold one id against all there are; users' own are held when pytest has collected them."""
    if is_pattern(check) or "::" in check or known.names.severity(check) is not None:
        return
    if check not in {other.check for other in known.others}:
        problem = f"unknown check {written!r}{meant_check(check, known.ids())}"
        raise known.source.error(key, problem)


def _hold_target(known: Known, key: str, check: str, target: str | None) -> None:
    if target is None:
        return
    allowed = known.targets_of(check)
    if allowed is None:
        raise known.source.error(key, f"{check} is asked of no target; leave it out")
    # Where the settings are only looked at, there may be none.
    if target not in allowed and (known.targets or known.others):
        problem = f"no such target of {check}: {target!r}{suggestion(target, set(allowed))}"
        raise known.source.error(key, problem)


def _hold_pattern(known: Known, key: str, pattern: str, target: str | None) -> None:
    """Hold a pattern against what it may cover, which blockers are not.

    Raises:
        SettingsError: there is nothing, or nothing but blockers.
    """
    if of_own(pattern):
        return
    hit = [c for c in known.ids() if covers(pattern, c) and _may_be_on(known, c, target)]
    if not hit:
        raise known.source.error(key, f"{pattern!r} matches no check{_meant(known, pattern)}")
    severities = {check: known.severities(check, target) for check in hit}
    if all(found <= {Severity.BLOCKER} for found in severities.values()):
        names = ", ".join(hit[:_MOST_NAMES]) + (", …" if len(hit) > _MOST_NAMES else "")
        problem = f"{pattern!r} matches blockers only, which no pattern covers; name them: {names}"
        raise known.source.error(key, problem)


def _may_be_on(known: Known, check: str, target: str | None) -> bool:
    if target is None or not known.targets:
        return True
    return target in (known.targets_of(check) or ())


def _meant(known: Known, pattern: str) -> str:
    """What a pattern may mean that nothing is like."""
    ids = known.ids()
    system, dot, _ = pattern.partition(".")
    systems = {check.partition(".")[0] for check in ids}
    if dot and system not in systems:
        return nearest(f"{system}.*", (f"{name}.*" for name in systems))
    return meant_check(pattern.replace("*", ""), ids)
