"""Any text as GitHub-flavoured Markdown that shows exactly this text, and does nothing else.

Backslashes are not enough. A forge looks for mentions, issues, commits and addresses in the page
that the Markdown has become, where ``\\@ana`` and ``@ana`` are the same; only in code does it look
for none. So each word that could mean anything stands in a code span, and only plain words stand
as text.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

LONGEST = 2000
"""Characters of one text, as many as any in a scorecard has; more is cut, with a mark."""

_MEANS = re.compile(
    r"""
    [\\`*_{}\[\]<>\#@|~$^&]   # Markdown, HTML, mentions, references, formulas, quick actions
    | !(?=\S) | :(?=\S) | %(?=\S) | \.(?=[^\W\d]) | ^/\w  # !1, :tada:, %milestone, a.host, /close
    | (?<![0-9a-f])[0-9a-f]{7,}(?![0-9a-z])             # commits
    | [a-z]-\d                                          # GH-1, and the numbers of trackers
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Words that a forge, or Markdown itself, could take for something else."""

_BEGINS = re.compile(r"[-+=]|\d+[.)]$")
"""What would begin a list or end a heading as the first word of a line."""

_TICKS = re.compile(r"`+")
_SAFE = "/:?#@!$&',;=%+~-._"
"""Signs of an address that stand for themselves between ``<`` and ``>``."""


def cut(text: str, longest: int = LONGEST) -> str:
    """A text of that length at most, with a mark where something is missing."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def text(content: str, longest: int = LONGEST) -> str:
    """A sentence: plain words as they are, all others as code, lines with ``<br>`` between them.

    Blanks at the ends of a line are not kept.
    """
    return "<br>".join(map(_line, _lines(content, longest)))


def code(content: str, longest: int = LONGEST) -> str:
    """A name, a value or a command, all of it as code; nothing where there is none."""
    return "<br>".join(map(_span, _lines(content, longest)))


def link(label: str, address: str) -> str | None:
    """A link with words of our own, or None where the address is none of the web."""
    try:
        parts = urlsplit(address)
        web = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return None
    if not web or not address.isprintable() or any(sign in address for sign in ' \\"<>`|'):
        return None
    return f"[{label}](<{quote(address, safe=_SAFE)}>)"


def _lines(content: str, longest: int) -> list[str]:
    lines = cut(content, longest).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [line.strip(" \t") for line in lines]


def _line(content: str) -> str:
    found: list[str] = []
    risky: list[str] = []
    for number, word in enumerate(content.split(" ")):
        if _MEANS.search(word) or (not number and _BEGINS.match(word)):
            risky.append(word)
        elif risky and not word:
            # Several blanks in a row belong to the code that they stand in.
            risky.append(word)
        else:
            found += [_span(" ".join(risky))] if risky else []
            risky = []
            found.append(word)
    return " ".join([*found, *([_span(" ".join(risky))] if risky else [])])


def _span(content: str) -> str:
    """Code; a ``|`` stands outside, since it would end the cell of a table within code."""
    return "\\|".join(_one_span(part) for part in content.split("|"))


def _one_span(content: str) -> str:
    if not content.strip(" "):
        return content
    ticks = "`" * (max(map(len, _TICKS.findall(content)), default=0) + 1)
    # One blank at both ends is taken away again.
    pad = " " if {content[0], content[-1]} & {"`", " "} else ""
    return f"{ticks}{pad}{content}{pad}{ticks}"
