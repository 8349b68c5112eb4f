"""Who wrote a line of a file, such as a signature in the settings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from pytest_readiness.provenance.git import SECONDS
from pytest_readiness.provenance.history import History, decoded
from pytest_readiness.provenance.marks import Mark, without
from pytest_readiness.provenance.tracing import DISK, Versions, trace
from pytest_readiness.provenance.walk import At, Step


def author_of(path: Path, line: int, *, timeout: float = SECONDS) -> Mark:
    """The commit that last changed a line, from 1 on, of the file as it is on the disk.

    See ``authors_of``.
    """
    return authors_of(path, [line], timeout=timeout)[line]


def authors_of(path: Path, lines: Iterable[int], *, timeout: float = SECONDS) -> dict[int, Mark]:
    """The commits that last changed lines of the file as it is on the disk.

    Other spaces are no change of a line, a new name of the file is none, and neither is another
    place of its whole TOML table. Any other line that was moved or copied is its mover's, like in
    ``git blame -w``; lists of commits that blame is told to ignore change nothing here.

    ``timeout`` is in seconds, for all of the file; what is not found by then is unknown.
    """
    asked = list(lines)
    try:
        text = decoded(path.read_bytes())
    except OSError as error:
        unread = without("unknown", f"the file cannot be read: {error.strerror or error}")
        return dict.fromkeys(asked, unread)
    last = text.count("\n") + 1
    things = {line: At(DISK, line) for line in asked if 1 <= line <= last}
    found = trace(path, text, things, _stepping, timeout)
    return {line: found.get(line) or _absent(line) for line in asked}


def _absent(line: int) -> Mark:
    return without("unknown", f"the file has no line {line}")


def _stepping(history: History) -> Step:
    versions = Versions(history, _without_spaces)

    def older(at: At, oid: str) -> At | None:
        line = versions.alignment(at.oid, oid).older(at.line)
        line = line or _moved(versions.lines(at.oid), versions.lines(oid), at.line)
        return At(oid, line) if line else None

    return older


def _moved(new: Sequence[str], old: Sequence[str], line: int) -> int | None:
    """The line in the older version, if its whole table was moved: there once, and here once."""
    begin = next((i for i in range(line - 1, -1, -1) if new[i].startswith("[")), None)
    if begin is None:
        return None
    table = _table(new, begin)
    here = [i for i, text in enumerate(new) if text == new[begin] and _table(new, i) == table]
    there = [i for i, text in enumerate(old) if text == new[begin] and _table(old, i) == table]
    one = len(here) == len(there) == 1 and line - 1 - begin < len(table)
    return there[0] + line - begin if one else None


def _table(lines: Sequence[str], begin: int) -> list[str]:
    """The lines of a TOML table without the blank ones at its end."""
    after = range(begin + 1, len(lines))
    end = next((i for i in after if lines[i].startswith("[")), len(lines))
    while end > begin and not lines[end - 1].strip():
        end -= 1
    return list(lines[begin:end])


def _without_spaces(line: str) -> str:
    return "".join(line.split())
