"""What several runs looked at together, and whether that is all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pytest_readiness.merging.report import Report
from pytest_readiness.model import Finding, Scope, Verdict
from pytest_readiness.policy.shards import Part, spans


def scope_of(
    reports: Sequence[Report], whole: Part | None, findings: Sequence[Finding], doubled: int
) -> Scope:
    scopes = [report.card.scope for report in reports]
    selected = sum(scope.selected for scope in scopes) - doubled
    broken = first(named(r, r.card.scope.broken or _short(r)) for r in reports)
    left_out = first(named(r, r.card.scope.left_out) for r in reports)
    if whole is None:
        expected = sum(scope.expected for scope in scopes) - doubled
        missing = first(named(r, r.card.scope.missing) for r in reports)
    else:
        # Each shard tells how many checks there are for all of them.
        expected = max(scope.expected for scope in scopes)
        missing = _missing(whole)
        if missing is None and left_out is None and broken is None and selected < expected:
            broken = f"the shards judged {selected} of {expected} checks"
    part = str(whole) if whole is not None and whole.missing else None
    return Scope(
        expected=max(expected, selected),
        selected=selected,
        left_out=left_out,
        broken=broken,
        shard=part,
        missing=missing,
    )


def _short(report: Report) -> str | None:
    """What is wrong with a report that holds fewer findings than it says, or none at all."""
    card, scope = report.card, report.card.scope
    told = scope.broken or scope.missing or scope.shard
    if card.verdict is Verdict.INCOMPLETE and not told:
        return card.decided_by
    count, selected = len(report.card.findings), report.card.scope.selected
    return f"it holds {count} findings of {selected} checks" if count < selected else None


def named(report: Report, why: str | None) -> str | None:
    if why is None:
        return None
    who = f"shard {report.card.scope.shard}" if report.card.scope.shard else report.name
    return f"{who}: {why}"


def first(reasons: Iterable[str | None]) -> str | None:
    found = [reason for reason in reasons if reason is not None]
    if not found:
        return None
    return found[0] + (f" (and {len(found) - 1} more)" if len(found) > 1 else "")


def _missing(whole: Part) -> str | None:
    left = whole.missing
    if not left:
        return None
    verb = "shard {} of {} is missing" if len(left) == 1 else "shards {} of {} are missing"
    return verb.format(spans(left), whole.of)
