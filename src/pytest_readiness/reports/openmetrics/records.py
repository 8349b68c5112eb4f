"""Metrics of what people wrote down: checklists, waivers, and what the settings make easier."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import get_args

from pytest_readiness.model import Scorecard, Waived, WaiverState
from pytest_readiness.reports.openmetrics.exposition import Metric, Sample, bounded, one
from pytest_readiness.reports.openmetrics.instants import end_of_day

MOST_CHECKLISTS = 200
MOST_WAIVERS = 100
MOST_RELAXED = 100


def metrics(card: Scorecard) -> Iterator[Metric]:
    """All of them."""
    yield bounded(
        "readiness_checklist_items",
        "Items of a checklist that were judged.",
        [Sample({"file": checklist.file}, checklist.total) for checklist in card.checklists],
        MOST_CHECKLISTS,
    )
    yield bounded(
        "readiness_checklist_items_done",
        "Items of a checklist that passed or are attested.",
        [Sample({"file": checklist.file}, checklist.done) for checklist in card.checklists],
        MOST_CHECKLISTS,
    )
    yield from _waivers(card)
    yield from _relaxed(card)


def _waivers(card: Scorecard) -> Iterator[Metric]:
    """How many are in which state, and when each ends: those first that end first."""
    states = Counter(waiver.state for waiver in card.waivers)
    yield Metric(
        "readiness_waivers",
        "Waivers by state; 0 where there are none.",
        tuple(Sample({"state": state}, states[state]) for state in get_args(WaiverState)),
    )
    ends = [
        (end_of_day(waiver.expires), waiver, check)
        for waiver in card.waivers
        for check in waiver.checks
    ]
    ends.sort(key=lambda end: end[0])
    yield bounded(
        "readiness_waiver_expires_timestamp_seconds",
        "When a waiver ends: the end of its last day, UTC, in seconds since 1970.",
        [Sample(_of_waiver(waiver, check), when) for when, waiver, check in ends],
        MOST_WAIVERS,
    )


def _of_waiver(waiver: Waived, check: str) -> dict[str, object]:
    return {
        "check": check,
        "target": waiver.target,
        "owner": waiver.owner,
        "state": waiver.state,
    }


def _relaxed(card: Scorecard) -> Iterator[Metric]:
    """By name, as in every report."""
    relaxed = card.about.relaxed
    yield one("readiness_relaxed_settings", "Settings that make the verdict easier.", len(relaxed))
    yield bounded(
        "readiness_relaxed_info",
        "What the settings make easier than the defaults, and who answers for it.",
        [
            Sample({"what": change.what, "owner": change.owner, "expires": change.expires}, 1)
            for change in relaxed
        ],
        MOST_RELAXED,
    )
