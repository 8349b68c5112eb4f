"""The end of a run: one scorecard, the verdict as a test case, the files, the exit status."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_readiness.model import Scorecard, Verdict
from pytest_readiness.reports.files import discard, write
from pytest_readiness.run.about import about
from pytest_readiness.run.state import Run
from pytest_readiness.run.tracker import Tracker
from pytest_readiness.run.verdict import report_verdict
from pytest_readiness.run.waivers import behind, remarks
from pytest_readiness.score import judge

FAILED = pytest.ExitCode.TESTS_FAILED


class Gate:
    """Makes the verdict once, on the controller, and lets everything else say the same."""

    def __init__(self, run: Run, tracker: Tracker) -> None:
        self.run = run
        self.tracker = tracker
        self.scorecard: Scorecard | None = None
        self.unwritten: list[str] = []
        """Reports that could not be written, and why."""

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Remove earlier reports: one left over must not be taken for this run's."""
        if not session.config.option.collectonly:
            for path in self._paths(session):
                discard(path)

    def _paths(self, session: pytest.Session) -> list[Path]:
        base = Path(session.config.invocation_params.dir)
        return [base / path for path in self.run.policy.settings.report]

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Decide, report and set the exit status, before other plugins write their files."""
        config = session.config
        if config.option.collectonly or exitstatus == pytest.ExitCode.USAGE_ERROR:
            return
        self._note_breaks(session, exitstatus)
        self.scorecard = self._decided(config)
        failing = self.fails(self.scorecard)
        report_verdict(config, self.scorecard, failing)
        for path in self._paths(session):
            problem = write(self.scorecard, path)
            if problem is not None:
                self.unwritten.append(problem)
        session.exitstatus = self._status(session, exitstatus, failing)

    def _note_breaks(self, session: pytest.Session, exitstatus: int) -> None:
        """What only the session knows of a run that broke off."""
        if session.shouldfail or session.shouldstop:
            self.tracker.broke(f"the run stopped early: {session.shouldfail or session.shouldstop}")
        if exitstatus == pytest.ExitCode.INTERRUPTED:
            self.tracker.broke("the run was interrupted")
        if exitstatus == pytest.ExitCode.INTERNAL_ERROR:
            self.tracker.broke("pytest reported an internal error")

    def _decided(self, config: pytest.Config) -> Scorecard:
        settings = self.run.policy.settings
        findings = self.tracker.findings()
        scope = self.tracker.scope({f.node for f in findings})
        findings = behind(findings)
        whole = scope.left_out is None and scope.broken is None
        notes = remarks(findings, settings.waivers, self.run.today) if whole else []
        silent = [f.label for f in findings if f.message.startswith("no evidence: ")]
        if silent:
            notes.append(f"passed without evidence: {', '.join(silent)}")
        clean = self.run.redactor.clean
        told = tuple(clean(note) for note in notes)
        return judge(findings, settings.limits, scope, about(self.run, config.rootpath, told))

    def fails(self, card: Scorecard) -> bool:
        """Whether the gate fails the build on this verdict.

        A run that broke off is no judgement, so not even ``gate = "never"`` lets it through.
        """
        settings = self.run.policy.settings
        if card.verdict is Verdict.INCOMPLETE:
            return True
        if settings.gate == "never" or card.verdict is Verdict.READY:
            return False
        if card.verdict is Verdict.PARTIAL:
            return self.run.environment == "production" and not settings.allow_partial
        return card.verdict is Verdict.NOT_READY or settings.gate == "ready"

    def _status(self, session: pytest.Session, exitstatus: int, failing: bool) -> int:
        """pytest's status, raised where the verdict forbids, lowered where it alone decides."""
        if self.unwritten or failing:
            return int(exitstatus) or int(FAILED)
        if exitstatus == FAILED and session.testsfailed == self.tracker.failed_reports:
            # Every failure is a finding, and the verdict stands above single findings.
            return int(pytest.ExitCode.OK)
        return int(exitstatus)
