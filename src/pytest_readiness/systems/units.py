"""Figures as people read them on a card: sizes, counts, shares and times."""

from __future__ import annotations

import math

_SIZES = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_SPANS = (("days", 86400), ("h", 3600), ("min", 60))


def size(count: float) -> str:
    """Bytes, in the largest unit of which there is one: ``12.3 MiB``, ``512 B``."""
    if not math.isfinite(count):
        return "unknown"
    power, left = 0, float(count)
    while abs(left) >= 1024 and power < len(_SIZES) - 1:
        power, left = power + 1, left / 1024
    # Cut, not rounded: 1023.99 MiB is no 1024, and what is not full is not shown as full.
    digits = 10 if abs(left) < 100 and power else 1
    return f"{int(left * digits) / digits:.1f}".removesuffix(".0") + f" {_SIZES[power]}"


def counted(number: int, one: str, many: str | None = None) -> str:
    """``1 replica``, ``12,345 keys``."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def part(used: float, whole: float) -> str:
    """``(75 %)``, never rounded up; empty where there is no whole."""
    return f"({int(100 * used // whole)} %)" if whole > 0 else ""


def span(seconds: float) -> str:
    """Seconds in the largest unit of which there are two: ``41 s``, ``90 min``, ``3 days``."""
    if not math.isfinite(seconds):
        return "unknown"
    for unit, length in _SPANS:
        if seconds >= 2 * length:
            return f"{int(seconds // length):,} {unit}"
    return f"{max(0, int(seconds))} s"
