"""The one scorecard of several runs."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pytest_readiness.merging.agreement import agree, shards, targets_of
from pytest_readiness.merging.report import Report
from pytest_readiness.merging.scope import scope_of
from pytest_readiness.model import (
    About,
    Checklist,
    Finding,
    Scorecard,
    Severity,
    Target,
    Waived,
)
from pytest_readiness.model.finding import RECORDS
from pytest_readiness.records.linking import linked
from pytest_readiness.records.tables import recounted
from pytest_readiness.score import judge, whole
from pytest_readiness.waiving import behind, held, remarks


def merge(reports: Sequence[Report]) -> Scorecard:
    """One scorecard of all reports.

    Of a check that several of them judged, the worst counts, and a note says so.

    Raises:
        Disagreement: they differ in what they speak of, or are not parts of one whole.
    """
    agree(reports)
    parts = shards(reports)
    targets = targets_of(reports, parts is not None)
    findings, twice = _findings(reports)
    scope = scope_of(reports, parts, findings, sum(len(files) - 1 for files in twice.values()))
    # What waits for something of another shard, or is measured by it, could not be judged there.
    findings = linked(behind(findings))
    waivers = held(_waivers(reports), findings, whole=whole(scope))
    # What people wrote down stands in each report, from wherever it looked.
    written = {f.node for f in findings if f.system in RECORDS}
    measured = {node: names for node, names in twice.items() if node not in written}
    notes = [*_doubled(measured), *remarks(waivers, findings, whole=whole(scope))]
    about = _about(reports, targets, notes)
    card = judge(findings, reports[0].card.limits, scope, about)
    lists = recounted(_checklists(reports), card.findings)
    return msgspec.structs.replace(card, waivers=waivers, checklists=lists)


def _findings(reports: Sequence[Report]) -> tuple[list[Finding], dict[str, list[str]]]:
    """One finding a node id, and the node ids that stand in more than one report."""
    found: dict[str, Finding] = {}
    files: dict[str, list[str]] = {}
    for report in reports:
        for finding in report.card.findings:
            node = finding.node
            files.setdefault(node, []).append(report.name)
            found[node] = _worse(found[node], finding) if node in found else finding
    return list(found.values()), {node: names for node, names in files.items() if len(names) > 1}


def _worse(one: Finding, two: Finding) -> Finding:
    """The finding with the worse outcome, as grave as the graver: no pass hides a failure."""
    gravest = min(one.severity, two.severity, key=lambda severity: Severity(severity).rank)
    both = [msgspec.structs.replace(f, severity=gravest) for f in (one, two)]
    # Alike in outcome, any rule will do that does not look at the order of the reports.
    return min(both, key=lambda f: (f.outcome.order, repr(f)))


def _doubled(twice: dict[str, list[str]]) -> list[str]:
    if not twice:
        return []
    node, names = next(iter(twice.items()))
    more = f" and {len(twice) - 1} more" if len(twice) > 1 else ""
    return [f"in more than one report, the worst counts: {node} ({', '.join(names)}){more}"]


def _checklists(reports: Sequence[Report]) -> list[Checklist]:
    """Each checklist once: all runs have read the same."""
    return list({one.file: one for report in reports for one in report.card.checklists}.values())


def _waivers(reports: Sequence[Report]) -> list[Waived]:
    """Each waiver once; of reports of two days, as it stands on the later one."""
    found: dict[Waived, Waived] = {}
    for waiver in (waiver for report in reports for waiver in report.card.waivers):
        same = msgspec.structs.replace(waiver, days_left=0, state="in_force", findings=())
        known = found.setdefault(same, waiver)
        found[same] = min(known, waiver, key=lambda w: w.days_left)
    return list(found.values())


def _notes(card: Scorecard) -> list[str]:
    """What a run has to say but of its waivers, which stand anew among all findings."""
    own = remarks(card.waivers, card.findings, whole=whole(card.scope))
    return [note for note in card.about.notes if note not in own]


def _about(reports: Sequence[Report], targets: tuple[Target, ...], notes: list[str]) -> About:
    every = [report.card.about for report in reports]
    versions: dict[str, dict[str, None]] = {}
    for about in every:
        for name, version in about.versions.items():
            versions.setdefault(name, {})[version] = None
    return msgspec.structs.replace(
        every[0],
        environment_assumed=next(filter(None, (a.environment_assumed for a in every)), None),
        started=min(about.started for about in every),
        duration=max(about.duration for about in every),
        versions={name: ", ".join(sorted(found)) for name, found in versions.items()},
        targets=targets,
        relaxed=tuple(dict.fromkeys(item for about in every for item in about.relaxed)),
        notes=tuple(dict.fromkeys([*(n for r in reports for n in _notes(r.card)), *notes])),
    )
