"""Signs in a terminal: how many columns they take, which are inert, which an encoding has.

What one sees as one sign may be many code points: letters with marks, flags, families, syllables
of Hangul. Where those begin and end, and how wide they are, is Unicode's to say anew each year,
so it is looked up in ``wcwidth``, which has the tables of its own release and not those of the
interpreter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_NARROW = dict.fromkeys(map(ord, "█░→…×"), "x")
"""What these reports draw themselves: one column each, and no reason to load the tables."""

_PLAIN = str.maketrans({"█": "#", "░": ".", "→": "->", "…": "...", "×": "x", "–": "-", "’": "'"})
"""The same, for an encoding that lacks them."""

# As the door takes them out, for a scorecard that came by another way; what joins the parts of an
# emoji stays.
_SPACE = re.compile(r"[\t\n\x0b\x0c\r\x1c-\x1e\x85\u2028\u2029]")
_CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff]"
)


def columns(text: str) -> int:
    """Columns that a text takes in a terminal: wide signs two, combining ones none."""
    if text.isascii() or text.translate(_NARROW).isascii():
        return len(text)
    return sum(width for _, width in signs(text))


def signs(text: str) -> Iterator[tuple[str, int]]:
    """What is seen as one sign each, with the columns it takes; none of them may be cut in two."""
    # Most runs have ASCII alone and need no tables.
    from wcwidth import iter_graphemes, wcswidth

    for sign in iter_graphemes(text):
        width = wcswidth(sign)
        yield sign, len(sign) if width < 0 else width


def padded(text: str, width: int) -> str:
    """A text with spaces behind it up to a width."""
    return text + " " * max(width - columns(text), 0)


def cut(text: str, width: int) -> str:
    """A text in one line of that width, with a mark where something is missing."""
    if columns(text) <= width:
        return text
    if width < 1:
        return ""
    if text.isascii():
        return f"{text[: width - 1]}…"
    kept, left = [], width - 1
    for sign, taken in signs(text):
        left -= taken
        if left < 0:
            break
        kept.append(sign)
    return f"{''.join(kept)}…"


def squeezed(text: str, width: int) -> str:
    """A name in that width, with the mark within it: names of a fleet differ at their ends."""
    if columns(text) <= width or width < 6:
        return cut(text, width)
    end, left = [], (width - 1) // 2
    for sign, taken in reversed(list(signs(text))):
        left -= taken
        if left < 0:
            break
        end.append(sign)
    tail = "".join(reversed(end))
    return f"{cut(text, width - columns(tail))}{tail}"


def inert(text: str) -> str:
    """A text as one line that moves no cursor, turns no writing round, and hides nothing."""
    if text.isprintable():
        return text
    return _CONTROL.sub("", _SPACE.sub(" ", text))


def shown(text: str, encoding: str | None) -> str:
    """A text as an encoding can show it: what it lacks is drawn with other signs, or spelled out.

    Spelled out, ``\\u6570``, and not a question mark, which would be the same for all.
    """
    try:
        text.encode(encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        plain = text.translate(_PLAIN)
        code = encoding if _known(encoding) else "ascii"
        return plain.encode(code or "ascii", "backslashreplace").decode(code or "ascii")
    return text


def _known(encoding: str | None) -> bool:
    try:
        "".encode(encoding or "utf-8")
    except LookupError:
        return False
    return True
