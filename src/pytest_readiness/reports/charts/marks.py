"""Marks that tell by their shape what their colour tells, too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from markupsafe import Markup

from pytest_readiness.model import Verdict
from pytest_readiness.reports.charts import svg


class Mark(NamedTuple):
    """A shape around 0, 0, about 10 pixels wide."""

    shape: str
    kind: str
    """Class of its colour; with ``hollow`` only its edge is drawn."""
    scale: float = 1.0

    @property
    def drawn(self) -> Markup:
        """The shape alone."""
        return svg.mark(self.shape, self.kind, self.scale)

    @property
    def smaller(self) -> Mark:
        """The same among many."""
        return self._replace(scale=0.6)


_CIRCLE = "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0Z"
VERDICTS = {
    Verdict.READY: Mark(_CIRCLE, "good"),
    Verdict.CONDITIONAL: Mark("M0-4.8 5 4H-5Z", "fair"),
    Verdict.NOT_READY: Mark("M-3.8-3.8H3.8V3.8H-3.8Z", "bad"),
    Verdict.PARTIAL: Mark(_CIRCLE, "none hollow"),
    Verdict.INCOMPLETE: Mark("M0-5 5 0 0 5-5 0Z", "none hollow"),
}
MISSING = Mark("M-3.5-3.5 3.5 3.5M-3.5 3.5 3.5-3.5", "none hollow")
"""A run without a score."""
NOW = Mark("M-8 0a8 8 0 1 0 16 0a8 8 0 1 0-16 0Z", "now hollow")
BEYOND = Mark("M0-4.8 5 4H-5Z", "bad")
POINT = Mark("M-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0Z", "point")
TARGET = Mark("M-8 0H8", "target")
VALUE = Mark("M-8 0H8", "curve")

_ROW = 18
_WIDE = 310
"""Pixels that a row of a legend may take: the width of a chart on a phone."""


def legend(entries: Sequence[tuple[Markup, str]], top: float, left: float) -> tuple[Markup, float]:
    """What the marks mean, on as many rows as it takes, and how high these are.

    Args:
        entries: what is drawn, around 0, 0, and what it means.
        top: where it begins.
        left: pixels to the left of the chart that are free for it.
    """
    parts: list[Markup] = []
    x, y = -left, top + _ROW / 2
    for drawn, words in entries:
        shown = svg.cut(words, _WIDE - 24)
        wide = 24 + svg.width(shown) + 10
        if x > -left and x + wide > _WIDE - left:
            x, y = -left, y + _ROW
        parts.append(svg.at(svg.n(x + 9), y, drawn))
        parts.append(svg.text(svg.n(x + 22), y + 4, shown, "key"))
        x += wide
    return svg.joined(parts), y + _ROW / 2 - top


def placed(marks: Iterable[tuple[float, float, Mark]]) -> Markup:
    """Marks at their places: a share of the width, pixels from the top."""
    return svg.joined(svg.at(svg.percent(x), y, mark.drawn) for x, y, mark in marks)
