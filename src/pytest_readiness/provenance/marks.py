"""What is known of one tick, or of one line: who, when, in which commit, and if not, why not."""

from __future__ import annotations

import datetime as dt
from typing import Literal, NamedTuple

MarkState = Literal["committed", "uncommitted", "untracked", "outside", "shallow", "unknown"]
"""``committed``: git names the commit. ``uncommitted``: it is on the disk only. ``untracked``: the
file is not in git. ``outside``: there is no repository. ``shallow``: it is older than the history
that this clone has. ``unknown``: git, or an older version of the file, could not be asked."""

SHALLOW = (
    "this clone is shallow and its history begins later: set fetch-depth: 0 (actions/checkout), "
    "or run: git fetch --unshallow"
)

_LONGEST = 300
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)


class Mark(NamedTuple):
    """Where a tick, or a line, comes from."""

    state: MarkState
    commit: str | None = None
    """The whole name of the commit; None where there is none, or it is not known."""
    author: str | None = None
    """Its author's name, as .mailmap has it."""
    email: str | None = None
    at: dt.datetime | None = None
    """When its author made the change, UTC (see ``moment``); None where git cannot tell."""
    detail: str = ""
    """One line for people: the commit, or why it is not known."""


def without(state: MarkState, detail: str) -> Mark:
    """A mark that names no commit."""
    return Mark(state, detail=single(detail))


def moment(author: str, committer: str) -> dt.datetime | None:
    """The time of a change, from the seconds since 1970 that git has for author and committer.

    The author's time is the evidence: whoever rebases, cherry-picks or applies an old change
    makes a new commit of it, with a new committer's time, and has not looked at it again. No
    change is written after it was committed, so an author's time that lies later (a wrong clock,
    or ``--date``) counts as the committer's: nobody makes a tick younger than its commit.
    """
    times = [time for time in (_time(author), _time(committer)) if time is not None]
    return min(times, default=None)


def single(text: str) -> str:
    """One line without control characters, bounded in length: names and messages are hostile."""
    shown = "".join(sign if sign.isprintable() else " " for sign in text)
    line = " ".join(shown.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _time(seconds: str) -> dt.datetime | None:
    try:
        return _EPOCH + dt.timedelta(seconds=int(seconds))
    except (ValueError, OverflowError):
        return None
