"""Small repositories with commits of fixed authors and times, and a simple reader of items."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from pytest_readiness.provenance.marks import Mark
from pytest_readiness.provenance.ticks import Seen, ticks

EPOCH_DAY = 86_400
FIRST = 1_700_000_000 // EPOCH_DAY * EPOCH_DAY
"""Day 0 of all histories here: 2023-11-14, UTC."""

_ITEM = re.compile(r"^\s*[-*+] \[([ xX])\] (.*)$")


def read(text: str) -> Sequence[Seen]:
    """Items outside fences; the second of two equal titles is ``title-2``."""
    items: list[Seen] = []
    fenced = False
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("```"):
            fenced = not fenced
        found = _ITEM.match(line)
        if found and not fenced:
            title = found[2].strip()
            key = re.sub(r"\W+", "-", title.casefold()).strip("-")
            again = sum(1 for item in items if item.text == title)
            key = f"{key}-{again + 1}" if again else key
            items.append(Seen(key, number, title, found[1] != " "))
    return items


class Repository:
    """A repository in a folder. Day ``n`` of a commit is ``n`` days after the first."""

    def __init__(self, folder: Path, *init: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / ".git").exists():
            self.git("init", "-q", "-b", "main", *init)

    def git(self, *arguments: str, env: dict[str, str] | None = None, given: str = "") -> str:
        done = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *arguments],
            cwd=self.folder,
            env={**os.environ, **(env or {})},
            input=given.encode(),
            capture_output=True,
            timeout=60,
        )
        assert done.returncode == 0, (arguments, done.stderr)
        return done.stdout.decode().strip()

    def write(self, text: str | bytes, name: str = "GO_LIVE.md") -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def commit(
        self, text: str | bytes, day: int = 0, by: str = "Ada", *, name: str = "GO_LIVE.md"
    ) -> str:
        self.write(text, name)
        self.git("add", "--", name)
        return self.record(day, by)

    def record(self, day: int = 0, by: str = "Ada", *, committed: int | None = None) -> str:
        """Commit what is staged; its name."""
        self.git("commit", "-q", "--allow-empty", "-m", f"day {day}", env=who(day, by, committed))
        return self.head()

    def merge(self, other: str, day: int, by: str = "Mia", *options: str) -> str:
        message = ("-m", f"merge {other}")
        self.git("merge", "-q", "--no-ff", *options, *message, other, env=who(day, by))
        return self.head()

    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    def ticks(self, name: str = "GO_LIVE.md") -> dict[str, Mark]:
        return ticks(self.folder / name, read)

    def tick(self, key: str = "backups-tested", name: str = "GO_LIVE.md") -> Mark:
        return self.ticks(name)[key]


def who(day: int, by: str, committed: int | None = None) -> dict[str, str]:
    """The environment of a commit."""
    author, committer = (f"{FIRST + d * EPOCH_DAY} +0200" for d in (day, committed or day))
    mail = f"{by.lower()}@example.org"
    return {
        "GIT_AUTHOR_NAME": by,
        "GIT_AUTHOR_EMAIL": mail,
        "GIT_AUTHOR_DATE": author,
        "GIT_COMMITTER_NAME": "Machine",
        "GIT_COMMITTER_EMAIL": "machine@example.org",
        "GIT_COMMITTER_DATE": committer,
    }
