"""The one place where secrets are taken out of text, and where hostile text is made harmless."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from functools import cached_property, lru_cache
from urllib.parse import unquote

from pytest_readiness.secret_forms import cores, pieces, spelled, whole_word

HIDDEN = "***"
LONGEST = 2000
"""Characters of one text in a finding; more is cut, with a mark that says so."""
LONGEST_BLOCK = 100_000
"""Characters of one text of several lines, such as what a check printed."""
LONGEST_LINE = 10_000
"""Characters of one line of a traceback."""

_WINDOW = 16_384
"""Characters of one text that are looked at for a finding."""
_TAIL = 4096
"""Characters at the end of a cut window that are not shown; longer than any secret."""

# Published defaults are no secrets, and taking "guest" or "admin" out of every sentence that
# speaks of them would make the findings about them unreadable.
_COMMON = frozenset({"guest", "admin", "password", "postgres", "redis", "rabbitmq", "root", "test"})
_SHORTEST = 4
_STRONG = 8
"""Characters from which on a secret is no word that stands in a text by chance."""

# No nested or unbounded repetition before a fixed word: text from a server must not be able to
# keep a pattern busy for longer than its own length.
_URL_PASSWORD = re.compile(r"(?<=://)([^\s/:@?#]{0,256}):([^\s@]{1,1024})@")
_KEYWORD = re.compile(
    r"(?i)(password|passwd|passphrase|pwd"
    r"|(?<![a-z])(?:secret|token|(?:secret|access|private|api)[_-]?key))"
    r"(\s*[=:]\s*|['\"]\s*[:=,]\s*|\s+(?='))"
    r"(b?'(?:\\.|[^'\\\n])*'?|b?\"(?:\\.|[^\"\\\n])*\"?|[^\s&,;'\")}]+)"
)
_HEADER = re.compile(
    r"(?i)\b((?:proxy-)?authorization(?:['\"]?\s*[:=]|['\"]\s*,)\s*(?:b?['\"])?)"
    r"(?:(?:basic|bearer)\s+)?[^\s'\",]+"
)
_ESCAPED, _CUT, _AT = re.compile(r"[%\\&+]"), re.compile(r"\.\.\.|…"), re.compile("@")

_SHORT = 300
_REMEMBERED = 4096
"""Texts of up to ``_SHORT`` characters whose harmless form is kept: ids, titles and remedies
come by many times a run."""

# Control characters but for tab and newline; what sets the direction of writing; what has no
# width and hides in a name; separators that some readers take for newlines; lone surrogates.
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\ufffe\uffff"
    "\U000e0000-\U000e007f\U000e0100-\U000e01ef]"
)
_LEVEL = re.compile(r"((?:\x1b\[[0-7]{1,2}m){1,4}(?:DEBUG|INFO|WARNING|ERROR|CRITICAL) *\x1b\[0m)")
"""The level of a log record in the colours that pytest gives it."""
_COMMAND = re.compile(r"(?<!\S)::(?=[A-Za-z][\w-]*(?:::|[ \t]))|##(?=(?:vso|teamcity)?\[)")
"""What a CI that reads the log takes for a command, at the start of a line: ``::error::``."""
_BLANK = re.compile(r"[\t\n]+")


class Redactor:
    """Takes known secrets, and what looks like one, out of text.

    A secret of 8 characters and more is hidden wherever it stands, in any way of writing it; a
    shorter one where it is a word. One that is shown anyway (the password ``shop`` of the user
    ``shop``), a published default, or one of less than 4 characters is hidden where a password
    stands, ``user:here@`` and ``password=here``, since elsewhere it is a word like any other.

    Args:
        secrets: as written in the settings or as used.
        shown: words that are no secret: users, hosts, databases, services.
    """

    def __init__(self, secrets: Iterable[str] = (), shown: Iterable[str] = ()) -> None:
        words = frozenset(word.lower() for word in shown) | _COMMON
        given = {form for s in secrets for form in (s, unquote(s)) if form}
        known = sorted(given, key=len, reverse=True)
        ordinary = [s for s in known if len(s) < _SHORTEST or s.lower() in words]
        hidden = [s for s in known if s not in ordinary]
        strong = [s for s in hidden if len(s) >= _STRONG]
        plain = [re.escape(s) if len(s) >= _STRONG else whole_word(re.escape(s)) for s in hidden]
        mixed = [spelled(s) if len(s) >= _STRONG else whole_word(spelled(s)) for s in hidden]
        self._known = _any(plain + [re.escape(core) for s in strong for core in cores(s)])
        # Of no use in a text without the signs of an escape, of a cut, or of a password.
        dearer = (
            (mixed, _ESCAPED),
            ([pattern for s in strong for pattern in pieces(s)], _CUT),
            ([rf"(?<=:){re.escape(s)}(?=@)" for s in ordinary], _AT),
        )
        self._dearer = [(_Late(patterns), signs) for patterns, signs in dearer if patterns]
        self._short_text = lru_cache(_REMEMBERED)(self._text)
        self._short_clean = lru_cache(_REMEMBERED)(self._clean)

    def text(self, text: str) -> str:
        """The text without secrets; a text that holds none comes back as it was."""
        return self._short_text(text) if len(text) <= _SHORT else self._text(text)

    def _text(self, text: str) -> str:
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        for late, signs in self._dearer:
            if signs.search(text) is not None:
                text = late.pattern.sub(HIDDEN, text)
        if "@" in text:
            text = _URL_PASSWORD.sub(rf"\1:{HIDDEN}@", text)
        if _may_name(text):
            text = _HEADER.sub(rf"\1{HIDDEN}", text)
            text = _KEYWORD.sub(rf"\1\2{HIDDEN}", text)
        return text

    def clean(self, text: str, longest: int = LONGEST) -> str:
        """One line without secrets, inert in a terminal and in XML, and of bounded length."""
        short = len(text) <= _SHORT
        return self._short_clean(text, longest) if short else self._clean(text, longest)

    def _clean(self, text: str, longest: int) -> str:
        return harmless(self._window(text, _WINDOW), longest)

    def block(self, text: str, longest: int = LONGEST_BLOCK, *, colours: bool = False) -> str:
        """The same of several lines, which stay.

        Args:
            text: what a check printed, or a traceback.
            longest: characters that are kept.
            colours: whether the colours that pytest gives a level stay as well.
        """
        shown = self._window(text, longest + _TAIL)
        parts = _LEVEL.split(shown) if colours else [shown]
        shown = "".join(p if i % 2 else _inert(p) for i, p in enumerate(parts))
        return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"

    def _window(self, text: str, size: int) -> str:
        shown = self.text(text[:size])
        # The window's end may have cut a secret in two, and half of one is not recognised.
        return shown if len(text) <= size else f"{shown[:-_TAIL]}…"


def _may_name(text: str) -> bool:
    """Whether a header or a keyword that names a secret can stand in the text.

    Written out, since most texts of a run come by here and have none of these words. Beyond
    ASCII other letters than these may match as well.
    """
    low = text.lower()
    return (
        "pass" in low
        or "key" in low
        or "token" in low
        or "secret" in low
        or "pwd" in low
        or "authorization" in low
        or not text.isascii()
    )


def passwords_in(text: str) -> list[str]:
    """What stands in a text where a password or a token stands, as it is written there."""
    named = (match[3].strip("'\"") for match in _KEYWORD.finditer(text))
    return [*(match[2] for match in _URL_PASSWORD.finditer(text)), *named]


def harmless(text: str, longest: int = LONGEST) -> str:
    """Text from elsewhere in one line, without control characters, cut at a stated length."""
    # Cut first, so that a megabyte of text costs no more than what is shown of it.
    cut = _inert(text[: longest + 1])
    if not cut.isprintable():
        cut = _BLANK.sub(" ", cut)
    return cut if len(cut) <= longest else f"{cut[: longest - 1]}…"


def _inert(text: str) -> str:
    # Replaced, not removed: what is left must not join to something new.
    if not (text.isascii() and text.isprintable()):
        text = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
    if "::" not in text and "##" not in text:
        return text
    return _COMMAND.sub(lambda sign: f"{sign[0][0]} {sign[0][1]}", text)


def _any(patterns: list[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(patterns)) if patterns else None


class _Late:
    """Patterns compiled on first use: that takes milliseconds, and many a run has no use."""

    def __init__(self, patterns: list[str]) -> None:
        self._patterns = patterns

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(self._patterns))


def basic_credentials(user: str, password: str) -> str:
    """What a Basic authorization header carries; as secret as the password itself."""
    told = f"{user}:{password}".encode("utf-8", "surrogatepass")
    return base64.b64encode(told).decode()
