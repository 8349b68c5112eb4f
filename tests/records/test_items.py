"""Checklist items: what is said of each state of a tick."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from pytest_readiness.model import Outcome, Severity
from pytest_readiness.policy.checklists.items import Item
from pytest_readiness.provenance.marks import Mark
from pytest_readiness.records.items import judged

TODAY = dt.date(2026, 11, 22)
THEN = dt.datetime(2026, 9, 1, 23, 59, tzinfo=dt.timezone.utc)
DAY = 86400.0
ANA = Mark("committed", "a1b2c3d4" * 5, "Ana Lima", "ana@example.com", THEN, "")
SHALLOW = Mark("shallow", None, None, None, None, "this clone is shallow")
OUTSIDE = Mark("outside", None, None, None, None, "not in git")
UNCOMMITTED = Mark("uncommitted", None, None, None, None, "")
UNKNOWN = Mark("unknown", None, None, None, None, "git took too long")


def item(ticked: bool = True, **fields: Any) -> Item:
    given = {"severity": Severity.HIGH, **fields}
    return Item(slug="s", title="t", line=3, ticked=ticked, **given)


STATES: list[tuple[Item, Mark | None, Outcome, str]] = [
    (item(False), None, Outcome.FAILED, "open"),
    (item(False, acceptance="P99 <= 2 s"), None, Outcome.FAILED, "open: P99 <= 2 s"),
    (
        item(False, due=dt.date(2026, 11, 20)),
        None,
        Outcome.FAILED,
        "open, was due on 2026-11-20, 2 days ago",
    ),
    (item(False, due=TODAY), None, Outcome.FAILED, "open, due on 2026-11-22"),
    (
        item(blank="____"),
        ANA,
        Outcome.FAILED,
        "ticked, but a blank is still to be filled in: ____",
    ),
    (item(False, blank="✅/❌"), None, Outcome.FAILED, "a blank is still to be filled in: ✅/❌"),
    (
        item(),
        ANA,
        Outcome.ATTESTED,
        "ticked by Ana Lima on 2026-09-01 (82 days ago, a1b2c3d4)",
    ),
    (
        item(valid_for=90 * DAY),
        ANA,
        Outcome.ATTESTED,
        (
            "ticked by Ana Lima on 2026-09-01 (82 days ago, a1b2c3d4); holds until 2026-11-30, "
            "8 days left"
        ),
    ),
    (
        item(valid_for=81 * DAY),
        ANA,
        Outcome.FAILED,
        "the tick by Ana Lima of 2026-09-01 ran out on 2026-11-21, 1 day ago",
    ),
    (
        item(),
        SHALLOW,
        Outcome.ATTESTED,
        (
            "ticked; by whom cannot be known in a shallow clone; check out with fetch-depth: 0, or "
            "run git fetch --unshallow"
        ),
    ),
    (
        item(valid_for=90 * DAY),
        SHALLOW,
        Outcome.BLOCKED,
        (
            "ticked, but its age, which is limited, cannot be known: check out with "
            "fetch-depth: 0, or run git fetch --unshallow"
        ),
    ),
    (
        item(),
        OUTSIDE,
        Outcome.ATTESTED,
        "ticked; the file is not in git, so nobody can tell by whom",
    ),
    (
        item(valid_for=90 * DAY),
        OUTSIDE,
        Outcome.BLOCKED,
        "ticked, but its age, which is limited, cannot be known: not in git",
    ),
    (item(), UNCOMMITTED, Outcome.ATTESTED, "ticked; the tick is not committed yet"),
    (
        item(valid_for=DAY),
        UNCOMMITTED,
        Outcome.ATTESTED,
        "ticked; the tick is not committed yet; holds until 2026-11-23, 1 day left",
    ),
    (item(), UNKNOWN, Outcome.ATTESTED, "ticked; by whom cannot be known: git took too long"),
    (
        item(valid_for=DAY),
        UNKNOWN,
        Outcome.BLOCKED,
        "ticked, but its age, which is limited, cannot be known: git took too long",
    ),
]


@pytest.mark.parametrize(("one", "mark", "outcome", "words"), STATES, ids=lambda v: str(v)[:60])
def test_states(one: Item, mark: Mark | None, outcome: Outcome, words: str) -> None:
    found = judged(one, mark, (), TODAY)
    assert (found.outcome, found.message) == (outcome, words)


BLOCKER = item(severity=Severity.BLOCKER)


@pytest.mark.parametrize(
    ("one", "mark", "outcome", "words"),
    [
        (BLOCKER, ANA, Outcome.FAILED, "ticked by Ana Lima, but only bob may tick blockers"),
        (item(), ANA, Outcome.ATTESTED, "ticked by Ana Lima"),
        (
            BLOCKER,
            UNCOMMITTED,
            Outcome.BLOCKED,
            "ticked by nobody knows whom, and only bob may",
        ),
        (BLOCKER, SHALLOW, Outcome.BLOCKED, "ticked by nobody knows whom, and only bob may"),
        (BLOCKER, None, Outcome.BLOCKED, "ticked by nobody knows whom, and only bob may"),
    ],
)
def test_attestors(one: Item, mark: Mark | None, outcome: Outcome, words: str) -> None:
    found = judged(one, mark, ("bob",), TODAY)
    assert found.outcome is outcome
    assert found.message.startswith(words)
    assert judged(one, ANA, ("bob", "ana@example.com"), TODAY).outcome is Outcome.ATTESTED


def test_who_and_when_are_told() -> None:
    signed = judged(item(valid_for=90 * DAY), ANA, (), TODAY).signed
    assert signed is not None
    assert (signed.by, signed.on, signed.until, signed.days_left) == (
        "Ana Lima",
        "2026-09-01",
        "2026-11-30",
        8,
    )
