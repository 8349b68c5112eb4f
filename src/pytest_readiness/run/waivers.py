"""Waivers held against what checks say: in force, run out, or without anything to waive."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import msgspec

from pytest_readiness.model import Finding, Outcome
from pytest_readiness.policy.records import Waiver
from pytest_readiness.run.phase import Said

_WARN_DAYS = 14


def excused(
    check: str, target: str | None, said: Said, waivers: Sequence[Waiver], today: dt.date
) -> Said:
    """What a check says, as it counts under the waivers: waived, or failed with whose ran out."""
    if said.outcome is None or not said.outcome.wrong:
        return said
    for waiver in waivers:
        if check not in waiver.checks or waiver.target not in (None, target):
            continue
        if waiver.expires >= today:
            left = (waiver.expires - today).days
            words = f"{said.message} (waived by {waiver.owner}, {left} days left: {waiver.reason})"
            return Said(Outcome.WAIVED, words)
        words = f"{waiver.owner}'s waiver ran out on {waiver.expires}"
        said = said._replace(message=f"{said.message} ({words})")
    return said


def behind(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, where what is blocked only by a target whose being down is waived is waived."""
    found = list(findings)
    down = {
        (f.system, f.target, f.vantage)
        for f in found
        if f.outcome is Outcome.WAIVED and f.check == f"{f.system}.reachable"
    }
    asked = {(f.system, f.target, f.vantage) for f in found if f.check == f"{f.system}.reachable"}
    return [
        msgspec.structs.replace(f, outcome=Outcome.WAIVED)
        if f.outcome is Outcome.BLOCKED and _waits(f, down, asked)
        else f
        for f in found
    ]


_Place = tuple[str | None, str | None, str | None]
"""System, target and vantage point."""


def _waits(finding: Finding, down: set[_Place], asked: set[_Place]) -> bool:
    """Whether a target that is down, and waived, is what a finding is blocked by."""
    here = (finding.system, finding.target, finding.vantage)
    if here in asked:
        return here in down
    # Where vantage points share the work, one of them asked whether the target is there at all.
    elsewhere = any(here[:2] == place[:2] for place in down)
    return elsewhere and " is not reachable: " in finding.message


def remarks(findings: Sequence[Finding], waivers: Sequence[Waiver], today: dt.date) -> list[str]:
    """What is to be said of the waivers of a whole run: stale, without a check, ending soon."""
    return [text for waiver in waivers for text in _said(waiver, findings, today)]


def _matches(waiver: Waiver, finding: Finding) -> bool:
    return finding.check in waiver.checks and waiver.target in (None, finding.target)


def _said(waiver: Waiver, findings: Sequence[Finding], today: dt.date) -> list[str]:
    names = ", ".join(waiver.checks)
    name = f"{names}[{waiver.target}]" if waiver.target else names
    if not any(_matches(waiver, f) for f in findings):
        return [f"the waiver of {name} matches no check of this run"]
    hit = [f for f in findings if _matches(waiver, f)]
    if all(f.outcome is Outcome.PASSED for f in hit):
        return [f"the waiver of {name} is stale: the check passes"]
    left = (waiver.expires - today).days
    if 0 <= left <= _WARN_DAYS:
        return [f"{waiver.owner}'s waiver of {name} runs out on {waiver.expires}"]
    return []
