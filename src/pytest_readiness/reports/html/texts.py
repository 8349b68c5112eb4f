"""Texts of others on their way into the page: nothing invisible in them, no end without a word."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup

MOST = 2000
"""Signs of one text on the page; a longer one is cut, and says so."""

_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Signs that turn the direction of what stands around them: ``failed`` can be read ``deliaf``."""

_NO_URL = re.compile(r"[\s\"'<>\\^`{|}\x00-\x1f\x7f-\x9f]")


def shown(value: Any) -> Any:
    """What a template puts out: signs that nobody sees and that turn others around, by number."""
    if isinstance(value, Markup) or not isinstance(value, str) or value.isascii():
        return value
    return _TURNING.sub(lambda sign: f"[U+{ord(sign[0]):04X}]", value)


def cut(text: object, most: int = MOST) -> str:
    """A text up to a length; how much of it is missing is said."""
    whole = str(text)
    if len(whole) <= most:
        return whole
    return f"{whole[:most]}… ({len(whole) - most:,} more characters in the JSON report)"


def signed_number(value: float) -> str:
    """``10`` or ``7.5``; never rounded up."""
    return f"{int(value * 10 + 1e-9) / 10:g}"


def link(text: str | None) -> str | None:
    """The text if it is the address of a web page, else None: nothing else becomes a link."""
    if not text or len(text) > MOST or _NO_URL.search(text) or _TURNING.search(text):
        return None
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:  # a bracket without its pair
        return None
    return text if parts.scheme in ("http", "https") and host else None
