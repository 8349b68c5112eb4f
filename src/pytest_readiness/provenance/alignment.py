"""Which line of one version is which line of an older one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from functools import cached_property

_MARKERS = " \t>-*+.)0123456789"
"""What may stand before the text of a line: spaces, quotes, bullets and numbers."""


class Alignment:
    """Two versions, line by line. Lines are counted from 1 on.

    ``form`` gives of a line what is compared where the two differ.
    """

    def __init__(
        self, new: Sequence[str], old: Sequence[str], form: Callable[[str], str] = str.strip
    ) -> None:
        self._new, self._old, self._form = new, old, form
        most = min(len(new), len(old))
        pairs = zip(new, old, strict=False)
        self._above = next((i for i, (a, b) in enumerate(pairs) if a != b), most)
        most -= self._above
        tails = zip(reversed(new), reversed(old), strict=False)
        same = next((i for i, (a, b) in enumerate(tails) if a != b), most)
        self._below = min(same, most)

    def same(self, line: int) -> int | None:
        """The line that it was in the older version, if that is equal to the letter."""
        older = self.older(line)
        return older if older and self._old[older - 1] == self._new[line - 1] else None

    @cached_property
    def plain(self) -> bool:
        """Whether nothing was changed that may enclose other lines: a fence, a comment."""
        return not any(map(_encloses, (*self.changed_new, *self.changed_old)))

    @property
    def changed_new(self) -> Sequence[str]:
        """The newer version from the first line that differs to the last."""
        return self._new[self._above : len(self._new) - self._below]

    @property
    def changed_old(self) -> Sequence[str]:
        """The older version from the first line that differs to the last."""
        return self._old[self._above : len(self._old) - self._below]

    def text(self, line: int) -> str:
        """A line of the newer version."""
        return self._new[line - 1]

    def older(self, line: int) -> int | None:
        """The line that it was in the older version, whatever its spaces were."""
        if line <= self._above:
            return line
        if line > len(self._new) - self._below:
            return line - len(self._new) + len(self._old)
        return self._pairs.get(line)

    @cached_property
    def _pairs(self) -> dict[int, int]:
        new = [self._form(line) for line in self.changed_new]
        old = [self._form(line) for line in self.changed_old]
        blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
        first = self._above + 1
        return {
            first + block.b + i: first + block.a + i for block in blocks for i in range(block.size)
        }


def _encloses(line: str) -> bool:
    """Whether lines below may mean something else because of this one."""
    text = line.lstrip(_MARKERS)
    comment = text.startswith("<!--") and text.endswith("-->")
    begins = text.startswith(("```", "~~~")) or (text.startswith("<") and not comment)
    return begins or line.count("<!--") != line.count("-->")
