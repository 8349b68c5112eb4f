"""Output in bounded memory, and as people read it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.commands import kept
from pytest_readiness.commands.kept import MOST, Kept, size


@given(st.lists(st.binary(max_size=40)))
def test_what_there_is_room_for_is_kept_whole(chunks: list[bytes]) -> None:
    one = Kept()
    for chunk in chunks:
        one.add(chunk)
    assert (one.data, one.total, one.whole) == (b"".join(chunks), len(b"".join(chunks)), True)


@given(st.lists(st.binary(max_size=40)))
def test_beyond_that_the_beginning_and_the_end_are(chunks: list[bytes]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept, "MOST", 16)
        patch.setattr(kept, "_HALF", 8)
        one, all_of_it = Kept(), b"".join(chunks)
        for chunk in chunks:
            one.add(chunk)
            assert len(one.data) <= 24
        assert one.total == len(all_of_it)
        assert one.whole == (one.total <= 16)
        assert one.data.startswith(all_of_it[:8])
        assert one.data.endswith(all_of_it[-8:])


def test_text_that_was_cut_says_so_and_joins_nothing() -> None:
    text = Kept(b"first\n" + b"x" * MOST + b"\nlast\n").text
    head, tail = text.split("\n…\n")
    assert head.startswith("first\nxx")
    assert tail == "last\n"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\x1b[32mok\x1b[0m\r\n", "ok\n"),
        (b"P95: \x1b[1;31m612\x1b[m ms", "P95: 612 ms"),
        (b"10%\r50%\rdone\n", "10%\n50%\ndone\n"),
        (b"\x1b]0;title\x07a\x1b]8;;http://x\x1b\\b", "ab"),
        (b"\x1b]0;never ended\nnext", "\nnext"),
        (b"\x1b(Ba\x1b[", "a"),
        (b"caf\xc3\xa9 \xff\xfe", "café \N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_text(data: bytes, text: str) -> None:
    assert Kept(data).text == text


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (b"\n \n\x1b[0m\n", []),
        (b"a\nb\nc\nd\n\n", ["b", "c", "d"]),
        (b"a\n10%\r 50%\rdone \r\n", ["a", "done"]),
        (b"50%\r100%\r", ["100%"]),
        (b"\ta\t b\n", ["a b"]),
        (b"x" * 40 + b"\n" + b"y" * 40, ["y" * 40]),
        (b"x" * 1000, ["x" * 299 + "…"]),
    ],
)
def test_last_lines(data: bytes, lines: list[str]) -> None:
    assert Kept(data).last_lines(3, 50) == lines


@given(st.binary(), st.integers(1, 9))
def test_last_lines_of_anything(data: bytes, most: int) -> None:
    lines = Kept(data).last_lines(most, 50)
    assert len(lines) <= most
    assert all(line.strip() and "\n" not in line and "\r" not in line for line in lines)


def test_size() -> None:
    assert [size(n) for n in (12, 1000, 64_400, 999_900, 4_210_000)] == [
        "12 bytes",
        "1 kB",
        "64 kB",
        "1.0 MB",
        "4.2 MB",
    ]
