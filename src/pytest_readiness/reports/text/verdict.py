"""The verdict and what stands with it: the rule that decided, the figures, the way to ready."""

from __future__ import annotations

from textwrap import wrap
from typing import Any

from pytest_readiness.model import Scorecard, Verdict
from pytest_readiness.reports.facts import (
    counted,
    coverage_words,
    headline,
    route,
    score_words,
)
from pytest_readiness.reports.text.compared import lets_through
from pytest_readiness.reports.text.lines import MOST, Line, wrapped
from pytest_readiness.score import part

_COLOURS = {
    Verdict.READY: "green",
    Verdict.CONDITIONAL: "yellow",
    Verdict.PARTIAL: "yellow",
    Verdict.NOT_READY: "red",
    Verdict.INCOMPLETE: "red",
}


def verdict(card: Scorecard, width: int) -> list[Line]:
    colour: Any = {_COLOURS[card.verdict]: True}
    shown = [Line()]
    shown += [Line(part, bold=True, **colour) for part in wrap(headline(card), width)]
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


def _figures(card: Scorecard) -> str:
    return (
        f"score {score_words(card)} of 100 (target {card.target_score:g}), "
        f"evidence coverage {coverage_words(card)}: {counted(card)}"
    )


def _route(card: Scorecard) -> str:
    names = route(card)
    rest = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return f"  shortest route to READY: {', '.join(names[:MOST])}{rest}"


def passing(card: Scorecard, gate: str) -> list[Line]:
    """Why a build passes in spite of failures, which surprises people; nothing without any."""
    failed = sum(card.counts[outcome] for outcome in ("failed", "error"))
    if not failed:
        return []
    if gate == "regressions":
        return lets_through(failed)
    words = f"{failed} failed, and the build passes: severities decide, and the gate lets "
    return [Line(f"{words}{card.verdict.words} through (gate = {gate})")]
