"""Titles to names that stand in node ids: the same words, without what would need quoting."""

from __future__ import annotations

import re
import unicodedata

_LONGEST = 60
_LONGEST_SECTION = 30
_LEAST = 30
"""A slug is cut at a word, unless less than this would be left, as where words have no spaces."""


def slug(text: str, longest: int = _LONGEST) -> str:
    """Letters and digits of any script, lower case, joined by ``-``; may be empty."""
    text = unicodedata.normalize("NFKC", text[: 20 * longest]).lower()
    text = unicodedata.normalize("NFKC", text)
    name = re.sub(r"-+", "-", "".join(map(_kept, text))).strip("-")
    if len(name) <= longest:
        return name
    cut = name[: longest + 1].rfind("-")
    return name[: cut if cut >= min(_LEAST, longest // 2) else longest].strip("-")


def _kept(char: str) -> str:
    kind = unicodedata.category(char)
    if kind[0] in "LN":
        return char
    # Vowel signs belong to their letter; what chooses a form of a sign does not.
    if kind in ("Mn", "Mc") and not ("\ufe00" <= char <= "\ufe0f" or char >= "\U000e0100"):
        return char
    # An apostrophe does not part a word, nor do characters that are not seen.
    return "" if char in "'’\u00ad\u200b\u200c\u200d\ufe0e\ufe0f\u20e3" else "-"


class Slugs:
    """The slugs of one document, given in its order: what follows changes none before it."""

    def __init__(self, nameless: str) -> None:
        self._nameless = nameless
        self._used = set[str]()
        self._next = dict[str, int]()

    def take(self, title: str, section: str = "") -> str:
        """A slug that was not given yet: the title's, with its section, or with a number."""
        first = slug(title) or self._nameless
        where = slug(section, _LONGEST_SECTION)
        for name in (first, f"{first}-{where}" if where else first):
            if name not in self._used:
                self._used.add(name)
                return name
        number = self._next.get(first, 2)
        while f"{first}-{number}" in self._used:
            number += 1
        self._next[first] = number + 1
        self._used.add(f"{first}-{number}")
        return f"{first}-{number}"
