"""JSON Schema of the settings, with which editors complete and check `readiness.toml`.

It takes what the loader takes, and refuses the keys that the loader refuses. What only the loader
can tell (that a file is there, that a target of that name is configured) is left to it.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from pytest_readiness.markers import Threshold
from pytest_readiness.policy.checks import CHECK_KEYS, Change
from pytest_readiness.policy.settings import Settings
from pytest_readiness.reports import FORMATS
from pytest_readiness.run.catalogue import Catalogue, CheckSpec
from pytest_readiness.systems import registry
from pytest_readiness.systems.base import TIMEOUT_MAX, TargetSettings
from pytest_readiness.systems.http import MOST_BURST, MOST_REQUESTS
from tests.docs_schemas import (
    DRAFT,
    Schema,
    described,
    encoded,
    kinds,
    name_of,
    plain,
    structures,
)
from tests.docs_texts import texts

VERSION = 1
"""It grows when a setting changes its meaning or goes away."""

_REFERENCE = r"\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\}"
_VARIABLE = {
    "description": "`${NAME}` is replaced by an environment variable, `${NAME:-default}` by its "
    "default where it is not set.",
    "type": "string",
    "pattern": _REFERENCE,
}
_NOT_GIVEN = {
    "description": "An empty text, as `${NAME:-}` leaves it, is a setting that is not given.",
    "type": "string",
    "pattern": rf"^({_REFERENCE})?$",
}
_DURATION: Schema = {
    "anyOf": [
        {
            "type": "string",
            "pattern": r"^\s*[0-9]+(\.[0-9]+)?\s*(ms|s|m|h|d)?\s*$",
            "examples": ["500ms", "60s", "2m", "1h", "30d"],
        },
        {"type": "number", "minimum": 0},
        {"$ref": "#/$defs/variable"},
    ]
}
_RETENTION = {"anyOf": [{"const": "forever"}, *_DURATION["anyOf"]]}

_DURATIONS = {
    "Settings": ("wait", "check_timeout"),
    "Attestation": ("valid_for",),
    "Reading": ("valid_for",),
    "FileReading": ("valid_for",),
    "Checklists": ("valid_for",),
    "Command": ("timeout",),
    "Dumps": ("max_age",),
    "ModelIntent": ("max_age",),
}
"""Fields that hold a time: their types say no more than text or number."""

_MORE: dict[str, dict[str, Schema]] = {
    "TargetSettings": {"timeout": {"exclusiveMinimum": 0, "maximum": TIMEOUT_MAX}},
    "HttpSettings": {
        "requests": {"minimum": 1, "maximum": MOST_REQUESTS},
        "burst": {"minimum": 0, "maximum": MOST_BURST},
    },
    "Pool": {"size": {"minimum": 1}, "instances": {"minimum": 1}},
    "PostgresSettings": {"replicas": {"minimum": 0}},
}
"""What the loader holds fields against beyond their types."""

_LAID_OVER = ("Dumps", "Pool", "History")
"""Tables that a profile may complete: what each needs may stand in the other of the two."""

_MAY_BE_EMPTY = (("ModelIntent", "max_age"),)
"""Fields of which an empty text says nothing, beside all fields of a target."""

_TARGET_NAME = "^[A-Za-z0-9_][A-Za-z0-9_-]*$"


def settings_schema() -> str:
    """docs/schema/settings-1.json: the settings as readiness.toml holds them."""
    systems = registry()
    _, defs = structures([Settings, *(system.settings for system in systems.values()), Change])
    for kind in kinds([Settings, *(system.settings for system in systems.values()), Change]):
        if issubclass(kind, msgspec.Struct):
            _of_settings(defs[name_of(kind, defs)], kind)
    for name, schema in defs.items():
        if "enum" in schema:
            defs[name] = _worded(schema)
    tables = defs.pop("Settings")["properties"]
    tables["report"]["items"]["pattern"] = _report_names()
    change = defs.pop("Change")["properties"]
    change.pop("thresholds")
    for name, system in systems.items():
        target = name_of(system.settings, defs)
        defs[target]["description"] = f"A target of {name}."
        tables[name] = _targets(name, target)
    defs |= {f"change_{key}": change[key] for key in CHECK_KEYS}
    tables["checks"] = _checks(defs)
    defs |= {"variable": _VARIABLE, "not_given": _NOT_GIVEN}
    defs["tables"] = {"type": "object", "properties": tables}
    return encoded(
        {
            "$schema": DRAFT,
            "$id": f"urn:pytest-readiness:settings-{VERSION}",
            "title": "Settings of pytest-readiness",
            "description": "readiness.toml, and [tool.readiness] in pyproject.toml.",
            "type": "object",
            "properties": {
                **{name: {"$ref": f"#/$defs/tables/properties/{name}"} for name in tables},
                "profile": _profiles(tables),
            },
            "additionalProperties": False,
            "$defs": defs,
        }
    )


def _report_names() -> str:
    """Names with an extension that there is, in any case; or with a variable, which may end in one.

    JSON Schema's patterns have no flags.
    """
    either = "|".join(re.escape(extension) for extension in sorted(FORMATS))
    any_case = re.sub("[a-z]", lambda sign: f"[{sign[0]}{sign[0].upper()}]", either)
    return rf"({any_case})[/.]*$|\$\{{"


def pyproject_schema() -> str:
    """docs/schema/pyproject-1.json: the same as a part of pyproject.toml."""
    # Without an id of its own, so that the file beside it is found wherever the two are.
    return encoded(
        {
            "$schema": DRAFT,
            "title": "Settings of pytest-readiness in pyproject.toml",
            "type": "object",
            "properties": {
                "tool": {
                    "type": "object",
                    "properties": {"readiness": {"$ref": f"settings-{VERSION}.json"}},
                }
            },
        }
    )


def _profiles(tables: dict[str, Schema]) -> Schema:
    return {
        "description": "Tables that `--readiness-profile NAME` lays over the rest.",
        "type": "object",
        "additionalProperties": {
            "type": "object",
            "properties": {name: {"$ref": f"#/$defs/tables/properties/{name}"} for name in tables},
            "additionalProperties": False,
        },
    }


def _targets(system: str, definition: str) -> Schema:
    return {
        "description": f"Targets of {system} by name: `[{system}.main]`.",
        "type": "object",
        "propertyNames": {"pattern": _TARGET_NAME},
        "additionalProperties": {"$ref": f"#/$defs/{definition}"},
    }


def _of_settings(schema: Schema, kind: type[msgspec.Struct]) -> None:
    """A structure's schema as TOML writes it: without null, and with variables for values."""
    properties = schema["properties"]
    target = issubclass(kind, TargetSettings)
    more = dict(_MORE.get(kind.__name__, {}))
    if target:
        more |= _MORE["TargetSettings"]
    for name, value in properties.items():
        default = value.pop("default", None)
        parts = [part for part in value.pop("anyOf", [value]) if part != {"type": "null"}]
        if name in _DURATIONS.get(kind.__name__, ()):
            parts = list(_DURATION["anyOf"])
        elif (kind.__name__, name) == ("TopicIntent", "retention"):
            parts = list(_RETENTION["anyOf"])
        parts = [_constrained(part, more.get(name, {})) for part in parts]
        empty = target or (kind.__name__, name) in _MAY_BE_EMPTY
        properties[name] = _either(parts, may_be_empty=empty)
        if default not in (None, [], {}) and not isinstance(default, dict):
            properties[name]["default"] = default
    for name, text in texts(kind).items():
        if name in properties:
            described(properties, name, text)
    if kind.__name__ in _LAID_OVER or not schema["required"]:
        schema.pop("required")
    schema["additionalProperties"] = False


