"""Durations as people write them: ``60s``, ``2m``, ``1.5h``, ``30d``, or plain seconds."""

from __future__ import annotations

import math
import re

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_FORM = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?\s*", re.ASCII)
_LONGEST = 36500 * _UNITS["d"]
"""Longer than anybody means, and as long as locks and timers can wait."""


def seconds(text: str | float) -> float:
    """Seconds of a duration.

    Raises:
        ValueError: the text is no duration.
    """
    if not isinstance(text, str):
        if not 0 <= text < math.inf:
            raise ValueError(f"{text} is negative or no number of seconds")
        return _bounded(text)
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no duration; write 500ms, 60s, 2m, 1h or 30d")
    return _bounded(float(match[1]) * _UNITS[match[2] or "s"])


def _bounded(value: float) -> float:
    if value > _LONGEST:
        raise ValueError("longer than 100 years")
    return float(value)
