"""Finds values in what a command printed. Pure: texts in, values or a sentence out."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from pytest_readiness.policy.expectations import LIBRARY, regex

_SHOWN = 80
"""Characters of what was found that a sentence repeats."""

_NUMBER = re.compile(r"[+-]?(?:\d{1,60}(?:\.\d{0,60})?|\.\d{1,60})(?:[eE][+-]?\d{1,4})?", re.ASCII)
_GROUPED = re.compile(r"([+-]?)([1-9]\d{0,2}(?:,\d{3}){1,20})(\.\d{0,60})?", re.ASCII)
_KEY = re.compile(r"[A-Za-z_]\w*", re.ASCII)


class NotFoundError(Exception):
    """The output does not hold what was looked for; the text is a sentence about why."""


class Reading(NamedTuple):
    """A number in a text, and how else it may be meant."""

    value: float
    other: float
    """The same as `value`, but for ``1,234``: 1.234 where a comma stands before decimals."""
    said: str
    """As it was printed."""


def numbers(pattern: str, texts: Iterable[str]) -> Iterator[Reading]:
    """What the one group of an expression holds, wherever it is found.

    Raises:
        NotFoundError: it is found nowhere, or what it holds is no number.
    """
    compiled = regex(pattern)
    found = False
    for text in texts:
        for match in compiled.finditer(text):
            found = True
            yield _reading(pattern, match[1])
    if not found:
        raise NotFoundError(f"{pattern} is not in the output")


def _reading(pattern: str, text: str | None) -> Reading:
    said = (text or "").strip()
    if _NUMBER.fullmatch(said):
        value = float(said) if re.search("[.eE]", said) else int(said)
        if math.isfinite(value):
            return Reading(value, value, said)
    if grouped := _GROUPED.fullmatch(said):
        sign, digits, decimals = grouped.groups()
        value = float(f"{sign}{digits.replace(',', '')}{decimals or ''}")
        single = decimals is None and digits.count(",") == 1
        return Reading(value, float(said.replace(",", ".")) if single else value, said)
    raise NotFoundError(f"{pattern} found {quoted(said)}, which is no number")


def quoted(text: str) -> str:
    """A text within a sentence, in one line and cut."""
    line = " ".join(text[: 2 * _SHOWN].split())
    return f"'{line}'" if len(line) <= _SHOWN else f"'{line[: _SHOWN - 1]}…'"


class Twice:
    """Stands for what one key has several values for: readers of JSON differ on which counts."""


class Placed(NamedTuple):
    """A value in JSON, and where it is."""

    place: str
    """``$.jobs[0].state``."""
    value: object


def json_values(path: str, text: str) -> list[Placed]:
    """The values at a JSONPath, of which there is at least one.

    Raises:
        NotFoundError: the text is not JSON, or has nothing at the path.
    """
    try:
        import jsonpath_rfc9535 as jsonpath
    except ImportError:
        raise NotFoundError(f"{path} needs the library jsonpath-rfc9535: {LIBRARY}") from None
    data: Any = parsed(text)
    try:
        nodes = jsonpath.compile(path).find(data)
    except (jsonpath.JSONPathError, RecursionError):
        raise NotFoundError(f"{path} cannot be looked up: nested too deeply") from None
    if not nodes:
        raise NotFoundError(f"{path} is not in the output")
    return [Placed(_placed(node.location), node.value) for node in nodes]


def parsed(text: str) -> object:
    """A text that is JSON and nothing else; NaN, which Python prints, is let through.

    Raises:
        NotFoundError: it is none.
    """
    text = text.removeprefix("\ufeff").strip()
    if not text:
        raise NotFoundError("the standard output is empty, no JSON")
    try:
        return json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise NotFoundError(_no_json(text, error)) from None
    except RecursionError:
        raise NotFoundError("the standard output is JSON that is nested too deeply") from None
    except ValueError:
        problem = "the standard output is no JSON: a number of too many digits"
        raise NotFoundError(problem) from None


def _no_json(text: str, error: json.JSONDecodeError) -> str:
    # From its beginning: half of a secret would not be known for one.
    begin = text.rfind("\n", 0, error.pos) + 1
    line = quoted(text[begin : begin + 4 * _SHOWN].partition("\n")[0])
    if error.msg == "Extra data":
        return f"the standard output does not end with the JSON: line {error.lineno} is {line}"
    where = f"line {error.lineno}, column {error.colno}"
    return f"the standard output is no JSON: {error.msg.lower()} in {where}: {line}"


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table = dict(pairs)
    if len(table) < len(pairs):
        seen: dict[str, object] = {}
        for key, value in pairs:
            if key in seen and not same(seen[key], value):
                table[key] = Twice()
            seen.setdefault(key, value)
    return table


def same(one: object, other: object) -> bool:
    """Whether two values of JSON are equal; 1 and true, which Python takes for one, are not."""
    if isinstance(one, dict | list):
        return json.dumps(one, default=id) == json.dumps(other, default=id)
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return one == other


def _placed(location: Iterable[int | str]) -> str:
    parts = (
        f".{part}"
        if isinstance(part, str) and _KEY.fullmatch(part)
        else f"[{json.dumps(part, ensure_ascii=False)}]"
        for part in location
    )
    return f"${''.join(parts)}"


def kind_of(value: object) -> str:
    """What a value of JSON is, in words."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return f"the number {value}"
    if isinstance(value, str):
        return f"the text {quoted(value)}"
    words = {dict: "a table", list: "a list", Twice: "there twice, with different values"}
    return words.get(type(value), "null")
