"""What looks like a task or its state and is not read as one, told once a kind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pytest_readiness.policy.checklists.flat import flat
from pytest_readiness.policy.checklists.markdown import TICKED
from pytest_readiness.policy.checklists.words import graded

if TYPE_CHECKING:
    from markdown_it.token import Token

_STATUS = "[✅❌⚠⏳🚧✔✖☑☒🔴🟡🟢🟠🟩🟥🟨❗❓🔲🔳☐⬜⬛✓✗✘⌛🔄⛔🚨🛑🚫⭕⏸⏭▶]"
_STATUS += "|:[a-z_]*(?:check|cross|warning|x)[a-z_]*:"
_MARK = re.compile(rf"[\s*_~]*(?:{_STATUS})")
_CELL = re.compile(rf"[\s*_~]*(?:{_STATUS}|\[[ xX]\](?:\s|$))")
_NUMBER_SIGN = re.compile(r"[\s*_]*(?:[0-9]\ufe0f?\u20e3|🔟|[①-⑳❶-❿➀-➓])")
_OTHER_BOX = re.compile(
    r"\[(?:\s*|\s+[xX]\s*|\s*[xX]\s+|[^\S ]|\s*[-~/>*+.!?oOvVхХ×✓✔√✅✗✘❌✖]\ufe0f?\s*)\](?![(\[:])"
    r"|\[[xX ]\](?![(\[:])(?=\S)"
)
_LOOSE_BOX = re.compile(r"^\s*(?:>\s*)*(?:[-*+]\s+|\d+[.)]\s+)?\[[ xX]\]\s", re.MULTILINE)

_KINDS = {
    "table": "tables with marks of status",
    "bulleted": "bulleted entries that begin with a mark of status and have no box",
    "numbered": "numbered entries with a mark of status or a priority and no box",
    "emoji": "paragraphs numbered by emoji",
    "bare": "boxes without a text: '- [ ]' alone is no item",
    "box": "boxes of another form than '[ ]' and '[x]' with a space after them",
    "loose": "boxes outside a list's entry: begin the line with '- [ ] ', indented as its list",
    "html": "boxes inside HTML: leave an empty line before the list",
    "comment": "HTML comments that are never closed and hide boxes: end them with '-->'",
}
Seen = dict[str, list[int]]


def unread(found: list[Token]) -> tuple[str, ...]:
    """What a document has beside its items that looks like items, with the first line of each."""
    seen: Seen = {kind: [] for kind in _KINDS}
    lists: list[str] = []
    for i, token in enumerate(found):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            lists.append("bulleted" if token.type == "bullet_list_open" else "numbered")
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
        elif token.type == "inline" and found[i - 1].type == "paragraph_open":
            entry = lists[-1] if found[i - 2].type == "list_item_open" and lists else None
            _paragraph(token, entry, seen)
        elif token.type == "html_block":
            _html(token, seen)
    for line in _status_tables(found):
        seen["table"].append(line)
    return tuple(told(_KINDS[kind], lines) for kind, lines in seen.items() if lines)


def told(kind: str, lines: list[int]) -> str:
    """``3 tables with marks of status, the first on line 15``."""
    first = "on line" if len(lines) == 1 else "the first on line"
    return f"{len(lines)} × {kind}, {first} {min(lines)}"


def _paragraph(token: Token, entry: str | None, seen: Seen) -> None:
    line = (token.map or [0])[0] + 1
    # Code and escaped brackets are no boxes.
    text = flat(token).words.replace("\0", "c")
    first, _, rest = text.partition("\n")
    if token.meta.get("bare"):
        seen["bare"].append(line)
    elif TICKED not in token.meta:
        if entry is not None and _OTHER_BOX.match(first):
            seen["box"].append(line)
        elif entry is not None and _has_status(entry, first):
            seen[entry].append(line)
        elif _NUMBER_SIGN.match(first):
            seen["emoji"].append(line)
        elif _LOOSE_BOX.match(first + "\n"):
            seen["loose"].append(line)
    if rest:
        seen["loose"] += (
            line + 1 + rest.count("\n", 0, m.end() - 1) for m in _LOOSE_BOX.finditer(rest)
        )


def _has_status(entry: str, text: str) -> bool:
    if _MARK.match(text):
        return True
    return entry == "numbered" and bool(
        re.search(_STATUS, text) or (graded(text[:12]) and not text[:1].islower())
    )


def _html(token: Token, seen: Seen) -> None:
    line = (token.map or [0])[0] + 1
    text = token.content
    if text.lstrip().startswith("<!--"):
        if "-->" not in text and _LOOSE_BOX.search(text):
            seen["comment"].append(line)
        return
    for match in _LOOSE_BOX.finditer(text):
        seen["html"].append(line + text.count("\n", 0, match.end() - 1))


def _status_tables(found: list[Token]) -> Iterator[int]:
    """Lines of the tables in which a column's cells, or most of them, begin with such a mark."""
    line, column, rows = 0, 0, 0
    marks: dict[int, int] = {}
    for i, token in enumerate(found):
        if token.type == "table_open":
            line, rows, marks = (token.map or [0])[0] + 1, 0, {}
        elif token.type == "tr_open":
            column = 0
        elif token.type == "td_open":
            rows += column == 0
            marks[column] = marks.get(column, 0) + bool(_CELL.match(found[i + 1].content))
            column += 1
        elif token.type == "table_close" and rows and 2 * max(marks.values(), default=0) >= rows:
            yield line
