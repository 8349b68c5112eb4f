"""The score on a half circle from 0 to 100, with the target marked on it."""

from __future__ import annotations

import math

from markupsafe import Markup

from pytest_readiness.model import Verdict
from pytest_readiness.reports import facts
from pytest_readiness.reports.charts import svg

KINDS = {
    Verdict.READY: "good",
    Verdict.CONDITIONAL: "fair",
    Verdict.NOT_READY: "bad",
    Verdict.PARTIAL: "none",
    Verdict.INCOMPLETE: "none",
}
"""Class of a verdict's colour."""

_X, _Y, _RADIUS = 110.0, 106.0, 84.0
_BOX = "0 0 220 136"


def gauge(score: float | None, target: float, verdict: Verdict, name: str = "score") -> Markup:
    """The score, its target and the verdict.

    Args:
        score: from 0 to 100; None where nothing was judged.
        target: the score that ready takes.
        verdict: it gives the colour; the score alone does not decide it.
        name: with what the ids in it begin.
    """
    shown = "none" if score is None else f"{facts.floor(score):g}"
    body = [svg.mark(_arc(0, 100), "track")]
    if score:
        body.append(svg.mark(_arc(0, score), f"arc {KINDS[verdict]}"))
    body += [
        _tick(target),
        svg.text(svg.n(_X), _Y - 18, shown, "score", "middle"),
        svg.text(svg.n(_X), _Y + 2, f"target {target:g}", "goal", "middle"),
        svg.text(svg.n(_X - _RADIUS), _Y + 18, "0", "tick", "middle"),
        svg.text(svg.n(_X + _RADIUS), _Y + 18, "100", "tick", "middle"),
        svg.text(svg.n(_X), _Y + 24, verdict.words, f"verdict {KINDS[verdict]}", "middle"),
    ]
    return svg.root(
        "gauge",
        name,
        f"Score {shown}, target {target:g}",
        f"Verdict {verdict.words}. {_distance(score, target)}",
        svg.joined(body),
        height=136,
        box=_BOX,
    )


def _distance(score: float | None, target: float) -> str:
    if score is None:
        return "Nothing was judged, so there is no score."
    if score >= target:
        return "The score reaches its target, of 100 at most."
    return f"The score is below its target by {_missing(score, target)}, of 100 at most."


def _missing(score: float, target: float) -> str:
    """Points to the target, rounded up: what is left is never told as nothing."""
    return f"{math.ceil((target - score) * 10 - 1e-9) / 10:g}"


def _arc(start: float, end: float) -> str:
    x1, y1 = _place(start, _RADIUS)
    x2, y2 = _place(end, _RADIUS)
    return f"M{svg.n(x1)} {svg.n(y1)}A{svg.n(_RADIUS)} {svg.n(_RADIUS)} 0 0 1 {_two(x2, y2)}"


def _tick(value: float) -> Markup:
    (x1, y1), (x2, y2) = _place(value, _RADIUS - 11), _place(value, _RADIUS + 13)
    lines = f"M{_two(x1, y1)}L{_two(x2, y2)}"
    # A line of the ground's colour under it, so that it is seen on the arc as well as beside it.
    return svg.mark(lines, "target-edge") + svg.mark(lines, "target-mark")


def _two(x: float, y: float) -> str:
    return f"{svg.n(x, 2)} {svg.n(y, 2)}"


def _place(value: float, radius: float) -> tuple[float, float]:
    angle = math.pi * (1 - min(max(value, 0.0), 100.0) / 100)
    return _X + radius * math.cos(angle), _Y - radius * math.sin(angle)
