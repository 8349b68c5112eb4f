"""What failed and what was not judged, in sections of the Markdown report."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_readiness.model import Finding, Outcome, Scorecard
from pytest_readiness.records.linking import OTHERWISE
from pytest_readiness.reports.facts import GRAVE, causes, failed, floor, words
from pytest_readiness.reports.markdown.escaping import code, text
from pytest_readiness.reports.markdown.fitting import Entry, Section
from pytest_readiness.reports.markdown.tables import (
    CELL,
    NAME,
    block,
    head,
    joined,
    name,
    reference,
    row,
    some,
)
from pytest_readiness.reports.parts import by_owner, by_severity

_MANY = 12
"""Targets from which on their table is folded."""


def findings(card: Scorecard) -> Iterator[Section]:
    """The sections, the gravest first."""
    wrong = failed(card)
    otherwise = [f for f in wrong if f.message.startswith(OTHERWISE)]
    others = [f for f in wrong if not f.message.startswith(OTHERWISE)]
    now = [f for f in others if f.severity in GRAVE]
    later = [f for f in others if f.severity not in GRAVE]
    yield Section("Fix now", [Entry(f.severity.rank, block(f)) for f in now])
    yield _otherwise(otherwise)
    yield _not_judged(card)
    yield Section(
        "Decide",
        [Entry(f.severity.rank, _decide(f)) for f in later],
        folded=True,
        head=head("Severity", "Check", "What", "Remedy"),
    )
    yield _targets(card)


def _otherwise(found: list[Finding]) -> Section:
    rows = [
        Entry(
            f.severity.rank,
            row(_mark(f), name(f), text(f.message.removeprefix(OTHERWISE), CELL)),
        )
        for f in found
    ]
    return Section("Ticked, but measured otherwise", rows, head=head("Severity", "Item", "What"))


def _not_judged(card: Scorecard) -> Section:
    """What could not be judged, by cause."""
    rows = [
        Entry(
            found[0].severity.rank + 0.5,
            row(found[0].severity.value, _together(who, found), text(why, CELL), _remedy(found[0])),
        )
        for who, why, found in causes(card)
    ]
    return Section(
        "Not judged",
        rows,
        # What is as grave as a failure is not hidden behind a click.
        folded=not any(f.severity in GRAVE for _, _, found in causes(card) for f in found),
        head=head("Severity", "Check", "Why", "Remedy"),
        shown=card.counts["blocked"],
    )


def _together(who: str, found: list[Finding]) -> str:
    if len(found) == 1:
        return name(found[0])
    names = [str(f.title) if f.item is not None else f.check for f in found]
    return f"{len(found)} checks of {code(who, NAME)}: {some(names)}"


def _decide(finding: Finding) -> str:
    return row(
        _mark(finding),
        name(finding),
        text(finding.message, CELL),
        _remedy(finding),
    )


def _mark(finding: Finding) -> str:
    """The severity, and what became of the check where it did not just fail."""
    error = finding.outcome is Outcome.ERROR
    return (
        f"{finding.severity.value} ({words(finding.outcome)})" if error else finding.severity.value
    )


def _remedy(finding: Finding) -> str:
    remedy = code(finding.remedy, CELL) if finding.remedy else None
    owner = f"owner: {text(finding.owner, NAME)}" if finding.owner else None
    return joined((remedy, reference(finding.ref), owner), "<br>")


def _targets(card: Scorecard) -> Section:
    parts = by_owner(card)
    rows = [
        Entry(
            1.2 if part.wrong else 3,
            row(
                code(part.name, NAME),
                "–" if part.score is None else f"{floor(part.score):.1f}",
                f"{part.done} of {part.judged}",
                by_severity(part.wrong) or "nothing",
            ),
        )
        for part in parts
    ]
    return Section(
        "Score by target",
        rows,
        folded=len(parts) > _MANY,
        head=head("Target", "Score", "Done", "Wrong"),
    )
