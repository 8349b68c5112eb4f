"""Markdown to tokens: CommonMark with tables, strikethrough, front matter and task lists.

The task-list rule is our own, over the parser's tokens. That of mdit-py-plugins, with which a test
compares it, looks back over the whole list at each item, which takes minutes for a long one, and
it lets `[x]` become a link first where the document defines `x`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from pytest_readiness.policy.errors import SettingsError

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

_DEEPEST = 200
"""Levels that are read; a list in a list takes two. CommonMark's own 20 would drop deep items."""
BOX = re.compile(r"\[([ xX])\](?=[ \t\n\v\f\r])[ \t\n\v\f\r]*")
TICKED = "ticked"
"""Key of an item's state in its token's meta."""


def tokens(file: str, text: str) -> list[Token]:
    """The tokens of a document; inline ones that begin an item have `TICKED` in their meta.

    Raises:
        SettingsError: lists or quotes within each other deeper than is read.
    """
    text = text.removeprefix("\ufeff")
    found = _parser(True).parse(text)
    if found and found[0].type == "front_matter" and _has_box(found[0].content):
        # Two rules, then, with a list between them.
        found = _parser(False).parse(text)
    for token in found:
        if token.level >= _DEEPEST - 1:
            line = (token.map or [0])[0] + 1
            raise SettingsError(f"{file}:{line}: lists nested too deeply; 90 levels are read")
    return found


def _has_box(text: str) -> bool:
    return any(BOX.search(line + " ") for line in text.splitlines())


@lru_cache(maxsize=2)
def _parser(matter: bool) -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.front_matter import front_matter_plugin

    parser = MarkdownIt("commonmark", {"maxNesting": _DEEPEST})
    parser.enable(["table", "strikethrough"])
    # Emphasis is read from the text, see `flat`; escaped characters stay apart from it.
    parser.disable(["emphasis", "text_join"])
    if matter:
        parser.use(front_matter_plugin)
    parser.core.ruler.before("inline", "tasks", _tasks)
    return parser


def _tasks(state: StateCore) -> None:
    """Take the box from the text of each item, before the text is read."""
    every = state.tokens
    for item, paragraph, inline in zip(every, every[1:], every[2:], strict=False):
        if item.type != "list_item_open" or paragraph.type != "paragraph_open":
            continue
        match = BOX.match(inline.content)
        if match is None and inline.content in ("[ ]", "[x]", "[X]"):
            inline.meta["bare"] = True
        elif match is not None:
            inline.meta[TICKED] = match[1] != " "
            # Where the text begins on a later line than its box.
            inline.meta["below"] = match[0].count("\n")
            inline.content = inline.content[match.end() :]
