"""``readiness::verdict``: the verdict as a test case, for everything that reads test cases."""

from __future__ import annotations

from typing import Any

import pytest
from _pytest.junitxml import xml_key

from pytest_readiness.model import Scorecard
from pytest_readiness.run.cases import Case, phases
from pytest_readiness.run.selection import VERDICT
from pytest_readiness.score import regressed

_NOT_TOLD = ("terminalreporter", "lfplugin", "stepwiseplugin", "session", "readiness-tracker")
"""Plugins that would count the verdict as one test more: progress above 100 %, a stop after too
many failures, a polluted ``--lf``."""


def report_verdict(config: pytest.Config, card: Scorecard, failing: bool) -> None:
    """Report the verdict to all but the plugins that count, and set JUnit's suite properties."""
    _properties(config, card)
    manager = config.pluginmanager
    left_out = [p for p in map(manager.get_plugin, _NOT_TOLD) if p is not None]
    tell = manager.subset_hook_caller("pytest_runtest_logreport", remove_plugins=left_out)
    why = regressed(card) if card.about.gate == "regressions" else None
    message = f"{card.verdict.words}: {why or card.decided_by}"
    place = ("readiness", None, VERDICT)
    reports = phases(Case(VERDICT, place, "failed" if failing else "passed", message))
    for report in reports:
        tell(report=report)
    terminal: Any = manager.get_plugin("terminalreporter")
    if terminal is not None:
        terminal.stats.setdefault("failed" if failing else "passed", []).append(reports[1])


def _properties(config: pytest.Config, card: Scorecard) -> None:
    junit = config.stash.get(xml_key, None)
    if junit is None:
        return
    about = card.about
    values = {
        "verdict": card.verdict.words,
        "decided_by": card.decided_by,
        "score": card.score,
        "target_score": card.target_score,
        "coverage": card.coverage,
        "environment": about.environment,
        "service": about.service,
        "commit": about.commit,
    }
    for name, value in values.items():
        if value is not None:
            junit.add_global_property(f"readiness.{name}", str(value))
