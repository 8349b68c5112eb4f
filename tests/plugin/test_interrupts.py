"""Ctrl-C and SIGTERM, sent to a real process in every phase of a run."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.plugin.bodies import GOOD, HEAD, conftest
from tests.plugin.conftest import Project

WAIT = "__import__('pathlib').Path('started').touch() or __import__('time').sleep(30)"
OBSERVE = "    import folder_system\n    folder_system.FolderProbe.observe = classmethod(slow)\n"
RENDER = "    import pytest_readiness.reports.json as writer\n    writer.render = slow\n"
TEARDOWN = "@pytest.fixture\ndef late():\n    yield\n    {}\n"
IN_CONFTEST = {
    "observation": f"def slow(*_):\n    {WAIT}\ndef pytest_sessionstart():\n{OBSERVE}",
    "setup": f"@pytest.fixture(autouse=True)\ndef slow():\n    {WAIT}\n",
    "finish": f"def pytest_sessionfinish():\n    {WAIT}\n",
    "report": f"def slow(*_):\n    {WAIT}\ndef pytest_sessionstart():\n{RENDER}",
    "summary": f"def pytest_terminal_summary():\n    {WAIT}\n",
}
IN_MODULE = {
    "collection": f"{GOOD}\n{WAIT}\n",
    "call": f"@readiness.low\ndef test_slow():\n    {WAIT}\n",
    "teardown": f"{TEARDOWN.format(WAIT)}@readiness.low\ndef test_slow(late): pass\n",
}


def interrupted(
    project: Project, *args: str, sent: int = signal.SIGINT, times: int = 1
) -> tuple[int, str, str | None]:
    """Start a run, stop it where it says that it waits; its status, output and verdict."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
    command += ["--readiness", "--readiness-report", "r.json", *args]
    process = subprocess.Popen(
        command, cwd=project.path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    _await(project.path / "started", process)
    for _ in range(times):
        process.send_signal(sent)
        time.sleep(0.1)
    out, _ = process.communicate(timeout=30)
    report = project.path / "r.json"
    verdict = json.loads(report.read_bytes())["verdict"] if report.exists() else None
    return process.returncode, out, verdict


def _await(path: Path, process: subprocess.Popen[str]) -> None:
    ends = time.monotonic() + 60
    while not path.exists() and process.poll() is None and time.monotonic() < ends:
        time.sleep(0.02)
    assert path.exists(), process.communicate()[0]


def prepare(project: Project, phase: str) -> None:
    """A project that waits in one phase; a READY of an earlier run lies about."""
    (project.path / "r.json").write_text('{"verdict": "ready"}')
    project.tests(test_own=HEAD + IN_MODULE.get(phase, GOOD))
    conftest(project, IN_CONFTEST.get(phase, ""))


@pytest.mark.parametrize("phase", [*IN_CONFTEST, *IN_MODULE])
def test_interrupt(ready: Project, phase: str) -> None:
    prepare(ready, phase)
    status, out, verdict = interrupted(ready)
    assert status != 0
    assert verdict in (None, "incomplete")
    # From the verdict on, the run is at its end: then nothing is left of it but the status.
    if phase not in ("finish", "report", "summary"):
        assert (status, verdict) == (2, "incomplete")
        assert "INCOMPLETE for production" in out


@pytest.mark.parametrize("phase", ["call", "finish"])
def test_interrupt_sent_twice(ready: Project, phase: str) -> None:
    prepare(ready, phase)
    status, _, verdict = interrupted(ready, times=2)
    assert status != 0
    assert verdict in (None, "incomplete")


def test_interrupt_with_workers(ready: Project) -> None:
    prepare(ready, "call")
    status, out, verdict = interrupted(ready, "-n", "2")
    assert (status, verdict) == (2, "incomplete")
    assert "INCOMPLETE for production" in out


def test_killed_from_outside(ready: Project) -> None:
    prepare(ready, "call")
    status, _, verdict = interrupted(ready, sent=signal.SIGKILL)
    assert (status, verdict) == (-signal.SIGKILL, None)
