"""Shards: how they are written, and that every check is run in exactly one of them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.policy.shards import MOST, Part, one, some, spans
from pytest_readiness.run.shards import Shard
from tests.unit.generated import one_line

NUMBERS = st.frozensets(st.integers(1, MOST), min_size=1)


@given(NUMBERS, st.integers(1, MOST))
def test_parts_are_read_as_they_are_written(numbers: frozenset[int], of: int) -> None:
    part = Part(numbers, max(of, *numbers))
    assert some(str(part)) == part
    assert part.numbers.isdisjoint(part.missing)
    assert len(part.numbers) + len(part.missing) == part.of


@given(st.text() | st.from_regex(r"-?\d{0,9} ?/ ?\d{0,9}") | st.from_regex(r"[\d,-]{0,20}/\d+"))
def test_any_text_is_a_part_or_one_line(text: str) -> None:
    for read in (one, some):
        try:
            part = read(text)
        except ValueError as error:
            one_line(error)
        else:
            assert 1 <= min(part.numbers) <= max(part.numbers) <= part.of <= MOST


@pytest.mark.parametrize("text", ["0/3", "4/3", "1/0", "1/1001", "1", "1/", "a/b", "1/2/3", "-1/3"])
def test_what_is_no_shard(text: str) -> None:
    with pytest.raises(ValueError, match="shard"):
        one(text)


def test_spans() -> None:
    assert spans([5, 3, 1, 2]) == "1-3,5"
    assert str(one(" 2 / 8 ")) == "2/8"


def shards(of: int, names: list[str]) -> list[Shard]:
    targets: Any = [SimpleNamespace(system=name[0], name=name) for name in names]
    return [Shard(f"{number}/{of}", targets) for number in range(1, of + 1)]


@given(st.integers(1, 20), st.lists(st.text("abc", min_size=1), unique=True), st.data())
def test_each_check_is_run_in_one_shard(of: int, names: list[str], data: st.DataObject) -> None:
    """Whatever targets it asks for: one, several, none, or some that are not configured."""
    keys = [(name[0], name) for name in names]
    asked = data.draw(st.lists(st.sampled_from([*keys, ("x", "unknown")]), max_size=3))
    assert sum(shard.owns(asked) for shard in shards(of, names)) == 1


@given(st.integers(1, 20), st.lists(st.text("abc", min_size=1), unique=True))
def test_targets_are_dealt_out_evenly(of: int, names: list[str]) -> None:
    counts = [sum(shard.owns([(name[0], name)]) for name in names) for shard in shards(of, names)]
    assert max(counts) - min(counts) <= 1
