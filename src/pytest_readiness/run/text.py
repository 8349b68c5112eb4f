"""The readiness section as lines of text: pure, so that its wording can be tested as text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from textwrap import wrap
from typing import Any

from pytest_readiness.model import Finding, Outcome, Scorecard, Severity, Verdict
from pytest_readiness.run.lines import (
    MOST,
    Line,
    columns,
    cut,
    first,
    indented,
    more,
    padded,
    wrapped,
)
from pytest_readiness.run.text_asides import asides, urgent_only
from pytest_readiness.run.text_compared import compared, lets_through, since
from pytest_readiness.run.text_records import named, otherwise, written
from pytest_readiness.score import part, score

_LINES = 3
"""Lines of a message; a remedy, which has the command to run, may take twice as many."""

_MOST_TARGETS = 50
"""Targets shown; of more, those with something wrong."""

_MOST_NAMES = 20
"""Targets that the verdict names."""

_BAR = 10
_GRAVE = (Severity.BLOCKER, Severity.HIGH)
_OWNERS = {"attestation": "sign-offs", "command": "your own commands"}
_COLOURS = {
    Verdict.READY: "green",
    Verdict.CONDITIONAL: "yellow",
    Verdict.PARTIAL: "yellow",
    Verdict.NOT_READY: "red",
    Verdict.INCOMPLETE: "red",
}


def lines(card: Scorecard, width: int, *, quiet: bool = False) -> list[Line]:
    """The whole section.

    Args:
        card: the decided scorecard.
        width: columns of the terminal.
        quiet: only the targets, what vetoes, waivers that end, and the verdict.
    """
    shown = list(_targets(card, width))
    wrong = [f for f in card.findings if f.outcome in (Outcome.FAILED, Outcome.ERROR)]
    now = _gravest_first(f for f in wrong if f.severity in _GRAVE)
    later = _gravest_first(f for f in wrong if f.severity not in _GRAVE)
    shown += otherwise(card, width)
    shown += _group("fix now", now, width, quiet)
    if not quiet:
        shown += _group("decide", later, width, quiet)
        shown += _not_judged(card, width)
        shown += written(card, width)
        shown += asides(card, width)
    else:
        shown += urgent_only(card, width)
    shown += compared(card, width, quiet=quiet)
    return [*shown, *_verdict(card, width), *since(card, width)]


def _gravest_first(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=_by_severity_and_place)


def _by_severity_and_place(finding: Finding) -> tuple[object, ...]:
    """The items of a checklist in its own order, after what was measured."""
    rank = finding.severity.rank
    if finding.item is not None:
        return rank, 1, finding.target, finding.line
    return rank, 0, finding.check, finding.target or ""


def _targets(card: Scorecard, width: int) -> Iterable[Line]:
    order = {f"{t.system}[{t.name}]": i for i, t in enumerate(card.about.targets)}
    groups: dict[str, list[Finding]] = {}
    for finding in sorted(card.findings, key=lambda f: _rank(f, order)):
        groups.setdefault(_owner(finding), []).append(finding)
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


def _owner(finding: Finding) -> str:
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
    shown = "    -" if value is None else f"{_floor(value):5.1f}"
    shown_name = padded(cut(name, space), space)
    head = f"{shown_name}  {bar} {shown}  {passed:>3} of {len(judged):<3} "
    wrong = [f for f in found if f.outcome.wrong]
    grave = any(f.severity in _GRAVE for f in wrong)
    colour = "green" if not wrong else ("red" if grave else "yellow")
    return Line(pieces=[(head, {colour: True}), (cut(_by_severity(wrong), width - len(head)), {})])


def _floor(value: float) -> float:
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


def _group(title: str, found: Sequence[Finding], width: int, quiet: bool) -> list[Line]:
    if not found:
        return []
    shown = [Line(), Line(f"{title} ({len(found)})", bold=True)]
    for finding in found[:MOST]:
        shown += _entry(finding, width, quiet)
    if len(found) > MOST:
        shown.append(more(len(found) - MOST))
    return shown


def _entry(finding: Finding, width: int, quiet: bool) -> list[Line]:
    grave = finding.severity in _GRAVE
    mark = finding.severity.value.upper()
    word = "" if finding.outcome is Outcome.FAILED else f" ({_words(finding.outcome)})"
    look = {"red": True} if grave else {"yellow": True}
    head = Line(pieces=[(f"  {mark:<8}", look), (cut(f"{named(finding)}{word}", width - 10), {})])
    body = indented(finding.message, width)
    if quiet:
        return [head, *body[:1]]
    tail = " ".join(
        part
        for part in (
            f"→ {finding.remedy}" if finding.remedy else "",
            f"[{finding.ref}]" if finding.ref else "",
            f"({finding.owner})" if finding.owner else "",
        )
        if part
    )
    return [head, *first(body, _LINES), *first(indented(tail, width), 2 * _LINES)]


def _words(outcome: Outcome) -> str:
    return outcome.value.replace("_", " ")


def _not_judged(card: Scorecard, width: int) -> list[Line]:
    """Blocked checks, those with one cause in one entry: what would unblock them comes first."""
    by_reason: dict[tuple[str, str], list[Finding]] = {}
    for finding in _gravest_first(f for f in card.findings if f.outcome is Outcome.BLOCKED):
        by_reason.setdefault((_owner(finding), finding.message), []).append(finding)
    if not by_reason:
        return []
    total = sum(map(len, by_reason.values()))
    shown = [Line(), Line(f"not judged ({total})", bold=True)]
    for (_, reason), found in list(by_reason.items())[:MOST]:
        shown += _cause(reason, found, width)
    if len(by_reason) > MOST:
        left = sum(len(found) for found in list(by_reason.values())[MOST:])
        shown.append(more(left))
    return shown


def _cause(reason: str, found: Sequence[Finding], width: int) -> list[Line]:
    mark = found[0].severity.value.upper()
    names = [_short(f) for f in found]
    label = named(found[0])
    if len(found) > 1:
        label = f"{len(found)} checks of {_owner(found[0])}: {', '.join(names)}"
    head = Line(pieces=[(f"  {mark:<8}", {"yellow": True}), (cut(label, width - 10), {})])
    return [head, *indented(reason, width)[:3]]


def _short(finding: Finding) -> str:
    """A check's name where its target is named beside it."""
    if finding.item is not None:
        return str(finding.title)
    return finding.check if "::" in finding.check else finding.check.partition(".")[2]


