"""Tables to types, with errors that name the file, the key and what is allowed."""

from __future__ import annotations

import re
import types
import typing
from enum import Enum
from typing import Any, Literal, TypeGuard, TypeVar

import msgspec

from pytest_readiness.policy.errors import suggestion
from pytest_readiness.policy.files import Source, Table

S = TypeVar("S", bound=msgspec.Struct)

_WORDS = {
    "str": "a text",
    "float": "a number",
    "int": "a whole number",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "RFC3339 encoded date": "date, written 2026-12-31",
}
_MISSING = "Object missing required field "
_TYPE = re.compile(rf"\b(?:{'|'.join(_WORDS)})\b")
_PATH = re.compile(r" - at `\$\.?(.*?)`$")


def typed(source: Source, key: str, table: Table, kind: type[S]) -> S:
    """A table as a structure of the given kind.

    Raises:
        SettingsError: an unknown key, a value of the wrong type, or one that is not allowed.
    """
    if not isinstance(table, dict):
        raise source.error(key, f"expected a table, got {_kind_of(table)}")
    _known(source, key, table, kind)
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        raise source.error(*_place(key, str(error))) from None


def _known(source: Source, key: str, value: Any, hint: Any) -> None:
    """Hold keys and words against what is allowed, at any depth, before types are judged."""
    choices = _choices(hint)
    if choices and isinstance(value, str) and value not in choices:
        raise source.error(key, f"unknown value {value!r}{suggestion(value, choices)}")
    for part in _parts(hint):
        if _is_struct(part) and isinstance(value, dict):
            _fields(source, key, value, part)
        elif typing.get_origin(part) is dict and isinstance(value, dict):
            inner = typing.get_args(part)[1]
            for name, item in value.items():
                # Said here, where the name is known.
                if _is_struct(inner) and not isinstance(item, dict):
                    problem = f"expected a table, got {_kind_of(item)}"
                    raise source.error(_joined(key, name), problem)
                _known(source, _joined(key, name), item, inner)
        elif typing.get_origin(part) in (tuple, list) and isinstance(value, list):
            for i, item in enumerate(value):
                _known(source, f"{key}[{i}]", item, typing.get_args(part)[0])


def _is_struct(hint: Any) -> TypeGuard[type[msgspec.Struct]]:
    return isinstance(hint, type) and issubclass(hint, msgspec.Struct)


def _fields(source: Source, key: str, table: Table, kind: type[msgspec.Struct]) -> None:
    hints = typing.get_type_hints(kind)
    names = {f.name for f in msgspec.structs.fields(kind)}
    for name, value in table.items():
        if name not in names:
            raise source.error(_joined(key, name), f"unknown key{suggestion(name, names)}")
        _known(source, _joined(key, name), value, hints[name])


def _joined(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _parts(hint: Any) -> tuple[Any, ...]:
    """A hint's alternatives."""
    union = typing.get_origin(hint) in (typing.Union, types.UnionType)
    return typing.get_args(hint) if union else (hint,)


def _place(key: str, text: str) -> tuple[str, str]:
    match = _PATH.search(text)
    if match is None:
        return key, text.replace("`", "").lower()
    path = match[1]
    inner = ".".join(part for part in (key, path) if part)
    problem = text[: match.start()].replace("`", "").replace(" | null", "").replace(" | ", " or ")
    if problem.startswith(_MISSING):
        return f"{inner}.{problem.removeprefix(_MISSING)}", "missing"
    problem = _TYPE.sub(lambda found: _WORDS[found[0]], problem)
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
