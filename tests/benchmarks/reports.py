"""Writing the reports of ten thousand findings."""

from __future__ import annotations

import statistics
import time

from pytest_readiness.model import About, Evidence, Finding, Limits, Outcome, Scope, Severity
from pytest_readiness.reports import FORMATS, writer_for
from pytest_readiness.score import judge

FINDINGS = 10_000
TURNS = 5


def finding(number: int) -> Finding:
    """One of many, each with its own words."""
    wrong = number % 7 == 0
    return Finding(
        check=f"redis.check_{number % 100}",
        system="redis",
        target=f"cache{number // 100}",
        node=f"readiness::redis::check_{number % 100}[cache{number // 100}]",
        severity=list(Severity)[number % 4],
        outcome=Outcome.FAILED if wrong else Outcome.PASSED,
        message=f"backlog is {number} messages, must be <= 1000" if wrong else "",
        evidence=(
            Evidence(
                name="backlog", value=number, unit="messages", op="<=", expected=1000, ok=not wrong
            ),
        ),
        title="No queue grows without end",
        remedy="Add consumers: their number follows the backlog.",
        ref=f"FR-{number}",
        owner="team-payments",
        category="capacity",
        effort="hours",
    )


def main() -> None:
    """Print a line a format."""
    findings = [finding(number) for number in range(FINDINGS)]
    start = time.perf_counter()
    scope = Scope(expected=FINDINGS, selected=FINDINGS)
    card = judge(findings, Limits(), scope, About(service="shop"))
    print(f"judging {FINDINGS} findings: {time.perf_counter() - start:.3f} s")
    for extension in FORMATS:
        write = writer_for(f"report{extension}")
        seconds = []
        for _ in range(TURNS):
            start = time.perf_counter()
            content = write(card)
            seconds.append(time.perf_counter() - start)
        print(f"{extension}: {statistics.median(seconds):.3f} s, {len(content) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
