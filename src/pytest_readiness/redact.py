"""The one place where secrets are taken out of text, and where hostile text is made harmless."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus, unquote

HIDDEN = "***"
LONGEST = 2000
"""Characters of one text in a finding; more is cut, with a mark that says so."""

_WINDOW = 16_384
"""Characters of one text that are looked at for a finding."""
_TAIL = 4096
"""Characters at the end of a cut window that are not shown; longer than any secret."""

# Published defaults are no secrets, and taking "guest" or "admin" out of every sentence that
# speaks of them would make the findings about them unreadable.
_COMMON = frozenset({"guest", "admin", "password", "postgres", "redis", "rabbitmq", "root", "test"})
_SHORTEST = 4
_LONE = "surrogatepass"

# No nested or unbounded repetition before a fixed word: text from a server must not be able to
# keep a pattern busy for longer than its own length.
_URL_PASSWORD = re.compile(r"(?<=://)([^\s/:@?#]{0,256}):([^\s@]{1,1024})@")
_KEYWORD = re.compile(
    r"(?i)(?<![a-z])((?:ssl)?(?:password|passwd|pwd|secret|token|api[_-]?key))"
    r"(\s*[=:]\s*|'\s*:\s*|\"\s*:\s*)('[^']*'|\"[^\"]*\"|[^\s&,;'\")}]+)"
)
_HEADER = re.compile(r"(?i)\b(authorization['\"]?\s*[:=]\s*['\"]?)(basic|bearer)?\s*[^\s'\",]+")
# Control characters but for tab and newline; bidirectional marks; lone surrogates.
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)


class Redactor:
    """Takes known secrets, and what looks like one, out of text."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets for form in _forms(secret)}
        words = sorted((f for f in forms if len(f) >= _SHORTEST), key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, words))) if words else None

    def text(self, text: str) -> str:
        """The text without secrets; a text that holds none comes back as it was."""
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        text = _URL_PASSWORD.sub(rf"\1:{HIDDEN}@", text)
        text = _HEADER.sub(rf"\1{HIDDEN}", text)
        return _KEYWORD.sub(rf"\1\2{HIDDEN}", text)

    def clean(self, text: str, longest: int = LONGEST) -> str:
        """The text without secrets, inert in a terminal and in XML, and of bounded length."""
        shown = self.text(text[:_WINDOW])
        if len(text) > _WINDOW:
            # The window's end may have cut a secret in two, and half of one is not recognised.
            shown = f"{shown[:-_TAIL]}…"
        return harmless(shown, longest)


def harmless(text: str, longest: int = LONGEST) -> str:
    """Text from elsewhere without control characters, cut at a stated length."""
    # Cut first, so that a megabyte of text costs no more than what is shown of it.
    cut = text[: longest + 1]
    cut = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", cut)
    return cut if len(cut) <= longest else f"{cut[: longest - 1]}…"


def _forms(secret: str) -> set[str]:
    """A secret as it may appear: as it is, and as a URL or a header writes it."""
    if not secret or secret.lower() in _COMMON:
        return set()
    plain = unquote(secret)
    # A variable's bytes that are no UTF-8 come as lone surrogates.
    quoted = {quote(plain, safe="", errors=_LONE), quote_plus(plain, errors=_LONE)}
    forms = {secret, plain, *quoted, repr(plain)[1:-1]}
    return {form for form in forms if form.lower() not in _COMMON}


def basic_credentials(user: str, password: str) -> str:
    """What a Basic authorization header carries; as secret as the password itself."""
    return base64.b64encode(f"{user}:{password}".encode(errors=_LONE)).decode()
