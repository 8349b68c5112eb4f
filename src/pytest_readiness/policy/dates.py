"""Days in the settings, as TOML writes them: a date of its own type, and no text."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from pytest_readiness.policy.files import Source

_ISO = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def hold_day(source: Source, key: str, value: Any) -> None:
    """Hold a value against what a day is written like.

    Raises:
        SettingsError: it is a text, or has a time of the day; the error shows how to write it.
    """
    name = key.rpartition(".")[2]
    if isinstance(value, dt.datetime):
        # Its day would be that of a time zone, and the end of a day is meant.
        day = value.date().isoformat()
        raise source.error(key, f"expected a day without a time: {name} = {day}")
    if isinstance(value, dt.date):
        return
    if isinstance(value, str) and _ISO.fullmatch(value):
        raise source.error(key, f"expected a date, got a text; without quotes: {name} = {value}")
    raise source.error(key, f"expected a date, written {name} = 2026-12-31, without quotes")
