"""Metrics of what was judged: findings by system, targets, and what was watched over a window."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from pytest_readiness.model import Evidence, Finding, Outcome, Scorecard, Severity
from pytest_readiness.reports.openmetrics.exposition import Metric, Number, Sample, bounded
from pytest_readiness.score import score

MOST_SYSTEMS = 20
MOST_TARGETS = 1000
MOST_OBJECTIVES = 500
"""Bounds of what grows with the project: what is worst is shown."""

OWN = "own"
"""What stands for a system in findings of the user's own checks."""

_Place = tuple[str, str, str]
"""System, target and vantage point."""


def metrics(card: Scorecard) -> Iterator[Metric]:
    """All of them."""
    yield _findings(card)
    yield _scores(card)
    yield _targets(card)
    yield from _objectives(card)


def _system(finding: Finding) -> str:
    return finding.system or OWN


def _findings(card: Scorecard) -> Metric:
    """A series for each severity and outcome of each system, so that none ever goes away."""
    found = Counter((_system(f), f.severity, f.outcome) for f in card.findings)
    systems = {_system(f) for f in card.findings} | {t.system for t in card.about.targets}
    return bounded(
        "readiness_findings",
        "Findings by system, severity and outcome; 0 where there are none.",
        [
            Sample(
                {"system": system, "severity": severity.value, "outcome": outcome.value},
                found[system, severity, outcome],
            )
            for system in sorted(systems)
            for severity in Severity
            for outcome in Outcome
        ],
        MOST_SYSTEMS * len(Severity) * len(Outcome),
    )


def _scores(card: Scorecard) -> Metric:
    """The score of each target, the lowest first."""
    scores = sorted(
        _by_target(card).items(), key=lambda pair: (pair[1] is None, pair[1] or 0.0, pair[0])
    )
    return bounded(
        "readiness_score_of_target",
        "Score of one target from 0 to 100; NaN where nothing of it was judged.",
        [
            Sample({"system": system, "target": target, "vantage": vantage}, value)
            for (system, target, vantage), value in scores
        ],
        MOST_TARGETS,
    )


def _by_target(card: Scorecard) -> dict[_Place, float | None]:
    """Of all that are configured, and of each checklist."""
    groups: dict[_Place, list[Finding]] = {}
    for finding in card.findings:
        if finding.target is not None:
            place = (_system(finding), finding.target, finding.vantage or "")
            groups.setdefault(place, []).append(finding)
    found = {place: _floored(score(findings)) for place, findings in groups.items()}
    # Of a checklist, linked items count as well, which carry no points in the score of the run.
    lists = {("checklist", one.file, ""): one.score for one in card.checklists}
    judged = {place[:2] for place in groups}
    left = [t for t in card.about.targets if (t.system, t.name) not in judged]
    return {**dict.fromkeys((t.system, t.name, "") for t in left), **found, **lists}


def _floored(value: float | None) -> float | None:
    """Two digits, as the scorecard has its own score: never rounded up."""
    return None if value is None else math.floor(value * 100 + 1e-9) / 100


def _targets(card: Scorecard) -> Metric:
    return bounded(
        "readiness_target_info",
        "Configured targets: where each is, its version, whose managed service it is.",
        [
            Sample(
                {
                    "system": target.system,
                    "target": target.name,
                    "address": target.address,
                    "version": target.version,
                    "platform": target.platform,
                    "single_node": str(target.single_node).lower(),
                },
                1,
            )
            for target in card.about.targets
        ],
        MOST_TARGETS,
    )


def _objectives(card: Scorecard) -> Iterator[Metric]:
    """What was watched over a window; first what did not hold."""
    watched = [(f, e) for f in card.findings for e in f.evidence if e.window is not None]
    watched.sort(key=lambda pair: pair[1].ok)
    yield bounded(
        "readiness_slo_value",
        "What was measured over a window, in its unit; NaN where it is no number.",
        [Sample(_of_objective(f, e), _number(e.value)) for f, e in watched],
        MOST_OBJECTIVES,
    )
    yield bounded(
        "readiness_slo_objective",
        "What it was compared with, in its unit; NaN where that is no number.",
        [Sample(_of_objective(f, e), _number(e.expected)) for f, e in watched],
        MOST_OBJECTIVES,
    )
    yield bounded(
        "readiness_slo_held",
        "Whether what was measured over a window held; severity and outcome are the check's.",
        [
            Sample(
                {
                    **_of_objective(f, e),
                    "severity": f.severity.value,
                    "outcome": f.outcome.value,
                },
                e.ok,
            )
            for f, e in watched
        ],
        MOST_OBJECTIVES,
    )


def _of_objective(finding: Finding, evidence: Evidence) -> dict[str, object]:
    return {
        "check": finding.check,
        "target": finding.target,
        "vantage": finding.vantage,
        # A check of the user's own may be asked many times, with parameters.
        "node": finding.node,
        "name": evidence.name,
        "op": evidence.op,
        "unit": evidence.unit,
    }


def _number(value: object) -> Number:
    return value if isinstance(value, (int, float)) else None
