"""A project to run pytest in: its settings, the folder system, and runs with a parsed report."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

# pytester forgets what an inner run imported; a second run would then meet two copies of each
# class. What the outer process holds, it keeps.
from pytest_readiness import Facts, measure  # noqa: F401  # resolved once, for all runs
from tests.conftest import without

HERE = Path(__file__).parent
CONFTEST = """
import folder_system

def pytest_readiness_systems():
    return [folder_system.SYSTEM]
"""


class Ran(NamedTuple):
    """One run of pytest, from inside and outside."""

    result: pytest.RunResult
    card: dict[str, Any] | None
    junit: Path

    @property
    def exit(self) -> int:
        return int(self.result.ret)

    @property
    def out(self) -> str:
        return self.result.stdout.str() + self.result.stderr.str()

    def outcomes(self) -> dict[str, str]:
        """Outcome by node id."""
        assert self.card is not None, self.out
        return {f["node"]: f["outcome"] for f in self.card["findings"]}

    def finding(self, node: str) -> dict[str, Any]:
        """The finding of a node id."""
        assert self.card is not None, self.out
        return next(f for f in self.card["findings"] if f["node"] == node)

    @property
    def verdict(self) -> str:
        assert self.card is not None, self.out
        verdict: str = self.card["verdict"]
        return verdict


class Project:
    """A user's project in a temporary folder."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.path = pytester.path
        for name in ("folder_system.py", "folder_checks.py"):
            shutil.copy(HERE / name, self.path / name)
        pytester.makeconftest(CONFTEST)

    def settings(self, text: str) -> None:
        """Write readiness.toml."""
        (self.path / "readiness.toml").write_text(text)

    def folder(self, name: str, *files: str) -> str:
        """Make a folder with files of ten bytes each; returns its table for the settings."""
        path = self.path / "folders" / name
        path.mkdir(parents=True)
        for file in files:
            (path / file).write_bytes(b"x" * 10)
        return f'[folder.{name}]\nurl = "folder://{path}"\n'

    def tests(self, **modules: str) -> None:
        """Write test modules."""
        self.pytester.makepyfile(**modules)

    def run(self, *args: str, readiness: bool = True, subprocess: bool = False) -> Ran:
        """Run pytest here and read what it wrote."""
        report, junit = self.path / "r.json", self.path / "j.xml"
        own = ["--readiness", "--readiness-report", str(report)] if readiness else []
        runner: Callable[..., pytest.RunResult] = self.pytester.runpytest_inprocess
        if subprocess or "-n" in args:
            runner = self.pytester.runpytest_subprocess
        result = runner(
            "-p",
            "no:cacheprovider",
            "-p",
            "no:hypothesispytest",
            f"--junitxml={junit}",
            *own,
            *args,
        )
        card = json.loads(report.read_bytes()) if report.exists() else None
        return Ran(result, card, junit)


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    """An empty project that knows the folder system."""
    # A run started by a worker of this suite's own is not itself one.
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    # pytester takes the variable away that keeps other plugins out of inner runs.
    monkeypatch.setenv("PYTEST_ADDOPTS", without())
    inherited = os.environ.get("PYTHONPATH")
    path = os.pathsep.join(filter(None, (str(pytester.path), inherited)))
    monkeypatch.setenv("PYTHONPATH", path)
    monkeypatch.syspath_prepend(str(pytester.path))
    return Project(pytester)


@pytest.fixture
def ready(project: Project) -> Project:
    """A project that is ready: two good folders, production."""
    first = project.folder("first", "a", "backup")
    second = project.folder("second", "b", "backup")
    project.settings(f'service = "shop"\nenvironment = "production"\n{first}{second}')
    return project
