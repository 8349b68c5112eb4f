"""What the installed plugin costs a pytest run that does not ask for it.

Each load is a fresh interpreter that has imported pytest and then times one import: the entry
point, or a bare module that imports pytest as well. The two take turns, so that a noisy machine
treats them alike.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.running import Pair, folder, run

LOADS = 50
COLLECTIONS = 15
TESTS = 1000

_PROGRAM = """
import sys, time
sys.path.insert(0, {folder!r})
import pytest
start = time.perf_counter()
import {module}
print(1000 * (time.perf_counter() - start))
"""


def load_ms(module: str, folder: str) -> float:
    """Milliseconds that one import takes in a fresh interpreter that has pytest."""
    program = _PROGRAM.format(module=module, folder=folder)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    return float(done.stdout)


def measure_loads(loads: int = LOADS) -> tuple[list[float], list[float]]:
    """Milliseconds of the entry point and of a bare module, load by load in turn."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "bare.py").write_text("import pytest\n")
        load_ms("bare", folder)  # compiles it, so that both come from bytecode
        load_ms("pytest_readiness.plugin", folder)
        pairs = [
            (load_ms("pytest_readiness.plugin", folder), load_ms("bare", folder))
            for _ in range(loads)
        ]
    return [ours for ours, _ in pairs], [bare for _, bare in pairs]


def main() -> None:
    """Print the medians and their difference."""
    ours, bare = measure_loads()
    a, b = statistics.median(ours), statistics.median(bare)
    print(f"entry point, {LOADS} loads: median {a:.2f} ms, bare module {b:.2f} ms, +{a - b:.2f} ms")
    print(f"collecting {TESTS} tests: {collection():.3f} times as long as with the plugin blocked")


def collection() -> float:
    """Processor time of ``--collect-only`` over that with the plugin blocked, median of turns."""
    text = f"import pytest\n\n@pytest.mark.parametrize('n', range({TESTS}))\ndef test_n(n): pass\n"
    with folder(test_many=text) as where:
        pair = Pair([], [])
        run(where, "--collect-only")
        for _ in range(COLLECTIONS):
            pair.ours.append(run(where, "--collect-only"))
            pair.theirs.append(run(where, "--collect-only", "-p", "no:readiness"))
    return pair.cpu_ratio
