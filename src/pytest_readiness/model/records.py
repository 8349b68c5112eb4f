"""What people signed, ticked or excused, and how a run compares with an earlier one."""

from __future__ import annotations

from typing import Literal

import msgspec

from pytest_readiness.model.words import Outcome, Severity, Verdict

WaiverState = Literal["in_force", "ending", "expired", "stale", "unmatched"]
"""``ending`` is in force for two more weeks at most; ``stale`` excuses what passes."""


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """Who answers for something that was not measured, and since when."""

    by: str | None = None
    """Who signed or ticked, as the record names them; None where nobody can tell."""
    on: str | None = None
    """The day, ISO 8601; None where nobody can tell."""
    until: str | None = None
    """Last day on which it holds, ISO 8601; None if it does not end."""
    days_left: int | None = None
    """Days until then, below 0 where it has ended; None if it does not end."""
    commit: str | None = None
    """The commit that holds it; None outside git, or where it is not committed."""
    author: str | None = None
    """Author of that commit."""
    evidence: str | None = None
    """Where the proof is: a link, a ticket, a document."""


class ChecklistItem(msgspec.Struct, frozen=True, kw_only=True):
    """What a checklist says of one of its items."""

    ticked: bool
    """Whether its box is ticked."""
    section: str | None = None
    """Headings that it stands under, the outermost first, with `` / `` between them."""
    parent: str | None = None
    """Title of the item that it stands under."""
    severity_from: str | None = None
    """Where its severity was read: ``comment``, ``priority``, ``token``, ``heading`` or
    ``default``."""
    acceptance: str | None = None
    """What must hold for it to be done."""
    due: str | None = None
    """Day by which it is to be done, ISO 8601."""


class ChecklistGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A heading of a checklist, or an item that has items below it: not judged itself."""

    title: str
    """Its text."""
    line: int
    """Line in the file, from 1 on."""
    done: int
    """Items below it that passed, or are attested."""
    total: int
    """Items below it that were judged."""
    ticked: bool | None = None
    """Whether such an item is ticked; None for a heading."""
    nodes: tuple[str, ...] = ()
    """Node ids of the items below it."""


class Checklist(msgspec.Struct, frozen=True, kw_only=True):
    """How far a checklist is."""

    file: str
    """Its path, from the project's root."""
    done: int
    """Items that passed, or are attested."""
    total: int
    """Items judged; one that is waived or not applicable is none of them."""
    score: float | None = None
    """100 times the weight of what is done over the weight of all."""
    groups: tuple[ChecklistGroup, ...] = ()
    """Its headings, in their order, and the items that have items below them."""
    notes: tuple[str, ...] = ()
    """What was not read of it, and what somebody should look at."""


class Waived(msgspec.Struct, frozen=True, kw_only=True):
    """How a waiver stands."""

    checks: tuple[str, ...]
    """Ids and patterns of checks that it names."""
    target: str | None = None
    """Target it speaks of; None for every target."""
    owner: str
    """Who answers for it."""
    reason: str
    """Why the checks may fail until then."""
    expires: str
    """Last day on which it holds, ISO 8601."""
    days_left: int
    """Days until then; below 0 where it has run out."""
    state: WaiverState
    """How it stands: ``ending`` is in force for two more weeks at most, ``stale`` excuses what
    passes, ``unmatched`` speaks of nothing in this run."""
    findings: tuple[str, ...] = ()
    """Labels of the findings that it speaks of."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A check whose outcome is to be told beside that of an earlier run."""

    label: str
    """``redis.persistence[cache]``: its check, target and vantage point."""
    node: str
    """pytest's node id."""
    severity: Severity
    """How much it matters where it fails."""
    before: Outcome | None = None
    """None where the earlier run did not have the check."""
    now: Outcome | None = None
    """None where this run does not have it."""
    why: str | None = None
    """That it is what was looked at that changed: ``new check``, ``switched off by the settings``;
    None where nobody can tell."""
    behind: str | None = None
    """Label of the failing check that it waits for, where it is blocked by nothing else."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """This run beside an earlier one, its baseline."""

    file: str
    """The report of that run."""
    started: str
    """When it started, ISO 8601, UTC."""
    commit: str | None
    """Commit that it judged."""
    verdict: Verdict
    """The verdict then."""
    score: float | None
    """The score then."""
    warnings: tuple[str, ...] = ()
    """Why the two can be compared only in part."""
    new_failures: tuple[Change, ...] = ()
    """Failed, in error or blocked, and none of these before, or not there before."""
    fixed: tuple[Change, ...] = ()
    """Failed, in error or blocked before; passed or attested now."""
    still_failing: tuple[Change, ...] = ()
    """Failed, in error or blocked, then as now."""
    no_longer_judged: tuple[Change, ...] = ()
    """Passed or failing before; waived or not applicable now, which mends nothing."""
    disappeared: tuple[Change, ...] = ()
    """In the earlier run, and not in this one, though it left nothing out."""


class PastRun(msgspec.Struct, frozen=True, kw_only=True):
    """One complete run of the history."""

    started: str
    """ISO 8601, UTC."""
    verdict: Verdict
    """Its verdict."""
    score: float | None
    """Its score; None where nothing was judged."""
    target_score: float
    """Score that READY needed then."""
    commit: str | None = None
    """Commit that it judged."""


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """The last complete run of the same service and environment, as the history has it."""

    file: str
    """The file of the history."""
    started: str | None = None
    """ISO 8601, UTC; None where the history has no such run."""
    verdict: Verdict | None = None
    """Its verdict; None where there is no such run."""
    score: float | None = None
    """Its score; None where nothing was judged, or there is no such run."""
    skipped: int = 0
    """Lines of the history that are none: torn, or of another version."""
    runs: tuple[PastRun, ...] = ()
    """The latest runs like this one, the oldest first; at most a hundred."""
