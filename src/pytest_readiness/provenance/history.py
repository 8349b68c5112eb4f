"""The versions of a file: the commits that touched it, under all its names, and its texts there."""

from __future__ import annotations

import codecs
import os
from itertools import dropwhile
from typing import NamedTuple

from pytest_readiness.provenance.git import GitError
from pytest_readiness.provenance.marks import Mark, moment, single
from pytest_readiness.provenance.place import Place
from pytest_readiness.provenance.recent import Recent

MOST_COMMITS = 20_000
"""Commits of one file that are looked at; who has more is told so."""
_MOST_NAMES = 30
_MOST_BYTES = 2_000_000
"""Size of one version that is read: no checklist is larger."""
_AT_ONCE = 64
"""Versions that one process of git is asked for, and their size in bytes."""
_BYTES_AT_ONCE = 16_000_000

# The similarity from which git's own commands call a file renamed.
_RENAMED = ("-r", "-M50%", "-l1000", "--raw", "-z", "--no-abbrev", "--diff-filter=R")


class Commit(NamedTuple):
    """A commit that touched the file, or brought two histories of it together."""

    sha: str
    parents: tuple[str, ...]
    """The next older commits of that kind."""
    author: str
    email: str
    authored: str
    committed: str

    def mark(self) -> Mark:
        """Says that the tick, or the line, is this commit's."""
        at = moment(self.authored, self.committed)
        author, email = single(self.author), single(self.email)
        day = at.date().isoformat() if at else "no time that can be read"
        detail = single(f"{author or email or 'nobody'}, {day}, commit {self.sha[:10]}")
        return Mark("committed", self.sha, author or None, email or None, at, detail)


class Blob(NamedTuple):
    """One version of the file."""

    oid: str
    size: int


