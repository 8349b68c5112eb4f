"""Settings about what people write down: checklists, waivers, sign-offs, the history of scores."""

from __future__ import annotations

import datetime as dt

import msgspec

from pytest_readiness.model import Severity
from pytest_readiness.policy.kinds import Name, Words


class Waiver(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A failing check that somebody answers for until a date."""

    check: Words | tuple[Words, ...]
    """Id of the check, or a list of ids; `redis.*` speaks of all but the blockers of Redis."""
    reason: Words
    """Why it may fail until then."""
    owner: Words
    """Who answers for it."""
    expires: dt.date
    """Last day on which it holds, UTC."""
    target: str | None = None
    """Target it speaks of; every target without."""

    @property
    def checks(self) -> tuple[str, ...]:
        """Ids and patterns that it names."""
        return (self.check,) if isinstance(self.check, str) else self.check


class Attestation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What no probe can see, and somebody signs for."""

    id: Name
    """Name of its check: `attestation.<id>`."""
    title: Words
    """What is signed for."""
    severity: Severity
    """How much it matters where the signature is missing."""
    by: str | None = None
    """Who signed; a missing signature fails."""
    on: dt.date | None = None
    """Day of the signature."""
    valid_for: str | float | None = None
    """How long it holds, `90d`; without it, it does not end, and its age is shown."""
    evidence: str | None = None
    """Where the proof is: a link, a ticket, a document."""
    owner: str | None = None
    """Who sees to it that it is signed."""
    remedy: str | None = None
    """What to do before somebody can sign."""


class Reading(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a checklist, or what stands under one of its headings, is read."""

    severity: Severity | None = None
    """Severity of items that say nothing of their own."""
    valid_for: str | float | None = None
    """How long a tick holds, `90d`; without it, it does not end."""


class FileReading(Reading, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one checklist is read."""

    severity_map: dict[str, Severity] = {}
    """What a word or mark for severity means there: `{ P1 = "blocker" }`."""
    headings: dict[str, Reading] = {}
    """The same keys for what stands under a heading, by its text."""


class Checklists(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[tool.readiness.checklists]``."""

    files: tuple[Words, ...] = ()
    """Markdown files with task lists, from the project's root; `docs/**/*.md` names many."""
    ticked_severity: Severity = Severity.LOW
    """Severity of a ticked item that says nothing of it."""
    open_severity: Severity = Severity.MEDIUM
    """Severity of an open item that says nothing of it."""
    valid_for: str | float | None = None
    """How long a tick holds, `90d`; without it, it does not end, and its age is shown."""
    attestors: tuple[Words, ...] = ()
    """Names or addresses of those who may tick blockers; everybody without."""
    severity_map: dict[str, Severity] = {}
    """What a word or mark for severity means: `{ P1 = "blocker" }`."""
    overrides: dict[str, FileReading] = {}
    """The same for single files, by name or pattern."""


class History(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[tool.readiness.history]``."""

    file: Words
    """File to which each complete run appends a line of JSON."""
