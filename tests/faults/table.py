"""The fault table: what came of every fault that a run has held, and after how many seconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

PROPERTY = "fault"
"""Name of the property in which a test hands over system, fault, run, outcome and seconds."""


def lines(reports: Iterable[Any]) -> Iterator[str]:
    """The table as text: a line a fault, the run in one process and the one in two beside it."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for report in reports:
        for system, fault, run, said, seconds in _rows(report):
            rows.setdefault((system, fault), {})[run] = f"{said} {seconds:.2f} s"
    if not rows:
        return
    width = max(len(fault) for _, fault in rows)
    for (system, fault), runs in sorted(rows.items()):
        told = " | ".join(f"{runs.get(run, '-'):<28}" for run in ("alone", "shared"))
        yield f"{system:<9} {fault:<{width}}  {told.rstrip()}"
    yield f"{len(rows)} faults, {sum(len(runs) for runs in rows.values())} cases"


def _rows(report: Any) -> Iterator[tuple[str, str, str, str, float]]:
    for name, value in getattr(report, "user_properties", ()):
        if name == PROPERTY:
            system, fault, run, said, seconds = value
            yield system, fault, run, said, seconds
