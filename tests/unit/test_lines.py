"""Text in the terminal: what is cut says so."""

from __future__ import annotations

import itertools
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.reports.text.lines import (
    Line,
    columns,
    cut,
    first,
    indented,
    padded,
    wrapped,
)
from pytest_readiness.reports.text.signs import signs, squeezed


def test_what_is_cut_is_marked() -> None:
    found = [Line("a"), Line("b"), Line("c")]
    assert [line.text for line in first(found, 2)] == ["a", "b …"]
    assert first(found, 3) == found
    assert cut("abcdef", 4) == "abc…"
    assert cut("abcd", 4) == "abcd"


def test_a_marked_line_fits_the_width() -> None:
    text = "word " * 100
    assert max(len(line.text) for line in first(indented(text, 80), 3)) <= 80


def test_a_long_name_stays_whole() -> None:
    name = "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
    assert any(name in line.text for line in indented(f"Set authorizer.class.name={name}.", 60))


def test_commands_are_not_broken_at_their_hyphens() -> None:
    lines = wrapped("x " * 30 + "kafka-configs --add-config a=b", 70)
    assert any("kafka-configs --add-config" in line.text for line in lines)


def test_wide_signs_do_not_break_names() -> None:
    text = "  route: docs/board.md:400 扫描通过, docs/board.md:407 权限为六百, docs/board.md:9 完"
    shown = [line.text for line in wrapped(text, 44)]
    assert shown == [
        "  route: docs/board.md:400 扫描通过,",
        "    docs/board.md:407 权限为六百,",
        "    docs/board.md:9 完",
    ]
    long = [line.text for line in wrapped("通" * 50, 44)]
    assert [columns(line) for line in long] == [44, 44, 20]


# As terminals draw them that know today's Unicode: one cluster, one width.
WIDTHS = {
    "a": 1,
    "é": 1,
    "e\u0301": 1,
    "数": 2,
    "ﾊ": 1,
    "Ａ": 2,
    "한": 2,
    "\u1112\u1161\u11ab": 2,
    "👍": 2,
    "👍🏽": 2,
    "👩\u200d👩\u200d👧\u200d👦": 2,
    "🇩🇪": 2,
    "❤": 1,
    "❤\ufe0f": 2,
    "1\ufe0f\u20e3": 2,
    "ก็": 1,
    "█░→…×": 5,
    "\u202e\u200b": 0,
}


@pytest.mark.parametrize("text", WIDTHS)
def test_columns(text: str) -> None:
    assert columns(text) == WIDTHS[text]
    assert columns(f"a{text}b") == WIDTHS[text] + 2
    assert columns(padded(text, 10)) == 10


TEXTS = st.lists(
    st.sampled_from(list(WIDTHS)) | st.text(max_size=5) | st.just(" "), max_size=20
).map("".join)


@given(TEXTS, st.integers(0, 40))
def test_a_cut_fits_and_breaks_no_sign(text: str, width: int) -> None:
    for short in (cut(text, width), squeezed(text, width)):
        assert columns(short) <= width
        if short != text and width:
            whole = [sign for sign, _ in signs(text)]
            begin = list(itertools.accumulate(whole, initial=""))
            end = list(itertools.accumulate(reversed(whole), lambda a, b: b + a, initial=""))
            # The text may hold the mark itself.
            marks = [i for i, sign in enumerate(short) if sign == "…"]
            assert any(short[:i] in begin and short[i + 1 :] in end for i in marks)


@given(TEXTS, st.integers(20, 80))
def test_wrapping_loses_nothing(text: str, width: int) -> None:
    shown = [line.text for line in wrapped(text, width)]
    assert "".join("".join(shown).split()) == "".join(text.split())
    for line in shown:
        whole = max(line.split(), key=columns, default="")
        assert columns(line) <= width or columns(whole) > width - 6


@given(st.text(st.characters(codec=None)))
def test_what_is_printed_is_inert(text: str) -> None:
    line = Line(text).printable().text
    assert not any(category(sign) in ("Cc", "Cs", "Zl", "Zp") for sign in line)
    assert not set(line) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b")


@given(st.text(), st.sampled_from(["ascii", "latin-1", "cp1252", "koi8-r", "utf-8"]))
def test_any_text_in_any_encoding(text: str, encoding: str) -> None:
    Line(text).printable(encoding).text.encode(encoding)
