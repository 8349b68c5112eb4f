"""A value as it was watched over some time, beside what was asked of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from markupsafe import Markup

from pytest_readiness.model import Evidence, Window
from pytest_readiness.reports import measured
from pytest_readiness.reports.charts import marks, scales, svg, times
from pytest_readiness.reports.charts.runs import time_axis

MOST = 240
"""Points that are drawn one by one; of more, the lowest and the highest of each stretch."""

_HEIGHT = 150.0
_TOP = 26
_FOOT = 46
_LEFT = 52
_HELD: dict[str, Callable[[float, float], bool]] = {
    "<": lambda value, limit: value < limit,
    "<=": lambda value, limit: value <= limit,
    ">": lambda value, limit: value > limit,
    ">=": lambda value, limit: value >= limit,
    "==": lambda value, limit: value == limit,
    "!=": lambda value, limit: value != limit,
}

_FAR = svg.mark("M-8 0H8", "beyond")

Points = Sequence[tuple[float, float | None]]
"""Place along the width, 0 to 1, and value."""


class Watched(NamedTuple):
    """What a window holds, told apart."""

    points: Points
    objective: float | None
    beyond: tuple[bool, ...]
    """Of each point, whether it does not meet the objective."""

    @property
    def values(self) -> list[float]:
        """The values there are."""
        return [value for _, value in self.points if value is not None]


def window(evidence: Evidence, name: str = "window") -> Markup:
    """The values over time with the objective's line; what lies beyond it is marked.

    The value that the evidence is about is no part of the drawing: a percentile, say, need not be
    one of the points. The description tells it, and the page does beside the chart.

    Args:
        evidence: of which a window was watched.
        name: with what the ids in it begin.

    Raises:
        ValueError: the evidence has no window.
    """
    if evidence.window is None:
        raise ValueError(f"no window was watched for {evidence.name}")
    found = watched(evidence, evidence.window)
    shown = measured.measured(evidence)
    limits = [] if found.objective is None else [found.objective]
    axis = scales.axis([*found.values, *limits])
    unit = " ".join(filter(None, (svg.cut(evidence.unit or "", 150), axis.factor)))
    drawn = [
        svg.hatch(f"{name}-gap"),
        svg.text(svg.n(-_LEFT), 12, unit, "tick"),
        svg.grid([(_y(n, len(axis.ticks)), label) for n, label in enumerate(axis.labels)]),
        _gaps(found.points, f"{name}-gap"),
        svg.stretched(_HEIGHT, _lines(found, axis)),
        _marks(found, axis),
        _times(evidence.window),
    ]
    key, high = marks.legend(_entries(found, shown, name), _HEIGHT + _FOOT, _LEFT)
    return svg.root(
        "line",
        name,
        f"{svg.cut(evidence.name, 400)} over {times.span(_seconds(evidence.window))}",
        told(evidence),
        svg.joined([*drawn, key]),
        height=_HEIGHT + _FOOT + high + 4,
    )


def told(evidence: Evidence) -> str:
    """What can be seen in it, in sentences; empty without a window."""
    if evidence.window is None:
        return ""
    found = watched(evidence, evidence.window)
    shown = measured.measured(evidence)
    said = [f"Measured: {svg.cut(shown.measured, 400)}."]
    if shown.expected:
        said.append(f"Objective: {svg.cut(shown.expected, 400)}.")
    said.append(f"{len(found.points)} points in {times.span(_seconds(evidence.window))}")
    if found.values:
        low, high = (
            svg.cut(
                measured.measured(Evidence(name="", value=value, unit=evidence.unit)).measured, 400
            )
            for value in (min(found.values), max(found.values))
        )
        said[-1] += f", from {low} to {high}"
    said[-1] += "."
    if found.objective is not None:
        said.append(f"{sum(found.beyond)} beyond the objective.")
    missing = len(found.points) - len(found.values)
    if missing:
        said.append(f"{missing} without a value.")
    return " ".join(said)


def watched(evidence: Evidence, window: Window) -> Watched:
    """The points in the order of time, and which of them do not meet the objective."""
    whole = _seconds(window)
    timed = sorted(
        (
            (at, scales.finite(value))
            for at, value in window.points
            if scales.finite(at) is not None
        ),
        key=lambda point: point[0],
    )
    points = [(min(max(at / whole, 0.0), 1.0) if whole else 0.5, value) for at, value in timed]
    objective = scales.finite(evidence.expected)
    held = _HELD.get(evidence.op or "")
    if objective is None or held is None:
        return Watched(points, None, (False,) * len(points))
    beyond = tuple(value is not None and not held(value, objective) for _, value in points)
    return Watched(points, objective, beyond)


def thinned(points: Points, beyond: Sequence[bool]) -> list[int]:
    """Which points to draw: of too many, the lowest and the highest of each stretch.

    So no peak is lost, and what is beyond the objective is seen wherever there is some.
    """
    if len(points) <= MOST:
        return list(range(len(points)))
    stretches: dict[int, list[int]] = {}
    for number, (place, _) in enumerate(points):
        stretches.setdefault(int(place * (MOST // 2)), []).append(number)
    kept: set[int] = set()
    for numbers in stretches.values():
        there = [(value, n) for n in numbers if (value := points[n][1]) is not None]
        gap = next((n for n in numbers if points[n][1] is None), None)
        far = next((n for n in numbers if beyond[n]), None)
        kept.update(n for n in (gap, far) if n is not None)
        if there:
            kept.update((min(there)[1], max(there)[1]))
    return sorted(kept)


def _seconds(window: Window) -> float:
    """How long it was watched, up to the last point at least."""
    known = [at for at, _ in window.points if scales.finite(at) is not None]
    return max([scales.finite(window.seconds) or 0.0, 0.0, *known])


def _y(number: int, of: int) -> float:
    return _HEIGHT - (_HEIGHT - _TOP) * number / (of - 1)


def _height(value: float, axis: scales.Axis) -> float:
    return _HEIGHT - (_HEIGHT - _TOP) * axis.place(value)


def _lines(found: Watched, axis: scales.Axis) -> list[Markup]:
    d, down = "", False
    for number in thinned(found.points, found.beyond):
        place, value = found.points[number]
        if value is not None:
            point = f"{svg.n(place * svg.PLOT)} {svg.n(_height(value, axis))}"
            d += f"{'L' if down else 'M'}{point}"
        down = value is not None
    drawn = [svg.path(d, "curve")] if d else []
    stretches = "".join(_through(found, stretch, axis) for stretch in _beyond(found))
    if stretches:
        drawn.append(svg.path(stretches, "beyond"))
    if found.objective is not None:
        drawn.append(svg.path(f"M0 {svg.n(_height(found.objective, axis))}H1000", "target"))
    return drawn


def _marks(found: Watched, axis: scales.Axis) -> Markup:
    """The worst of each stretch beyond the objective, and points that no line would show."""
    numbers = thinned(found.points, found.beyond)
    worst = {_worst(found, stretch) for stretch in _beyond(found)}
    placed = []
    for position, number in enumerate(numbers):
        place, value = found.points[number]
        if value is None:
            continue
        near = numbers[max(position - 1, 0) : position] + numbers[position + 1 : position + 2]
        alone = all(found.points[n][1] is None for n in near)
        if number in worst:
            placed.append((place, _height(value, axis), marks.BEYOND))
        elif alone:
            placed.append((place, _height(value, axis), marks.POINT))
    return marks.placed(placed)


def _beyond(found: Watched) -> list[list[int]]:
    """The stretches of drawn points in a row that do not meet the objective."""
    stretches: list[list[int]] = []
    last = None
    for position, number in enumerate(thinned(found.points, found.beyond)):
        if found.beyond[number]:
            if last is None or last != position - 1:
                stretches.append([])
            stretches[-1].append(number)
            last = position
    return stretches


def _through(found: Watched, stretch: Sequence[int], axis: scales.Axis) -> str:
    shown = [(found.points[n][0], found.points[n][1] or 0.0) for n in stretch]
    return "M" + "L".join(
        f"{svg.n(place * svg.PLOT)} {svg.n(_height(value, axis))}" for place, value in shown
    )


def _worst(found: Watched, stretch: Sequence[int]) -> int:
    """The point of a stretch that is farthest from the objective."""
    limit = found.objective or 0.0
    return max(stretch, key=lambda n: abs((found.points[n][1] or 0.0) / 2 - limit / 2))


def _gaps(points: Points, pattern: str) -> Markup:
    """Hatched from the value before a gap to the one after it."""
    bands: list[tuple[float, float]] = []
    for number, (place, value) in enumerate(points):
        if value is not None:
            continue
        start = points[number - 1][0] if number else 0.0
        end = points[number + 1][0] if number + 1 < len(points) else 1.0
        start, end = round(start, 3), round(max(end, place), 3)
        if bands and start <= bands[-1][1]:
            bands[-1] = (bands[-1][0], end)
        else:
            bands.append((start, end))
    return svg.joined(
        svg.rect(svg.percent(a), _TOP, svg.percent(b - a), _HEIGHT - _TOP, "", pattern)
        for a, b in bands
    )


def _times(window: Window) -> Markup:
    start = times.moment(window.start)
    end = None if start is None else times.later(start, _seconds(window))
    if start is not None and end is not None:
        return time_axis(start, end, _HEIGHT)
    words = f"{times.span(_seconds(window))}, start unknown"
    axis = svg.line("0", _HEIGHT, "100%", _HEIGHT, "axis")
    return axis + svg.text("0", _HEIGHT + 17, words, "tick")


def _entries(found: Watched, shown: measured.Measured, name: str) -> list[tuple[Markup, str]]:
    entries = []
    if found.values:
        entries.append((marks.VALUE.drawn, "value"))
    if found.objective is not None:
        entries.append((marks.TARGET.drawn, f"objective: {shown.expected}"))
    if any(found.beyond):
        entries.append((_FAR + marks.BEYOND.drawn, "beyond it"))
    if len(found.values) < len(found.points):
        gap = svg.rect("-8", -5, "16", 10, "edged", f"{name}-gap")
        entries.append((gap, "no value"))
    return entries