class History:
    """What git has of a file, asked in few processes, each answer kept."""

    def __init__(self, where: Place) -> None:
        self.shallow = where.shallow
        self.names = [where.name]
        self.commits: list[Commit] = []
        self.merges: frozenset[str] = frozenset()
        self._git = where.git
        self._head = where.head or "HEAD"
        self._blobs: dict[tuple[str, str], Blob | None] = {}
        self._texts: Recent[str, str | None] = Recent()
        self._own: dict[str, str] = {}
        self._renamed: dict[tuple[str, str], list[str]] = {}

    def load(self) -> None:
        """Learn the commits under all names known so far: children first, the latest first.

        All sides of a merge are followed, also where one side alone would explain the text: a
        tick renewed on a branch leaves no trace in the text that is merged.
        """
        form = "--format=%aN%x00%aE%x00%at%x00%ct"
        kinds = ("--full-history", "--simplify-merges", "--parents", "--date-order")
        most = f"--max-count={MOST_COMMITS}"
        question = (*kinds, most, "--encoding=UTF-8", form, self._head, "--", *self.names)
        lines = self._git.answer("rev-list", *question).decode(errors="replace").split("\n")
        self.commits = [_commit(*pair) for pair in zip(lines[::2], lines[1::2], strict=False)]
        self._find([(c.sha, name) for c in self.commits for name in self.names])
        if not self.commits:
            raise GitError("git names no commit of the file")
        # The parents above leave out sides on which the file has no name that is known.
        every = "".join(f"{commit.sha}\n" for commit in self.commits).encode()
        merges = self._git.answer("rev-list", "--no-walk", "--merges", "--stdin", given=every)
        self.merges = frozenset(merges.decode("ascii").split())

    def blob(self, sha: str, name: str) -> Blob | None:
        """The version in a commit; None if that has no file of this name.

        Raises GitError where there is one that this clone has not.
        """
        if (sha, name) not in self._blobs:
            self._find([(sha, name)])
        found = self._blobs[sha, name]
        if found is None and self._git.answer("ls-tree", "-z", sha, "--", name):
            raise GitError(
                f"{sha[:10]} has a version that is not in this clone (partial, or damaged): "
                "clone without --filter, or run: git fetch --refetch"
            )
        return found

    def newest(self) -> str:
        """The version in the commit that is checked out; "" if that has none."""
        found = self.blob(self._head, self.names[0])
        return found.oid if found else ""

    def older_names(self, sha: str, name: str) -> list[str]:
        """What the file was called before a commit, if that renamed it."""
        if (sha, name) not in self._renamed:
            command = ("diff-tree", "-m", "--no-commit-id", *_RENAMED, sha)
            self._renamed[sha, name] = _sources(self._git.answer(*command), name)
        return self._renamed[sha, name]

    def staged_from(self) -> str | None:
        """What the file is called in the last commit, if it is renamed for the next one."""
        answer = self._git.answer("diff-index", "--cached", *_RENAMED, self._head)
        return next(iter(_sources(answer, self.names[0])), None)

    def learn(self, names: list[str]) -> bool:
        """Whether these are new names of the file, for which its history is to be loaded."""
        new = [name for name in names if name not in self.names]
        if new and len(self.names) + len(new) > _MOST_NAMES:
            raise GitError(f"the file has been renamed more than {_MOST_NAMES} times")
        self.names += new
        return bool(new)

    def text(self, oid: str) -> str | None:
        """A version's text with plain line ends; None if it is too large to be read."""
        if oid in self._own:
            return self._own[oid]
        if oid not in self._texts:
            sizes = {blob.oid: blob.size for blob in self._blobs.values() if blob}
            if sizes.get(oid, 0) > _MOST_BYTES:
                return None
            self._read(self._next(oid, sizes))
        return self._texts[oid]

    def keep(self, oid: str, text: str) -> None:
        """Let a text that is not git's be a version as well."""
        self._own[oid] = text

    def in_time(self) -> None:
        """Raises GitError when the time for this file is over."""
        self._git.in_time()

    def _find(self, wanted: list[tuple[str, str]]) -> None:
        asked = [pair for pair in dict.fromkeys(wanted) if pair not in self._blobs]
        questions = [os.fsencode(f"{sha}:{name}") for sha, name in asked]
        if not questions:
            return
        # Only names that need it ask for what git has learnt in 2.38.
        ends = (b"\0", ["-z"]) if any(b"\n" in q for q in questions) else (b"\n", [])
        given = b"".join(question + ends[0] for question in questions)
        answer = self._git.answer("cat-file", "--batch-check", *ends[1], given=given)
        for pair, question in zip(asked, questions, strict=True):
            missing = question + b" missing\n"
            if answer.startswith(missing):
                self._blobs[pair], answer = None, answer[len(missing) :]
                continue
            line, _, answer = answer.partition(b"\n")
            oid, _, size = line.decode("ascii").split()
            self._blobs[pair] = Blob(oid, int(size))

    def _next(self, oid: str, sizes: dict[str, int]) -> list[str]:
        """This version and those that are likely to be asked for after it."""
        chosen: list[str] = []
        total = 0
        for other in dropwhile(lambda other: other != oid, sizes):
            if other in self._texts or sizes[other] > _MOST_BYTES:
                continue
            total += sizes[other]
            if chosen and (total > _BYTES_AT_ONCE or len(chosen) == _AT_ONCE):
                break
            chosen.append(other)
        return chosen

    def _read(self, oids: list[str]) -> None:
        given = "".join(f"{oid}\n" for oid in oids).encode()
        answer = memoryview(self._git.answer("cat-file", "--batch", given=given))
        at = 0
        for oid in oids:
            head = bytes(answer[at : at + 200]).partition(b"\n")[0]
            told = head.decode("ascii").split()
            if len(told) != 3:
                raise GitError(f"a version of the file, {oid[:10]}, is not in this clone")
            at += len(head) + 1
            data = bytes(answer[at : at + int(told[2])])
            at += len(data) + 1
            self._texts[oid] = decoded(data) if told[1] == "blob" else ""


def decoded(data: bytes) -> str:
    """Text of a version, as ``Path.read_text`` gives it; what is not UTF-8 is replaced."""
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = data.decode("utf-16" if wide else "utf-8-sig", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _commit(head: str, told: str) -> Commit:
    _, sha, *parents = head.split(" ")
    author, email, authored, committed = (*told.split("\0"), "", "", "", "")[:4]
    return Commit(sha, tuple(parents), author, email, authored, committed)


def _sources(answer: bytes, name: str) -> list[str]:
    """Old names, from records ``:modes oids R087 NUL old NUL new NUL``."""
    fields = os.fsdecode(answer).split("\0")
    pairs = zip(fields[1::3], fields[2::3], strict=False)
    return list(dict.fromkeys(old for old, new in pairs if new == name))
