"""SIGTERM while a run is on: an orderly end, and nobody's own handler is touched."""

from __future__ import annotations

import signal
import threading

import pytest

from tests.plugin.conftest import Project

TERMINATED = """
import os, signal, time
from pytest_readiness import measure, readiness

@readiness.high
def test_told(folder_probe):
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(10)
"""
SWALLOWING = """
import os, signal, time
from pytest_readiness import measure, readiness

@readiness.high
def test_told():
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(10)
    except BaseException:
        pass
    assert measure("n", 1) == 1

@readiness.high
def test_not_run_any_more():
    assert measure("n", 1) == 1
"""
TWICE = """
import os, signal, time
import pytest
from pytest_readiness import readiness

@pytest.fixture
def slow():
    yield
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(10)

@readiness.high
def test_told(slow):
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(10)
"""
OWN = """
import signal

def own(number, frame):
    raise SystemExit(77)

signal.signal(signal.SIGTERM, own)
"""


def test_the_verdict_is_incomplete_and_reports_are_written(ready: Project) -> None:
    ready.tests(test_own=TERMINATED)
    ran = ready.run(subprocess=True)
    assert (ran.verdict, ran.exit) == ("incomplete", pytest.ExitCode.INTERRUPTED), ran.out
    assert ran.card is not None
    assert ran.card["decided_by"] == "the run was ended by SIGTERM"
    assert "INCOMPLETE" in ran.out
    assert "the run was ended by SIGTERM" in ran.junit.read_text()


def test_a_check_that_swallows_it_makes_no_verdict(ready: Project) -> None:
    ready.tests(test_own=SWALLOWING)
    ran = ready.run(subprocess=True)
    assert (ran.verdict, ran.exit) == ("incomplete", pytest.ExitCode.INTERRUPTED), ran.out
    assert not [node for node in ran.outcomes() if node.endswith("test_not_run_any_more")]


def test_who_asks_twice_is_not_kept_waiting(ready: Project) -> None:
    ready.tests(test_own=TWICE)
    ran = ready.run(subprocess=True)
    assert (ran.verdict, ran.exit) == ("incomplete", -signal.SIGTERM), ran.out


def test_a_handler_of_the_users_own_stays(ready: Project) -> None:
    conftest = ready.path / "conftest.py"
    conftest.write_text(OWN + conftest.read_text())
    ready.tests(test_own=TERMINATED)
    ran = ready.run(subprocess=True)
    assert "ended by SIGTERM" not in ran.out
    assert "77" in ran.out


def test_the_signal_is_given_back(ready: Project) -> None:
    before = signal.getsignal(signal.SIGTERM)
    assert ready.run().verdict == "ready"
    assert signal.getsignal(signal.SIGTERM) is before


def test_without_readiness_nothing_is_taken_over(ready: Project) -> None:
    ready.tests(
        test_plain="import signal\n\ndef test_plain():\n"
        "    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL\n"
    )
    assert ready.run(readiness=False, subprocess=True).exit == 0


def test_beside_the_main_thread_the_run_goes_on_without(ready: Project) -> None:
    """Only the main thread may take a signal over."""
    verdicts: list[str] = []
    thread = threading.Thread(target=lambda: verdicts.append(ready.run().verdict))
    thread.start()
    thread.join(60)
    assert verdicts == ["ready"]
