"""How one file is read: what the settings say of all checklists, with what they say of it."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

import msgspec

from pytest_readiness.model import Severity
from pytest_readiness.policy.checklists.words import BUILT_IN, key
from pytest_readiness.policy.durations import seconds
from pytest_readiness.policy.errors import SettingsError, nearest, suggestion
from pytest_readiness.policy.records import Checklists, FileReading


class HeadingRule(msgspec.Struct, frozen=True, kw_only=True):
    """What the settings say of a heading."""

    written: str
    """Its text in the settings."""
    where: str
    """Key of the table that names it."""
    exact: bool
    """Whether that table is about this one file: a heading that is not there is a mistake then."""
    severity: Severity | None = None
    valid_for: float | None = None


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """How one file is read."""

    words: dict[str, Severity]
    """Words and marks for severity, by their keys."""
    own: frozenset[str] = frozenset()
    """Those of them that the settings give."""
    headings: dict[str, HeadingRule] = {}
    """By the heading's key."""
    severity: Severity | None = None
    """Severity of items that say nothing of their own."""
    ticked_severity: Severity = Severity.LOW
    open_severity: Severity = Severity.MEDIUM
    valid_for: float | None = None
    """Seconds for which a tick holds, unless something nearer says otherwise."""

    def default(self, ticked: bool) -> Severity:
        """The severity of an item of which nothing else is known."""
        return self.severity or (self.ticked_severity if ticked else self.open_severity)


def rules_for(file: str, settings: Checklists) -> Rules:
    """How a file is read; its own table is laid over those of patterns, these over all files'.

    Args:
        file: its path from the project's root, with slashes.
        settings: ``[tool.readiness.checklists]``.

    Raises:
        SettingsError: a duration that is none.
    """
    mapped = {**settings.severity_map}
    headings: dict[str, HeadingRule] = {}
    severity, valid_for = None, _seconds("valid_for", settings.valid_for)
    for name, reading in _readings(file, settings):
        where = f'overrides."{name}"'
        mapped.update(reading.severity_map)
        headings.update(_headings(where, name == file, reading))
        severity = reading.severity or severity
        own = _seconds(f"{where}.valid_for", reading.valid_for)
        valid_for = valid_for if own is None else own
    words = {key(word): severity for word, severity in mapped.items()}
    return Rules(
        words={**BUILT_IN, **words},
        own=frozenset(words),
        headings=headings,
        severity=severity,
        ticked_severity=settings.ticked_severity,
        open_severity=settings.open_severity,
        valid_for=valid_for,
    )


def _readings(file: str, settings: Checklists) -> list[tuple[str, FileReading]]:
    """The tables that speak of a file, the most exact last."""
    return [(n, r) for n, r in settings.overrides.items() if n != file and fits(n, file)] + [
        (n, r) for n, r in settings.overrides.items() if n == file
    ]


def fits(pattern: str, file: str) -> bool:
    """Whether a name or pattern of the settings speaks of a file.

    A name without a folder speaks of such files in all folders; ``**/`` also of no folder at all.
    """
    pattern = pattern.removeprefix("./")
    names = [pattern, pattern.replace("**/", "")]
    if "/" not in pattern:
        file = file.rpartition("/")[2]
    return any(file == name or fnmatchcase(file, name) for name in names)


def _headings(where: str, exact: bool, reading: FileReading) -> dict[str, HeadingRule]:
    return {
        key(text): HeadingRule(
            written=text,
            where=f'{where}.headings."{text}"',
            exact=exact,
            severity=own.severity,
            valid_for=_seconds(f'{where}.headings."{text}".valid_for', own.valid_for),
        )
        for text, own in reading.headings.items()
    }


def _seconds(where: str, value: str | float | None) -> float | None:
    if value is None:
        return None
    try:
        found = seconds(value)
    except ValueError as error:
        raise SettingsError(f"checklists.{where}: {error}") from None
    if found == 0:
        raise SettingsError(f"checklists.{where}: a tick that holds for no time; write 90d")
    return found


def hold_overrides(files: Iterable[str], settings: Checklists) -> None:
    """See that each table of overrides speaks of a file.

    Raises:
        SettingsError: one speaks of none.
    """
    known = list(files)
    for name in settings.overrides:
        if not any(fits(name, file) for file in known):
            problem = f"no such file among the checklists{suggestion(name, known)}"
            raise SettingsError(f'checklists.overrides."{name}": {problem}')


def hold_headings(file: str, rules: Rules, present: Iterable[str]) -> None:
    """See that each heading that the settings name is there.

    Raises:
        SettingsError: one that is named for this one file is not.
    """
    texts = list(present)
    keys = {key(text) for text in texts}
    for name, rule in rules.headings.items():
        if rule.exact and name not in keys:
            problem = f"{file} has no such heading{nearest(rule.written, texts)}"
            raise SettingsError(f"checklists.{rule.where}: {problem}")
