"""The one error of the settings, and how it suggests what was meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_MOST = 20


class SettingsError(Exception):
    """A setting that cannot be used: one line with file, key and what is allowed."""

    def __init__(self, text: str) -> None:
        # A key or a value may hold line breaks.
        super().__init__(" ".join(text.splitlines()))


def suggestion(word: str, allowed: Iterable[str]) -> str:
    """``; did you mean 'url'? Allowed: …`` for a word that is none of the allowed ones."""
    options = sorted(allowed)
    near = nearest(word, options)
    # With what was probably meant beside it, a long list is no help.
    shown = options[:_MOST] if near else options
    more = f" and {len(options) - len(shown)} more" if len(options) > len(shown) else ""
    return f"{near or ';'} Allowed: {', '.join(shown) or 'none'}{more}"


def nearest(word: str, allowed: Iterable[str]) -> str:
    """``; did you mean 'url'?``, or nothing where no allowed word is like it."""
    found = get_close_matches(word, sorted(allowed), n=1, cutoff=0.5)
    return f"; did you mean '{found[0]}'?" if found else ""


def nearest_check(name: str, ids: Iterable[str]) -> str:
    """``; did you mean 'redis.persistence'?`` for an id that no check has.

    Within the system that it names, and by the rest of the id: what all ids of a system begin
    with makes none of them likely.
    """
    known = sorted(ids)
    system, dot, _ = name.partition(".")
    own = [check for check in known if not dot or check.startswith(f"{system}.")]
    if not own or any(check.startswith(f"{name}.") for check in own):
        return nearest(name, known) if dot else ""
    short = {check.partition(".")[2]: check for check in reversed(own)}
    found = get_close_matches(name.rpartition(".")[2], sorted(short), n=1, cutoff=0.6)
    return f"; did you mean '{short[found[0]]}'?" if found else ""


def meant_check(name: str, ids: Iterable[str]) -> str:
    """What an id in the settings that no check has may mean, and where the ids are."""
    where = 'your own are named "folder/test_file.py::test_name"'
    return f"{nearest_check(name, ids)} (--readiness-list shows all; {where})"
