"""JSON Schemas from the structures: of the report here, of the settings in docs_settings_schema."""

from __future__ import annotations

import inspect
import json
import re
import types
import typing
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any

import msgspec

from pytest_readiness.model import SCHEMA, Outcome, Scorecard
from tests.docs_texts import texts

DRAFT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]

_LATER = {
    "About": {"settings_file"},
    "Evidence": {"window"},
    "Past": {"runs"},
    "Target": {"version", "facts"},
}
"""Fields that reports of this version did not have from the beginning: not required, so that
older ones hold against the schema as they are read by the code. A new field is added here."""

_HUNDRED = {"minimum": 0, "maximum": 100}
_FROM_ZERO = {"minimum": 0}
_DATE = {"format": "date"}
_TIME = {"format": "date-time"}

_MORE: dict[str, dict[str, Schema]] = {
    "About": {"duration": _FROM_ZERO, "started": _TIME},
    "Checklist": {"score": _HUNDRED, "done": _FROM_ZERO, "total": _FROM_ZERO},
    "ChecklistGroup": {"line": {"minimum": 1}},
    "ChecklistItem": {"due": _DATE},
    "Comparison": {"score": _HUNDRED, "started": _TIME},
    "Finding": {
        "points": _FROM_ZERO,
        "duration": _FROM_ZERO,
        "line": {"minimum": 1},
    },
    "Limits": {
        "target_score": _HUNDRED,
        "minimum_score": _HUNDRED,
        "max_failed_high": _FROM_ZERO,
        "minimum_coverage": {"minimum": 0, "maximum": 1},
    },
    "Past": {"score": _HUNDRED, "started": _TIME},
    "PastRun": {"score": _HUNDRED, "target_score": _HUNDRED, "started": _TIME},
    "Relaxed": {"expires": _DATE},
    "Scope": {"expected": _FROM_ZERO, "selected": _FROM_ZERO},
    "Scorecard": {
        "schema": {"const": SCHEMA},
        "score": _HUNDRED,
        "score_without_waivers": _HUNDRED,
        "target_score": _HUNDRED,
        "coverage": {"minimum": 0, "maximum": 1},
        "counts": {
            "required": [outcome.value for outcome in Outcome],
            "propertyNames": {"enum": [outcome.value for outcome in Outcome]},
            "additionalProperties": {"type": "integer", "minimum": 0},
        },
    },
    "Signature": {"on": _DATE, "until": _DATE},
    "Waived": {"expires": _DATE},
    "Window": {"start": _TIME, "seconds": _FROM_ZERO},
}
"""What the fields hold beyond their types."""


def report_schema() -> str:
    """docs/schema/report-1.json: the report of the present version."""
    (root,), defs = structures([Scorecard])
    for kind in kinds([Scorecard]):
        if issubclass(kind, msgspec.Struct):
            _of_report(defs[kind.__name__], kind)
    return encoded(
        {
            "$schema": DRAFT,
            "$id": f"urn:pytest-readiness:report-{SCHEMA}",
            "title": "Report of pytest-readiness",
            "description": "What `--readiness-report FILE.json` writes. More fields may stand "
            "beside these; the version grows when one changes its meaning or goes away.",
            **root,
            "$defs": defs,
        }
    )


def _of_report(schema: Schema, kind: type[msgspec.Struct]) -> None:
    name = kind.__name__
    fields = [field.encode_name for field in msgspec.structs.fields(kind)]
    schema["required"] = [field for field in fields if field not in _LATER.get(name, ())]
    schema["additionalProperties"] = True
    for field, constraint in _MORE.get(name, {}).items():
        typed_part(schema["properties"][field]).update(constraint)
    for field, text in texts(kind).items():
        described(schema["properties"], field, re.sub(r"\bNone\b", "null", text))
    for value in schema["properties"].values():
        # All fields are written, so that a default says nothing.
        value.pop("default", None)


def structures(roots: Iterable[Any]) -> tuple[tuple[Schema, ...], dict[str, Schema]]:
    """References to structures, and definitions of these and of all that they hold."""
    given = list(roots)
    found, defs = msgspec.json.schema_components(given, ref_template="#/$defs/{name}")
    for kind in kinds(given):
        schema = defs[name_of(kind, defs)]
        schema["description"] = plain(inspect.getdoc(kind) or "")
        if issubclass(kind, Enum):
            # In their own order: the gravest first.
            schema["enum"] = [member.value for member in kind]
    return found, defs


def name_of(kind: type, defs: dict[str, Schema]) -> str:
    """Name of a structure's definition, which has the module before it where two are alike."""
    long = f"{kind.__module__}.{kind.__name__}"
    return long if long in defs else kind.__name__


def kinds(roots: Iterable[Any]) -> list[type]:
    """Structures and enumerations that types are made of, each once."""
    found: dict[type, None] = {}
    waiting = list(roots)
    while waiting:
        hint = waiting.pop(0)
        if isinstance(hint, type) and not isinstance(hint, types.GenericAlias):
            if issubclass(hint, (msgspec.Struct, Enum)) and hint not in found:
                found[hint] = None
                waiting += _hints(hint)
        else:
            waiting += typing.get_args(hint)
    return list(found)


def _hints(kind: type) -> Iterator[Any]:
    if issubclass(kind, msgspec.Struct):
        yield from typing.get_type_hints(kind, include_extras=True).values()


def typed_part(schema: Schema) -> Schema:
    """The part of a schema that is not null."""
    parts: list[Schema] = schema.get("anyOf", [schema])
    return next(part for part in parts if part.get("type") != "null")


def described(properties: dict[str, Schema], name: str, text: str) -> None:
    """Put a description at the beginning of a property."""
    properties[name] = {"description": text, **properties[name]}


def plain(text: str) -> str:
    """The first paragraph of a docstring, as one line."""
    return " ".join(text.partition("\n\n")[0].split()).replace("``", "`")


def encoded(schema: Schema) -> str:
    """A schema as it stands in its file."""
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
