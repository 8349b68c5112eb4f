"""Tokens to a tree: headings, and items with what stands below them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_readiness.policy.checklists.flat import Flat, flat, plain
from pytest_readiness.policy.checklists.markdown import TICKED

if TYPE_CHECKING:
    from markdown_it.token import Token

_BELOW_ALL = 7
"""Level of a paragraph in bold, which heads the list below it: lower than any heading's."""


@dataclass(eq=False)
class Heading:
    """A heading, or a paragraph in bold that stands for one."""

    text: str
    level: int
    line: int
    above: Heading | None
    html: list[tuple[int, str]] = field(default_factory=list)
    """HTML on its line and right under it, with lines."""

    def path(self) -> list[Heading]:
        """It with those above it, the nearest first."""
        found, one = list[Heading](), self
        while True:
            found.append(one)
            if one.above is None:
                return found
            one = one.above


@dataclass(eq=False)
class Entry:
    """An entry of a list: a task, or a plain one."""

    line: int
    ticked: bool | None
    """None for a plain entry."""
    text: Flat
    heading: Heading | None
    above: Entry | None
    """The entry it stands below."""
    details: list[tuple[int, Flat]] = field(default_factory=list)
    """Texts below it that are no tasks, with lines: plain entries and further paragraphs."""
    html: list[tuple[int, str]] = field(default_factory=list)
    """HTML in it or in what is no task below it, with lines."""
    tasks: list[Entry] = field(default_factory=list)
    """The nearest tasks below it."""

    def task(self) -> Entry | None:
        """The task it stands below."""
        one = self.above
        while one is not None and one.ticked is None:
            one = one.above
        return one


@dataclass(eq=False)
class Tree:
    """A document."""

    tasks: list[Entry] = field(default_factory=list)
    """In order."""
    headings: list[Heading] = field(default_factory=list)
    """In order."""
    stray: list[tuple[int, str]] = field(default_factory=list)
    """HTML that belongs to no item and no heading, with lines."""


class _Walk:
    def __init__(self) -> None:
        self.tree = Tree()
        self.heading: Heading | None = None
        self.entry: Entry | None = None
        self.frames: list[tuple[Heading | None, Entry | None]] = []
        self.fresh: Heading | None = None
        """The heading right above what is read."""

    def into(self) -> None:
        self.frames.append((self.heading, self.entry))

    def out(self) -> None:
        self.heading, self.entry = self.frames.pop()

    def head(self, text: str, level: int, line: int) -> None:
        above = self.heading
        while above is not None and above.level >= level:
            above = above.above
        self.heading = self.fresh = Heading(text, level, line, above)
        self.tree.headings.append(self.heading)

    def begin(self, inline: Token | None, line: int) -> None:
        """An entry whose first paragraph is given."""
        text = flat(inline) if inline else Flat("", "", "")
        ticked = inline.meta.get(TICKED) if inline else None
        entry = Entry(line, ticked, text, self.heading, self.entry)
        self.entry = entry
        if ticked is not None:
            self.tree.tasks.append(entry)
            task = entry.task()
            if task is not None:
                task.tasks.append(entry)
        else:
            if entry.above is not None and entry.above.ticked is not None:
                entry.above.details.append((line, text))
            # A plain entry heads the tasks below it.
            self.heading = Heading(plain(text), _BELOW_ALL + 1, line, self.heading)

    def html(self, line: int, text: str) -> None:
        """HTML at a line: of the task it stands in, else of the heading right above."""
        task = self.entry if self.entry and self.entry.ticked is not None else None
        task = task or (self.entry.task() if self.entry else None)
        place = task.html if task else self.fresh.html if self.fresh else self.tree.stray
        place.append((line, text))

    def inline_html(self, token: Token, line: int) -> None:
        for child in token.children or ():
            if child.type in ("softbreak", "hardbreak"):
                line += 1
            elif child.type == "html_inline":
                self.html(line, child.content)
                line += child.content.count("\n")
            elif child.type == "code_inline":
                line += child.content.count("\n")


def walk(found: list[Token]) -> Tree:
    """The tree of a document's tokens."""
    state = _Walk()
    for i, token in enumerate(found):
        line = (token.map or [0])[0] + 1
        if token.type in ("blockquote_open", "list_item_open"):
            state.into()
            state.fresh = None
        if token.type == "list_item_open":
            _entry(state, found, i)
        elif token.type in ("blockquote_close", "list_item_close"):
            state.out()
        elif token.type == "heading_open":
            state.head(plain(flat(found[i + 1])), int(token.tag[1:]), line)
            state.inline_html(found[i + 1], line)
        elif token.type == "html_block":
            state.html(line, token.content)
        elif token.type == "inline" and found[i - 1].type in ("th_open", "td_open"):
            state.inline_html(token, line)
        elif token.type in ("paragraph_open", "table_open", "hr", "fence", "code_block"):
            _block(state, found, i, line)
    return state.tree


def _entry(state: _Walk, found: list[Token], i: int) -> None:
    """An entry of a list; its text is the paragraph that it begins with, if it does."""
    inline = found[i + 2] if found[i + 1].type == "paragraph_open" else None
    state.begin(inline, ((inline or found[i]).map or [0])[0] + 1)


def _block(state: _Walk, found: list[Token], i: int, line: int) -> None:
    """A block that is no entry: a bold paragraph before a list heads it, others end that."""
    state.fresh = None
    first = found[i - 1].type == "list_item_open" if i else False
    if found[i].type == "paragraph_open":
        if not first:
            _paragraph(state, found, i, line)
        inline = found[i + 1]
        state.inline_html(inline, line + inline.meta.get("below", 0))
    elif state.entry is None:
        _end_bold(state)


def _paragraph(state: _Walk, found: list[Token], i: int, line: int) -> None:
    text = flat(found[i + 1])
    if state.entry is not None:
        if state.entry.ticked is not None:
            state.entry.details += _dated(text.lines(), line)
    elif _is_bold(found, i):
        state.head(plain(text).rstrip(" :："), _BELOW_ALL, line)
    else:
        _end_bold(state)


def _dated(lines: Iterable[Flat], line: int) -> list[tuple[int, Flat]]:
    return [(line + n, text) for n, text in enumerate(lines)]


def _end_bold(state: _Walk) -> None:
    if state.heading is not None and state.heading.level == _BELOW_ALL:
        state.heading = state.heading.above


def _is_bold(found: list[Token], i: int) -> bool:
    """Whether a paragraph is bold as a whole and stands right before a list."""
    after = next((t.type for t in found[i + 3 : i + 9] if t.type != "html_block"), "")
    if after not in ("bullet_list_open", "ordered_list_open"):
        return False
    words = flat(found[i + 1]).words.strip().rstrip(":： ")
    inner = words[2:-2]
    return (
        len(words) > 4
        and words[:2] == words[-2:]
        and words[:2] in ("**", "__")
        and words[:2] not in inner
        and "\n" not in inner
    )
