"""The figures of a chart as a table: for who hears the page, and for who wants the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from pytest_readiness.model import Evidence, PastRun, Scorecard, Verdict
from pytest_readiness.reports import facts, measured, parts
from pytest_readiness.reports.charts import svg, times, watching
from pytest_readiness.reports.charts.bars import done, value

MOST = 60
"""Rows of a window's table; the caption says how many points there are."""


class Table(NamedTuple):
    """Cells of text; the first of a row names it."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def described(table: Table, kind: str = "figures") -> Markup:
    """The table as HTML, of a class that the page styles."""
    head = svg.joined(Markup('<th scope="col">{}</th>').format(name) for name in table.columns)
    return Markup(
        '<table class="{}"><caption>{}</caption><thead><tr>{}</tr></thead><tbody>{}</tbody></table>'
    ).format(kind, table.caption, head, svg.joined(_row(row) for row in table.rows))


def bars_table(found: Sequence[parts.Part], target: float, caption: str) -> Table:
    """A row a part."""
    rows = tuple(
        (part.name, value(part), done(part), parts.by_severity(part.wrong) or "nothing")
        for part in found
    )
    return Table(f"{caption}, target {target:g}", ("name", "score", "done", "wrong"), rows)


def history_table(runs: Sequence[PastRun], now: Scorecard) -> Table:
    """A row a run, the latest first; this one leads."""
    this = _run(f"{now.about.started} (this run)", now.score, now.target_score, now.verdict)
    earlier = [_run(r.started, r.score, r.target_score, r.verdict) for r in reversed(runs)]
    columns = ("started", "score", "target", "verdict")
    return Table(f"Score of {len(runs) + 1} runs", columns, (this, *earlier))


def window_table(evidence: Evidence) -> Table:
    """A row a point; of too many those that the chart would draw, and of these an even choice.

    Raises:
        ValueError: the evidence has no window.
    """
    if evidence.window is None:
        raise ValueError(f"no window was watched for {evidence.name}")
    points = sorted(evidence.window.points, key=lambda point: point[0])
    step = -(-len(points) // MOST) or 1
    start = times.moment(evidence.window.start)
    rows = []
    for seconds, then in points[::step]:
        when = None if start is None else times.later(start, seconds)
        label = f"after {times.span(seconds)}" if when is None else when.strftime("%H:%M:%S")
        shown = measured.measured(Evidence(name="", value=then, unit=evidence.unit))
        rows.append((label, shown.measured))
    every = f"; one in {step} is shown" if step > 1 else ""
    caption = f"{evidence.name}: {watching.told(evidence)}{every}"
    return Table(caption, ("time (UTC)" if start else "time", "value"), tuple(rows))


def _run(when: str, score: float | None, target: float, verdict: Verdict) -> tuple[str, ...]:
    shown = "none" if score is None else f"{facts.floor(score):g}"
    return when, shown, f"{target:g}", verdict.words.lower()


def _row(cells: tuple[str, ...]) -> Markup:
    first = Markup('<th scope="row">{}</th>').format(cells[0])
    rest = svg.joined(Markup("<td>{}</td>").format(cell) for cell in cells[1:])
    return Markup("<tr>{}{}</tr>").format(first, rest)
