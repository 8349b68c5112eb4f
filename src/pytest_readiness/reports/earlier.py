"""The report of an earlier run, if it can be compared with."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from pytest_readiness.model import Finding, Scorecard, Verdict
from pytest_readiness.reports import extension
from pytest_readiness.reports.reading import Clean, NoFile, Unreadable, cleaned, decoded

MAKE = "pytest --readiness --readiness-report"


def baseline(file: str, clean: Clean, base: Path | None = None) -> Scorecard:
    """The scorecard of an earlier run.

    One of a part of the checks is taken, and the comparison says so. One that broke off is not:
    nobody knows what it would have found, and all that it lacks would look new.

    Args:
        file: as the user names it.
        clean: makes one harmless line of any text.
        base: folder from which it is named; the present one without.

    Raises:
        Unreadable: it cannot be compared with.
    """
    if not file:
        raise Unreadable("names no file")
    try:
        card = cleaned(_compared(decoded((base or Path()) / file)), clean)
    except NoFile:
        raise NoFile("there is no such file") from None
    if card.verdict is Verdict.INCOMPLETE:
        raise Unreadable(f"its run was INCOMPLETE ({card.decided_by})")
    return card


def remedy(file: str) -> str:
    """How to come by one that can be compared with."""
    json = extension(file) == ".json"
    return f"make one of a whole run: {MAKE} {file if json else 'baseline.json'}"


def _compared(card: Scorecard) -> Scorecard:
    """What a comparison looks at: a thousand targets have a hundred times as much to say."""
    findings = tuple(map(_outline, card.findings))
    targets = tuple(replace(target, version=None, facts={}) for target in card.about.targets)
    return replace(
        card,
        about=replace(card.about, targets=targets),
        findings=findings,
        checklists=(),
        waivers=(),
        comparison=None,
        past=None,
        route=(),
    )


def _outline(finding: Finding) -> Finding:
    return Finding(
        check=finding.check,
        system=finding.system,
        target=finding.target,
        vantage=finding.vantage,
        node=finding.node,
        severity=finding.severity,
        outcome=finding.outcome,
    )
