"""HTML pages as tests read them: parsed, with what a browser would make of them."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import msgspec
from lxml import html

from pytest_readiness.model import Scorecard
from pytest_readiness.reports.html import render
from tests.reports import cards

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source"}

CARDS = {
    "everything": cards.everything,
    "ready": cards.ready,
    "nothing": cards.nothing,
    "hostile": cards.hostile,
    "many": lambda: cards.many(200),
    "fleet": lambda: cards.many(600, 150),
    "one": lambda: cards.many(1, 1),
}


@cache
def text_of(name: str) -> str:
    """The page of one of the cards."""
    return render(CARDS[name]()).decode("utf-8")


def parsed(card: Scorecard) -> html.HtmlElement:
    """The page of a card as a tree."""
    return html.document_fromstring(render(card).decode("utf-8"))


@cache
def tree_of(name: str) -> html.HtmlElement:
    """The page of one of the cards as a tree; not to be changed."""
    return html.document_fromstring(text_of(name))


def words(element: html.HtmlElement) -> str:
    """All text below an element, with single spaces."""
    return " ".join(element.text_content().split())


def allowed(text: str) -> str:
    """A source as the policy names it."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def copy(card: Scorecard) -> Scorecard:
    """The same card by way of its JSON."""
    return msgspec.json.decode(msgspec.json.encode(card), type=Scorecard)


class Nesting(HTMLParser):
    """What is not closed, or closed by another's end tag; and all tags with their attributes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inside: list[tuple[str, ...]] = []
        """Of each tag, those that it stands in."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(set(names)) < len(names):
            self.wrong.append(f"<{tag}> has an attribute twice: {names}")
        self.tags.append((tag, dict(attrs)))
        self.inside.append(tuple(self.open))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1] != tag:
            self.wrong.append(f"</{tag}> closes {self.open[-3:]} at {self.getpos()}")
        if tag in self.open:
            while self.open.pop() != tag:
                pass


def nesting_of(name: str) -> Nesting:
    """The page of one of the cards, tag by tag."""
    parser = Nesting()
    parser.feed(text_of(name))
    parser.close()
    return parser


def inlined(name: str) -> str:
    """A file of the page's own."""
    import pytest_readiness.reports.html as package

    return (Path(package.__file__).parent / name).read_text("utf-8")


LOADING = re.compile(r"url\(|@import|https?:|//[a-z]", re.IGNORECASE)
"""What a style sheet would load something with."""
