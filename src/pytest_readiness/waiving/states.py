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


def remarks(waivers: Sequence[Waived], findings: Sequence[Finding], *, whole: bool) -> list[str]:
    """What is to be said of the waivers, which stand as :func:`states` says: a line each."""
    index = _by_check(findings)
    ends = _ends(waivers, index)
    return [text for waiver in waivers for text in _said(waiver, index, ends, whole)]


_Ends = Mapping[str, int]
"""Days until the last waiver of a finding ends, by its node id."""


def _ends(waivers: Iterable[Waived], index: _Index) -> _Ends:
    ends: dict[str, int] = {}
    for waiver in waivers:
        for finding in _hit(waiver, index):
            node, left = finding.node, waiver.days_left
            ends[node] = max(ends.get(node, left), left)
    return ends


def _said(waiver: Waived, index: _Index, ends: _Ends, whole: bool) -> list[str]:
    if waiver.state == "unmatched":
        return [_unmatched(waiver, index)]
    if waiver.state == "stale":
        return [f"{called(waiver)} is stale: {_why_stale(waiver, index)}"]
    said = _in_part(waiver, index) if whole and len(waiver.checks) > 1 else []
    hit = _hit(waiver, index)
    return [*said, *_pressing(waiver, hit, ends), *_by_the_way(waiver, hit, ends)]


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


def urgent(waivers: Sequence[Waived], findings: Sequence[Finding]) -> list[str]:
    """What those must know, too, who want to read little: the end is near, or past."""
    index = _by_check(findings)
    ends = _ends(waivers, index)
    near = [w for w in waivers if w.state in ("ending", "expired")]
    return [text for waiver in near for text in _pressing(waiver, _hit(waiver, index), ends)]


def _pressing(waiver: Waived, hit: Sequence[Finding], ends: _Ends) -> list[str]:
    name, left = called(waiver), waiver.days_left
    if left < 0:
        failing = sum(f.outcome.wrong for f in hit)
        again = "1 check counts" if failing == 1 else f"{failing} checks count"
        return [f"{name} ran out on {waiver.expires}: {again} again"] if failing else []
    if left <= WARN_DAYS and _holds(waiver, hit, ends):
        return [f"{name} runs out on {waiver.expires}: {days(left)}"]
    return []


def _holds(waiver: Waived, hit: Iterable[Finding], ends: _Ends) -> bool:
    """Whether something is excused that no other waiver excuses for longer."""
    return any(f.outcome is Outcome.WAIVED and ends[f.node] == waiver.days_left for f in hit)


def _by_the_way(waiver: Waived, hit: Sequence[Finding], ends: _Ends) -> list[str]:
    name, left = called(waiver), waiver.days_left
    if left < 0 and not any(f.outcome.wrong for f in hit):
        # In a part of the checks nothing is stale; what is excused is so by another waiver.
        renewed = any(f.outcome is Outcome.WAIVED for f in hit)
        text = f"{name} ran out on {waiver.expires}, and another is in force; remove it"
        return [text] if renewed else []
    if left > LONG_DAYS and _holds(waiver, hit, ends):
        years = max(1, int(left / 365.25))
        span = f"more than {years} {'year' if years == 1 else 'years'}"
        return [f"{name} runs until {waiver.expires}, for {span}: an exception needs an end"]
    return []
