"""The verdict and what stands with it: the rule that decided, the figures, the way to ready."""

from __future__ import annotations

from typing import NamedTuple

from pytest_readiness.model import Finding, Scorecard, Verdict
from pytest_readiness.reports.facts import (
    counted,
    coverage_words,
    headline,
    route,
    route_findings,
    score_words,
)
from pytest_readiness.reports.text.compared import lets_through
from pytest_readiness.reports.text.lines import ALIKE, MOST, Line, columns, cut, more, wrapped
from pytest_readiness.score import part

_BADGES = {
    Verdict.READY: {"black": True, "Green": True},
    Verdict.CONDITIONAL: {"black": True, "Yellow": True},
    Verdict.PARTIAL: {"black": True, "Yellow": True},
    Verdict.NOT_READY: {"white": True, "Red": True, "bold": True},
    Verdict.INCOMPLETE: {"white": True, "Red": True, "bold": True},
}
"""With a background of its own, it can be read on a light terminal as on a dark one."""

_LINES = 2
"""Lines of the names of what the verdict speaks of, before some are only counted."""

_NAMES = 20


def verdict(card: Scorecard, width: int, verbosity: int = 0) -> list[Line]:
    """The last lines, which are enough for whoever reads no others."""
    shown = [Line(), *_headline(card, width)]
    shown += wrapped(f"  decided by: {card.decided_by}", width)
    shown += _figures(card, width)
    why = part(card.scope)
    if why and card.verdict is not Verdict.PARTIAL:
        text = f"  not the whole: {card.scope.selected} of {card.scope.expected} checks, {why}"
        shown += wrapped(text, width)
    if card.scope.shard and card.scope.missing is None:
        text = "  the verdict on all shards: python -m pytest_readiness merge REPORT.json …"
        shown += wrapped(text, width)
    if card.route and card.verdict not in (Verdict.READY, Verdict.INCOMPLETE):
        shown += _route(card, width, len(card.route) if verbosity > 0 else MOST)
    assumed = card.about.environment_assumed
    if assumed:
        text = f"  environment assumed: {assumed}; say it with --readiness-environment"
        shown += wrapped(text, width)
    return shown


def _headline(card: Scorecard, width: int) -> list[Line]:
    """The verdict, and of what; of many targets, as many names as there is room for."""
    told = wrapped(headline(card, _NAMES), width, "  ")
    most = _NAMES
    while len(told) > _LINES and most > 1:
        most -= 1
        told = wrapped(headline(card, most), width, "  ")
    badge = card.verdict.words
    rest = told[0].text.removeprefix(badge)
    head = Line(pieces=[(badge, dict(_BADGES[card.verdict])), (rest, {"bold": True})])
    return [head, *(Line(line.text, bold=True) for line in told[1:])]


def _figures(card: Scorecard, width: int) -> list[Line]:
    """Score, coverage and counts: in one line, or what was counted in a line of its own."""
    if card.score is None:
        aside = f": {counted(card)}" if any(card.counts.values()) else ""
        return wrapped(f"  no score, nothing was judged{aside}", width)
    score = (
        f"  score {score_words(card)} of 100 (target {card.target_score:g}), "
        f"evidence coverage {coverage_words(card)}"
    )
    whole = f"{score}: {counted(card)}"
    if columns(whole) <= width:
        return [Line(whole)]
    return [*wrapped(score, width), *wrapped(f"  {counted(card)}", width)]


def _route(card: Scorecard, width: int, most: int) -> list[Line]:
    """What to mend first: a line where it fits, else a numbered list."""
    names = route(card)
    title = "  shortest route to READY:"
    if columns(whole := f"{title} {', '.join(names)}") <= width:
        return [Line(whole)]
    steps = _steps(card)
    shown = [Line(f"{title} {len(names)} to mend")]
    for number, step in enumerate(steps[:most], 1):
        head = f"  {number:>3}. "
        space = width - len(head) - columns(step.aside)
        shown.append(Line(f"{head}{cut(step.name, max(space, 1))}{step.aside}"))
    left = len(names) - sum(step.many for step in steps[:most])
    return [*shown, more(left, 4)] if left else shown


class _Step(NamedTuple):
    name: str
    aside: str
    """How grave it is, and how long it takes."""
    many: int


def _steps(card: Scorecard) -> list[_Step]:
    """The route, with one step for a check of a whole fleet."""
    groups: dict[object, list[tuple[str, Finding | None]]] = {}
    for (label, one), name in zip(route_findings(card), route(card), strict=True):
        alike = one is not None and one.item is None and (one.target or "::" in one.check)
        groups.setdefault((one.check, one.severity) if one and alike else label, []).append(
            (name, one)
        )
    steps = []
    for members in groups.values():
        one = members[0][1]
        told = (one.severity.value, one.effort) if one else ()
        aside = f" ({', '.join(filter(None, told))})" if told else ""
        if one is not None and len(members) >= ALIKE:
            targets = {found.target for _, found in members if found and found.target}
            kind = "on {} targets" if len(targets) == len(members) else "with {} parameters"
            name = f"{one.check} {kind.format(len(members))}"
            steps.append(_Step(name, aside, len(members)))
        else:
            steps += [_Step(name, aside, 1) for name, _ in members]
    return steps


def passing(card: Scorecard, gate: str) -> list[Line]:
    """Why a build passes in spite of failures, which surprises people; nothing without any."""
    failed = sum(card.counts[outcome] for outcome in ("failed", "error"))
    if not failed:
        return []
    if gate == "regressions":
        return lets_through(failed)
    words = f"{failed} failed, and the build passes: severities decide, and the gate lets "
    return [Line(f"{words}{card.verdict.words} through (gate = {gate})")]


def pytest_counts(card: Scorecard) -> str:
    """Why pytest's own last line has other numbers."""
    skipped = [o for o in ("blocked", "waived", "not_applicable") if card.counts[o]]
    names = " and ".join(o.replace("_", " ") for o in skipped)
    aside = f", and {names} as skipped" if names else ""
    return f"pytest's own line below counts the verdict as a test{aside}"
