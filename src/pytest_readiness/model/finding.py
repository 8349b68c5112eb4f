"""Evidence, and the finding it adds up to."""

from __future__ import annotations

import msgspec

from pytest_readiness.model.records import ChecklistItem, Signature
from pytest_readiness.model.words import Outcome, Severity

RECORDS = ("checklist", "attestation")
"""Systems of findings that rest on what people wrote down, and not on a measurement."""

Scalar = bool | int | float | str | None


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """A value as it was watched over some time."""

    start: str
    """ISO 8601, UTC."""
    seconds: float
    """How long it was watched."""
    points: tuple[tuple[float, float | None], ...] = ()
    """Seconds since the start, and the value then; None where there was none."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """A measured value, what it was compared with, and whether that held."""

    name: str
    """What was measured."""
    value: Scalar = None
    """What it was."""
    unit: str | None = None
    """Unit of the value, and of what it was compared with."""
    op: str | None = None
    """How it was compared: ``==``, ``<=``, ``contains``, …; None where it was not."""
    expected: Scalar = None
    """What it was compared with."""
    ok: bool = False
    """Whether that held. It explains and does not decide: the outcome is the check's."""
    window: Window | None = None
    """How the value came about, where it stands for a stretch of time."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What one check found on one target."""

    check: str
    """Public id, ``redis.persistence``; for a user's check its node id without parameters."""
    system: str | None = None
    """``redis``, ``checklist``, …; None for a user's own check that is of no system."""
    target: str | None = None
    """Name of the target, or file of the checklist."""
    vantage: str | None = None
    """From where it was looked at; None where nobody named the place."""
    node: str
    """pytest's node id: one finding a node id in a scorecard."""
    severity: Severity
    """How much it matters where it fails."""
    outcome: Outcome
    """What became of the check."""
    message: str = ""
    """Why, in one line; empty where nothing is to be said."""
    evidence: tuple[Evidence, ...] = ()
    """What was measured, in this order."""
    title: str | None = None
    """What the check asks."""
    remedy: str | None = None
    """What to do where it fails."""
    ref: str | None = None
    """Where to read more: a link, a number of a requirement."""
    owner: str | None = None
    """Who answers for it."""
    category: str | None = None
    """What it is about: ``security``, ``durability``, …"""
    effort: str | None = None
    """How long mending takes: ``minutes``, ``hours`` or ``days``."""
    source: str | None = None
    """Who else asks for it."""
    points: float = 0.0
    """Weight that the finding takes from the score: 0 unless failed, in error or blocked."""
    duration: float = 0.0
    """Seconds, all phases."""
    file: str | None = None
    """Where the check is written, for one of the user's own."""
    line: int | None = None
    """Line in that file, from 1 on."""
    measured_by: tuple[str, ...] = ()
    """Checks whose results stand in the place of a tick: it carries no weight of its own."""
    behind: tuple[str, ...] = ()
    """Node ids of the findings that it waits for, where it is blocked by nothing else."""
    item: ChecklistItem | None = None
    """What the checklist says, if it is an item of one."""
    signed: Signature | None = None
    """Who answers for it, where it was not measured."""

    @property
    def weight(self) -> float:
        """Points that it carries in the score: those of its severity, unless others carry them."""
        return 0.0 if self.measured_by else self.severity.weight

    @property
    def measured(self) -> bool:
        """Whether it rests on a measurement, which neither an open tick nor a signature is."""
        judged = self.outcome in (Outcome.PASSED, Outcome.FAILED)
        return judged and (self.system not in RECORDS or bool(self.measured_by))

    @property
    def names(self) -> set[str]:
        """What a link may call it; a check of the user's, with parameters, by its node id."""
        node = self.node
        if self.vantage:
            node = node.replace(f"@{self.vantage}]", "]").removesuffix("[]")
        return {self.check, self.label, f"{self.check}[{self.target}]", node}

    @property
    def label(self) -> str:
        """``redis.persistence[cache@dublin]``: how verdict and terminal name the finding."""
        place = f"@{self.vantage}" if self.vantage else ""
        return f"{self.check}[{self.target or ''}{place}]" if self.target or place else self.check
