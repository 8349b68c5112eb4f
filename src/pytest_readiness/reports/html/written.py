"""What people wrote down, as the page shows it: waivers, sign-offs, checklists."""

from __future__ import annotations

from typing import NamedTuple

from pytest_readiness.model import Checklist, ChecklistGroup, Outcome, Scorecard, Signature, Waived
from pytest_readiness.reports.facts import gravest_first
from pytest_readiness.reports.html.items import Findings, Item
from pytest_readiness.reports.html.texts import link

_STATES = {
    "in_force": ("in force", "none"),
    "ending": ("ending", "fair"),
    "expired": ("expired", "bad"),
    "stale": ("stale: excuses what passes", "fair"),
    "unmatched": ("unmatched: excuses nothing", "fair"),
}


class Excuse(NamedTuple):
    """A waiver."""

    waiver: Waived
    state: str
    look: str
    left: str
    found: tuple[tuple[str, str | None], ...]
    """Labels of its findings, with their anchors."""


class SignOff(NamedTuple):
    """An attestation that the settings ask for."""

    item: Item
    signed: Signature | None
    left: str
    look: str
    proof: str | None
    """Address of the proof, if it has one."""


class CheckTable(NamedTuple):
    """A checklist: how far it is, by heading, and its items."""

    checklist: Checklist
    groups: tuple[ChecklistGroup, ...]
    items: tuple[Item, ...]


def excuses(card: Scorecard, found: Findings) -> tuple[Excuse, ...]:
    """All waivers, those first that somebody has to look at."""
    pressing = ("expired", "ending", "stale", "unmatched", "in_force")
    ordered = sorted(card.waivers, key=lambda w: (pressing.index(w.state), w.days_left))
    return tuple(
        Excuse(
            waiver,
            *_STATES[waiver.state],
            days(waiver.days_left),
            tuple((label, found.anchors.get(label)) for label in waiver.findings),
        )
        for waiver in ordered
    )


def sign_offs(card: Scorecard, found: Findings) -> tuple[SignOff, ...]:
    """All sign-offs that are asked for, the missing ones too."""
    asked = gravest_first(f for f in card.findings if f.system == "attestation")
    return tuple(
        SignOff(
            found.nodes[f.node],
            f.signed,
            _until(f.signed),
            "bad" if f.outcome.wrong else "none",
            link(f.signed.evidence) if f.signed else None,
        )
        for f in asked
    )


def checklists(card: Scorecard, found: Findings) -> tuple[CheckTable, ...]:
    """The checklists, their items in the order of the file."""
    tables = []
    for one in card.checklists:
        own = [f for f in card.findings if f.system == "checklist" and f.target == one.file]
        own.sort(key=lambda f: (f.line or 0, f.node))
        # A heading above all items says what the list does.
        groups = tuple(g for g in one.groups if g.ticked is not None or len(g.nodes) < one.total)
        tables.append(CheckTable(one, groups, tuple(found.nodes[f.node] for f in own)))
    return tuple(tables)


def _until(signed: Signature | None) -> str:
    if signed is None or signed.days_left is None:
        return ""
    return days(signed.days_left)


def days(left: int) -> str:
    """``14 days left``, ``last day``, ``ended 3 days ago``."""
    if left == 0:
        return "last day"
    count = "1 day" if abs(left) == 1 else f"{abs(left)} days"
    return f"{count} left" if left > 0 else f"ended {count} ago"


def ticked(item: Item) -> str:
    """How an item stands in its list: ``ticked, not true`` is told from ``open``."""
    mark = item.finding.item
    if mark is None or not mark.ticked:
        return "open"
    return "ticked, not true" if item.finding.outcome is Outcome.FAILED else "ticked"
