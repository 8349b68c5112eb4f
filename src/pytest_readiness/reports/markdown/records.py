"""What people signed, ticked, waived and relaxed, in sections of the Markdown report."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_readiness.model import Checklist, Finding, Outcome, Relaxed, Scorecard, Waived
from pytest_readiness.reports.facts import gravest_first, words
from pytest_readiness.reports.markdown.escaping import code, text
from pytest_readiness.reports.markdown.fitting import Entry, Section
from pytest_readiness.reports.markdown.tables import (
    CELL,
    NAME,
    head,
    joined,
    name,
    reference,
    row,
    some,
)
from pytest_readiness.waiving import days

_STATES = {
    "in_force": "in force",
    "ending": "⚠️ ending",
    "expired": "⛔ expired",
    "stale": "stale: it excuses what passes",
    "unmatched": "unmatched: it excuses nothing",
}
_MOST_GROUPS = 15


def records(card: Scorecard) -> Iterator[Section]:
    """The sections; what makes the verdict easier to reach is as grave as what failed highly."""
    waived = gravest_first(f for f in card.findings if f.outcome is Outcome.WAIVED)
    signed = gravest_first(f for f in card.findings if f.system == "attestation")
    yield Section(
        "Waived",
        [Entry(1.4 + f.severity.rank / 10, _waived(f)) for f in waived],
        folded=True,
        head=head("Severity", "Check", "What, by whom and until when"),
    )
    yield Section(
        "Waivers",
        [Entry(1.3, _waiver(waiver)) for waiver in card.waivers],
        folded=True,
        head=head("Of", "Owner", "Reason", "Last day", "State"),
    )
    yield Section(
        "Signed off",
        [Entry(1.8 + f.severity.rank / 10, _signed(f)) for f in signed],
        folded=True,
        head=head("Severity", "What", "Outcome", "By whom and until when", "Proof"),
    )
    yield Section(
        "Relaxed by settings",
        [Entry(1.3, _relaxed(item)) for item in card.about.relaxed],
        folded=True,
        head=head("What", "Reason", "Owner", "Until"),
    )
    yield Section("Checklists", [Entry(2.1, _checklist(c)) for c in card.checklists], folded=True)


def _waived(finding: Finding) -> str:
    return row(finding.severity.value, name(finding), text(finding.message))


def _waiver(waiver: Waived) -> str:
    of = some([f"{check}[{waiver.target}]" if waiver.target else check for check in waiver.checks])
    left = waiver.days_left
    when = days(left) if left >= 0 else f"{-left} days ago"
    until = f"{text(waiver.expires, NAME)}, {when}"
    state = _STATES.get(waiver.state, waiver.state)
    return row(of, text(waiver.owner, NAME), text(waiver.reason, CELL), until, state)


def _signed(finding: Finding) -> str:
    proof = reference(finding.signed.evidence, "proof") if finding.signed else None
    return row(
        finding.severity.value,
        name(finding),
        words(finding.outcome),
        text(finding.message),
        proof or "",
    )


def _relaxed(item: Relaxed) -> str:
    return row(
        text(item.what, CELL), *(text(one or "", CELL) for one in (item.reason, item.owner)),
        text(item.expires or "", NAME),
    )  # fmt: skip


def _checklist(one: Checklist) -> str:
    """How far a checklist is, with what is open of it."""
    score = None if one.score is None else f"{one.score:g} of 100 by weight"
    told = joined((f"**{one.done} of {one.total} done**", score), ", ")
    lines = [f"{code(one.file, NAME)}: {told}"]
    # A heading above all items says what the list does.
    parts = [g for g in one.groups if g.ticked is not None or len(g.nodes) < one.total]
    open_ = [group for group in parts if group.done < group.total]
    if open_:
        rows = [row(text(g.title, NAME), f"{g.done} of {g.total}") for g in open_[:_MOST_GROUPS]]
        lines += ["", head("Open", "Done"), *rows]
    if len(open_) > _MOST_GROUPS:
        lines += ["", f"… and {len(open_) - _MOST_GROUPS} more"]
    lines += ["", *(f"- {text(note, CELL)}" for note in one.notes[:_MOST_GROUPS])]
    if len(one.notes) > _MOST_GROUPS:
        lines.append(f"- … and {len(one.notes) - _MOST_GROUPS} more")
    return "\n".join(lines) + "\n"
