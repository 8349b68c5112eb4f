"""Findings and limits -> score, coverage, verdict: pure, no I/O, no clock."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import msgspec

from pytest_readiness.model import (
    About,
    Finding,
    Limits,
    Outcome,
    Scope,
    Scorecard,
    Severity,
    Verdict,
)

_GRAVE = (Severity.BLOCKER, Severity.HIGH)
_EARNING = (Outcome.PASSED, Outcome.ATTESTED)


def score(findings: Iterable[Finding]) -> float | None:
    """100 times the weight earned over the weight judged; None if nothing was judged."""
    judged = [f for f in findings if f.outcome.applies]
    total: float = sum(f.weight for f in judged)
    if not total:
        return None
    return 100 * sum(f.weight for f in judged if f.outcome in _EARNING) / total


def coverage(findings: Iterable[Finding]) -> float | None:
    """Weight of what was measured over the weight of all applicable; None if nothing applies."""
    applicable = [f for f in findings if f.outcome is not Outcome.NOT_APPLICABLE]
    total = sum(f.weight for f in applicable)
    if not total:
        return None
    return sum(f.weight for f in applicable if f.measured) / total


def counts(findings: Iterable[Finding]) -> dict[str, int]:
    """Number of findings by outcome; every outcome is there."""
    result = {outcome.value: 0 for outcome in Outcome}
    for finding in findings:
        result[finding.outcome.value] += 1
    return result


def judge(findings: Sequence[Finding], limits: Limits, scope: Scope, about: About) -> Scorecard:
    """The scorecard of a run: decided here and nowhere else."""
    ordered = tuple(sorted((_pointed(f) for f in findings), key=lambda f: f.node))
    verdict, why = _decide(ordered, limits, scope)
    waived = any(f.outcome is Outcome.WAIVED for f in ordered)
    return Scorecard(
        verdict=verdict,
        decided_by=why,
        complete=whole(scope),
        score=_rounded(score(ordered)),
        score_without_waivers=_rounded(score(_unwaived(ordered))) if waived else None,
        target_score=limits.target_score,
        coverage=_rounded(coverage(ordered), 4),
        counts=counts(ordered),
        scope=scope,
        limits=limits,
        about=about,
        route=tuple(f.label for f in route(ordered, limits)),
        findings=ordered,
    )


def whole(scope: Scope) -> bool:
    """Whether a run came to its end and judged all there is."""
    return not (scope.broken or scope.missing or scope.left_out or scope.shard)


def fails(card: Scorecard, gate: str, allow_partial: bool) -> bool:
    """Whether the gate fails the build on a verdict.

    A run that broke off is no judgement, so not even ``gate = "never"`` lets it through. One
    shard that found nothing wrong passes: the gate stands where the shards are merged.
    """
    if card.verdict is Verdict.INCOMPLETE:
        return True
    if gate == "regressions" and regressed(card) is not None:
        return True
    if gate == "never" or card.verdict is Verdict.READY:
        return False
    if card.verdict is Verdict.PARTIAL:
        in_production = card.about.environment == "production"
        return card.scope.left_out is not None and in_production and not allow_partial
    return gate == "ready" or (gate != "regressions" and card.verdict is Verdict.NOT_READY)


def regressed(card: Scorecard) -> str | None:
    """Why the gate ``regressions`` fails the build; None where nothing became worse.

    Whatever the verdict: a blocker that is wrong, even if it was in the baseline too, and any
    check that is wrong and was not, of whatever severity. A run in which nothing could be judged
    has nothing that could be new, and passes as little as one without a baseline.
    """
    blockers = _vetoing(card.findings, card.scope)
    if blockers:
        return _named(blockers[0]) + _more(blockers)
    if card.comparison is None:
        return "there is no baseline to tell new failures by"
    new = card.comparison.new_failures
    if new:
        more = f" (and {len(new) - 1} more)" if len(new) > 1 else ""
        return f"new failure {new[0].severity.value} {new[0].label}{more}"
    waived = any(f.outcome is Outcome.WAIVED for f in card.findings)
    if card.verdict is Verdict.NOT_READY and card.score is None and not waived:
        return card.decided_by
    return None


def _rounded(value: float | None, digits: int = 2) -> float | None:
    """Rounded down, so that 94.999 is never shown as the 95 it did not reach."""
    if value is None:
        return None
    scale = 10.0**digits
    return math.floor(value * scale + 1e-9) / scale


def _pointed(finding: Finding) -> Finding:
    points = finding.weight if finding.outcome.wrong else 0.0
    if finding.points == points:
        return finding
    return msgspec.structs.replace(finding, points=points)


def _unwaived(findings: Iterable[Finding]) -> list[Finding]:
    return [
        msgspec.structs.replace(f, outcome=Outcome.FAILED) if f.outcome is Outcome.WAIVED else f
        for f in findings
    ]


def _decide(findings: Sequence[Finding], limits: Limits, scope: Scope) -> tuple[Verdict, str]:
    if scope.broken is not None:
        return Verdict.INCOMPLETE, scope.broken
    if scope.missing is not None:
        return Verdict.INCOMPLETE, scope.missing
    if not findings and not _empty_shard(scope):
        return Verdict.INCOMPLETE, "no check was run"
    veto = _veto(findings, limits, scope)
    if veto is not None:
        return Verdict.NOT_READY, veto
    if not whole(scope):
        return Verdict.PARTIAL, _part(scope)
    condition = _condition(findings, limits)
    if condition is not None:
        return Verdict.CONDITIONAL, condition
    return Verdict.READY, f"no blocker and no high failed, score reaches {limits.target_score:g}"


def _part(scope: Scope) -> str:
    of_all = f" of {scope.expected}" if scope.expected > scope.selected else ""
    return f"{scope.selected}{of_all} checks were run: {part(scope)}"


def part(scope: Scope) -> str | None:
    """Why a run judged fewer than all checks: an option, its shard; None if it judged all."""
    shard = f"shard {scope.shard}" if scope.shard else None
    return ", ".join(filter(None, (scope.left_out, shard))) or None


def _empty_shard(scope: Scope) -> bool:
    """Whether a run had nothing to do because all targets are those of other shards."""
    own = scope.shard is not None and scope.left_out is None
    return own and not scope.selected and bool(scope.expected)


def _named(finding: Finding) -> str:
    return f"{finding.severity.value} {finding.label} {finding.outcome.value}"


def _more(findings: Sequence[Finding]) -> str:
    return f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""


def _wrong(findings: Iterable[Finding], severity: Severity) -> list[Finding]:
    """Findings of a severity that earn nothing: the failed first, then errors, then blocked."""
    order = (Outcome.FAILED, Outcome.ERROR, Outcome.BLOCKED)
    wrong = [f for f in findings if f.severity is severity and f.outcome.wrong]
    # A check says what is wrong; an item that it measures says it once more.
    return sorted(wrong, key=lambda f: (order.index(f.outcome), bool(f.measured_by)))


def _failed_highs(findings: Iterable[Finding]) -> list[Finding]:
    # Of one that others measure, these are counted.
    return [f for f in _wrong(findings, Severity.HIGH) if f.outcome is Outcome.FAILED and f.weight]


def _vetoing(findings: Sequence[Finding], scope: Scope) -> list[Finding]:
    """Blockers that forbid the launch.

    An item of a checklist whose check was left out of the run says nothing yet, as little as the
    check does: the run is PARTIAL by that. In a run of all checks, there is no such check.
    """
    blockers = _wrong(findings, Severity.BLOCKER)
    linked = [f for f in blockers if f.measured_by and f.outcome is Outcome.BLOCKED]
    if not linked or whole(scope):
        return blockers
    seen = {name for finding in findings for name in finding.names}
    return [f for f in blockers if f not in linked or seen.issuperset(f.measured_by)]


def _veto(findings: Sequence[Finding], limits: Limits, scope: Scope) -> str | None:
    """Why the launch is forbidden; of one shard, what the others cannot make up for."""
    blockers = _vetoing(findings, scope)
    if blockers:
        return _named(blockers[0]) + _more(blockers)
    highs = _failed_highs(findings)
    if len(highs) > limits.max_failed_high:
        return f"{len(highs)} highs failed, at most {limits.max_failed_high} may"
    if scope.shard is not None:
        return None
    value = score(findings)
    if value is not None and value < limits.minimum_score:
        return f"score {_rounded(value)} is below the minimum of {limits.minimum_score:g}"
    if value is not None or any(f.outcome is Outcome.WAIVED for f in findings):
        return None
    # Items of checklists whose checks were left out carry no weight.
    if whole(scope) or not any(f.measured_by and f.outcome.wrong for f in findings):
        return "nothing was judged: no check applies"
    return None


def _condition(findings: Sequence[Finding], limits: Limits) -> str | None:
    highs = _wrong(findings, Severity.HIGH)
    if highs:
        return _named(highs[0]) + _more(highs)
    waived = [f for f in findings if f.outcome is Outcome.WAIVED]
    if waived:
        return f"waiver in force on {waived[0].label}{_more(waived)}"
    ticked = [f for f in findings if f.severity is Severity.BLOCKER and _ticked(f)]
    if ticked:
        return f"blocker {ticked[0].label} is attested, not measured{_more(ticked)}"
    value, seen = score(findings), coverage(findings)
    if seen is not None and seen < limits.minimum_coverage:
        # Never rounded up: 69.6% would be told as 70% below 70%.
        percent = int(100 * seen + 1e-9)
        return f"evidence coverage {percent}% is below {100 * limits.minimum_coverage:g}%"
    if value is not None and value < limits.target_score:
        return f"score {_rounded(value)} is below the target of {limits.target_score:g}"
    return None


def _ticked(finding: Finding) -> bool:
    """Whether a tick alone stands for it; a sign-off has a name, a day and a place in git.

    So has an item that a sign-off stands for, which nobody's tick can make attested.
    """
    signed = finding.system == "attestation" or finding.measured_by
    return finding.outcome is Outcome.ATTESTED and not signed


def route(findings: Sequence[Finding], limits: Limits) -> list[Finding]:
    """Shortest way to ready: all that veto or condition, then by points until the target is met.

    Within a severity, what failed comes before what could not be judged. What is blocked because
    its target is down is no step of its own: the target is. Nor is what waits for another check,
    or is measured by one.
    """
    wrong = [f for severity in Severity for f in _wrong(findings, severity)]
    reaching = {_seen(f) for f in findings if f.check == f"{f.system}.reachable"}
    down = {_seen(f) for f in wrong if f.check == f"{f.system}.reachable"}
    # Where vantage points share the work, one of them asked whether the target is there at all.
    down |= {(s, t, f.vantage) for s, t, _ in down for f in wrong} - reaching
    behind = [f for f in wrong if _is_behind(f, down)]
    steps = [f for f in wrong if not (_is_behind(f, down) or f.behind or f.measured_by)]
    vital = {name for f in wrong if f.severity in _GRAVE for name in f.measured_by}
    total = sum(f.weight for f in findings if f.outcome.applies)
    lost = sum(f.weight for f in steps)
    unmeasured = sum(f.weight for f in steps if not f.measured)
    way: list[Finding] = []
    for finding in steps:
        needed = finding.severity in _GRAVE or not vital.isdisjoint(finding.names)
        below = total and 100 * (total - lost) / total < limits.target_score
        unseen = total and 1 - unmeasured / total < limits.minimum_coverage
        # A target that is down is mended whatever its check's severity: others wait behind it.
        holds = finding.check == f"{finding.system}.reachable" and behind
        if not (needed or below or unseen or holds):
            continue
        way.append(finding)
        lost -= finding.weight
        if not finding.measured:
            unmeasured -= finding.weight
    return way


def _seen(finding: Finding) -> tuple[str | None, ...]:
    """A target from one vantage point."""
    return finding.system, finding.target, finding.vantage


def _is_behind(finding: Finding, down: set[tuple[str | None, ...]]) -> bool:
    """Whether a finding is blocked on a target that is down."""
    return finding.outcome is Outcome.BLOCKED and _seen(finding) in down
