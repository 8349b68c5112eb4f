"""Waivers held against findings: what is excused, by whom, for how long. Pure, no I/O, no clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from pytest_readiness.model import Finding, Outcome, Severity, Waived, WaiverState
from pytest_readiness.policy.patterns import covers, is_pattern
from pytest_readiness.policy.records import Waiver

WARN_DAYS = 14
"""Days before its end from which a waiver is said to be ending."""

LONG_DAYS = 366
"""Days beyond which the end of a waiver is out of sight: one that is renewed once a year, also on
the day of a leap year, is not."""

BY = " (waived by "
WITH = " (waived with "
"""What stands between the cause of a waived finding and who answers for it."""

_CAUSE = 1200
_REASON = 400
_OWNER = 100
"""Signs of a cause, a reason and an owner: a message that is too long is cut at its end, and that
is where the owner stands."""

_MOST_NAMES = 5

_PASSING = (Outcome.PASSED, Outcome.ATTESTED)
_UNREACHED = (" is not reachable: ", " was not observed: ")
"""What a finding says that is blocked by its target."""


def dated(waivers: Iterable[Waiver], today: dt.date) -> tuple[Waived, ...]:
    """How waivers stand by their dates alone."""
    return tuple(
        Waived(
            checks=waiver.checks,
            target=waiver.target,
            owner=waiver.owner,
            reason=waiver.reason,
            expires=waiver.expires.isoformat(),
            days_left=(days := (waiver.expires - today).days),
            state=_by_date(days),
        )
        for waiver in waivers
    )


def _by_date(days_left: int) -> WaiverState:
    if days_left < 0:
        return "expired"
    return "ending" if days_left <= WARN_DAYS else "in_force"


def days(left: int) -> str:
    """Days until an end, as people say it: ``14 days left``, ``1 day left``, ``last day``."""
    if left == 0:
        return "last day"
    return "1 day left" if left == 1 else f"{left} days left"


def excused(
    check: str,
    target: str | None,
    severity: Severity,
    said: tuple[Outcome | None, str],
    waivers: Sequence[Waived],
) -> tuple[Outcome | None, str]:
    """What a check says, as it counts under the waivers.

    Args:
        check: its id.
        target: the target it was asked of.
        severity: the one in force; a pattern never covers a blocker.
        said: its outcome and message.
        waivers: those of the settings, as they stand today.

    Returns:
        The outcome, ``waived`` where one is in force, and the message, which says so, or whose
        ran out when, or that a pattern does not cover a blocker.
    """
    outcome, message = said
    if outcome is None or not outcome.wrong:
        return said
    speaking = [w for w in waivers if _speaks(w, check, target, severity)]
    if not speaking:
        # A pattern that has run out would not help by naming the blocker in it.
        missed = [w for w in waivers if w.days_left >= 0 and _misses(w, check, target, severity)]
        if not missed:
            return said
        names = ", ".join(p for p in missed[0].checks if is_pattern(p) and covers(p, check))
        words = f"{missed[0].owner}'s waiver of {names} does not cover a blocker: name it"
        return outcome, f"{_cut(message, _CAUSE)} ({words})"
    # Of several, the one that holds longest counts: a renewal stands beside what it renews.
    waiver = max(speaking, key=lambda w: w.days_left)
    if waiver.days_left < 0:
        words = f"{waiver.owner}'s waiver ran out on {waiver.expires}"
        return outcome, f"{_cut(message, _CAUSE)} ({words})"
    who, why = _cut(waiver.owner, _OWNER), _cut(waiver.reason, _REASON)
    words = f"{who}, {days(waiver.days_left)}: {why}"
    return Outcome.WAIVED, f"{_cut(message, _CAUSE)}{BY}{words})"


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _speaks(waiver: Waived, check: str, target: str | None, severity: Severity) -> bool:
    if waiver.target not in (None, target):
        return False
    if check in waiver.checks:
        return True
    return severity is not Severity.BLOCKER and any(covers(p, check) for p in waiver.checks)


def _misses(waiver: Waived, check: str, target: str | None, severity: Severity) -> bool:
    """Whether a waiver would speak of a check if it were no blocker."""
    return not _speaks(waiver, check, target, severity) and _speaks(
        waiver, check, target, Severity.LOW
    )


def excuse(findings: Iterable[Finding], waivers: Sequence[Waived]) -> list[Finding]:
    """The findings, those waived that a waiver in force covers.

    For what became wrong after the check itself had ended, such as by a subtest.
    """
    running = [w for w in waivers if w.days_left >= 0]
    found: list[Finding] = []
    for finding in findings:
        said = (finding.outcome, finding.message)
        outcome, message = excused(finding.check, finding.target, finding.severity, said, running)
        if outcome is Outcome.WAIVED and finding.outcome is not outcome:
            finding = msgspec.structs.replace(finding, outcome=outcome, message=message)
        found.append(finding)
    return found


_Place = tuple[str | None, str | None, str | None]
"""System, target and vantage point."""


def behind(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, where what is blocked only by waived findings is waived with them."""
    found = list(findings)
    waived = {f.node: f.label for f in found if f.outcome is Outcome.WAIVED}
    if not waived:
        return found
    doors = _doors(found)
    waits = {
        f.node: nodes
        for f in found
        if f.outcome is Outcome.BLOCKED and (nodes := f.behind or _door(f, doors, waived))
    }
    labels = {f.node: f.label for f in found}
    with_what: dict[str, str] = {}
    more = True
    while more:
        # What waits for something that waits is waived in a later round.
        ready = [n for n in waits if n not in waived and all(w in waived for w in waits[n])]
        more = bool(ready)
        for node in ready:
            with_what[node] = _some([waived[w] for w in waits[node]])
        waived.update((node, labels[node]) for node in ready)
    return [_with(f, with_what[f.node]) if f.node in with_what else f for f in found]


def _with(finding: Finding, names: str) -> Finding:
    message = f"{_cut(finding.message, _CAUSE)}{WITH}{names})"
    return msgspec.structs.replace(finding, outcome=Outcome.WAIVED, message=message)


def _doors(findings: Iterable[Finding]) -> dict[_Place, str]:
    """Node ids of the findings on whether a target is there, by target and vantage point."""
    return {
        (f.system, f.target, f.vantage): f.node
        for f in findings
        if f.check == f"{f.system}.reachable"
    }


def _door(finding: Finding, doors: dict[_Place, str], waived: dict[str, str]) -> tuple[str, ...]:
    """What a finding waits for that is blocked because its target is down."""
    if not any(words in finding.message for words in _UNREACHED):
        return ()
    here = (finding.system, finding.target, finding.vantage)
    if here in doors:
        return (doors[here],)
    # Where vantage points share the work, one of them asked whether the target is there at all.
    same = [node for place, node in doors.items() if place[:2] == here[:2] and node in waived]
    return tuple(same[:1])


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
    state = _by_date(waiver.days_left)
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


def called(waiver: Waived) -> str:
    """``ana's waiver of redis.persistence[cache]``."""
    names = _some(waiver.checks)
    return f"{waiver.owner}'s waiver of {names}" + (f"[{waiver.target}]" if waiver.target else "")


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


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
        f"{_some(names)}; take {'it' if len(names) == 1 else 'them'} out"
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
