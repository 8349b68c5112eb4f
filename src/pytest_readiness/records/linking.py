"""Checklist items that are measured by checks: what these found stands in the place of the tick."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from pytest_readiness.model import Evidence, Finding, Outcome

_MOST_EVIDENCE = 20
OTHERWISE = "ticked, but measured otherwise: "
"""How the message of an item begins whose tick is not true."""


def linked(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, with those that others measure judged by what these found.

    Once for a run, and again where the findings of several runs are put together.
    """
    found = list(findings)
    wanted = {name for finding in found for name in finding.measured_by}
    by_name: dict[str, list[Finding]] = {}
    for finding in found if wanted else ():
        for name in wanted & finding.names:
            by_name.setdefault(name, []).append(finding)
    return [
        _judged(f, {name: by_name.get(name, []) for name in f.measured_by}) if f.measured_by else f
        for f in found
    ]


def _judged(item: Finding, measured: dict[str, list[Finding]]) -> Finding:
    every = [finding for found in measured.values() for finding in found]
    missing = [name for name, found in measured.items() if not found]
    outcome = _outcome(every, missing)
    if item.outcome is Outcome.WAIVED and outcome.wrong:
        return item  # somebody answers for the item itself
    evidence = [e for f in every for e in f.evidence] if outcome is not Outcome.BLOCKED else []
    return replace(
        item,
        outcome=outcome,
        message=_message(item, outcome, every, missing),
        evidence=_bounded(evidence),
        behind=(),
    )


def _outcome(every: Sequence[Finding], missing: Sequence[str]) -> Outcome:
    """The worst of what was found; what is not asked of some targets says nothing of the rest."""
    asked = [f.outcome for f in every if f.outcome is not Outcome.NOT_APPLICABLE]
    if missing:
        asked.append(Outcome.BLOCKED)
    return min(asked, key=lambda outcome: outcome.order) if asked else Outcome.NOT_APPLICABLE


def _message(
    item: Finding, outcome: Outcome, every: Sequence[Finding], missing: Sequence[str]
) -> str:
    ticked = item.item is not None and item.item.ticked
    names = ", ".join(item.measured_by)
    if outcome is Outcome.BLOCKED and missing:
        return f"not measured: {missing[0]} was not judged in this run"
    if outcome is Outcome.ATTESTED:
        # A signature is no measurement, and must not be called one.
        return f"rests on {names}" + ("" if ticked else "; the tick is still open")
    if outcome is Outcome.PASSED:
        return f"measured by {names}" + ("" if ticked else ", all passed; the tick is still open")
    told = [f for f in every if f.outcome is outcome]
    more = f" (and {len(told) - 1} more)" if len(told) > 1 else ""
    words = f"{told[0].label}: {told[0].message}{more}"
    if outcome is Outcome.FAILED:
        return f"{OTHERWISE if ticked else 'measured, and not so: '}{words}"
    word = {Outcome.ERROR: "not measured", Outcome.BLOCKED: "not measured"}.get(outcome, "")
    return f"{word or outcome.value.replace('_', ' ')}: {words}"


def _bounded(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    # What fails is worth more room than what holds.
    return tuple(sorted(evidence, key=lambda e: e.ok)[:_MOST_EVIDENCE])
