"""Fixtures of the whole suite: the real servers, and pytest run within pytest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.faults import table as faults
from tests.sandbox import Sandbox

pytest_plugins = ["pytester"]

# A busy machine is no defect: how long an example takes is not what these tests are about.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")

_VARIABLES = (
    "REDIS_URL",
    "DATABASE_URL",
    "PGHOST",
    "RABBITMQ_URL",
    "AMQP_URL",
    "RABBITMQ_MANAGEMENT_URL",
    "KAFKA_BOOTSTRAP_SERVERS",
    "MLFLOW_TRACKING_URI",
    "READINESS_ENVIRONMENT",
    "READINESS_VANTAGE",
    # Where the suite itself runs in a job, the runs within it are no steps of that job.
    "GITHUB_ACTIONS",
    "GITHUB_STEP_SUMMARY",
    "GITHUB_WORKSPACE",
    "GITEA_ACTIONS",
    "GITLAB_CI",
    "CI_PROJECT_DIR",
    "TF_BUILD",
    "TEAMCITY_VERSION",
)

OTHERS = ("asyncio", "html", "metadata", "pytest_cov", "randomly", "rerunfailures")
"""Plugins that load themselves where they are installed, and that some tests ask for by name."""


def without(*wanted: str) -> str:
    """Options that switch these plugins off, but for the wanted ones."""
    return " ".join(f"-p no:{name}" for name in OTHERS if name not in wanted)


@pytest.fixture(scope="session")
def box() -> Iterator[Sandbox]:
    """The sandbox of real servers; equal servers are started once and shared."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def no_targets_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the developer's shell has set must not become a target of a test."""
    for name in _VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTEST_ADDOPTS", without())


_STATE = re.compile(r"tests/catalogue/test_([a-z]+)\.py::test_state\[(.+)\]$")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Show which state of a server proved each check, and what came of each fault, in this run."""
    reports = terminalreporter.stats.get("passed", ())
    _section(terminalreporter, "faults", faults.lines(reports))
    held = {match.groups() for report in reports if (match := _STATE.match(report.nodeid))}
    if not held:
        return
    # Not before: it imports every module of states.
    from tests.catalogue import detection

    systems = {system for system, _ in held}
    shown = [s for s in detection.table(held) if s.check.partition(".")[0] in systems]
    _section(terminalreporter, "detection", detection.lines(shown))


def _section(terminalreporter: Any, title: str, lines: Iterable[str]) -> None:
    for number, line in enumerate(lines):
        if not number:
            terminalreporter.write_sep("-", title)
        terminalreporter.write_line(line)
