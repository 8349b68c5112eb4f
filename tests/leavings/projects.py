"""A project in a folder of its own, and whole runs of pytest in it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SECONDS = 120


@dataclass(frozen=True)
class Ran:
    """One run, from outside."""

    exit: int
    out: str
    card: dict[str, Any] | None

    def outcomes(self, check: str) -> list[str]:
        """Outcomes of a check on all its targets."""
        assert self.card is not None, self.out
        return [f["outcome"] for f in self.card["findings"] if f["check"] == check]

    def message(self, check: str) -> str:
        """What the first finding of a check says."""
        assert self.card is not None, self.out
        return str(next(f["message"] for f in self.card["findings"] if f["check"] == check))


class Project:
    """A user's project, with a folder for temporary files that is its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project"
        self.temporary = folder / "tmp"
        self.folders = (self.folder, self.temporary)
        for made in self.folders:
            made.mkdir()
        (self.folder / "pytest.ini").write_text("[pytest]\n")

    def settings(self, *tables: str) -> None:
        """Write readiness.toml."""
        text = "\n".join(['environment = "development"', *tables])
        (self.folder / "readiness.toml").write_text(text)

    def conftest(self, text: str) -> None:
        """Write the conftest."""
        (self.folder / "conftest.py").write_text(text)

    def files(self) -> set[str]:
        """Every file and folder of the project and of its temporary folder, by relative path."""
        return {str(p.relative_to(root)) for root in self.folders for p in root.rglob("*")}

    def new(self, before: set[str]) -> list[str]:
        """What is there that was not, but for what pytest itself keeps."""
        kept = re.compile(r"(^|/)(\.pytest_cache|__pycache__|pytest-of-[^/]+)(/|$)")
        return sorted(path for path in self.files() - before if not kept.search(path))

    def run(self, *args: str, **environ: str) -> Ran:
        """Run pytest in a process of its own, and read the report it was asked for."""
        report = self.folder / "r.json"
        report.unlink(missing_ok=True)
        done = subprocess.run(
            [*COMMAND, "--readiness-report=r.json", *args],
            cwd=self.folder,
            env={**os.environ, "TMPDIR": str(self.temporary), **environ},
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        card = json.loads(report.read_bytes()) if report.exists() else None
        return Ran(done.returncode, done.stdout + done.stderr, card)


COMMAND: Sequence[str] = (sys.executable, "-m", "pytest", "--readiness", "-p", "no:valkey")


def table(system: str, **values: Any) -> str:
    """One target's table; JSON's texts, numbers and truth values are TOML's too."""
    lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    return "\n".join([f"[{system}.main]", *lines, ""])
