"""Waivers held against findings: in force, run out, or without anything to waive."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import msgspec

from pytest_readiness.model import Finding, Outcome
from pytest_readiness.policy.settings import Waiver

_WARN_DAYS = 14


def waived(
    findings: Iterable[Finding], waivers: Sequence[Waiver], today: dt.date
) -> tuple[list[Finding], list[str]]:
    """The findings with waivers applied, and what is to be said about the waivers.

    What is blocked only because a waived target is down is waived with it.
    """
    notes: list[str] = []
    judged = [_one(f, waivers, today) for f in findings]
    down = {
        (f.system, f.target)
        for f in judged
        if f.outcome is Outcome.WAIVED and f.check.endswith(".reachable")
    }
    result = [
        msgspec.structs.replace(f, outcome=Outcome.WAIVED)
        if f.outcome is Outcome.BLOCKED and (f.system, f.target) in down
        else f
        for f in judged
    ]
    for waiver in waivers:
        notes.extend(_said(waiver, judged, today))
    return result, notes


def _matches(waiver: Waiver, finding: Finding) -> bool:
    return waiver.check == finding.check and waiver.target in (None, finding.target)


def _one(finding: Finding, waivers: Sequence[Waiver], today: dt.date) -> Finding:
    if not finding.outcome.wrong:
        return finding
    for waiver in waivers:
        if not _matches(waiver, finding):
            continue
        if waiver.expires >= today:
            left = (waiver.expires - today).days
            words = f"waived by {waiver.owner}, {left} days left ({waiver.reason})"
            return msgspec.structs.replace(
                finding, outcome=Outcome.WAIVED, message=f"{words}: {finding.message}"
            )
        words = f"{waiver.owner}'s waiver ran out on {waiver.expires}"
        finding = msgspec.structs.replace(finding, message=f"{finding.message} ({words})")
    return finding


def _said(waiver: Waiver, findings: Sequence[Finding], today: dt.date) -> list[str]:
    name = f"{waiver.check}[{waiver.target}]" if waiver.target else waiver.check
    if not any(_matches(waiver, f) for f in findings):
        return [f"the waiver of {name} matches no check of this run"]
    hit = [f for f in findings if _matches(waiver, f)]
    if all(f.outcome is Outcome.PASSED for f in hit):
        return [f"the waiver of {name} is stale: the check passes"]
    left = (waiver.expires - today).days
    if 0 <= left <= _WARN_DAYS:
        return [f"{waiver.owner}'s waiver of {name} runs out on {waiver.expires}"]
    return []
