"""Ends a process with all that it started, also where this process is killed itself."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from types import TracebackType

_POLL = 0.01

# Is told a group, then waits until its input ends, which only the death of this process brings
# about: it is killed before that otherwise.
# `-s KILL --` is the one form that every shell reads rightly before the id of a group.
_WATCH = """read -r group || exit
read -r _
kill -s TERM -- "-$group"
sleep 1
kill -s KILL -- "-$group"
"""

_unended: list[subprocess.Popen[bytes]] = []
"""Processes that hang in the kernel, or belong to another user: kept, so that none is collected
while it runs, which Python warns about."""


class Guard:
    """A small process that ends a group if this process dies before the block ends.

    An exception reaches a ``finally``; SIGKILL, or a time-out that ends pytest at once, does not.
    It is started before what it guards, so that there is hardly a moment without it.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Guard:
        with suppress(OSError):  # no shell here: then there is no guard
            self._process = subprocess.Popen(
                ("/bin/sh", "-c", _WATCH),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                cwd="/",
                env={"PATH": os.defpath},
                start_new_session=True,
            )
        return self

    def over(self, group: int) -> None:
        """Guard the group with this id."""
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.write(b"%d\n" % group)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is None:
            return
        try:
            self._process.kill()
        finally:
            self._process.wait()
            if self._process.stdin is not None:
                self._process.stdin.close()


def exited(process: subprocess.Popen[bytes]) -> bool:
    """Whether it has ended, without reaping it: as long as it is not, its group's id is its own."""
    if process.returncode is not None:
        return True
    if not hasattr(os, "waitid"):
        return process.poll() is not None
    try:
        return _looked_at(process.pid)
    except ChildProcessError:
        return True


def _looked_at(pid: int) -> bool:
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def end(process: subprocess.Popen[bytes], grace: float) -> None:
    """End the process and its group: ask, wait for some seconds, kill what is left."""
    try:
        if grace > 0:
            signalled(process.pid, signal.SIGTERM)
            until = time.monotonic() + grace
            while not exited(process) and time.monotonic() < until:
                time.sleep(_POLL)
    finally:
        signalled(process.pid, signal.SIGKILL)


def reap(process: subprocess.Popen[bytes], seconds: float) -> int | None:
    """The exit status of a process that was ended, if it comes within some seconds.

    Returns:
        As `subprocess` has it, below 0 for a signal; None where somebody else has taken it, which
        `subprocess` itself would tell as a 0.
    """
    until = time.monotonic() + seconds
    while not exited(process) and time.monotonic() < until:
        time.sleep(_POLL)
    lost = _lost(process)
    if process.poll() is None:
        _unended.append(process)
    return None if lost else process.returncode


def _lost(process: subprocess.Popen[bytes]) -> bool:
    if process.returncode is not None or not hasattr(os, "waitid"):
        return False
    try:
        _looked_at(process.pid)
    except ChildProcessError:
        return True
    return False


def signalled(group: int, number: signal.Signals) -> None:
    """Send a signal to all of a group that may have it."""
    # Nobody left in it, or somebody of another user.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
