"""Branches and merges of any kind, against what their shape alone says."""

from __future__ import annotations

import random
from typing import NamedTuple

import pytest

from .repositories import EPOCH_DAY, FIRST, Repository
from .test_histories import commits_of

TITLES = ("alpha one", "bravo two", "charlie three")


class Node(NamedTuple):
    parents: list[int]
    ticked: tuple[bool, ...]


@pytest.mark.parametrize("seed", range(16))
def test_the_latest_commit_that_ticked_on_any_side_counts(repo: Repository, seed: int) -> None:
    nodes = _nodes(random.Random(seed))
    stream = [line for number in range(len(nodes)) for line in _commit(nodes, number)]
    repo.git("fast-import", "--quiet", "--export-marks=marks", given="\n".join(stream))
    repo.git("checkout", "-q", f"b{len(nodes) - 1}")
    commits = commits_of(repo.folder / "marks")

    found = {key: commits.index(mark.commit or "") for key, mark in repo.ticks().items()}

    newest = nodes[-1].ticked
    assert found == {
        title.replace(" ", "-"): _latest(nodes, item)
        for item, title in enumerate(TITLES)
        if newest[item]
    }


def _nodes(chance: random.Random) -> list[Node]:
    nodes = [Node([], (False,) * 3)]
    for number in range(1, chance.randint(6, 25)):
        parents = [chance.randrange(max(0, number - 4), number)]
        other = chance.randrange(max(0, number - 5), number)
        # Git does not merge what is merged already.
        if not (_line(nodes, other) & {parents[0]} or _line(nodes, parents[0]) & {other}):
            parents.append(other)
        sides = [nodes[parent].ticked for parent in parents]
        ticked = [chance.choice(sides)[item] for item in range(3)]
        if len(parents) == 1:
            item = chance.randrange(3)
            ticked[item] = not ticked[item]
        nodes.append(Node(parents, tuple(ticked)))
    return nodes


def _line(nodes: list[Node], number: int) -> set[int]:
    """The commit with all that it rests on."""
    return {number}.union(*(_line(nodes, parent) for parent in nodes[number].parents))


def _latest(nodes: list[Node], item: int) -> int:
    """The latest commit that ticked it, among all from which the tick came down unbroken."""
    brought, todo = set(), {len(nodes) - 1}
    while todo:
        number = todo.pop()
        older = {parent for parent in nodes[number].parents if nodes[parent].ticked[item]}
        todo |= older
        brought |= set() if older else {number}
    return max(brought)


def _commit(nodes: list[Node], number: int) -> list[str]:
    parents, ticked = nodes[number]
    items = "".join(f"- [{'x' if t else ' '}] {n}\n" for t, n in zip(ticked, TITLES, strict=True))
    text = "# List\n\n" + "A sentence about the list.\n" * 20 + items
    time = FIRST + number * EPOCH_DAY
    lines = [f"commit refs/heads/b{number}", f"mark :{number + 1}"]
    lines += [f"committer Ada <ada@example.org> {time} +0000", "data 0"]
    words = ("from", "merge")
    lines += [f"{word} :{parent + 1}" for word, parent in zip(words, parents, strict=False)]
    return [*lines, "M 100644 inline GO_LIVE.md", f"data {len(text)}", text]
