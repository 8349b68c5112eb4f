"""What one judged check costs beside an empty test, in time and in memory."""

from __future__ import annotations

from tests.benchmarks.running import Cost, Pair, folder, run

CHECKS = 10_000
FEW = 100
TURNS = 5

SYSTEM = """
from pytest_readiness.systems.base import System, TargetSettings

class Settings(TargetSettings):
    pass

def pytest_readiness_systems():
    return [System(name="many", settings=Settings, probe="many_probe:Probed",
                   checks="many_checks", extra="many", variables=())]
"""

PROBE = """
from pytest_readiness.systems.base import Facts, Probe

class Seen(Facts):
    value: int = 1

class Probed(Probe):
    facts_type = Seen

    @classmethod
    def observe(cls, settings, watch):
        return Seen()
"""

CHECK = '''

@readiness.high(category="security", remedy="Do what number {i} asks for.", effort="minutes",
                source="the makers", ref="REF-{i}")
def check_{i}(many_probe):
    """It holds, number {i}."""
    assert measure("value of number {i}", many_probe.facts.value) >= 0
'''

EMPTY = """
import pytest

@pytest.mark.parametrize("number", range({count}))
def test_empty(number):
    pass
"""

PER_TARGET = 100


def checks(count: int) -> str:
    """A system's module of so many checks."""
    head = "from pytest_readiness import measure, readiness\n"
    first = CHECK.format(i=0).replace("check_0", "reachable")
    return head + first + "".join(CHECK.format(i=i) for i in range(1, count))


def settings(targets: int) -> str:
    """So many targets of that system."""
    return "".join(f'[many.t{i}]\nurl = "many://host{i}"\n' for i in range(targets))


def measured(count: int, turns: int) -> tuple[list[Cost], list[Cost]]:
    """Runs of so many judged checks and of as many empty tests, in turn."""
    pair = Pair([], [])
    with (
        folder(
            readiness=settings(count // PER_TARGET),
            conftest=SYSTEM,
            many_probe=PROBE,
            many_checks=checks(PER_TARGET),
        ) as ours,
        folder(test_empty=EMPTY.format(count=count)) as theirs,
    ):
        for _ in range(turns):
            pair.ours.append(run(ours, "--readiness"))
            pair.theirs.append(run(theirs))
    return pair.ours, pair.theirs


def main() -> None:
    """Print what each check costs beyond the start of the process."""
    few, none = measured(FEW, TURNS)
    ours, theirs = measured(CHECKS, TURNS)
    more = CHECKS - FEW
    ratios, kilobytes = [], []
    for a, b, c, d in zip(ours, few, theirs, none, strict=True):
        ratios.append((a.cpu - b.cpu) / (c.cpu - d.cpu))
        kilobytes.append(1024 * ((a.megabytes - b.megabytes) - (c.megabytes - d.megabytes)) / more)
    per = 1e6 * (min(a.cpu for a in ours) - min(b.cpu for b in few)) / more
    print(
        f"{CHECKS} judged checks: {per:.0f} µs each,",
        f"{sorted(ratios)[TURNS // 2]:.2f} times an empty test,",
        f"{sorted(kilobytes)[TURNS // 2]:.1f} kB a finding more",
    )


if __name__ == "__main__":
    main()
