"""Runs a command: bounded in time and memory, and ended with all that it started."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pytest_readiness.commands.ending import Guard, end, exited, reap, signalled
from pytest_readiness.commands.kept import Kept
from pytest_readiness.commands.starting import Start, why_not
from pytest_readiness.policy.commands import Command

AFTER_EXIT = 2.0
"""Seconds for which output is read that others still print when the command itself has ended."""
GRACE = 2.0
"""Seconds between asking a command to end and ending it."""
FINAL = 5.0
"""Seconds for which a killed process is waited for: one that hangs in the kernel stays."""
JUDGING = 10.0
"""Seconds for judging output of the longest length that is kept."""

_READ = 65536
_POLL = 0.05
"""Seconds between two looks at whether the command has ended, while something may be read."""
_SHORT = 0.005
"""The same once it has closed both streams, which is mostly the moment before it ends."""


@dataclass
class Ran:
    """How a command ended, and what it printed."""

    status: int | None = None
    """Exit status; None where it did not start, was ended, or was killed."""
    cause: str | None = None
    """Why there is none, in words."""
    started: bool = False
    timed_out: bool = False
    seconds: float = 0.0
    """How long it took."""
    stdout: Kept = field(default_factory=Kept)
    stderr: Kept = field(default_factory=Kept)


def bound(command: Command) -> float:
    """Seconds after which `run` and `judge` have certainly come to their end."""
    return command.seconds + GRACE + AFTER_EXIT + FINAL + JUDGING


def run(command: Command, root: Path, *, environ: Mapping[str, str] = os.environ) -> Ran:
    """Run a command to its end.

    It gets a session of its own and no input. Whatever it leaves in its process group is ended
    with it, also where this process is interrupted or killed; a daemon that has made a session of
    its own is left alone.

    Args:
        command: as the settings hold it after `held_commands.commands`.
        root: the project's root, from where its folder counts.
        environ: to which its variables are added.
    """
    ran = Ran()
    folder = root / command.cwd if command.cwd else root
    variables = {**environ, **command.env}
    began = time.monotonic()
    start, code = Start(), None
    with Guard() as guard:
        try:
            process = start.begin(command.arguments, folder, variables)
            ran.started = True
            guard.over(process.pid)
            _attend(process, ran, began + command.seconds)
        except OSError as error:
            if ran.started:
                raise
            ran.cause = why_not(error, command.arguments[0], folder, variables)
        finally:
            code = _finished(start.settled(), ran)
    ran.seconds = time.monotonic() - began
    if ran.started:
        _conclude(ran, code, command.seconds)
    return ran


def _finished(process: subprocess.Popen[bytes] | None, ran: Ran) -> int | None:
    """End what is left of a command, close its streams and take its exit status."""
    if process is None:
        return None
    try:
        end(process, 0 if ran.timed_out or exited(process) else GRACE)
    finally:
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        code = reap(process, FINAL)
    return code


def _attend(process: subprocess.Popen[bytes], ran: Ran, deadline: float) -> None:
    """Read both streams until the command has ended, or has to."""
    with selectors.DefaultSelector() as selector:
        for stream, kept in ((process.stdout, ran.stdout), (process.stderr, ran.stderr)):
            assert stream is not None
            os.set_blocking(stream.fileno(), False)
            selector.register(stream, selectors.EVENT_READ, kept)
        asked = False
        while not _over(process, selector, deadline):
            left = deadline - time.monotonic()
            if left <= 0 and asked:
                return
            if left <= 0:
                ran.timed_out = asked = True
                signalled(process.pid, signal.SIGTERM)
                deadline = time.monotonic() + GRACE
            _read(selector, min(max(left, 0.0), _POLL))


def _over(
    process: subprocess.Popen[bytes], selector: selectors.BaseSelector, deadline: float
) -> bool:
    """Whether the command has ended and nothing more is to be read of it."""
    if not exited(process):
        return False
    until = min(deadline, time.monotonic() + AFTER_EXIT)
    while selector.get_map() and (left := until - time.monotonic()) > 0:
        _read(selector, min(left, _POLL))
    _read(selector, 0)
    return True


def _read(selector: selectors.BaseSelector, seconds: float) -> None:
    """Keep what is there, or comes within some seconds."""
    if not selector.get_map():
        # It has closed both and goes on.
        time.sleep(min(seconds, _SHORT))
        return
    for key, _ in selector.select(seconds):
        try:
            data = os.read(key.fd, _READ)
        except BlockingIOError:
            continue
        if data:
            key.data.add(data)
        else:
            selector.unregister(key.fileobj)


def _conclude(ran: Ran, code: int | None, seconds: float) -> None:
    if ran.timed_out:
        ran.cause = f"did not end within {seconds:g} s"
    elif code is None:
        ran.cause = "ended, but its exit status is lost: another part of this process took it"
    elif code < 0:
        ran.cause = f"was killed by {_signal(-code)}"
    else:
        ran.status = code


def _signal(number: int) -> str:
    try:
        name = signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
    # Mostly sent by a kernel that is short of memory.
    return f"{name} (out of memory?)" if name == "SIGKILL" else name
