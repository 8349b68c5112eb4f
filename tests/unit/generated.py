"""Values of any type that settings, facts and reports are made of, for Hypothesis."""

from __future__ import annotations

import datetime as dt
import types
import typing
from enum import Enum
from typing import Any, Literal

import msgspec
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

ANYTHING: SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)

_PLAIN: dict[Any, SearchStrategy[Any]] = {
    type(None): st.none(),
    bool: st.booleans(),
    int: st.integers(),
    float: st.floats(),
    str: st.text(max_size=8),
    dt.date: st.dates(),
    Any: ANYTHING,
}


def values(hint: Any, finite: bool = False) -> SearchStrategy[Any]:
    """Values of a type, structures and unseen facts among them.

    Args:
        hint: a type as annotations write it.
        finite: whether numbers and texts are such as JSON has.
    """
    if finite and hint in (int, float):
        small = st.integers(-(2**53), 2**53)
        return small if hint is int else st.floats(allow_nan=False, allow_infinity=False)
    if hint is str and not finite:
        # A server's bytes may come as lone surrogates too.
        return st.text(st.characters(codec=None), max_size=8)
    if hint in _PLAIN:
        return _PLAIN[hint]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(list(hint))
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return _structures(hint, finite)
    return _composed(hint, finite)


def _composed(hint: Any, finite: bool) -> SearchStrategy[Any]:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        return st.sampled_from(inner)
    if origin is typing.Annotated and inner[0] in (int, float):
        (meta,) = hint.__metadata__
        kind = st.integers if inner[0] is int else st.floats
        return kind(min_value=meta.ge, max_value=meta.le)
    if origin is typing.Annotated and hint.__metadata__[0].pattern:
        return st.from_regex(hint.__metadata__[0].pattern.rstrip("$") + r"\Z").map(str)
    if origin is typing.Annotated:
        return values(inner[0], finite).filter(_within(hint.__metadata__))
    if origin in (typing.Union, types.UnionType):
        return st.one_of(*(values(part, finite) for part in inner))
    if origin is dict:
        return st.dictionaries(st.text(max_size=6), values(inner[1], finite), max_size=2)
    if origin is tuple and inner[-1] is not Ellipsis:
        return st.tuples(*(values(part, finite) for part in inner))
    if origin is tuple:
        return st.lists(values(inner[0], finite), max_size=2).map(tuple)
    assert origin is list, hint
    return st.lists(values(inner[0], finite), max_size=2)


def _within(metadata: tuple[Any, ...]) -> Any:
    (meta,) = metadata
    return lambda text: len(text) >= (meta.min_length or 0)


def _structures(kind: type[msgspec.Struct], finite: bool) -> SearchStrategy[Any]:
    hints = typing.get_type_hints(kind, include_extras=True)
    given = {}
    for field in msgspec.structs.fields(kind):
        given[field.name] = values(hints[field.name], finite)
        if field.default is msgspec.UNSET:
            given[field.name] |= st.just(msgspec.UNSET)
    return st.builds(kind, **given)


def one_line(raised: BaseException, *secrets: str) -> None:
    """An error for people: one line, and none of the secrets in it."""
    text = str(raised)
    assert len(text.splitlines()) <= 1, text
    assert not [secret for secret in secrets if secret in text], text


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal, in their types too; NaN is equal to itself."""
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return one == other or (one != one and other != other)
    if isinstance(one, msgspec.Struct):
        # Past the facts' own reading, which refuses to give what was not seen.
        read = msgspec.Struct.__getattribute__
        return all(same(read(one, f), read(other, f)) for f in one.__struct_fields__)
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)
