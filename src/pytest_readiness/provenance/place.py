"""Where a file stands in git: its repository, its name there, and what that has of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from pytest_readiness.provenance.git import Git, GitError, NoRepository


class Place(NamedTuple):
    """A file in a repository."""

    git: Git
    """At the top of the working tree."""
    name: str
    """The file's path from there."""
    head: str | None
    """The commit that is checked out; None before the first."""
    shallow: frozenset[str]
    """Commits whose parents this clone has not."""


def place(path: Path, seconds: float) -> Place:
    """Where the file, or what it is a symbolic link to, stands.

    Raises:
        NoRepository: it is in none, or in none that has a working tree.
        GitError: git cannot tell.
    """
    file = path.resolve()
    git = Git(file.parent, seconds)
    questions = ("--is-inside-work-tree", "--show-cdup", "--is-shallow-repository")
    answer = os.fsdecode(git.answer("rev-parse", *questions, "--git-path", "shallow"))
    inside, up, is_shallow, grafts = (*answer.split("\n", 3), "", "", "")[:4]
    if inside != "true":
        raise NoRepository("the file is in no git repository that has a working tree")
    top = (file.parent / up).resolve()
    if not file.is_relative_to(top):
        raise GitError("git puts the file outside the working tree that it stands in")
    return Place(
        git=git.at(top),
        name=file.relative_to(top).as_posix(),
        head=_head(git),
        shallow=_shallow(file.parent / grafts.removesuffix("\n"), is_shallow == "true"),
    )


def tracked(where: Place) -> bool:
    """Whether git has the file, or is to have it with the next commit."""
    return bool(where.git.answer("ls-files", "-z", "--cached", "--", where.name))


def _head(git: Git) -> str | None:
    done = git.ask("rev-parse", "--quiet", "--verify", "HEAD^{commit}")
    return done.out.decode("ascii").strip() or None


def _shallow(grafts: Path, is_shallow: bool) -> frozenset[str]:
    if not is_shallow:
        return frozenset()
    try:
        return frozenset(grafts.read_text("ascii").split())
    except (OSError, UnicodeDecodeError) as error:
        raise GitError(f"the limits of a shallow clone cannot be read: {error}") from None
