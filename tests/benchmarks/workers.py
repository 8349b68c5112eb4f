"""Checks of some milliseconds each under workers, beside the same tests under plain pytest."""

from __future__ import annotations

from tests.benchmarks.running import Pair, folder, median, run
from tests.sandbox import Sandbox

CHECKS = 2000
BUILT_IN = 51
"""Of Redis: they run too, and stand in the place of as many of the tests."""
TURNS = 9

TESTS = """
import time
import pytest
from pytest_readiness import measure, readiness

@pytest.mark.parametrize("number", range({count}))
{mark}
def test_work(number):
    time.sleep(0.005)
    assert {claim}
"""

OURS = TESTS.format(
    count=CHECKS - BUILT_IN,
    mark="@readiness.high",
    claim="measure('number', number) < 100_000",
)
PLAIN = TESTS.format(count=CHECKS, mark="", claim="number < 100_000")


def main() -> None:
    """Print a line for each number of workers."""
    with Sandbox() as box:
        url = box.fresh("redis").url
        with (
            folder(readiness=f"[redis.one]\nurl = '{url}'\n", test_work=OURS) as ours,
            folder(test_work=PLAIN) as plain,
        ):
            for workers in ("2", "4"):
                pair = Pair([], [])
                run(ours, "--readiness", "--readiness-gate=never", "-n", workers)
                run(plain, "-n", workers)
                for _ in range(TURNS):
                    pair.ours.append(
                        run(ours, "--readiness", "--readiness-gate=never", "-n", workers)
                    )
                    pair.theirs.append(run(plain, "-n", workers))
                print(
                    f"-n {workers}, {CHECKS} checks of 5 ms: {median(pair.ours):.2f} s,",
                    f"plain {median(pair.theirs):.2f} s, ratio {pair.ratio:.3f};",
                    pair.ours[0].output.strip().splitlines()[-1],
                )


if __name__ == "__main__":
    main()
