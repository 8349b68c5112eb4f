"""Lines of the list and of explanations: sections, rows, entries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import wrap

from pytest_readiness.reports.text.lines import columns, padded

_MOST = 48
"""Columns that ids may have before titles begin; a longer one moves its own title only."""


def section(title: str, rows: Iterable[str]) -> Iterator[str]:
    """Rows below a title, with an empty line before."""
    yield ""
    yield title
    yield from rows


Row = tuple[str, str, str]
"""Severity, id and title."""


def rows(found: Iterable[Row], names: Iterable[str] = ()) -> list[str]:
    """Rows in columns.

    Args:
        found: the rows.
        names: ids beside theirs for which room is made.
    """
    every = list(found)
    widths = [columns(name) for name in (*names, *(name for _, name, _ in every))]
    space = max((width for width in widths if width <= _MOST), default=_MOST)
    return [f"  {severity:<8} {padded(name, space)}  {title}" for severity, name, title in every]


def entry(key: str, text: str, width: int) -> list[str]:
    """What is known under one key."""
    return wrapped(text, width, f"  {key:<10} ", " " * 13)


def wrapped(text: str, width: int, indent: str, later: str) -> list[str]:
    """Lines of a text; commands and options are not broken, neither at their hyphens."""
    return wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=later,
        break_on_hyphens=False,
        break_long_words=False,
    )
