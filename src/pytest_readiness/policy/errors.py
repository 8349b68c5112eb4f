"""The one error of the settings, and how it suggests what was meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class SettingsError(Exception):
    """A setting that cannot be used: one line with file, key and what is allowed."""


def suggestion(word: str, allowed: Iterable[str]) -> str:
    """``; did you mean 'url'? Allowed: …`` for a word that is none of the allowed ones."""
    options = sorted(allowed)
    nearest = get_close_matches(word, options, n=1, cutoff=0.5)
    hint = f"; did you mean '{nearest[0]}'?" if nearest else ";"
    return f"{hint} Allowed: {', '.join(options) or 'none'}"
