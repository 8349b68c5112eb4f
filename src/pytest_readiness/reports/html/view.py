"""The page as data: what the templates show, gathered from the facts that all formats share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pytest_readiness.model import Evidence, Finding, Scorecard, Verdict
from pytest_readiness.reports import facts, measured, parts
from pytest_readiness.reports.digest import digest
from pytest_readiness.reports.html.cards import Cards, cards
from pytest_readiness.reports.html.items import Findings, Item, findings
from pytest_readiness.reports.html.since import Since, since
from pytest_readiness.reports.html.written import (
    CheckTable,
    Excuse,
    SignOff,
    checklists,
    excuses,
    sign_offs,
)
from pytest_readiness.reports.parts import Part
from pytest_readiness.score import fails, part, regressed

_LOOKS = {
    Verdict.READY: "good",
    Verdict.CONDITIONAL: "fair",
    Verdict.NOT_READY: "bad",
    Verdict.PARTIAL: "fair",
    Verdict.INCOMPLETE: "bad",
}

_MOST_WINDOWS = 60
"""Charts of observed windows; how many more there are is said."""

_NAMES_PRINTED = 600
"""Passed findings whose names are printed; of more, paper has the numbers, the page the names."""


class Step(NamedTuple):
    """One step of the shortest route to ready."""

    label: str
    name: str
    anchor: str | None
    finding: Finding | None


class Observed(NamedTuple):
    """A value that was watched over some time."""

    item: Item
    evidence: Evidence
    told: measured.Measured
    place: int
    """Number on the page, from 1 on."""


class Page(NamedTuple):
    """All that the templates show."""

    card: Scorecard
    look: str
    """``good``, ``fair`` or ``bad``: which colours the verdict has."""
    headline: str
    subject: str
    score: str
    coverage: str
    counted: str
    started: str
    """``2026-11-22 10:15 UTC``; empty where nobody knows."""
    took: str
    commit: str
    """The first twelve digits; empty without."""
    digest: str
    """SHA-256 of the JSON report of the same scorecard, in hexadecimal digits."""
    partly: str | None
    """Why this is not the whole."""
    gate: str
    findings: Findings
    systems: tuple[Part, ...]
    categories: tuple[Part, ...]
    cards: Cards
    route: tuple[Step, ...]
    efforts: str
    """How long the steps take, by what is known: ``2 × minutes, 1 × days``."""
    eased: str
    """What makes the verdict easier to reach: ``1 waived, 2 relaxed by settings``; or empty."""
    excuses: tuple[Excuse, ...]
    sign_offs: tuple[SignOff, ...]
    checklists: tuple[CheckTable, ...]
    since: Since | None
    windows: tuple[Observed, ...]
    more_windows: int
    printed: bool
    """Whether the names of what passed are printed too."""


def page(card: Scorecard) -> Page:
    """The page of a scorecard."""
    found = findings(card)
    windows = _windows(card, found)
    # What is ready has no way to go, even where something of no weight is down.
    route = () if card.verdict is Verdict.READY else _route(card, found)
    return Page(
        card=card,
        look=_LOOKS[card.verdict],
        headline=facts.headline(card),
        subject=facts.subject(card),
        score=facts.score_words(card),
        coverage=facts.coverage_words(card),
        counted=facts.counted(card),
        started=moment(card.about.started),
        took=_took(card.about.duration),
        commit=(card.about.commit or "")[:12],
        digest=digest(card),
        partly=_partly(card),
        gate=_gate(card),
        findings=found,
        systems=tuple(parts.by_system(card)),
        categories=tuple(parts.by_category(card)),
        cards=cards(card),
        route=route,
        efforts=_efforts(route),
        eased=_eased(card),
        excuses=excuses(card, found),
        sign_offs=sign_offs(card, found),
        checklists=checklists(card, found),
        since=since(card, found),
        windows=windows[:_MOST_WINDOWS],
        more_windows=max(len(windows) - _MOST_WINDOWS, 0),
        printed=card.counts["passed"] <= _NAMES_PRINTED,
    )


def moment(iso: str) -> str:
    """``2026-11-22 10:15 UTC`` of an ISO 8601 time in UTC; any other text as it is."""
    day, sign, time = iso.partition("T")
    if not sign or not iso.endswith(("Z", "+00:00")):
        return iso
    return f"{day} {time[:5]} UTC"


def _took(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _partly(card: Scorecard) -> str | None:
    """``40 of 228 checks were run: -k redis``; of a run that broke off or misses shards, that."""
    scope = card.scope
    told = [scope.broken, scope.missing and f"shards are missing: {scope.missing}"]
    why = part(scope)
    if why:
        told.append(f"{scope.selected} of {scope.expected} checks were run: {why}")
    return "; ".join(one for one in told if one) or None


def _gate(card: Scorecard) -> str:
    about = card.about
    failing = fails(card, about.gate, about.allow_partial)
    told = f"the build {'fails' if failing else 'passes'} (gate = {about.gate})"
    why = regressed(card) if about.gate == "regressions" and failing else None
    return f"{told}: {why}" if why else told


def _route(card: Scorecard, found: Findings) -> tuple[Step, ...]:
    anchors = {item.id: item.finding for item in found.nodes.values()}
    steps = []
    for label, name in zip(card.route, facts.route(card), strict=True):
        anchor = found.anchors.get(label)
        steps.append(Step(label, name, anchor, anchors[anchor] if anchor else None))
    return tuple(steps)


def _eased(card: Scorecard) -> str:
    waived, relaxed = card.counts["waived"], len(card.about.relaxed)
    told = (waived and f"{waived} waived", relaxed and f"{relaxed} relaxed by settings")
    return ", ".join(one for one in told if one)


def _efforts(steps: Sequence[Step]) -> str:
    known = ("minutes", "hours", "days")
    told = [step.finding.effort for step in steps if step.finding]
    parts = [f"{n} × {effort}" for effort in known if (n := told.count(effort))]
    unknown = len(steps) - sum(told.count(effort) for effort in known)
    if parts and unknown:
        parts.append(f"{unknown} unknown")
    return ", ".join(parts)


def _windows(card: Scorecard, found: Findings) -> tuple[Observed, ...]:
    watched = [
        (found.nodes[finding.node], one)
        for finding in facts.gravest_first(card.findings)
        for one in finding.evidence
        if one.window is not None
    ]
    return tuple(
        Observed(item, one, measured.measured(one), place)
        for place, (item, one) in enumerate(watched, 1)
    )
