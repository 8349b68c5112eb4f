"""Histories of any kind, against a book that is kept while they are made."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from pytest_readiness.provenance.ticks import ticks

from .repositories import EPOCH_DAY, FIRST, Repository, read

WORDS = ("alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "kilo")


class Item:
    def __init__(self, word: str) -> None:
        self.words = [word, f"{word}ly", "is", "done"]
        self.ticked_in: int | None = None
        self.indent = 0

    def line(self) -> str:
        mark = " " if self.ticked_in is None else "x"
        return f"{'  ' * self.indent}- [{mark}] {' '.join(self.words)}\n"


@pytest.mark.parametrize("seed", range(16))
def test_any_line_of_changes(repo: Repository, seed: int) -> None:
    """Each commit makes up to three changes; the book says which one ticked an item last."""
    chance = random.Random(seed)
    items: list[Item] = []
    fresh = iter(WORDS)
    stream: list[str] = []
    name, ends = "a.md", "\n"
    for version in range(30):
        before = [(item, item.ticked_in) for item in items]
        for _ in range(chance.randint(1, 3)):
            _change(chance, items, fresh, version)
        for item, since in before:
            if since is not None and item.ticked_in is not None:
                # Opened and ticked within one commit, which shows neither.
                item.ticked_in = since
        old, ends = name, chance.choice(["\n", "\n", "\n", "\r\n"])
        if chance.random() < 0.1:
            name = f"folder-{version}/list.md"
        stream += _commit(version, old, name, _text(items, ends))
    repo.git("fast-import", "--quiet", "--export-marks=marks", given="\n".join(stream))
    repo.git("reset", "-q", "--hard")
    commits = commits_of(repo.folder / "marks")

    found = {key: mark.commit for key, mark in ticks(repo.folder / name, read).items()}

    expected = {
        "-".join(item.words): commits[item.ticked_in]
        for item in items
        if item.ticked_in is not None
    }
    assert found == expected


def _change(chance: random.Random, items: list[Item], fresh: object, version: int) -> None:
    kind = chance.choice(["add", "tick", "tick", "tick", "reword", "move", "indent", "remove"])
    word = next(fresh, None) if kind == "add" else None  # type: ignore[call-overload]
    if word:
        items.insert(chance.randint(0, len(items)), Item(word))
    if not items:
        return
    item = chance.choice(items)
    if kind == "tick":
        item.ticked_in = version if item.ticked_in is None else None
    elif kind == "reword":
        item.words[-1] = {"done": "made", "made": "done"}[item.words[-1]]
    elif kind == "indent":
        item.indent = 1 - item.indent
    elif kind == "move":
        items.remove(item)
        items.insert(chance.randint(0, len(items)), item)
    elif kind == "remove" and len(items) > 6:
        items.remove(item)


def _text(items: list[Item], ends: str) -> str:
    padding = "".join(f"Sentence number {n} of what the list is about.\n" for n in range(30))
    text = "# List\n\n" + padding + "\n" + "".join(item.line() for item in items)
    return text.replace("\n", ends)


def _commit(version: int, old: str, name: str, text: str) -> list[str]:
    time = FIRST + version * EPOCH_DAY
    lines = ["commit refs/heads/main", f"mark :{version + 1}"]
    lines += [f"committer Ada <ada@example.org> {time} +0000", "data 0"]
    lines += [f"D {old}"] if old != name else []
    return [*lines, f"M 100644 inline {name}", f"data {len(text.encode())}", text]


def commits_of(path: Path) -> list[str]:
    pairs = [line.split() for line in path.read_text().splitlines()]
    return [sha for _, sha in sorted(pairs, key=lambda pair: int(pair[0][1:]))]
