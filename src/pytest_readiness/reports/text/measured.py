"""What only those see who ask for more: what passed and by how much, scores by category."""

from __future__ import annotations

from pytest_readiness.model import Finding, Outcome, Scorecard
from pytest_readiness.reports.facts import gravest_first, named
from pytest_readiness.reports.measured import evidence
from pytest_readiness.reports.parts import by_category, owner
from pytest_readiness.reports.text.lines import Line, entry, first, indented, wrapped
from pytest_readiness.reports.text.targets import table

_LINES = 16
"""Lines of a reason."""


def measured(card: Scorecard, width: int) -> list[Line]:
    """What passed, with what was measured and what was asked of it."""
    passed = gravest_first(f for f in card.findings if f.outcome is Outcome.PASSED)
    if not passed:
        return []
    shown = [Line(), Line(f"passed ({len(passed)})", bold=True)]
    for finding in passed:
        shown += entry(finding.severity, named(finding), width, whole=True)
        for told in _evidence(finding):
            shown += indented(told, width)
    return shown


def _evidence(finding: Finding) -> list[str]:
    """``connections used: 12 %, asked for at most 90 %``; what was said twice, once."""
    found = dict.fromkeys(
        f"{one.name}: {one.measured}{f', asked for {one.expected}' if one.expected else ''}"
        for one in evidence(finding)
    )
    return list(found) or ([finding.message] if finding.message else [])


def not_asked(card: Scorecard, width: int, verbosity: int) -> list[Line]:
    """What does not apply: how much, and by 2 which and why."""
    found = gravest_first(f for f in card.findings if f.outcome is Outcome.NOT_APPLICABLE)
    if not found:
        return []
    head = Line(f"not applicable ({len(found)})", bold=True)
    groups: dict[tuple[str, str], list[str]] = {}
    for one in found:
        groups.setdefault((one.message, owner(one)), []).append(named(one))
    if verbosity < 2:
        return [Line(), Line(f"{head.text}: -vv shows which", bold=True)]
    shown = [Line(), head]
    for (why, _), names in groups.items():
        shown += wrapped(f"  {', '.join(names)}", width)
        shown += first(indented(why, width), _LINES)
    return shown


def categories(card: Scorecard, width: int) -> list[Line]:
    """A line a category, as targets have theirs."""
    parts = by_category(card)
    if [part.name for part in parts] in ([], ["other"]):
        return []
    return [Line(), Line("by category", bold=True), *table(parts, width, indent=2)]
