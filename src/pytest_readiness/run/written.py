"""Records at the end of a run: judged on the controller, and reported as test cases."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from pathlib import Path

import pytest

from pytest_readiness.model import Finding, Outcome
from pytest_readiness.run.cases import Case, phases
from pytest_readiness.run.part import ATTRIBUTE, Part, packed
from pytest_readiness.run.selection import looks_only
from pytest_readiness.run.state import Record, Run
from pytest_readiness.run.tracker import Tracker
from pytest_readiness.run.waivers import Waivers

_NOT_TOLD = ("stepwiseplugin", "session", "readiness-tracker")
"""Plugins that would end a run which is at its end."""

_SKIPPED = (Outcome.BLOCKED, Outcome.NOT_APPLICABLE, Outcome.WAIVED)


class Written:
    """Judges what people wrote down when all checks have been run."""

    def __init__(self, run: Run, tracker: Tracker, root: Path) -> None:
        self.run = run
        self.tracker = tracker
        self.root = root

    @pytest.hookimpl(wrapper=True, trylast=True)  # within the terminal's, which ends the progress
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Judge the records of this run, unless it broke off."""
        result = yield
        if not looks_only(session.config) and self.run.records:
            selected = [r for n, r in self.run.records.items() if self.tracker.selects(n)]
            measured = Waivers(self.run).settled(self.tracker.findings(), whole=False).findings
            findings = self._judged(selected, measured)
            self.tracker.written = {finding.node: finding for finding in findings}
            self._tell(session.config, findings)
        return result

    def _judged(self, held: Sequence[Record], measured: Sequence[Finding]) -> list[Finding]:
        # Not before: what reads Markdown and asks git is of no use to a run without records.
        from pytest_readiness.run.judging import Judge

        return Judge(self.run, self.root).findings(held, measured)

    def _tell(self, config: pytest.Config, findings: Iterable[Finding]) -> None:
        """Let everything that follows test cases see them."""
        manager = config.pluginmanager
        left_out = [p for p in map(manager.get_plugin, _NOT_TOLD) if p is not None]
        tell = manager.subset_hook_caller("pytest_runtest_logreport", remove_plugins=left_out)
        for finding in findings:
            case = self._case(finding)
            config.hook.pytest_runtest_logstart(nodeid=case.node, location=case.location)
            for report in phases(case):
                if report.when == "call":
                    setattr(report, ATTRIBUTE, packed(Part(outcome=finding.outcome)))
                tell(report=report)
            config.hook.pytest_runtest_logfinish(nodeid=case.node, location=case.location)

    def _case(self, finding: Finding) -> Case:
        outcome, severity = finding.outcome, finding.severity.value
        line = finding.line - 1 if finding.line else None
        location = (finding.file or "readiness", line, finding.label)
        remedy = (f"Remedy: {finding.remedy}",) if finding.remedy else ()
        if outcome in _SKIPPED:
            word = outcome.value.replace("_", " ")
            text = f"[{severity}] {word}: {finding.message}"
            return Case(finding.node, location, "skipped", text)
        if outcome.wrong:
            return Case(finding.node, location, "failed", f"[{severity}] {finding.message}", remedy)
        return Case(finding.node, location, "passed")
