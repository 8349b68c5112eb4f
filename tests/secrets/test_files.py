"""Files that a run makes for itself: its owner's alone, in no place of others, and gone after."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.plugin.conftest import Project

SLOW = """
import time
from pytest_readiness import measure, readiness

@readiness.low
def test_slow(folder_probe):
    time.sleep({seconds})
    assert measure("a", 1) == 1
"""


@pytest.fixture
def temporary(ready: Project) -> Path:
    """A folder for temporary files of which the run's own are the only ones."""
    folder = ready.path.with_name(f"{ready.path.name}-tmp")
    folder.mkdir()
    return folder


@pytest.fixture
def running(ready: Project, temporary: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A run with workers under an umask that keeps nobody out."""
    ready.tests(test_own=SLOW.format(seconds=2))
    command = [sys.executable, "-m", "pytest", "--readiness", "-p", "no:valkey", "-n", "2"]
    run = subprocess.Popen(
        [*command, "-p", "no:cacheprovider"],
        cwd=ready.path,
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        umask=0,
    )
    yield run
    if run.poll() is None:
        run.kill()
    run.communicate()


def facts(temporary: Path) -> list[Path]:
    """The run's own files, once the first facts are there."""
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        found = sorted(temporary.glob("readiness-*/*"))
        if any(path.suffix == ".facts" for path in found):
            return found
        time.sleep(0.01)
    raise AssertionError("no facts appeared")


def _mode(path: Path) -> int | None:
    try:
        return path.stat().st_mode & 0o777
    except FileNotFoundError:  # renamed into place since
        return None


def test_for_the_owner_alone_and_gone(running: subprocess.Popen[bytes], temporary: Path) -> None:
    found = facts(temporary)
    (folder,) = {path.parent for path in found}
    assert folder.stat().st_mode & 0o777 == 0o700
    modes = {path.name: mode for path in found if (mode := _mode(path)) is not None}
    assert set(modes.values()) == {0o600}, modes
    out = running.communicate(timeout=60)[0].decode()
    assert "READY for production" in out
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_gone_after_a_signal(
    running: subprocess.Popen[bytes], temporary: Path, number: signal.Signals
) -> None:
    facts(temporary)
    running.send_signal(number)
    running.communicate(timeout=60)
    assert running.returncode == pytest.ExitCode.INTERRUPTED
    ends = time.monotonic() + 10
    while list(temporary.iterdir()) and time.monotonic() < ends:
        time.sleep(0.05)
    assert list(temporary.iterdir()) == []


def test_links_laid_in_advance_lead_nowhere(ready: Project, temporary: Path) -> None:
    """Names cannot be guessed, and a report replaces a link rather than what it leads to."""
    victim = ready.path / "victim"
    victim.write_text("untouched")
    (ready.path / "r.json").symlink_to(victim)
    for name in ("readiness", "readiness-", f"readiness-{os.getpid()}"):
        (temporary / name).symlink_to(victim)
    ran = ready.run("-n", "2", "-k", "first")
    assert ran.card is not None
    assert victim.read_text() == "untouched"
    assert not (ready.path / "r.json").is_symlink()
