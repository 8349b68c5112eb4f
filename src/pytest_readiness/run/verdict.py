"""``readiness::verdict``: the verdict as a test case, for everything that reads test cases."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_readiness.model import Scorecard
from pytest_readiness.reports.junit import verdict_message
from pytest_readiness.run.cases import Case, phases
from pytest_readiness.run.selection import VERDICT
from pytest_readiness.score import regressed

_NOT_TOLD = ("terminalreporter", "lfplugin", "stepwiseplugin", "session", "readiness-tracker")
"""Plugins that would count the verdict as one test more: progress above 100 %, a stop after too
many failures, a polluted ``--lf``."""


def report_verdict(config: pytest.Config, card: Scorecard, failing: bool) -> None:
    """Report the verdict to all but the plugins that count."""
    manager = config.pluginmanager
    left_out = [p for p in map(manager.get_plugin, _NOT_TOLD) if p is not None]
    tell = manager.subset_hook_caller("pytest_runtest_logreport", remove_plugins=left_out)
    place = ("readiness", None, VERDICT)
    message = verdict_message(card, why(card))
    reports = phases(Case(VERDICT, place, "failed" if failing else "passed", message))
    for report in reports:
        tell(report=report)
    terminal: Any = manager.get_plugin("terminalreporter")
    if terminal is not None:
        terminal.stats.setdefault("failed" if failing else "passed", []).append(reports[1])


def why(card: Scorecard) -> str | None:
    """What the gate stands on, where that is not the rule that decided the verdict."""
    return regressed(card) if card.about.gate == "regressions" else None
