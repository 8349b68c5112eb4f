"""Sizes as people and PostgreSQL write them: ``100GB``, ``16MB``, or plain bytes."""

from __future__ import annotations

import re

_UNITS = {"B": 1, "kB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40, "8kB": 2**13, "16MB": 2**24}
"""Units of settings; some of them count blocks or segments."""
_FORM = re.compile(r"\s*(\d{1,18}(?:\.\d+)?)\s*([kMGT]?B)?\s*", re.IGNORECASE | re.ASCII)
_BY_LETTER = {name.upper(): factor for name, factor in _UNITS.items()}


def size(text: str | int) -> int:
    """Bytes of a size.

    Raises:
        ValueError: the text is no size.
    """
    if not isinstance(text, str):
        if text < 0:
            raise ValueError(f"{text} is negative")
        return text
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no size; write 500MB, 100GB or 2TB")
    return int(float(match[1]) * _BY_LETTER[(match[2] or "B").upper()])


def of_setting(value: str, unit: str | None) -> int:
    """Bytes of a server setting in the unit that ``pg_settings`` gives it."""
    return int(value) * _UNITS.get(unit or "B", 1)
