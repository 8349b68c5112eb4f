"""Commands for tests, as the settings would hold them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from pytest_readiness.commands.judging import judge
from pytest_readiness.commands.running import Ran, run
from pytest_readiness.policy.commands import Command
from pytest_readiness.policy.files import Source, filled
from pytest_readiness.policy.held_commands import commands
from pytest_readiness.policy.settings import Settings
from pytest_readiness.policy.typed import typed
from pytest_readiness.recorder import Comparison, recording

PYTHON = sys.executable


def held(*tables: dict[str, Any], environ: dict[str, str] | None = None) -> Settings:
    """Settings with commands, read as from a file."""
    source = Source(
        file="pyproject.toml", prefix="tool.readiness.", table={"commands": list(tables)}
    )
    source = filled(source, environ or {})
    return commands(source, typed(source, "", source.table, Settings))


def command(run: object, **keys: Any) -> Command:
    """One command, held against the rules."""
    return held({"id": "one", "run": run, **keys}).commands[0]


def python(text: str, **keys: Any) -> Command:
    """A command that is a Python program."""
    return command([PYTHON, "-I", "-c", text], **keys)


def shell(text: str, **keys: Any) -> Command:
    """A command for a shell."""
    return command(text, shell=True, **keys)


def judged(made: Command, ran: Ran) -> tuple[str, list[Comparison]]:
    """The failure, empty where it passes, and the evidence."""
    with recording() as recorder:
        try:
            judge(made, ran)
        except AssertionError as error:
            return str(error), recorder.comparisons
    return "", recorder.comparisons


def failure(made: Command, root: Path) -> str:
    """What a command that is run for real fails with."""
    return judged(made, run(made, root))[0]


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and is not reaped yet does not."""
    stat = Path(f"/proc/{pid}/stat")
    if stat.parent.parent.joinpath("self").exists():
        try:
            return stat.read_text().rpartition(")")[2].split()[0] not in "ZX"
        except (FileNotFoundError, ProcessLookupError):
            return False
    return os.system(f"kill -0 {pid} 2>/dev/null") == 0
