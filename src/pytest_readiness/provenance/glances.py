"""What two versions show of a ticked item without being read as Markdown.

Reading takes a tenth of a second for a long list, and a list that is kept well has a commit for
each tick. Where a line is known to be an item, and nothing about it changed that may enclose
other lines, the ordinary changes are told from the lines themselves; all else is read.
"""

from __future__ import annotations

import re

from pytest_readiness.provenance.alignment import Alignment
from pytest_readiness.provenance.matching import SIMILAR, likeness

NOT_TICKED = 0

_MARK = re.compile(r"\[[xX]\]")


def at_a_glance(alignment: Alignment, line: int) -> int | None:
    """The line on which the item was ticked before; ``NOT_TICKED``; None if it must be read."""
    same = alignment.same(line)
    if same is not None:
        return same
    text = alignment.text(line)
    opened = _MARK.sub("[ ]", text, count=1).strip()
    if _once(alignment, text, opened):
        return NOT_TICKED
    return line if _reworded(alignment, text) else None


def _once(alignment: Alignment, text: str, opened: str) -> bool:
    """Whether the one thing that became of the line, and of no other, is its mark."""
    new = [line.strip() for line in alignment.changed_new]
    old = [line.strip() for line in alignment.changed_old]
    whole = text.strip()
    alone = new.count(whole) == 1 and whole not in old and opened not in new
    return opened != whole and alone and old.count(opened) == 1


def _reworded(alignment: Alignment, text: str) -> bool:
    """Whether all that became of the file is other words after the mark of this line."""
    if len(alignment.changed_new) != 1 or len(alignment.changed_old) != 1:
        return False
    old = alignment.changed_old[0]
    here, there = _MARK.search(text), _MARK.search(old)
    if here is None or there is None or text[: here.end()] != old[: there.end()]:
        return False
    return likeness(text[here.end() :], old[there.end() :]) >= SIMILAR
