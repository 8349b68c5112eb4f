"""Starts a command, or says why not in the words of the one who wrote it."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path

_FIRST_LINE = 256
"""Bytes of a first line that kernels look at."""

_SETTLING = 5.0
"""Seconds for which a start is waited for that an interrupt met; it takes milliseconds."""


class Start:
    """The start of one process.

    It is made on a thread of its own. What a signal raises (Ctrl-C, the alarm of pytest-timeout)
    is raised on the main thread; between the fork and the moment when its result is known, that
    would leave behind a process of which nobody knows.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._error: Exception | None = None
        self._asked = False
        self._done = threading.Event()

    def begin(
        self, arguments: tuple[str, ...], folder: Path, environ: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        """Start it in a session of its own, with no input and two pipes to read from.

        Raises:
            OSError: it cannot be started; `why_not` says why.
        """
        self._asked = True
        thread = threading.Thread(target=self._begin, args=(arguments, folder, environ))
        thread.start()
        thread.join()
        if self._error is not None:
            raise self._error
        assert self._process is not None
        return self._process

    def _begin(self, arguments: tuple[str, ...], folder: Path, environ: Mapping[str, str]) -> None:
        try:
            self._process = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=folder,
                env=environ,
                bufsize=0,
                start_new_session=True,
            )
        except Exception as error:
            self._error = error
        finally:
            self._done.set()

    def settled(self) -> subprocess.Popen[bytes] | None:
        """The process, also where an interrupt met its start; None if there is none."""
        if self._asked:
            self._done.wait(_SETTLING)
        return self._process


def why_not(error: OSError, program: str, folder: Path, environ: Mapping[str, str]) -> str:
    """The cause of a start that failed.

    Args:
        error: what starting it raised.
        program: its first word.
        folder: in which it was to run.
        environ: its variables; PATH is where a name without a slash is looked for.
    """
    if not folder.is_dir():
        state = "is no folder" if folder.exists() else "does not exist"
        return f"could not start: its folder {folder} {state}"
    if not os.access(folder, os.X_OK):
        return f"could not start: its folder {folder} may not be entered"
    file = folder / program
    if "/" not in program:
        found = shutil.which(program, path=environ.get("PATH", os.defpath))
        if found is None:
            return f"could not start: {_not_on_path(program, file)}"
        file = folder / found
    return f"could not start: {_of_file(error, program, file)}"


def _not_on_path(program: str, file: Path) -> str:
    if file.is_file():
        return f"no program {program!r} on PATH; write ./{program} for the one in its folder"
    return f"no program {program!r} on PATH; install it, or write its path"


def _of_file(error: OSError, program: str, file: Path) -> str:
    if error.errno == errno.E2BIG:
        return "its arguments and variables are longer than the system takes"
    if not file.exists():
        return f"no program {program!r} in {file.parent}"
    if file.is_dir():
        return f"{program} is a folder, no program"
    if not os.access(file, os.X_OK):
        return f"{program} is not executable: chmod +x {program}"
    if error.errno == errno.ENOEXEC:
        return f"{program} is no program and has no first line such as #!/bin/sh"
    interpreter = _interpreter(file)
    if error.errno == errno.ENOENT:
        asks_for = interpreter or "a loader that does not exist; is it built for another libc?"
        return f"{program} asks for {asks_for}"
    return f"{program}: {os.strerror(error.errno or 0)}"


def _interpreter(file: Path) -> str | None:
    """What a script's first line asks for, and why that is not there; None if it has none."""
    try:
        with file.open("rb") as stream:
            line = stream.readline(_FIRST_LINE)
    except OSError:
        return None
    if not line.startswith(b"#!"):
        return None
    name = line[2:].strip().split(b" ")[0].decode("utf-8", "replace")
    if line.endswith(b"\r\n"):
        return f"{name!r} with a carriage return; save it with line ends of Unix"
    return f"{name!r} in its first line, which does not exist"
