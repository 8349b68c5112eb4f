"""Ticks are changed, and no other byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.policy.checklists.ticks import with_ticks
from tests.checklists.reading import document


@pytest.mark.parametrize(
    ("before", "ticks", "after"),
    [
        (b"- [ ] a\n", {1: True}, b"- [x] a\n"),
        (b"- [x] a\n", {1: False}, b"- [ ] a\n"),
        (b"- [X] a\n", {1: True}, b"- [X] a\n"),
        (b"- [X] a\n", {1: False}, b"- [ ] a\n"),
        (b"- [x] a", {1: True}, b"- [x] a"),
        (b"\xef\xbb\xbf- [ ] a  \r\n- [ ] b", {1: True}, b"\xef\xbb\xbf- [x] a  \r\n- [ ] b"),
        (b"# T\r\r* [ ] a\r", {3: True}, b"# T\r\r* [x] a\r"),
        (b"> 1. \t[ ]\ta [ ] b\n", {1: True}, b"> 1. \t[x]\ta [ ] b\n"),
        (b"- - 2) [ ] \xff\xfe\n", {1: True}, b"- - 2) [x] \xff\xfe\n"),
        (b"-\n  [ ] a\n", {2: True}, b"-\n  [x] a\n"),
        (b"- [ ]\n  a\n", {1: True}, b"- [x]\n  a\n"),
        (b"\x0c\xe2\x80\xa8\n- [ ] a", {2: True}, b"\x0c\xe2\x80\xa8\n- [x] a"),
    ],
)
def test_one_byte_a_tick(before: bytes, ticks: dict[int, bool], after: bytes) -> None:
    assert with_ticks(before, ticks) == after


@pytest.mark.parametrize("line", [0, -1, 2, 3, 4, 99])
def test_a_line_without_a_tick(line: int) -> None:
    with pytest.raises(ValueError, match=f"line {line} holds no tick"):
        with_ticks(b"- [ ] a\ntext [ ] b\n- [x](link)\n", {line: True})


_BULLET = st.sampled_from(["- ", "* ", "+ ", "1. ", "7) ", "> - ", "-\t", "- - ", "  - "])
_ENTRY = st.tuples(_BULLET, st.sampled_from("xX "), st.sampled_from(["a", "б [ ] `c`", "中 "]))


@given(
    st.lists(_ENTRY, min_size=1, max_size=8),
    st.sampled_from(["\n", "\r\n", "\r", "\n\n", "\r\n\r\n"]),
    st.sampled_from(["", "\ufeff", "# T\n"]),
    st.data(),
)
def test_what_is_read_can_be_ticked(
    entries: list[tuple[str, str, str]], end: str, before: str, data: st.DataObject
) -> None:
    text = before + "".join(f"{bullet}[{box}] {rest}{end}" for bullet, box, rest in entries)
    found = document(text).items
    wanted = {i.line: data.draw(st.booleans()) for i in found}
    content = text.encode()
    changed = with_ticks(content, wanted)
    again = document(changed.decode()).items
    assert {i.line: i.ticked for i in again} == wanted
    assert [i.slug for i in again] == [i.slug for i in found]
    differing = sum(a != b for a, b in zip(content, changed, strict=True))
    assert differing == sum(i.ticked != wanted[i.line] for i in found)
    assert with_ticks(changed, {i.line: i.ticked for i in found}).lower() == content.lower()
