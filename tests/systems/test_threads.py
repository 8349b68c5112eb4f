"""Many targets of one system observed at once, by threads that begin at the same time."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pytest_readiness.systems import BUILT_IN

AT_ONCE = """
import sys, threading
import msgspec
from pytest_readiness.systems import registry

system, gate = registry()[sys.argv[1]], threading.Barrier(32)

def convert():
    gate.wait()
    try:
        msgspec.convert({}, system.probe_type().facts_type)
    except msgspec.ValidationError:
        pass

threads = [threading.Thread(target=convert) for _ in range(32)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


@pytest.mark.parametrize("system", BUILT_IN)
def test_threads_that_build_the_first_facts_at_once_do_not_end_the_process(system: str) -> None:
    # A new process each time: only the first use of a type is in danger.
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", AT_ONCE, system], capture_output=True)
        assert done.returncode == 0, done.stderr
