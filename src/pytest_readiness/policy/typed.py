"""Tables to types, with errors that name the file, the key and what is allowed."""

from __future__ import annotations

import re
import types
import typing
from enum import Enum
from typing import Any, Literal, TypeVar

import msgspec

from pytest_readiness.policy.errors import suggestion
from pytest_readiness.policy.files import Source, Table

S = TypeVar("S", bound=msgspec.Struct)

_PATH = re.compile(r" - at `\$\.?(.*?)`$")


def typed(source: Source, key: str, table: Table, kind: type[S]) -> S:
    """A table as a structure of the given kind.

    Raises:
        SettingsError: an unknown key, a value of the wrong type, or one that is not allowed.
    """
    if not isinstance(table, dict):
        raise source.error(key, f"expected a table, got {_kind_of(table)}")
    dot = f"{key}." if key else ""
    hints = typing.get_type_hints(kind)
    for name, value in table.items():
        if name not in hints:
            raise source.error(dot + name, f"unknown key{suggestion(name, hints)}")
        choices = _choices(hints[name])
        if choices and isinstance(value, str) and value not in choices:
            raise source.error(dot + name, f"unknown value {value!r}{suggestion(value, choices)}")
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        raise source.error(*_place(key, str(error))) from None


def _place(key: str, text: str) -> tuple[str, str]:
    match = _PATH.search(text)
    if match is None:
        return key, text.replace("`", "").lower()
    path = match[1]
    inner = ".".join(part for part in (key, path) if part)
    problem = text[: match.start()].replace("`", "").replace("object", "table")
    return inner, problem[0].lower() + problem[1:]


def _choices(hint: Any) -> tuple[str, ...]:
    """The words a field accepts, where it accepts words of a list only."""
    origin = typing.get_origin(hint)
    if origin is Literal:
        return tuple(str(item) for item in typing.get_args(hint))
    if origin in (typing.Union, types.UnionType):
        found = [_choices(part) for part in typing.get_args(hint) if part is not type(None)]
        return sum(found, ()) if all(found) else ()
    if isinstance(hint, type) and issubclass(hint, Enum):
        return tuple(str(member.value) for member in hint)
    return ()


def _kind_of(value: object) -> str:
    return {str: "a text", list: "a list", bool: "a truth value"}.get(type(value), "a number")
