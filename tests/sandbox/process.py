"""A child process: started, waited for, frozen, and stopped for certain."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import MissingError, SandboxError
from .spawner import spawn
from .users import User

_POLL = 0.02
_TAIL_LINES = 25


@dataclass(frozen=True)
class Child:
    """A process in a session of its own, with all that it started in its group."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stop_signal: int = signal.SIGTERM
    death_signal: int = signal.SIGKILL

    @property
    def pid(self) -> int:
        """The process' id, which is its group's id too."""
        return self.process.pid

    @property
    def alive(self) -> bool:
        """Whether the process has not ended (a frozen one has not)."""
        return self.process.poll() is None

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Return as soon as `ready()` holds; an error when the child dies or time is up."""
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.alive:
                raise SandboxError(self._story(f"ended with {self.process.returncode}"))
            if time.monotonic() > deadline:
                raise SandboxError(self._story(f"was not ready after {seconds:g} s"))
            time.sleep(_POLL)

    def says(self, text: str) -> bool:
        """Whether the child's log holds the text."""
        return text in self.log.read_text(errors="replace")

    def pause(self) -> None:
        """Freeze it and all that it started: connections stay open and nothing answers."""
        self._signal(signal.SIGSTOP)
        # Not in the group: PostgreSQL's backends, each in a session of its own.
        for pid in _offspring(self.pid):
            _signalled(pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after `pause`."""
        for pid in _offspring(self.pid):
            _signalled(pid, signal.SIGCONT)
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """End the whole group at once and reap the child."""
        self._signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, grace: float = 10.0) -> None:
        """Ask the child to end, and end what is left of its group after `grace` seconds."""
        self._end(self.stop_signal, grace)

    def discard(self) -> None:
        """End a child whose files nobody wants: as quickly as it leaves nothing behind."""
        self._end(self.death_signal, 5.0)

    def _end(self, number: int, grace: float) -> None:
        self._signal(number)
        self.resume()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(grace)
        self.kill()

    def _signal(self, number: int) -> None:
        # Nobody left in the group: what was asked for has come true already.
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def _story(self, what: str) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-_TAIL_LINES:]
        return "\n".join([f"{self.name} {what}; the end of {self.log}:", *lines])


def _offspring(pid: int) -> list[int]:
    """All processes that a process has started, and that those have."""
    found: list[int] = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += [int(child), *_offspring(int(child))]
    except OSError:
        pass  # it has ended meanwhile
    return found


def _signalled(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def start(
    name: str,
    command: list[str],
    *,
    folder: Path,
    env: Mapping[str, str] | None = None,
    user: User | None = None,
    stop_signal: int = signal.SIGTERM,
    death_signal: int = signal.SIGKILL,
) -> Child:
    """Start the command in the folder, its output in `<name>.log` there."""
    log = folder / f"{name}.log"
    with log.open("ab") as output:
        try:
            process = spawn(
                command,
                death_signal=death_signal,
                cwd=folder,
                env=environment(folder, env),
                stdout=output,
                stderr=subprocess.STDOUT,
                **identity(user),
            )
        except FileNotFoundError as error:
            raise MissingError(command[0], "python -m tests.sandbox.install") from error
    return Child(name, process, log, stop_signal, death_signal)


def run(
    command: list[str],
    *,
    folder: Path,
    env: Mapping[str, str] | None = None,
    user: User | None = None,
    text: str | None = None,
    seconds: float = 60,
) -> str:
    """Run a command to its end and return its output; an error when it failed."""
    try:
        done: subprocess.CompletedProcess[str] = subprocess.run(
            command,
            cwd=folder,
            env=environment(folder, env),
            input=text or "",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            **identity(user),
        )
    except FileNotFoundError as error:
        raise MissingError(command[0], "python -m tests.sandbox.install") from error
    if done.returncode:
        raise SandboxError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def environment(folder: Path, more: Mapping[str, str] | None) -> dict[str, str]:
    """Little of ours, so that no setting or proxy of the caller reaches a server."""
    kept = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "HOME": str(folder)}
    return {**kept, **(more or {})}


def identity(user: User | None) -> dict[str, Any]:
    """The arguments of `subprocess` that drop our privileges."""
    if user is None:
        return {}
    return {"user": user.uid, "group": user.gid, "extra_groups": []}
