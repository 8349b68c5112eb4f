"""Where the settings come from: the file, the profile laid over it, ``${NAME}`` filled in."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from pytest_readiness.policy.errors import SettingsError, suggestion

if sys.version_info >= (3, 11):
    import tomllib
else:  # the backport has the same interface
    import tomli as tomllib

Table = dict[str, Any]

_DEEPEST = 50
"""Tables within tables; the settings need seven."""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """The tables of one settings file."""

    file: str
    """As named to the user."""
    prefix: str
    """What stands before a key in this file: ``tool.readiness.`` or nothing."""
    table: dict[str, Any] = {}
    path: str | None = None
    """The file itself; None where the settings come from no file."""
    spelled: Literal["key", "option", "variable"] = "key"
    """How a key is written there: ``target_score``, ``target-score``, ``TARGET_SCORE``."""
    variables: dict[str, dict[str, str]] = {}
    """Key to the variables filled in there, with their values: any of them may be a secret."""

    def error(self, key: str, problem: str) -> SettingsError:
        """An error about one key, ready to raise; it repeats no variable's value."""
        problem = self._unfilled(key, problem)
        if self.spelled == "option":
            key = key.replace("_", "-")
        elif self.spelled == "variable":
            key = key.upper()
        return SettingsError(f"{self.file}: {self.prefix}{key}: {problem}")

    def _unfilled(self, key: str, problem: str) -> str:
        """The problem with the name of a variable in the place of its value."""
        below = (f"{key}.", f"{key}[")
        near = [v for k, v in self.variables.items() if k == key or k.startswith(below)]
        pairs = [(value, name) for filled in near for name, value in filled.items()]
        for value, name in sorted(pairs, key=lambda pair: -len(pair[0])):
            for form in {value, repr(value)[1:-1], value.lower()}:
                # A whole word: what is allowed may have a short one of these within it.
                pattern = rf"(?<!\w){re.escape(form)}(?!\w)"
                problem = re.sub(pattern, lambda _, name=name: f"${{{name}}}", problem)  # type: ignore[misc]  # bound
        return problem


EMPTY = Source(file="environment variables", prefix="")


def find(root: Path, explicit: str | None) -> Source:
    """The settings of a project: ``--readiness-config``, readiness.toml or pyproject.toml.

    Raises:
        SettingsError: a file is missing, unreadable, not TOML, or both files hold settings.
    """
    if explicit is not None:
        path = Path(explicit)
        if not path.is_file():
            raise SettingsError(f"--readiness-config: no file {explicit!r}")
        return _source(path, _read(path))
    own, shared = root / "readiness.toml", root / "pyproject.toml"
    own_table = _read(own) if own.is_file() else None
    project = _read(shared) if shared.is_file() else {}
    tool = project.get("tool", {})
    if own_table is not None and isinstance(tool, dict) and "readiness" in tool:
        raise SettingsError(
            "both readiness.toml and pyproject.toml ([tool.readiness]) hold settings; keep one"
        )
    if own_table is not None:
        return _source(own, own_table)
    return _source(shared, project) if isinstance(tool, dict) and "readiness" in tool else EMPTY


def asked_reports(root: Path, explicit: str | None, profile: str | None) -> list[str]:
    """The reports that the settings ask for, also where the rest of them cannot be used."""
    try:
        found = find(root, explicit).table
        found = with_profile(Source(file="", prefix="", table=found), profile).table
    except SettingsError:
        return []
    reports = found.get("report", [])
    return [path for path in reports if isinstance(path, str)] if isinstance(reports, list) else []


def _read(path: Path) -> Table:
    try:
        with path.open("rb") as stream:
            table: Table = tomllib.load(stream)
            return table
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path.name}: not valid TOML: {error}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path.name}: cannot be read: {error}") from None
    except RecursionError:
        raise SettingsError(f"{path.name}: not valid TOML: nested too deeply") from None
    except ValueError:
        # Python reads no number of thousands of digits; TOML has none beyond 64 bits.
        raise SettingsError(f"{path.name}: not valid TOML: a number of too many digits") from None


def tables_of(text: str) -> Table:
    """The tables of a piece of TOML; none where it is no TOML."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return {}


def _source(path: Path, table: Table) -> Source:
    if path.name == "pyproject.toml":
        table = table.get("tool", {}).get("readiness", {})
        if not isinstance(table, dict):
            raise SettingsError(f"{path.name}: tool.readiness: expected a table")
        return Source(file=path.name, prefix="tool.readiness.", table=table, path=str(path))
    return Source(file=path.name, prefix="", table=table, path=str(path))


def bounded(source: Source) -> Source:
    """The source, if its numbers and its depth are such that all that reads it can hold them.

    Raises:
        SettingsError: a whole number beyond TOML's 64 bits, or tables within tables without end.
    """
    waiting: list[tuple[str, Any, int]] = [("", source.table, 0)]
    while waiting:
        key, value, depth = waiting.pop()
        if depth > _DEEPEST:
            raise SettingsError(f"{source.file}: {key[:80]}…: nested too deeply")
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise source.error(key, "a whole number beyond 64 bits")
        if isinstance(value, dict):
            dot = f"{key}." if key else ""
            waiting += [(f"{dot}{name}", item, depth + 1) for name, item in value.items()]
        elif isinstance(value, list):
            waiting += [(f"{key}[{i}]", item, depth + 1) for i, item in enumerate(value)]
    return source


def with_profile(source: Source, profile: str | None) -> Source:
    """The source with a profile's tables laid over the rest, and the profiles themselves gone.

    Raises:
        SettingsError: no profile of that name.
    """
    table = dict(source.table)
    profiles = table.pop("profile", {})
    if not isinstance(profiles, dict) or not all(isinstance(p, dict) for p in profiles.values()):
        raise source.error("profile", "expected tables: [profile.NAME]")
    if profile is not None:
        if profile not in profiles:
            raise SettingsError(
                f"{source.file}: no profile {profile!r}{suggestion(profile, profiles)}"
            )
        table = _overlay(table, profiles[profile])
    return msgspec.structs.replace(source, table=table)


def _overlay(below: Table, above: Table) -> Table:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        merged[key] = _overlay(old, value) if both else value  # type: ignore[arg-type]  # both
    return merged


_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


def filled(source: Source, environ: Mapping[str, str]) -> Source:
    """The source with ``${NAME}`` and ``${NAME:-default}`` replaced in every text.

    Raises:
        SettingsError: a variable is not set and has no default.
    """
    used: dict[str, dict[str, str]] = {}
    table = _fill(source, source.table, "", environ, used)
    return msgspec.structs.replace(source, table=table, variables=used)


def _fill(
    source: Source,
    value: Any,
    key: str,
    environ: Mapping[str, str],
    used: dict[str, dict[str, str]],
) -> Any:
    """A value with its variables filled in, which are noted in ``used``."""
    if isinstance(value, dict):
        dot = f"{key}." if key else ""
        return {n: _fill(source, item, dot + n, environ, used) for n, item in value.items()}
    if isinstance(value, list):
        return [_fill(source, item, f"{key}[{i}]", environ, used) for i, item in enumerate(value)]
    if not isinstance(value, str):
        return value

    def replace(match: re.Match[str]) -> str:
        name, default = match[1], match[2]
        if environ.get(name):
            used.setdefault(key, {})[name] = environ[name]
            return environ[name]
        if default is None:
            state = "empty" if name in environ else "not set"
            raise source.error(key, f"the variable {name} is {state}")
        return default

    return _REFERENCE.sub(replace, value)
