"""A terminal to run a program on: what stands on its screen, now and at the end."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pyte

_LONGEST = 60.0


class Shown(NamedTuple):
    """What came of a program on a terminal."""

    status: int
    raw: str
    """All that it wrote, escape sequences too."""
    seen: list[list[str]]
    """The lines of the screen after each piece of output, without empty ones."""

    @property
    def last(self) -> list[str]:
        """What stands there when all is over."""
        return self.seen[-1]


def on_terminal(
    command: Sequence[str],
    folder: Path,
    *,
    columns: int = 80,
    environ: Mapping[str, str] = os.environ,
    look: Callable[[list[str], subprocess.Popen[bytes]], None] = lambda lines, process: None,
) -> Shown:
    """Run a program on a terminal of its own.

    Args:
        command: with its arguments.
        folder: where it runs.
        columns: of the terminal, which has 200 lines.
        environ: its variables; TERM is added.
        look: called after each piece of output, with what stands on the screen.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 200, columns, 0, 0))
    variables = {"TERM": "xterm", **environ}
    screen = pyte.Screen(columns, 200)
    stream, raw, seen = pyte.ByteStream(screen), b"", [[""]]
    process = subprocess.Popen(
        command, cwd=folder, env=variables, stdin=theirs, stdout=theirs, stderr=theirs,
        start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    try:
        while (piece := _read(ours, process)) is not None:
            raw += piece
            stream.feed(piece)
            seen.append([line.rstrip() for line in screen.display if line.strip()])
            look(seen[-1], process)
    finally:
        process.kill() if process.poll() is None else None
        os.close(ours)
    return Shown(process.wait(), raw.decode(errors="replace"), seen)


def _read(descriptor: int, process: subprocess.Popen[bytes]) -> bytes | None:
    """What it writes next; None when it has ended."""
    ends = time.monotonic() + _LONGEST
    while time.monotonic() < ends:
        ready, _, _ = select.select([descriptor], [], [], 0.1)
        if ready:
            try:
                return os.read(descriptor, 65536) or None
            except OSError:  # Linux's way to say that the other end is closed
                process.wait(_LONGEST)
                return None
        if process.poll() is not None:
            return None
    raise AssertionError("the program did not end")
