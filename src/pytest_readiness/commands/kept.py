"""What a command printed, kept in bounded memory, and as people read it."""

from __future__ import annotations

import re

MOST = 1024 * 1024
"""Bytes that are kept of one stream: half from its beginning, half from its end."""
LONGEST_LINE = 300
"""Characters of one line that are shown."""

_HALF = MOST // 2

# Colours, cursor movements, window titles: an unfinished one ends with its line.
_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]?"
    r"|\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?"
    r"|\x1b[ -/]*[0-~]?"
)


class Kept:
    """One stream of a command: its beginning, its end, and how long it was."""

    def __init__(self, data: bytes = b"") -> None:
        self._head = bytearray()
        self._tail = bytearray()
        self.total = 0
        """Bytes that were printed."""
        self.add(data)

    def add(self, data: bytes) -> None:
        """Keep what was read, or as much of it as there is room for."""
        self.total += len(data)
        room = _HALF - len(self._head)
        self._head += data[:room]
        self._tail += data[room:]
        if len(self._tail) > 2 * _HALF:
            # Not at each read, or a chatty command would be moved about in memory all the time.
            del self._tail[:-_HALF]

    @property
    def whole(self) -> bool:
        """Whether all of it was kept."""
        return self.total <= MOST

    @property
    def data(self) -> bytes:
        """All of it, as it was printed, where that was kept."""
        return bytes(self._head + self._tail)

    @property
    def text(self) -> str:
        """What was kept, for looking into: without escapes, each overwritten line a line."""
        parts = (self.data,) if self.whole else (bytes(self._head), self._end)
        texts = (part.decode("utf-8", "replace") for part in parts)
        return "\n…\n".join(_lines(text) for text in texts)

    @property
    def _end(self) -> bytes:
        """The end, from a line's beginning on if it holds one."""
        end = bytes(self._tail[-_HALF:])
        return end.partition(b"\n")[2] or end

    def last_lines(self, most: int, characters: int) -> list[str]:
        """The last lines that say something, as a terminal would show them, each cut if long.

        Args:
            most: lines at most.
            characters: of all of them together, but for one that is always there.
        """
        found: list[str] = []
        end = self.data[-_HALF:].decode("utf-8", "replace")
        for raw in reversed(_ESCAPES.sub("", end).replace("\r\n", "\n").split("\n")):
            # What a progress bar has overwritten is not to be seen on a terminal either.
            shown = next((part for part in reversed(raw.split("\r")) if part.strip()), "")
            line = " ".join(shown[: 4 * LONGEST_LINE].split())
            if not line:
                continue
            line = line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 1]}…"
            if found and sum(map(len, found)) + len(line) > characters:
                break
            found.insert(0, line)
            if len(found) == most:
                break
        return found


def _lines(text: str) -> str:
    return _ESCAPES.sub("", text).replace("\r\n", "\n").replace("\r", "\n")


def size(count: int) -> str:
    """A number of bytes as people say it: ``4.2 MB``."""
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1000:.0f} kB" if count < 999_500 else f"{count / 1e6:.1f} MB"
