"""Charts as inline SVG: no script, no style attribute, nothing fetched, no news by colour alone.

Each is a function of what the scorecard has, and gives the same text for the same facts. They take
the colours ``--good --fair --bad --none --ink --muted --line`` and ``--ground`` of the page, and
have their own where a page has none. :func:`style` goes into the page once.
"""

from __future__ import annotations

from importlib.resources import files

from pytest_readiness.reports.charts.bars import bars
from pytest_readiness.reports.charts.dial import gauge
from pytest_readiness.reports.charts.runs import history
from pytest_readiness.reports.charts.tables import (
    Table,
    bars_table,
    described,
    history_table,
    window_table,
)
from pytest_readiness.reports.charts.watching import window

__all__ = [
    "Table",
    "bars",
    "bars_table",
    "described",
    "gauge",
    "history",
    "history_table",
    "style",
    "window",
    "window_table",
]


def style() -> str:
    """The charts' style sheet."""
    return files(__name__).joinpath("charts.css").read_text(encoding="utf-8")
