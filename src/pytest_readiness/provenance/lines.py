"""Who wrote a line of a file, such as a signature in the settings."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pytest_readiness.provenance.git import SECONDS
from pytest_readiness.provenance.history import History, decoded
from pytest_readiness.provenance.marks import Mark, without
from pytest_readiness.provenance.tracing import DISK, Versions, trace
from pytest_readiness.provenance.walk import At, Step


def author_of(path: Path, line: int, *, timeout: float = SECONDS) -> Mark:
    """The commit that last changed a line, from 1 on, of the file as it is on the disk.

    As ``authors_of``. Raises OSError if the file cannot be read.
    """
    return authors_of(path, [line], timeout=timeout)[line]


def authors_of(path: Path, lines: Iterable[int], *, timeout: float = SECONDS) -> dict[int, Mark]:
    """The commits that last changed lines of the file as it is on the disk.

    Other spaces are no change of a line, and a new name of the file is none. A line that stands
    elsewhere in the file, or was copied there, is its mover's, like in ``git blame -w``; lists of
    commits that blame is told to ignore change nothing here.

    Raises:
        OSError: the file cannot be read.
    """
    text = decoded(path.read_bytes())
    last = text.count("\n") + 1
    asked = list(lines)
    things = {line: At(DISK, line) for line in asked if 1 <= line <= last}
    found = trace(path, text, things, _stepping, timeout)
    return {line: found.get(line) or _absent(line) for line in asked}


def _absent(line: int) -> Mark:
    return without("unknown", f"the file has no line {line}")


def _stepping(history: History) -> Step:
    versions = Versions(history, _without_spaces)

    def older(at: At, oid: str) -> At | None:
        line = versions.alignment(at.oid, oid).older(at.line)
        return At(oid, line) if line else None

    return older


def _without_spaces(line: str) -> str:
    return "".join(line.split())
