"""The findings in parts: by target, by system, by category, each with its score."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from pytest_readiness.model import Finding, Outcome, Scorecard, Severity
from pytest_readiness.score import score

_OWNERS = {"attestation": "sign-offs", "command": "your own commands"}


class Part(NamedTuple):
    """A part of the findings: a target's, a system's, a category's."""

    name: str
    findings: tuple[Finding, ...]
    score: float | None
    """From 0 to 100; None where nothing was judged."""

    @property
    def judged(self) -> int:
        """Findings that take part in the score."""
        return sum(f.outcome.applies for f in self.findings)

    @property
    def done(self) -> int:
        """Of these, those that passed or are attested."""
        return sum(f.outcome in (Outcome.PASSED, Outcome.ATTESTED) for f in self.findings)

    @property
    def wrong(self) -> tuple[Finding, ...]:
        """Those that earn no points."""
        return tuple(f for f in self.findings if f.outcome.wrong)

    @property
    def waived(self) -> int:
        """Those that failed and are excused: they cost no points, and are not all right."""
        return sum(f.outcome is Outcome.WAIVED for f in self.findings)


def owner(finding: Finding) -> str:
    """Where a finding belongs: ``redis[cache]``, a checklist's file, ``your own checks``."""
    if finding.system == "checklist":
        return str(finding.target)
    if finding.system in _OWNERS:
        return _OWNERS[finding.system]
    place = f"@{finding.vantage}" if finding.vantage else ""
    if finding.system is None or finding.target is None:
        return f"your own checks{f' {place}' if place else ''}"
    return f"{finding.system}[{finding.target}{place}]"


def by_owner(card: Scorecard) -> list[Part]:
    """A part a target, as they are configured, then one each for what needs none."""
    order = {f"{t.system}[{t.name}]": i for i, t in enumerate(card.about.targets)}
    found = _parts(sorted(card.findings, key=lambda f: _rank(f, order)), owner)
    # Of a checklist, linked items count as well, which carry no points in the score of the run.
    own = {one.file: one.score for one in card.checklists}
    return [part._replace(score=own.get(part.name, part.score)) for part in found]


def _rank(finding: Finding, order: Mapping[str, int]) -> tuple[int, str]:
    """Targets as they are configured, each from one vantage point after the other."""
    name = f"{finding.system}[{finding.target}]"
    return order.get(name, len(order)), finding.vantage or ""


def by_system(card: Scorecard) -> list[Part]:
    """A part a system, by name; then checklists, sign-offs and checks of the user's own."""

    def system(finding: Finding) -> str:
        if finding.system == "checklist":
            return "checklists"
        return _OWNERS.get(finding.system or "", finding.system or "your own checks")

    last = ("your own checks", *_OWNERS.values(), "checklists")
    found = [_counted(part) for part in _parts(card.findings, system)]
    return sorted(found, key=lambda part: (part.name in last, part.name))


def _counted(part: Part) -> Part:
    """Checklists as their own tables count them: with the items that checks measure.

    These carry no points in the score of the run, and left out of the lists' they would make one
    with a failing item look like one without.
    """
    if part.name != "checklists":
        return part
    judged = [f for f in part.findings if f.outcome.applies]
    total = sum(f.severity.weight for f in judged)
    done = sum(f.severity.weight for f in judged if not f.outcome.wrong)
    return part._replace(score=100 * done / total if total else None)


def by_category(card: Scorecard) -> list[Part]:
    """A part a category, by name; what has none, last."""
    found = _parts(card.findings, lambda f: f.category or "other")
    return sorted(found, key=lambda part: (part.name == "other", part.name))


def _parts(findings: Iterable[Finding], name: Callable[[Finding], str]) -> list[Part]:
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(name(finding), []).append(finding)
    return [Part(key, tuple(found), score(found)) for key, found in groups.items()]


def by_severity(wrong: Sequence[Finding]) -> str:
    """What failed by severity, and how much was not judged: ``1 blocker, 2 high; 3 blocked``."""
    told = [f for f in wrong if f.outcome is not Outcome.BLOCKED]
    parts = [
        f"{n} {severity.value}"
        for severity in Severity
        if (n := sum(f.severity is severity for f in told))
    ]
    blocked = len(wrong) - len(told)
    aside = f"{blocked} blocked" if blocked else ""
    return "; ".join(part for part in (", ".join(parts), aside) if part)
