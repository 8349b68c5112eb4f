"""Markdown as a forge renders it, and what stands on the page: two parsers, GitHub's own first."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options
from markdown_it import MarkdownIt

ACTIVE = re.compile(
    r"@\w|#\d|\bGH-\d|!\d|://|\bwww\.|:[a-z0-9_+-]+:|[~%$^&]\w|\$`|(?<![0-9a-z])[0-9a-f]{7,40}(?![0-9a-z])",
    re.IGNORECASE,
)
"""What a forge looks for in the text of a page, and not in code: mentions, references, emoji."""

_VOID = ("br", "hr", "img", "input")


@dataclass
class Page(HTMLParser):
    """What a reader sees, and what of it does something."""

    text: str = ""
    """All of it, lines of a cell or a paragraph with a line break between."""
    plain: str = ""
    """The part of it that is not code."""
    links: list[str] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "br":
            self.text += "\n"
            self.plain += "\n"
        elif tag not in _VOID:
            self._open.append(tag)
        if tag in ("a", "img"):
            self.links += [str(value) for name, value in attrs if name in ("href", "src")]

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass
        # What stands in two cells is no one word.
        self.plain += "\n" if tag not in ("code", "b", "strong") else ""

    def handle_data(self, data: str) -> None:
        self.text += data
        self.plain += "\0" if "code" in self._open else data


def pages(markdown: str) -> list[Page]:
    """The page as GitHub's parser has it, and as another of the same dialect does."""
    options = Options.CMARK_OPT_UNSAFE
    rendered = [
        cmarkgfm.github_flavored_markdown_to_html(markdown, options=options),
        MarkdownIt("gfm-like").render(markdown),
    ]
    found = []
    for html in rendered:
        page = Page()
        page.feed(html)
        page.close()
        found.append(page)
    return found
