"""Numbers and values of JSON in any text."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.commands.extracting import (
    NotFoundError,
    json_values,
    kind_of,
    numbers,
    parsed,
    same,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


def number(text: str) -> tuple[float, float]:
    (found,) = numbers("^(.*)$", [text])
    return found.value, found.other


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("612.5", 612.5),
        ("450.", 450),
        (".5", 0.5),
        ("-3", -3),
        ("+3", 3),
        ("1e3", 1000),
        ("1.5E-2", 0.015),
        ("1,234.5", 1234.5),
        ("-1,234,567", -1234567),
        (" 7 ", 7),
        ("007", 7),
    ],
)
def test_a_number(text: str, value: float) -> None:
    assert number(text) == (value, value)


@pytest.mark.parametrize("text", ["1,234", "-12,345"])
def test_a_comma_that_may_stand_before_decimals(text: str) -> None:
    assert number(text) == (float(text.replace(",", "")), float(text.replace(",", ".")))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "n/a",
        "nan",
        "inf",
        "1e999",
        "1.2.3",
        "0,234",
        "12,5",
        "1 234",
        "1_234",
        "0x10",
        "12ms",
        "²",
        "١٢",
        "1" * 100,
    ],
)
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(NotFoundError) as error:
        number(text)
    assert "\n" not in str(error.value)
    assert str(error.value).endswith("which is no number")


@given(st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_that_python_prints(value: float) -> None:
    assert number(repr(value)) == (value, value)


@given(st.text())
def test_any_text_is_a_number_or_said_to_be_none(text: str) -> None:
    found, said = [1.0], ""
    try:
        found = [reading.value for reading in numbers("(.+)", [text])]
    except NotFoundError as error:
        said = str(error)
    assert found and all(map(math.isfinite, found))
    assert "\n" not in said


def test_numbers_of_all_streams_and_lines() -> None:
    texts = ["P95: 1 ms\nP95: 2 ms\n", "P95: 3 ms"]
    assert [r.value for r in numbers("^P95: (.*) ms$", texts)] == [1, 2, 3]


def test_no_number_at_all() -> None:
    with pytest.raises(NotFoundError, match=r"^P95: \(x\) is not in the output$"):
        list(numbers("P95: (x)", ["", "P99: x"]))
    with pytest.raises(NotFoundError, match="found '', which is no number"):
        list(numbers("a(1)?", ["a"]))


def test_values_and_their_places() -> None:
    text = json.dumps({"jobs": [{"state": "ok", "the id": 1}, {"state": "down"}]})
    assert json_values("$.jobs[*].state", text) == [
        ("$.jobs[0].state", "ok"),
        ("$.jobs[1].state", "down"),
    ]
    assert json_values("$.jobs[0]['the id']", text) == [('$.jobs[0]["the id"]', 1)]
    assert json_values("$.jobs[?@.state=='down'].state", text)[0].value == "down"
    assert json_values("$", "\ufeff 5 \n") == [("$", 5)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the standard output is empty, no JSON"),
        (" \n", "the standard output is empty, no JSON"),
        (
            "all fine",
            "the standard output is no JSON: expecting value in line 1, column 1: 'all fine'",
        ),
        (
            '{"a": 1}\nINFO done\n',
            "the standard output does not end with the JSON: line 2 is 'INFO done'",
        ),
        ("{'a': 1}", "the standard output is no JSON: expecting property name enclosed in double"),
        ("[" * 200_000, "the standard output is JSON that is nested too deeply"),
        ("1" * 5000, "the standard output is no JSON: a number of too many digits"),
        ("\x00\x01", "the standard output is no JSON: expecting value in line 1, column 1: "),
        ('{"b": 1}', "$.a is not in the output"),
        ("[]", "$.a is not in the output"),
    ],
)
def test_what_holds_no_value(text: str, said: str) -> None:
    with pytest.raises(NotFoundError) as error:
        json_values("$.a", text)
    assert str(error.value).startswith(said)
    assert "\n" not in str(error.value)


def test_what_is_too_deep_to_look_into_is_no_crash() -> None:
    with pytest.raises(NotFoundError):
        json_values("$..a", "[" * 600 + "]" * 600)


def test_a_key_that_stands_twice() -> None:
    """Readers of JSON differ on which value counts; two that are equal harm nobody."""
    assert json_values("$.a", '{"a": "ok", "a": "ok"}')[0].value == "ok"
    for text in ('{"a": "down", "a": "ok"}', '{"a": 1, "a": true}', '{"a": 1, "a": 2, "a": 1}'):
        value = json_values("$.a", text)[0].value
        assert kind_of(value) == "there twice, with different values"
    with pytest.raises(NotFoundError):
        json_values("$.a.b", '{"a": {"b": 1}, "a": {"b": 2}}')


@given(JSON)
def test_json_is_read_as_it_was_written(value: object) -> None:
    assert same(parsed(json.dumps(value)), value)


@given(st.text())
def test_any_text_is_json_or_said_to_be_none(text: str) -> None:
    said = ""
    try:
        parsed(text)
    except NotFoundError as error:
        said = str(error)
    assert "\n" not in said


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [(1, True, False), (0, False, False), (1, 1.0, True), ("1", 1, False), ("a", "a", True)],
)
def test_sameness(one: object, other: object, equal: bool) -> None:
    assert same(one, other) is equal