def _constrained(part: Schema, more: Schema) -> Schema:
    return {**part, **more} if part.get("type") in ("integer", "number") else part


def _either(parts: list[Schema], *, may_be_empty: bool) -> Schema:
    """A value, or a variable that stands for it; of a target, also an empty text."""
    found: list[Schema] = []
    for part in parts:
        worded = _worded(part)
        found += worded.get("anyOf", [worded])
    is_text = any(part == {"type": "string"} for part in found)
    if may_be_empty and not is_text:
        found = [part for part in found if part != {"$ref": "#/$defs/variable"}]
        found.append({"$ref": "#/$defs/not_given"})
        if any("enum" in part or "pattern" in part for part in parts):
            found.append({"$ref": "#/$defs/variable"})
    return dict(found[0]) if len(found) == 1 else {"anyOf": found}


def _worded(part: Schema) -> Schema:
    """A schema of words, days or patterns, in whose place a variable may stand."""
    if part.get("type") == "array":
        return {**part, "items": _worded(part["items"])} if "items" in part else part
    if part.get("type") == "object" and isinstance(part.get("additionalProperties"), dict):
        return {**part, "additionalProperties": _worded(part["additionalProperties"])}
    if {"enum", "pattern", "format"} & part.keys():
        said = {key: part[key] for key in ("title", "description") if key in part}
        own = {key: value for key, value in part.items() if key not in said}
        return {**said, "anyOf": [own, {"$ref": "#/$defs/variable"}]}
    return part


def _checks(defs: dict[str, Schema]) -> Schema:
    """Tables of checks: each with its own thresholds, for all targets and for one."""
    defs["check"] = _check((), change=False)
    defs["check_on_target"] = _check((), change=True)
    properties: dict[str, Schema] = {}
    for check in Catalogue(registry()).checks:
        properties[check.id] = _named(check, defs)
        for alias in check.aliases:
            old = {**properties[check.id], "deprecated": True}
            properties[alias] = {**old, "description": f"An older name of `{check.id}`."}
    return {
        "description": 'What is changed about single checks: `[checks."redis.persistence"]`; '
        'your own are named `"folder/test_file.py::test_name"`.',
        "type": "object",
        "properties": properties,
        "patternProperties": {"::": {"$ref": "#/$defs/check"}},
        "additionalProperties": False,
    }


def _named(check: CheckSpec, defs: dict[str, Schema]) -> Schema:
    said = f"{check.title} Severity {check.severity.value}."
    if not check.thresholds:
        return {"description": said, "$ref": "#/$defs/check"}
    defs[check.id] = _check(check.thresholds, change=False, name=check.id)
    defs[f"{check.id}_on_target"] = _check(check.thresholds, change=True)
    return {"description": said, "$ref": f"#/$defs/{check.id}"}


def _check(thresholds: tuple[Threshold, ...], *, change: bool, name: str = "check") -> Schema:
    """A table about a check; ``change`` for the one about a single target."""
    properties: dict[str, Any] = {key: {"$ref": f"#/$defs/change_{key}"} for key in CHECK_KEYS}
    properties |= {limit.name: _threshold(limit) for limit in thresholds}
    if not change:
        properties["targets"] = {
            "description": "The same keys and thresholds for one target, by its name.",
            "type": "object",
            "additionalProperties": {"$ref": f"#/$defs/{name}_on_target"},
        }
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _threshold(limit: Threshold) -> Schema:
    bound = "Most" if limit.kind == "at_most" else "Least"
    source = f"; from {limit.source}" if limit.source else ""
    return {
        "description": plain(f"{bound} that passes, in {limit.unit}{source}."),
        "type": "number",
        "minimum": 0,
        "default": limit.default,
    }
