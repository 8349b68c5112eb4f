"""Reports of several runs -> one scorecard, decided anew from all findings: pure, no I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from pytest_readiness.model import (
    About,
    Finding,
    Scope,
    Scorecard,
    Severity,
    Target,
    Verdict,
    Waived,
)
from pytest_readiness.policy.shards import Part, some, spans
from pytest_readiness.score import judge, whole
from pytest_readiness.waiving import behind, held, remarks

_AGREED: tuple[tuple[str, Callable[[Scorecard], Any]], ...] = (
    ("version of pytest-readiness", lambda card: card.about.versions.get("pytest-readiness")),
    ("commit", lambda card: card.about.commit),
    ("service", lambda card: card.about.service),
    ("profile", lambda card: card.about.profile),
    ("environment", lambda card: card.about.environment),
    ("gate", lambda card: card.about.gate),
    ("allow_partial", lambda card: card.about.allow_partial),
    ("target_score", lambda card: card.limits.target_score),
    ("minimum_score", lambda card: card.limits.minimum_score),
    ("max_failed_high", lambda card: card.limits.max_failed_high),
    ("minimum_coverage", lambda card: card.limits.minimum_coverage),
)
"""What one verdict can speak of in one way only."""


class Disagreement(Exception):
    """Reports that cannot be one: a line that says on what, and in which files."""


class Report(NamedTuple):
    """A scorecard and where it was read."""

    name: str
    """The file as the user named it."""
    card: Scorecard

    @property
    def part(self) -> Part | None:
        """The shards that it holds; None if it is of no shard.

        Raises:
            Disagreement: it names none that there can be.
        """
        if self.card.scope.shard is None:
            return None
        try:
            return some(self.card.scope.shard)
        except ValueError as error:
            raise Disagreement(f"{self.name}: {error}") from None


def merge(reports: Sequence[Report]) -> Scorecard:
    """One scorecard of all reports.

    Of a check that several of them judged, the worst counts, and a note says so.

    Raises:
        Disagreement: they differ in what they speak of, or are not parts of one whole.
    """
    _agree(reports)
    shards = _whole(reports)
    targets = _targets(reports, shards is not None)
    findings, twice = _findings(reports)
    scope = _scope(reports, shards, findings, sum(len(files) - 1 for files in twice.values()))
    # What waits for something of another shard could not be waived with it there.
    findings = behind(findings)
    waivers = held(_waivers(reports), findings, whole=whole(scope))
    notes = [*_doubled(twice), *remarks(waivers, findings, whole=whole(scope))]
    about = _about(reports, targets, notes)
    card = judge(findings, reports[0].card.limits, scope, about)
    return msgspec.structs.replace(card, waivers=waivers)


def _agree(reports: Sequence[Report]) -> None:
    first = reports[0]
    for what, read in _AGREED:
        for other in reports[1:]:
            one, two = read(first.card), read(other.card)
            if one != two:
                raise _differ(first, other, f"the {what}: {_shown(one)} and {_shown(two)}")


def _differ(one: Report, two: Report, on_what: str) -> Disagreement:
    return Disagreement(f"{one.name} and {two.name} disagree on {on_what}")


def _shown(value: object) -> str:
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _whole(reports: Sequence[Report]) -> Part | None:
    """All shards that are there; None where the reports are of no shards."""
    first, numbers = reports[0], dict[int, Report]()
    for report in reports:
        one, two = first.part, report.part
        if (one is None) != (two is None) or (one and two and one.of != two.of):
            raise _differ(first, report, f"the shard: {_shown(one)} and {_shown(two)}")
        for number in two.numbers if two else ():
            if number in numbers:
                files = f"{numbers[number].name} and {report.name}"
                raise Disagreement(f"shard {number} is in {files}; give the one that counts")
            numbers[number] = report
    return Part(frozenset(numbers), first.part.of) if first.part else None


def _targets(reports: Sequence[Report], shards: bool) -> tuple[Target, ...]:
    """All targets: shards are configured with the same, other reports need not be."""
    known: dict[tuple[str, str], tuple[Report, Target]] = {}
    for report in reports:
        for target in report.card.about.targets:
            key = (target.system, target.name)
            other, there = known.setdefault(key, (report, target))
            if _kind(there) != _kind(target):
                on = f"the target {_called(target)}: {_described(there)} and {_described(target)}"
                raise _differ(other, report, on)
        if shards:
            _same(reports[0], report)
            if report.card.about.settings != reports[0].card.about.settings:
                on = "the settings: checks, waivers, thresholds or what is declared of a target"
                raise _differ(reports[0], report, on)
    return tuple(target for _, target in known.values())


def _same(one: Report, two: Report) -> None:
    """Hold the targets of two shards against each other: one that a shard lacks is lost."""
    for has, lacks in ((one, two), (two, one)):
        known = {(t.system, t.name) for t in lacks.card.about.targets}
        for target in has.card.about.targets:
            if (target.system, target.name) not in known:
                raise _differ(one, two, f"the targets: only {has.name} has {_called(target)}")


def _called(target: Target) -> str:
    return f"{target.system}[{target.name}]"


def _kind(target: Target) -> tuple[object, ...]:
    return target.address, target.single_node, target.platform


def _described(target: Target) -> str:
    node = ", single node" if target.single_node else ""
    return f"{target.address}{node}{f', {target.platform}' if target.platform else ''}"


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


def _scope(
    reports: Sequence[Report], whole: Part | None, findings: Sequence[Finding], doubled: int
) -> Scope:
    scopes = [report.card.scope for report in reports]
    selected = sum(scope.selected for scope in scopes) - doubled
    broken = _first(_named(r, r.card.scope.broken or _short(r)) for r in reports)
    left_out = _first(_named(r, r.card.scope.left_out) for r in reports)
    if whole is None:
        expected = sum(scope.expected for scope in scopes) - doubled
        missing = _first(_named(r, r.card.scope.missing) for r in reports)
    else:
        # Each shard tells how many checks there are for all of them.
        expected = max(scope.expected for scope in scopes)
        missing = _missing(whole)
        if missing is None and left_out is None and broken is None and selected < expected:
            broken = f"the shards judged {selected} of {expected} checks"
    part = str(whole) if whole is not None and whole.missing else None
    return Scope(
        expected=max(expected, selected),
        selected=selected,
        left_out=left_out,
        broken=broken,
        shard=part,
        missing=missing,
    )


def _short(report: Report) -> str | None:
    """What is wrong with a report that holds fewer findings than it says, or none at all."""
    card, scope = report.card, report.card.scope
    told = scope.broken or scope.missing or scope.shard
    if card.verdict is Verdict.INCOMPLETE and not told:
        return card.decided_by
    count, selected = len(report.card.findings), report.card.scope.selected
    return f"it holds {count} findings of {selected} checks" if count < selected else None


def _named(report: Report, why: str | None) -> str | None:
    if why is None:
        return None
    who = f"shard {report.card.scope.shard}" if report.card.scope.shard else report.name
    return f"{who}: {why}"


def _first(reasons: Iterable[str | None]) -> str | None:
    found = [reason for reason in reasons if reason is not None]
    if not found:
        return None
    return found[0] + (f" (and {len(found) - 1} more)" if len(found) > 1 else "")


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


def _missing(whole: Part) -> str | None:
    left = whole.missing
    if not left:
        return None
    verb = "shard {} of {} is missing" if len(left) == 1 else "shards {} of {} are missing"
    return verb.format(spans(left), whole.of)


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
