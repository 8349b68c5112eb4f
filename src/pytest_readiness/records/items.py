"""Checklist items held against their tick, the day, and what git knows of who ticked them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from pytest_readiness.model import Outcome, Severity, Signature
from pytest_readiness.policy.checklists.items import Item
from pytest_readiness.provenance.marks import Mark
from pytest_readiness.records.attestations import same_person
from pytest_readiness.records.judged import Judged, ago, left, until

_UNKNOWN = Mark("unknown", None, None, None, None, "git did not tell")
DEEPER = "check out with fetch-depth: 0, or run git fetch --unshallow"


def judged(item: Item, mark: Mark | None, attestors: Sequence[str], today: dt.date) -> Judged:
    """What becomes of an item that no check measures.

    Args:
        item: as it was read.
        mark: what git knows of its tick; None where nobody asked.
        attestors: who may tick blockers; everybody if empty.
        today: UTC.
    """
    if item.blank is not None:
        word = "ticked, but " if item.ticked else ""
        return Judged(Outcome.FAILED, f"{word}a blank is still to be filled in: {item.blank}")
    if not item.ticked:
        return Judged(Outcome.FAILED, f"open{_due(item.due, today)}{_asked(item)}")
    mark = mark or _UNKNOWN
    day = _day(mark, today)
    signed = _signature(item, mark, day, today)
    refused = _refused(item, mark, attestors)
    if refused is not None:
        return Judged(*refused, signed)
    if item.valid_for is None:
        return Judged(Outcome.ATTESTED, _ticked(mark, day, today), signed)
    if day is None:
        why = DEEPER if mark.state == "shallow" else mark.detail or "it is not in git"
        words = "ticked, but its age, which is limited, cannot be known"
        return Judged(Outcome.BLOCKED, f"{words}: {why}", signed)
    end = until(day, item.valid_for)
    if end < today:
        words = f"the tick{_by(mark)} of {day} ran out on {end}, {ago(end, today)}"
        return Judged(Outcome.FAILED, words, signed)
    words = f"{_ticked(mark, day, today)}; holds until {end}, {left((end - today).days)}"
    return Judged(Outcome.ATTESTED, words, signed)


def _day(mark: Mark, today: dt.date) -> dt.date | None:
    """Since when it is ticked; None where nobody can tell."""
    if mark.state == "uncommitted":
        return today
    return mark.at.date() if mark.state == "committed" and mark.at is not None else None


def _signature(item: Item, mark: Mark, day: dt.date | None, today: dt.date) -> Signature:
    end = until(day, item.valid_for) if day and item.valid_for is not None else None
    return Signature(
        by=mark.author or mark.email,
        on=day.isoformat() if day else None,
        until=end.isoformat() if end else None,
        days_left=(end - today).days if end else None,
        commit=mark.commit,
        author=mark.author,
    )


def _refused(item: Item, mark: Mark, attestors: Sequence[str]) -> tuple[Outcome, str] | None:
    """Why a tick of a blocker does not count, where only some may tick them."""
    if item.severity is not Severity.BLOCKER or not attestors:
        return None
    allowed = ", ".join(attestors)
    if mark.state != "committed":
        why = DEEPER if mark.state == "shallow" else _unknown(mark)
        words = f"ticked by nobody knows whom, and only {allowed} may tick blockers"
        return Outcome.BLOCKED, f"{words}: {why}"
    if any(same_person(name, mark) for name in attestors):
        return None
    who = mark.author or mark.email or "somebody without a name"
    return Outcome.FAILED, f"ticked by {who}, but only {allowed} may tick blockers"


def _ticked(mark: Mark, day: dt.date | None, today: dt.date) -> str:
    if mark.state != "committed" or day is None:
        return f"ticked; {_unknown(mark)}"
    commit = f", {mark.commit[:8]}" if mark.commit else ""
    return f"ticked{_by(mark)} on {day} ({ago(day, today)}{commit})"


def _by(mark: Mark) -> str:
    who = mark.author or mark.email
    return f" by {who}" if who else ""


def _unknown(mark: Mark) -> str:
    """Why nobody can tell who ticked it."""
    return {
        "uncommitted": "the tick is not committed yet",
        "untracked": "the file is not committed yet",
        "outside": "the file is not in git, so nobody can tell by whom",
        "shallow": f"by whom cannot be known in a shallow clone; {DEEPER}",
    }.get(mark.state, f"by whom cannot be known: {mark.detail}")


def _due(due: dt.date | None, today: dt.date) -> str:
    if due is None:
        return ""
    return f", due on {due}" if due >= today else f", was due on {due}, {ago(due, today)}"


def _asked(item: Item) -> str:
    return f": {item.acceptance}" if item.acceptance else ""
