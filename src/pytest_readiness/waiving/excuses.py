"""What a check says, as it counts under the waivers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import msgspec

from pytest_readiness.model import Finding, Outcome, Severity, Waived, WaiverState
from pytest_readiness.policy.patterns import covers, is_pattern
from pytest_readiness.policy.records import Waiver
from pytest_readiness.waiving.words import BY, CAUSE, OWNER, REASON, WARN_DAYS, cut, days


def dated(waivers: Iterable[Waiver], today: dt.date) -> tuple[Waived, ...]:
    """How waivers stand by their dates alone."""
    return tuple(
        Waived(
            checks=waiver.checks,
            target=waiver.target,
            owner=waiver.owner,
            reason=waiver.reason,
            expires=waiver.expires.isoformat(),
            days_left=(days := (waiver.expires - today).days),
            state=by_date(days),
        )
        for waiver in waivers
    )


def by_date(days_left: int) -> WaiverState:
    """How a waiver stands that has so many days left."""
    if days_left < 0:
        return "expired"
    return "ending" if days_left <= WARN_DAYS else "in_force"


def excused(
    check: str,
    target: str | None,
    severity: Severity,
    said: tuple[Outcome | None, str],
    waivers: Sequence[Waived],
) -> tuple[Outcome | None, str]:
    """What a check says, as it counts under the waivers.

    Args:
        check: its id.
        target: the target it was asked of.
        severity: the one in force; a pattern never covers a blocker.
        said: its outcome and message.
        waivers: those of the settings, as they stand today.

    Returns:
        The outcome, ``waived`` where one is in force, and the message, which says so, or whose
        ran out when, or that a pattern does not cover a blocker.
    """
    outcome, message = said
    if outcome is None or not outcome.wrong:
        return said
    speaking = [w for w in waivers if _speaks(w, check, target, severity)]
    if not speaking:
        # A pattern that has run out would not help by naming the blocker in it.
        missed = [w for w in waivers if w.days_left >= 0 and _misses(w, check, target, severity)]
        if not missed:
            return said
        names = ", ".join(p for p in missed[0].checks if is_pattern(p) and covers(p, check))
        words = f"{missed[0].owner}'s waiver of {names} does not cover a blocker: name it"
        return outcome, f"{cut(message, CAUSE)} ({words})"
    # Of several, the one that holds longest counts: a renewal stands beside what it renews.
    waiver = max(speaking, key=lambda w: w.days_left)
    if waiver.days_left < 0:
        words = f"{waiver.owner}'s waiver ran out on {waiver.expires}"
        return outcome, f"{cut(message, CAUSE)} ({words})"
    who, why = cut(waiver.owner, OWNER), cut(waiver.reason, REASON)
    words = f"{who}, {days(waiver.days_left)}: {why}"
    return Outcome.WAIVED, f"{cut(message, CAUSE)}{BY}{words})"


def _speaks(waiver: Waived, check: str, target: str | None, severity: Severity) -> bool:
    if waiver.target not in (None, target):
        return False
    if check in waiver.checks:
        return True
    return severity is not Severity.BLOCKER and any(covers(p, check) for p in waiver.checks)


def _misses(waiver: Waived, check: str, target: str | None, severity: Severity) -> bool:
    """Whether a waiver would speak of a check if it were no blocker."""
    return not _speaks(waiver, check, target, severity) and _speaks(
        waiver, check, target, Severity.LOW
    )


def excuse(findings: Iterable[Finding], waivers: Sequence[Waived]) -> list[Finding]:
    """The findings, those waived that a waiver in force covers.

    For what became wrong after the check itself had ended, such as by a subtest.
    """
    running = [w for w in waivers if w.days_left >= 0]
    found: list[Finding] = []
    for finding in findings:
        said = (finding.outcome, finding.message)
        outcome, message = excused(finding.check, finding.target, finding.severity, said, running)
        if outcome is Outcome.WAIVED and finding.outcome is not outcome:
            finding = msgspec.structs.replace(finding, outcome=outcome, message=message)
        found.append(finding)
    return found
