"""How waivers stand among the findings of a run, and what is to be said of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from pytest_readiness.model import Finding, Outcome, Severity, Waived
from pytest_readiness.policy.patterns import covers, is_pattern
from pytest_readiness.policy.records import Waiver
from pytest_readiness.waiving.excuses import by_date, dated
from pytest_readiness.waiving.words import LONG_DAYS, WARN_DAYS, called, days, some

_PASSING = (Outcome.PASSED, Outcome.ATTESTED)


def states(
    waivers: Iterable[Waiver], findings: Sequence[Finding], today: dt.date, *, whole: bool = True
) -> tuple[Waived, ...]:
    """How each waiver stands on a day, held against what was found.

    Args:
        waivers: those of the settings.
        findings: all findings, as they count.
        today: the day, UTC.
        whole: whether the run judged all there is; what a part leaves out is not stale.
    """
    return held(dated(waivers, today), findings, whole=whole)


def held(
    waivers: Iterable[Waived], findings: Sequence[Finding], *, whole: bool
) -> tuple[Waived, ...]:
    """The same of waivers whose dates are known already, such as those of a report."""
    index = _by_check(findings)
    return tuple(_held(waiver, index, whole) for waiver in waivers)


_Index = Mapping[str, Sequence[Finding]]
"""Findings by the id of their check: a large run has many thousand."""


def _by_check(findings: Iterable[Finding]) -> _Index:
    index: dict[str, list[Finding]] = {}
    for finding in findings:
        index.setdefault(finding.check, []).append(finding)
    return index


def _held(waiver: Waived, index: _Index, whole: bool) -> Waived:
    hit = _hit(waiver, index)
    state = by_date(waiver.days_left)
    if whole and not hit:
        state = "unmatched"
    elif whole and not any(_needed(waiver, name, index) for name in waiver.checks):
        state = "stale"
    labels = tuple(sorted({f.label for f in hit}))
    return msgspec.structs.replace(waiver, state=state, findings=labels)


def _hit(waiver: Waived, index: _Index) -> list[Finding]:
    found = {f.node: f for name in waiver.checks for f in _of(waiver, name, index)}
    return list(found.values())


def _of(waiver: Waived, name: str, index: _Index, *, blockers: bool = False) -> list[Finding]:
    """What one of its ids speaks of; ``blockers`` for those that a pattern does not cover."""
    if not is_pattern(name):
        return [f for f in index.get(name, ()) if waiver.target in (None, f.target)]
    like = [f for check in index if covers(name, check) for f in index[check]]
    return [
        f
        for f in like
        if waiver.target in (None, f.target) and (f.severity is Severity.BLOCKER) is blockers
    ]


def _needed(waiver: Waived, name: str, index: _Index) -> bool:
    """Whether one of its ids speaks of something that does not pass.

    What is not asked here, but may be elsewhere, makes no waiver stale.
    """
    hit = _of(waiver, name, index)
    return bool(hit) and not _passes(hit)


def _passes(hit: Iterable[Finding]) -> bool:
    judged = [f for f in hit if f.outcome is not Outcome.NOT_APPLICABLE]
    return bool(judged) and all(f.outcome in _PASSING for f in judged)


def remarks(waivers: Iterable[Waived], findings: Sequence[Finding], *, whole: bool) -> list[str]:
    """What is to be said of the waivers, which stand as :func:`states` says: a line each."""
    index = _by_check(findings)
    return [text for waiver in waivers for text in _said(waiver, index, whole)]


def _said(waiver: Waived, index: _Index, whole: bool) -> list[str]:
    if waiver.state == "unmatched":
        return [_unmatched(waiver, index)]
    if waiver.state == "stale":
        return [f"{called(waiver)} is stale: {_why_stale(waiver, index)}"]
    said = _in_part(waiver, index) if whole and len(waiver.checks) > 1 else []
    return [*said, *_by_its_end(waiver, _hit(waiver, index))]


def _why_stale(waiver: Waived, index: _Index) -> str:
    patterns = [name for name in waiver.checks if is_pattern(name)]
    if any(f.outcome.wrong for p in patterns for f in _of(waiver, p, index, blockers=True)):
        return "all that it covers passes, and blockers are not covered; name them"
    one = len(waiver.checks) == 1 and not patterns
    return f"{'the check passes' if one else 'none of its checks needs it'}; remove it"


def _unmatched(waiver: Waived, index: _Index) -> str:
    if any(_of(waiver, p, index, blockers=True) for p in waiver.checks if is_pattern(p)):
        return f"{called(waiver)} matches blockers only, which no pattern covers: name them"
    return f"{called(waiver)} matches no check of this run; correct it or remove it"


def _in_part(waiver: Waived, index: _Index) -> list[str]:
    """Ids of a list that are not needed any more, while others are."""
    hits = {name: _of(waiver, name, index) for name in waiver.checks}
    groups = (
        ([name for name, hit in hits.items() if _passes(hit)], "pass", "passes", " now"),
        ([n for n, hit in hits.items() if not hit], "match", "matches", " no check of this run"),
    )
    return [
        f"{called(waiver)}: {len(names)} of {len(hits)} {one if len(names) == 1 else many}{end}: "
        f"{some(names)}; take {'it' if len(names) == 1 else 'them'} out"
        for names, many, one, end in groups
        if names
    ]


def urgent(waivers: Iterable[Waived], findings: Sequence[Finding]) -> list[str]:
    """What the dates of waivers demand that are of use, or were: the end is near, or past."""
    index = _by_check(findings)
    near = [w for w in waivers if w.state in ("ending", "expired")]
    return [text for waiver in near for text in _by_its_end(waiver, _hit(waiver, index))]


def _by_its_end(waiver: Waived, hit: Sequence[Finding]) -> list[str]:
    name, left = called(waiver), waiver.days_left
    if left < 0:
        return _ran_out(waiver, hit)
    if not any(f.outcome is Outcome.WAIVED for f in hit):
        return []
    if left > LONG_DAYS:
        years = max(1, int(left / 365.25))
        span = f"more than {years} {'year' if years == 1 else 'years'}"
        return [f"{name} runs until {waiver.expires}, for {span}: an exception needs an end"]
    if left <= WARN_DAYS:
        return [f"{name} runs out on {waiver.expires}: {days(left)}"]
    return []


def _ran_out(waiver: Waived, hit: Sequence[Finding]) -> list[str]:
    failing = sum(f.outcome.wrong for f in hit)
    name = f"{called(waiver)} ran out on {waiver.expires}"
    if failing:
        return [f"{name}: {failing} {'check counts' if failing == 1 else 'checks count'} again"]
    if any(f.outcome is Outcome.WAIVED for f in hit):
        return [f"{name}, and another is in force; remove it"]
    return []
