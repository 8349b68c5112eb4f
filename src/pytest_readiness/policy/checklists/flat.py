"""The text of an item without Markdown's marks, which still tells code from words.

Emphasis is not left to the parser: by the letter of CommonMark the star of ``**src/* tests**``
closes emphasis, and the path would lose it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from markdown_it.token import Token

HIDDEN = "\0"
"""Stands for a character that no rule may take for more than it is."""


class Flat(NamedTuple):
    """A text in three layers of equal length."""

    text: str
    """As people read it."""
    words: str
    """The same with code and escaped characters hidden: where marks are looked for."""
    open: str
    """The same with code alone hidden: where blanks are looked for."""

    def cut(self, start: int, end: int | None = None) -> Flat:
        """A part of it."""
        return Flat(self.text[start:end], self.words[start:end], self.open[start:end])

    def without(self, start: int, end: int) -> Flat:
        """All but a part of it."""
        return self.cut(0, start) + self.cut(end)

    def __add__(self, other: tuple[str, ...]) -> Flat:  # type: ignore[override]  # of layers
        return Flat(*(a + b for a, b in zip(self, other, strict=True)))

    def strip(self, chars: str = " \t\n") -> Flat:
        """It without such characters at its ends, unless they are hidden."""
        left = len(self.words) - len(self.words.lstrip(chars))
        right = len(self.words.rstrip(chars))
        return self.cut(left, max(left, right))

    def lines(self) -> list[Flat]:
        """Its lines, as written in the document."""
        found, start = list[Flat](), 0
        for match in re.finditer(r"\n|\Z", self.text):
            found.append(self.cut(start, match.start()))
            start = match.end()
        return found


def flat(token: Token) -> Flat:
    """The text of a paragraph: links and images by their words, comments and tags left out."""
    layers: tuple[list[str], list[str], list[str]] = ([], [], [])
    for child in token.children or ():
        text = "\n" if child.type in ("softbreak", "hardbreak") else child.content
        if child.type == "html_inline":
            text = _shown(text)
        words = open_ = text
        if child.type == "code_inline":
            words = open_ = HIDDEN * len(text)
        elif child.type == "text_special":
            words = HIDDEN * len(text)
        for layer, part in zip(layers, (text, words, open_), strict=True):
            layer.append(part)
    return Flat(*("".join(layer) for layer in layers))


_TAG = re.compile(
    r"</?(?:a|abbr|b|br|code|del|details|div|em|font|i|img|input|ins|kbd|li|mark|ol|p|s|small|span"
    r"|strike|strong|sub|summary|sup|tt|u|ul)[\s/>]",
    re.IGNORECASE,
)


def _shown(html: str) -> str:
    """What people see of a tag or comment: a word in angle brackets is a word."""
    if html.startswith("<!"):
        return ""
    if not _TAG.match(html):
        return html
    return " " if html[1:3].lower() == "br" else ""


_BOLD = re.compile(
    r"\*\*(?=\S)(.{1,2000}?)(?<=\S)\*\*|(?<!\w)__(?=[^\s_])(.{1,2000}?)(?<=[^\s_])__(?!\w)",
    re.DOTALL,
)
_ITALIC = re.compile(
    r"(?<![\w*/\\.])\*(?=[^\s*,.;/])([^*]{1,2000}?)(?<![\s*/])\*(?![\w*/.])"
    r"|(?<![\w_])_(?=[^\s_])([^_]{1,2000}?)(?<![\s_])_(?![\w_])"
)

_MOST = 4000
_DUNDER = re.compile(r"__[a-z][a-z0-9_]*__")
"""A name of Python, as often as a word in bold."""


def unmarked(flat: Flat) -> Flat:
    """It without the marks of bold and italic text; beyond some pages it is left as it is."""
    flat, rest = flat.cut(0, _MOST), flat.cut(_MOST)
    for form, width in ((_BOLD, 2), (_ITALIC, 1)):
        kept, start = Flat("", "", ""), 0
        parts: list[Flat] = []
        for match in form.finditer(flat.words):
            if _DUNDER.fullmatch(match[0]):
                continue
            parts += [flat.cut(start, match.start())]
            parts += [flat.cut(match.start() + width, match.end() - width)]
            start = match.end()
        if parts:
            parts.append(flat.cut(start))
            kept = Flat(*("".join(layer) for layer in zip(*parts, strict=True)))
            flat = kept
    return flat + rest


def plain(flat: Flat) -> str:
    """It as one line of plain text."""
    return " ".join(unmarked(flat).text.split())


def joined(lines: list[Flat]) -> Flat:
    """Lines as one text."""
    return Flat(*("\n".join(layer) for layer in zip(*lines, strict=True))) if lines else EMPTY


EMPTY = Flat("", "", "")
