"""A line a target, and one each for what needs no target: a bar, a score, what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pytest_readiness.model import Finding, Outcome, Scorecard, Severity
from pytest_readiness.run.lines import Line, columns, cut, padded
from pytest_readiness.score import score

_MOST_TARGETS = 50
"""Targets shown; of more, those with something wrong."""

_BAR = 10
_GRAVE = (Severity.BLOCKER, Severity.HIGH)
_OWNERS = {"attestation": "sign-offs", "command": "your own commands"}


def targets(card: Scorecard, width: int) -> Iterable[Line]:
    order = {f"{t.system}[{t.name}]": i for i, t in enumerate(card.about.targets)}
    groups: dict[str, list[Finding]] = {}
    for finding in sorted(card.findings, key=lambda f: _rank(f, order)):
        groups.setdefault(owner(finding), []).append(finding)
    space = min(max(map(columns, groups), default=0), max(width - 52, 14))
    # Of a checklist, linked items count as well, which carry no points in the score of the run.
    own = {one.file: one.score for one in card.checklists}
    names = list(groups)
    if len(names) > _MOST_TARGETS:
        # Of a fleet, those that somebody has to look at.
        names = [name for name in names if any(f.outcome.wrong for f in groups[name])]
    for name in names[:_MOST_TARGETS]:
        value = own[name] if name in own else score(groups[name])
        yield _target(name, groups[name], value, space, width)
    if len(groups) > _MOST_TARGETS:
        yield Line(_rest(len(names), len(groups)))


def _rest(wrong: int, all_: int) -> str:
    """What is not shown of a fleet: ``… and 3 more with something wrong, 1940 all right``."""
    more = wrong - _MOST_TARGETS
    return (
        f"… and {f'{more} more with something wrong, ' if more > 0 else ''}{all_ - wrong} all right"
    )


def _rank(finding: Finding, order: Mapping[str, int]) -> tuple[int, str]:
    """Targets as they are configured, each from one vantage point after the other."""
    name = f"{finding.system}[{finding.target}]"
    return order.get(name, len(order)), finding.vantage or ""


def owner(finding: Finding) -> str:
    if finding.system == "checklist":
        return str(finding.target)
    if finding.system in _OWNERS:
        return _OWNERS[finding.system]
    if finding.system is None or finding.target is None:
        return f"your own checks{f' @{finding.vantage}' if finding.vantage else ''}"
    place = f"@{finding.vantage}" if finding.vantage else ""
    return f"{finding.system}[{finding.target}{place}]"


def _target(
    name: str, found: Sequence[Finding], value: float | None, space: int, width: int
) -> Line:
    judged = [f for f in found if f.outcome.applies]
    passed = sum(f.outcome in (Outcome.PASSED, Outcome.ATTESTED) for f in judged)
    full = 0 if value is None else int(value / 100 * _BAR)
    bar = "█" * full + "░" * (_BAR - full)
    shown = "    -" if value is None else f"{floor(value):5.1f}"
    shown_name = padded(cut(name, space), space)
    head = f"{shown_name}  {bar} {shown}  {passed:>3} of {len(judged):<3} "
    wrong = [f for f in found if f.outcome.wrong]
    grave = any(f.severity in _GRAVE for f in wrong)
    colour = "green" if not wrong else ("red" if grave else "yellow")
    return Line(pieces=[(head, {colour: True}), (cut(_by_severity(wrong), width - len(head)), {})])


def floor(value: float) -> float:
    return int(value * 10 + 1e-9) / 10


def _by_severity(wrong: Sequence[Finding]) -> str:
    """What failed by severity, and how much was not judged: ``1 blocker, 2 high; 3 blocked``."""
    failed = [f for f in wrong if f.outcome is not Outcome.BLOCKED]
    parts = [
        f"{n} {severity.value}"
        for severity in Severity
        if (n := sum(f.severity is severity for f in failed))
    ]
    blocked = len(wrong) - len(failed)
    aside = f"{blocked} blocked" if blocked else ""
    return "; ".join(part for part in (", ".join(parts), aside) if part)
