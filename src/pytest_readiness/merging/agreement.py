"""What the reports of one verdict must agree on: their subject, their shards, their targets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pytest_readiness.merging.report import Disagreement, Report, differ, shown
from pytest_readiness.model import Scorecard, Target
from pytest_readiness.policy.shards import Part

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


def agree(reports: Sequence[Report]) -> None:
    first = reports[0]
    for what, read in _AGREED:
        for other in reports[1:]:
            one, two = read(first.card), read(other.card)
            if one != two:
                raise differ(first, other, f"the {what}: {shown(one)} and {shown(two)}")


def shards(reports: Sequence[Report]) -> Part | None:
    """All shards that are there; None where the reports are of no shards."""
    first, numbers = reports[0], dict[int, Report]()
    for report in reports:
        one, two = first.part, report.part
        if (one is None) != (two is None) or (one and two and one.of != two.of):
            raise differ(first, report, f"the shard: {shown(one)} and {shown(two)}")
        for number in two.numbers if two else ():
            if number in numbers:
                files = f"{numbers[number].name} and {report.name}"
                raise Disagreement(f"shard {number} is in {files}; give the one that counts")
            numbers[number] = report
    return Part(frozenset(numbers), first.part.of) if first.part else None


def targets_of(reports: Sequence[Report], shards: bool) -> tuple[Target, ...]:
    """All targets: shards are configured with the same, other reports need not be."""
    known: dict[tuple[str, str], tuple[Report, Target]] = {}
    for report in reports:
        for target in report.card.about.targets:
            key = (target.system, target.name)
            other, there = known.setdefault(key, (report, target))
            if not (there.version or there.facts):
                # A shard knows of its own targets only; what two of them know is the same.
                known[key] = other, target
            if _kind(there) != _kind(target):
                on = f"the target {_called(target)}: {_described(there)} and {_described(target)}"
                raise differ(other, report, on)
        if shards:
            _same(reports[0], report)
            if report.card.about.settings != reports[0].card.about.settings:
                on = "the settings: checks, waivers, thresholds or what is declared of a target"
                raise differ(reports[0], report, on)
    return tuple(target for _, target in known.values())


def _same(one: Report, two: Report) -> None:
    """Hold the targets of two shards against each other: one that a shard lacks is lost."""
    for has, lacks in ((one, two), (two, one)):
        known = {(t.system, t.name) for t in lacks.card.about.targets}
        for target in has.card.about.targets:
            if (target.system, target.name) not in known:
                raise differ(one, two, f"the targets: only {has.name} has {_called(target)}")


def _called(target: Target) -> str:
    return f"{target.system}[{target.name}]"


def _kind(target: Target) -> tuple[object, ...]:
    return target.address, target.single_node, target.platform


def _described(target: Target) -> str:
    node = ", single node" if target.single_node else ""
    return f"{target.address}{node}{f', {target.platform}' if target.platform else ''}"