def _verdict(card: Scorecard, width: int) -> list[Line]:
    colour: Any = {_COLOURS[card.verdict]: True}
    head = f"{card.verdict.words} for {card.about.environment}: {_subject(card)}"
    shown = [Line()]
    shown += [Line(part, bold=True, **colour) for part in wrap(head, width)]
    shown += wrapped(f"  decided by: {card.decided_by}", width)
    shown += wrapped(f"  {_figures(card)}", width)
    why = part(card.scope)
    if why and card.verdict is not Verdict.PARTIAL:
        text = f"  not the whole: {card.scope.selected} of {card.scope.expected} checks, {why}"
        shown += wrapped(text, width)
    if card.scope.shard and card.scope.missing is None:
        text = "  the verdict on all shards: python -m pytest_readiness merge REPORT.json …"
        shown += wrapped(text, width)
    if card.route and card.verdict not in (Verdict.READY, Verdict.INCOMPLETE):
        shown += wrapped(_route(card), width)
    assumed = card.about.environment_assumed
    if assumed:
        text = f"  environment assumed: {assumed}; say it with --readiness-environment"
        shown += wrapped(text, width)
    return shown


def _subject(card: Scorecard) -> str:
    judged = {(f.system, f.target) for f in card.findings}
    targets = [t for t in card.about.targets if (t.system, t.name) in judged]
    unique = len({target.name for target in targets}) == len(targets)
    names = [target.name if unique else f"{target.system} {target.name}" for target in targets]
    where = ", ".join(
        f"{name} (single node)" if target.single_node else name
        for name, target in list(zip(names, targets, strict=True))[:_MOST_NAMES]
    )
    where += f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    where = where or _written_down(card)
    named = f"{card.about.service} at {where}" if card.about.service else where
    places = sorted({f.vantage for f in card.findings if f.vantage})
    return f"{named}, seen from {', '.join(places)}" if places else named


def _written_down(card: Scorecard) -> str:
    """What is judged where no target is."""
    lists = ", ".join(one.file for one in card.checklists[:_MOST_NAMES])
    return lists or ("no target" if not card.findings else "what needs no target")


def passing(card: Scorecard, gate: str) -> list[Line]:
    """Why a build passes in spite of failures, which surprises people; nothing without any."""
    failed = sum(card.counts[outcome] for outcome in ("failed", "error"))
    if not failed:
        return []
    if gate == "regressions":
        return lets_through(failed)
    words = f"{failed} failed, and the build passes: severities decide, and the gate lets "
    return [Line(f"{words}{card.verdict.words} through (gate = {gate})")]


def _figures(card: Scorecard) -> str:
    value = "none" if card.score is None else f"{_floor(card.score):g}"
    if card.score_without_waivers is not None:
        value += f" ({_floor(card.score_without_waivers):g} without waivers)"
    seen = "none" if card.coverage is None else f"{int(card.coverage * 100 + 1e-9)}%"
    counted = ", ".join(f"{n} {o.replace('_', ' ')}" for o, n in card.counts.items() if n)
    if card.counts["attested"]:
        # A signature is no measurement, and must not look like one; an item that a check measures
        # is no second one.
        measured = sum(f.measured and not f.measured_by for f in card.findings)
        seen += f", {card.counts['attested']} attested beside {measured} measured"
    target = f"{card.target_score:g}"
    return (
        f"score {value} of 100 (target {target}), evidence coverage {seen}: {counted or 'nothing'}"
    )


def _route(card: Scorecard) -> str:
    names = {f.label: named(f) for f in card.findings if f.item is not None}
    shown = ", ".join(names.get(label, label) for label in card.route[:MOST])
    rest = f" and {len(card.route) - MOST} more" if len(card.route) > MOST else ""
    return f"  shortest route to READY: {shown}{rest}"
