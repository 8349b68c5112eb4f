"""Whole processes timed: by the operating system's own accounting, two of them in turn."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")
"""Without a cache, so that a run leaves nothing that the next one would read."""


@dataclass(frozen=True)
class Cost:
    """What one process took."""

    seconds: float
    """Wall time."""
    cpu: float
    """Seconds of processor, in its own code and in the kernel's."""
    megabytes: float
    """Largest resident memory."""
    status: int
    output: str


def run(folder: Path, *arguments: str, command: Sequence[str] = PYTEST) -> Cost:
    """Run pytest, or another command, in a folder of its own."""
    environ = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "", "COLUMNS": "100"}
    # Compiled once and read from then on, as everywhere but on this benchmark's shell.
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryFile("w+") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            [*command, *arguments],
            cwd=folder,
            env=environ,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        return Cost(
            seconds=seconds,
            cpu=used.ru_utime + used.ru_stime,
            megabytes=used.ru_maxrss / 1024,
            status=process.returncode,
            output=output.read(),
        )


@dataclass(frozen=True)
class Pair:
    """Two commands that took turns, so that a machine whose speed drifts treats them alike."""

    ours: list[Cost]
    theirs: list[Cost]

    @property
    def ratio(self) -> float:
        """Median of the ratios of wall time, turn by turn."""
        return statistics.median(
            a.seconds / b.seconds for a, b in zip(self.ours, self.theirs, strict=True)
        )

    @property
    def cpu_ratio(self) -> float:
        """The same of processor time, which a busy machine disturbs less."""
        return statistics.median(a.cpu / b.cpu for a, b in zip(self.ours, self.theirs, strict=True))


def median(costs: Sequence[Cost]) -> float:
    """Median wall time, seconds."""
    return statistics.median(cost.seconds for cost in costs)


@contextmanager
def folder(**files: str) -> Iterator[Path]:
    """A temporary folder with files: ``test_a="…"`` is a module, ``readiness="…"`` the settings."""
    with tempfile.TemporaryDirectory(prefix="readiness-bench-") as name:
        for file, text in files.items():
            ending = "toml" if file == "readiness" else "py"
            Path(name, f"{file}.{ending}").write_text(text, encoding="utf-8")
        yield Path(name)
