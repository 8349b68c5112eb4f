"""The score over the runs of a history, and this run beside them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from pytest_readiness.model import PastRun, Scorecard, Verdict
from pytest_readiness.reports import facts
from pytest_readiness.reports.charts import marks, svg, times

_HEIGHT = 168.0
_FOOT = 46
_TOP = 10
_CROWDED = 45
"""Runs from which on the marks are smaller."""


class _Run(NamedTuple):
    when: dt.datetime
    verdict: Verdict
    score: float | None
    target: float


def history(runs: Sequence[PastRun], now: Scorecard, name: str = "history") -> Markup:
    """The score over time, with the target of each run and a mark for its verdict.

    Args:
        runs: earlier runs, in any order.
        now: the run that the report is about.
        name: with what the ids in it begin.
    """
    found, untimed = _timed(runs, now)
    if not found:
        return _empty(name)
    this = len(found) - 1 if times.moment(now.about.started) else None
    order = sorted(range(len(found)), key=lambda n: found[n].when)
    here = None if this is None else order.index(this)
    kept = [found[n] for n in order]
    places = times.shares([run.when for run in kept])
    low = _low(kept)
    drawn = [
        _grid(low),
        svg.stretched(_HEIGHT, [_target(kept, places, low), _line(kept, places, low)]),
        _marks(kept, places, low, here),
        time_axis(kept[0].when, kept[-1].when, _HEIGHT),
    ]
    key, high = marks.legend(_entries(kept, here), _HEIGHT + _FOOT, 52)
    title = f"Score over {len(kept)} runs" if len(kept) > 1 else "Score of one run"
    drawn.append(key)
    return svg.root(
        "line",
        name,
        title,
        told(runs, now, untimed),
        svg.joined(drawn),
        height=_HEIGHT + _FOOT + high + 4,
    )


def told(runs: Sequence[PastRun], now: Scorecard, untimed: int = 0) -> str:
    """What can be seen in it, in sentences."""
    shown = "none" if now.score is None else f"{facts.floor(now.score):g}"
    said = [f"This run: score {shown}, target {now.target_score:g}, {now.verdict.words}."]
    scores = [run.score for run in runs if run.score is not None]
    if scores:
        said.append(
            f"{len(runs)} earlier: from {facts.floor(min(scores)):g} to "
            f"{facts.floor(max(scores)):g}, the last of them {facts.floor(scores[-1]):g}."
        )
    if len(scores) < len(runs):
        said.append(f"{len(runs) - len(scores)} of the earlier runs had no score.")
    if untimed:
        said.append(f"{untimed} not shown: their time cannot be read.")
    return " ".join(said)


def time_axis(first: dt.datetime, last: dt.datetime, top: float) -> Markup:
    """The line below a chart, with round moments and, below these, the whole time."""
    parts = [svg.line("0", top, "100%", top, "axis")]
    for tick, anchor in times.readable(times.ticks(first, last), svg.width):
        x = svg.percent(tick.share)
        parts.append(svg.line(x, top, x, top + 4, "axis"))
        parts.append(svg.text(x, top + 17, tick.label, "tick", anchor))
    # At the left margin, where the names of the values begin.
    parts.append(svg.text("-52", top + 36, times.between(first, last), "tick"))
    return svg.joined(parts)


def _timed(runs: Sequence[PastRun], now: Scorecard) -> tuple[list[_Run], int]:
    """The runs whose time can be read, this one last, and how many there are beside."""
    found = [
        _Run(when, run.verdict, _shown(run.score), run.target_score)
        for run in runs
        if (when := times.moment(run.started)) is not None
    ]
    lost = len(runs) - len(found)
    when = times.moment(now.about.started)
    if when is None:
        return found, lost + 1
    return [*found, _Run(when, now.verdict, _shown(now.score), now.target_score)], lost


def _shown(score: float | None) -> float | None:
    return None if score is None or not math.isfinite(score) else score


def _low(runs: Sequence[_Run]) -> float:
    """Where the axis begins: it ends at 100, and shows a fifth of the scale at least."""
    shown = [v for run in runs for v in (run.score, run.target) if v is not None]
    return min(max(math.floor((min(shown) - 3) / 20) * 20.0, 0.0), 80.0)


def _y(score: float, low: float) -> float:
    share = (min(max(score, low), 100.0) - low) / (100 - low)
    return _TOP + (_HEIGHT - _TOP) * (1 - share)


def _grid(low: float) -> Markup:
    step = 5 if low >= 80 else 10 if low >= 60 else 20
    return svg.grid([(_y(v, low), str(v)) for v in range(int(low), 101, step)])


def _line(runs: Sequence[_Run], places: Sequence[float], low: float) -> Markup:
    """From score to score, broken where a run had none."""
    d, down = "", False
    for run, place in zip(runs, places, strict=True):
        if run.score is not None:
            point = f"{svg.n(place * svg.PLOT)} {svg.n(_y(run.score, low))}"
            d += f"{'L' if down else 'M'}{point}"
        down = run.score is not None
    return svg.path(d, "curve")


def _target(runs: Sequence[_Run], places: Sequence[float], low: float) -> Markup:
    """The target in steps: each run's holds until the next."""
    d = f"M0 {svg.n(_y(runs[0].target, low))}"
    before = runs[0].target
    for run, place in zip(runs, places, strict=True):
        if run.target != before:
            d += f"H{svg.n(place * svg.PLOT)}V{svg.n(_y(run.target, low))}"
            before = run.target
    return svg.path(f"{d}H{svg.PLOT}", "target")


def _marks(runs: Sequence[_Run], places: Sequence[float], low: float, here: int | None) -> Markup:
    found = []
    small = len(runs) > _CROWDED
    for number, (run, place) in enumerate(zip(runs, places, strict=True)):
        y = _HEIGHT - 8 if run.score is None else _y(run.score, low)
        mark = marks.MISSING if run.score is None else marks.VERDICTS[run.verdict]
        found.append((place, y, mark.smaller if small and number != here else mark))
        if number == here:
            found.append((place, y, marks.NOW))
    return marks.placed(found)


def _entries(runs: Sequence[_Run], here: int | None) -> list[tuple[Markup, str]]:
    seen = {run.verdict for run in runs if run.score is not None}
    entries = [
        (mark.drawn, verdict.value.replace("_", " "))
        for verdict, mark in marks.VERDICTS.items()
        if verdict in seen
    ]
    if any(run.score is None for run in runs):
        entries.append((marks.MISSING.drawn, "no score"))
    if here is not None:
        entries.append((marks.NOW.drawn, "this run"))
    targets = sorted({run.target for run in runs})
    of = f"{targets[0]:g}" + (f" to {targets[-1]:g}" if len(targets) > 1 else "")
    return [*entries, (marks.TARGET.drawn, f"target {of}")]


def _empty(name: str) -> Markup:
    words = "No run whose time can be read"
    return svg.root("line", name, words, words, svg.text("0", 16, words, "tick"), height=24)
