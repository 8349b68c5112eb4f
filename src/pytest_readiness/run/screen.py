"""The terminal, with one line below what pytest prints that comes and goes.

Written past pytest's own stream: while a check runs, that leads to where its output is captured.
What pytest prints comes through here, so that the line is gone before it, and it goes on exactly
where it had stopped.
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
from typing import Any

from pytest_readiness.reports.text.signs import columns, cut, inert, shown

_ESCAPE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class Screen:
    """Stands in the place of a terminal writer's stream.

    Args:
        reporter: pytest's terminal reporter.
        rewriting: whether a line may be taken back, which needs a terminal that moves its cursor.
    """

    def __init__(self, reporter: Any, *, rewriting: bool) -> None:
        self.rewriting = rewriting
        self._reporter = reporter
        self._writer = reporter._tw
        self._stream = self._writer._file
        self._lock = threading.RLock()
        self._column = 0
        self._line: str | None = None
        self._descriptor = _copied(self._stream)
        self._writer._file = self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """What pytest prints."""
        with self._lock:
            self.erase()
            written: int = self._stream.write(text)
            if self.rewriting:
                self._stream.flush()
            _, end, tail = _ESCAPE.sub("", text).replace("\r", "\n").rpartition("\n")
            self._column = columns(tail) + (0 if end else self._column)
        return written

    def show(self, text: str) -> None:
        """Let the line say this, in the place of what it said."""
        with self._lock:
            # In an encoding that lacks the mark of what is cut, it takes three columns.
            mark = columns(self._printable("…"))
            line = self._printable(cut(self._printable(text), self._width - mark))
            if line != self._line:
                self.erase()
                start = "\n" if self._within else ""
                self._put(f"{start}{line}")
                self._line = line

    def erase(self) -> None:
        """Take the line back, and the cursor to where pytest left it."""
        with self._lock:
            if self._line is not None:
                self._line = None
                back = f"\x1b[A\x1b[{self._within}C" if self._within else ""
                self._put(f"\r\x1b[K{back}")

    def say(self, text: str) -> None:
        """Print a line that stays."""
        with self._lock:
            start = "\n" if self._column else ""
            # Where pytest names each check on a line of its own, it ends ours, and names it again.
            naming = self._reporter.showlongtestinfo
            end = "" if naming else "\n"
            said = f"{start}{self._printable(text)}{end}"
            # It is a part of the log like any other: no command for whoever reads it for some.
            harmless = getattr(self._stream, "harmless", None)
            self._put(said if harmless is None else harmless(said))
            self._column = 1 if naming else 0
            self._writer._current_line = ""
            if naming:
                self._reporter.currentfspath = -2

    def close(self) -> None:
        """Leave the stream as it was."""
        with self._lock:
            self.erase()
            if self._writer._file is self:
                self._writer._file = self._stream
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None

    @property
    def _within(self) -> int:
        """Columns before the cursor; at the edge it is as good as on the next line."""
        return self._column % self._width

    @property
    def _width(self) -> int:
        """Columns that there are: pytest takes 80 for fewer than 40, and COLUMNS at its word."""
        with contextlib.suppress(OSError):
            if self._descriptor is not None and (real := os.get_terminal_size(self._descriptor)[0]):
                return real
        return max(int(self._writer.fullwidth), 1)

    def _printable(self, text: str) -> str:
        return shown(inert(text), getattr(self._stream, "encoding", None))

    def _put(self, text: str) -> None:
        # A terminal that has gone away is no reason to end a run.
        with contextlib.suppress(OSError, ValueError):
            if self._descriptor is None:
                self._stream.write(text)
                self._stream.flush()
                return
            encoding = getattr(self._stream, "encoding", None) or "utf-8"
            data = text.encode(encoding, "backslashreplace")
            while data:
                data = data[os.write(self._descriptor, data) :]


def _copied(stream: Any) -> int | None:
    """A descriptor that goes on leading to where the stream leads now; None if it has none."""
    try:
        return os.dup(stream.fileno())
    except (AttributeError, OSError, ValueError):
        return None
