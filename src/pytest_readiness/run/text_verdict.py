"""The verdict and what stands with it: the rule that decided, the figures, the way to ready."""

from __future__ import annotations

from textwrap import wrap
from typing import Any

from pytest_readiness.model import Scorecard, Verdict
from pytest_readiness.run.lines import MOST, Line, wrapped
from pytest_readiness.run.text_compared import lets_through
from pytest_readiness.run.text_records import named
from pytest_readiness.run.text_targets import floor
from pytest_readiness.score import part

_MOST_NAMES = 20
"""Targets that the verdict names."""

_COLOURS = {
    Verdict.READY: "green",
    Verdict.CONDITIONAL: "yellow",
    Verdict.PARTIAL: "yellow",
    Verdict.NOT_READY: "red",
    Verdict.INCOMPLETE: "red",
}


def verdict(card: Scorecard, width: int) -> list[Line]:
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


def _figures(card: Scorecard) -> str:
    value = "none" if card.score is None else f"{floor(card.score):g}"
    if card.score_without_waivers is not None:
        value += f" ({floor(card.score_without_waivers):g} without waivers)"
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


def passing(card: Scorecard, gate: str) -> list[Line]:
    """Why a build passes in spite of failures, which surprises people; nothing without any."""
    failed = sum(card.counts[outcome] for outcome in ("failed", "error"))
    if not failed:
        return []
    if gate == "regressions":
        return lets_through(failed)
    words = f"{failed} failed, and the build passes: severities decide, and the gate lets "
    return [Line(f"{words}{card.verdict.words} through (gate = {gate})")]
