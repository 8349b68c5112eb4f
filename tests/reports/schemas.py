"""The published schemas as validators, for tests."""

from __future__ import annotations

import datetime as dt
import json
from functools import reduce
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource

from tests.docs_pages import DOCS

FOLDER = DOCS / "schema"
FORMATS = FormatChecker(formats=())


@FORMATS.checks("date", raises=ValueError)
def _is_date(value: object) -> bool:
    return not isinstance(value, str) or bool(dt.date.fromisoformat(value))


@FORMATS.checks("date-time", raises=ValueError)
def _is_time(value: object) -> bool:
    if not isinstance(value, str):
        return True
    return dt.datetime.fromisoformat(value.replace("Z", "+00:00")).tzinfo is not None


def schema(name: str) -> Any:
    """A schema as it is published."""
    return json.loads((FOLDER / name).read_text("utf-8"))


def validator(given: Any) -> Draft202012Validator:
    """What holds values against a schema; other schemas are found beside it, by name."""

    def beside(name: str) -> Resource[Any]:
        return Resource.from_contents(schema(name))

    registry: Registry[Any] = Registry(retrieve=beside)  # type: ignore[call-arg]  # attrs' alias
    return Draft202012Validator(given, registry=registry, format_checker=FORMATS)


def problems(checker: Draft202012Validator, value: object) -> list[str]:
    """What is wrong with a value, place by place."""
    return [f"{error.json_path}: {error.message[:200]}" for error in checker.iter_errors(value)]


def undescribed(found: Any) -> list[str]:
    """Properties that say nothing of themselves, nor does what they refer to."""
    missing = []

    def walk(node: Any, path: str) -> None:
        if isinstance(node, list):
            for number, item in enumerate(node):
                walk(item, f"{path}[{number}]")
        elif isinstance(node, dict):
            properties = node.get("properties")
            for name, value in properties.items() if isinstance(properties, dict) else ():
                if not _says(found, value):
                    missing.append(f"{path}.{name}")
            for name, value in node.items():
                walk(value, f"{path}.{name}")

    walk(found, "")
    return missing


def _says(found: Any, value: Any) -> bool:
    while "description" not in value and value.get("$ref", "").startswith("#/"):
        path = value["$ref"].removeprefix("#/").split("/")
        value = reduce(lambda node, part: node[part], path, found)
    return bool(value.get("description"))
