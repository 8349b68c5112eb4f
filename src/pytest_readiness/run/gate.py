"""The end of a run: one scorecard, the verdict as a test case, the files, the exit status."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from pytest_readiness.model import Finding, Outcome, Scorecard
from pytest_readiness.records.tables import checklists
from pytest_readiness.reports.files import discard, write_all
from pytest_readiness.reports.forges.places import folder
from pytest_readiness.reports.history import History
from pytest_readiness.run.about import about
from pytest_readiness.run.baselines import compared
from pytest_readiness.run.junit import Gated, JUnit
from pytest_readiness.run.leaving import Leaving
from pytest_readiness.run.outlets import Outlets, quiet_exit
from pytest_readiness.run.phase import DOUBTFUL, SILENT
from pytest_readiness.run.selection import looks_only
from pytest_readiness.run.state import Run
from pytest_readiness.run.tracker import Tracker
from pytest_readiness.run.verdict import report_verdict, why
from pytest_readiness.run.waivers import Waivers
from pytest_readiness.score import fails, judge, whole

FAILED = pytest.ExitCode.TESTS_FAILED


class Gate:
    """Makes the verdict once, on the controller, and lets everything else say the same."""

    def __init__(
        self, run: Run, tracker: Tracker, leaving: Leaving, outlets: Outlets, junit: JUnit
    ) -> None:
        self.run = run
        self.tracker = tracker
        self.leaving = leaving
        self.outlets = outlets
        self.junit = junit
        self.scorecard: Scorecard | None = None
        self.difference: list[str] = []
        """What was changed in the checklists, as lines."""

    @property
    def unwritten(self) -> list[str]:
        """Reports that could not be written, and why."""
        return self.leaving.unwritten

    @property
    def spoiled(self) -> list[str]:
        """What went wrong after the verdict, as lines: a run with any does not end with 0."""
        return [*(f"not written: {text}" for text in self.unwritten), *self.leaving.troubles]

    def trouble(self, line: str) -> None:
        """Note what went wrong after the verdict."""
        self.leaving.troubles.append(self.run.redactor.clean(line))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> Generator[None, None, None]:
        """Remove earlier reports: one left over must not be taken for this run's."""
        if not looks_only(session.config):
            for path in self._paths(session):
                discard(path)
        try:
            yield
        except pytest.exit.Exception as error:
            quiet_exit(error, self.run.redactor)
            # No verdict will follow, and nothing judged is no success.
            error.returncode = int(FAILED) if error.returncode == 0 else error.returncode
            raise

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        """See a plugin end the run as failed, which need not show in any report."""
        try:
            return (yield)
        except pytest.Session.Failed as error:
            self.tracker.broke(f"the run stopped early: {error}")
            raise

    def _paths(self, session: pytest.Session) -> list[Path]:
        base = Path(session.config.invocation_params.dir)
        return [base / path for path in self.run.policy.settings.report]

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(
        self, session: pytest.Session, exitstatus: int
    ) -> Generator[None, None, None]:
        """Decide before other plugins write their files; have the last word on the status."""
        if looks_only(session.config) or exitstatus == pytest.ExitCode.USAGE_ERROR:
            return (yield)
        failing = self._finish(session, exitstatus)
        try:
            return (yield)
        except pytest.exit.Exception as error:
            quiet_exit(error, self.run.redactor)
            error.returncode = int(FAILED) if failing and not error.returncode else error.returncode
            raise
        except Exception:
            self.outlets.guard_last_words()
            raise
        finally:
            # Many a conftest turns "no tests collected" into 0.
            if failing or self.spoiled:
                session.exitstatus = int(session.exitstatus) or int(FAILED)
            self.leaving.status = int(session.exitstatus)

    def _finish(self, session: pytest.Session, exitstatus: int) -> bool:
        """Decide, report and set the exit status; whether it must not be 0."""
        config = session.config
        self._note_breaks(session, exitstatus)
        kept = self.run.policy.settings.history
        history = History(kept.file if kept else None, config.rootpath, self.run.redactor.clean)
        self.scorecard = history.past(self._decided(config))
        failing = self.fails(self.scorecard)
        report_verdict(config, self.scorecard, failing)
        self.junit.finish(self.scorecard, Gated(failing, why(self.scorecard)))
        top = folder(config.rootpath, os.environ)
        problems = write_all(self.scorecard, self._paths(session), top)
        for problem in (*problems, history.append(self.scorecard)):
            if problem is not None:
                self.unwritten.append(self.run.redactor.clean(problem))
        if config.getoption("--readiness-update-checklists"):
            self._update(config.rootpath, self.scorecard)
        # Not the argument: a plugin that came before may have raised the status.
        session.exitstatus = self._status(session, int(session.exitstatus), failing)
        self.leaving.status = int(session.exitstatus)
        self.leaving.words = self.scorecard.verdict.words
        return failing or bool(self.unwritten)

    def _update(self, root: Path, card: Scorecard) -> None:
        """Write into the checklists what was measured."""
        from pytest_readiness.run.updating import update

        lines, problems = update(self.run, root, card.findings, whole=whole(card.scope))
        clean = self.run.redactor.clean
        self.difference = [clean(line) for line in lines]
        self.unwritten.extend(map(clean, problems))

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
        findings, waivers, notes = Waivers(self.run).settled(findings, whole=whole(scope))
        silent = [f.label for f in findings if f.message.startswith(SILENT)]
        if silent:
            notes.append(f"passed without evidence: {', '.join(silent)}")
        doubtful = [f for f in findings if f.message.startswith(DOUBTFUL)]
        notes.extend(f"{f.label} {f.message}" for f in doubtful)
        again = [f.label for f in findings if f.outcome is Outcome.PASSED and self._reran(f)]
        if again:
            notes.append(f"passed only when run again: {', '.join(again)}")
        beside = about(self.run, config.rootpath, tuple(notes))
        card = judge(findings, settings.limits, scope, beside)
        lists = checklists(self.run.policy.documents, card.findings, self.run.redactor.clean)
        card = self._clean(replace(card, waivers=waivers, checklists=lists))
        return compared(card, self.run)

    def _clean(self, card: Scorecard) -> Scorecard:
        """The scorecard with every text in it one harmless line, the settings' and git's too."""
        clean = self.run.redactor.clean

        def harmless(value: Any) -> Any:
            if isinstance(value, str):
                return clean(value)
            if isinstance(value, dict):
                return {key: harmless(item) for key, item in value.items()}
            many = isinstance(value, (list, tuple))
            return [harmless(item) for item in value] if many else value

        def named(finding: Finding) -> Finding:
            # All else of it was made harmless where its check ran; a plugin's item may have come
            # past the door at which node ids are.
            node = clean(finding.node)
            return finding if node == finding.node else replace(finding, node=node)

        beside = msgspec.to_builtins(replace(card, findings=()))
        return replace(
            msgspec.convert(harmless(beside), Scorecard), findings=tuple(map(named, card.findings))
        )

    def _reran(self, finding: Finding) -> bool:
        return finding.node in self.tracker.reran

    def fails(self, card: Scorecard) -> bool:
        """Whether the gate fails the build on this verdict."""
        settings = self.run.policy.settings
        return fails(card, settings.gate, settings.allow_partial)

    def _status(self, session: pytest.Session, exitstatus: int, failing: bool) -> int:
        """pytest's status, raised where the verdict forbids, lowered where it alone decides."""
        if self.unwritten or failing:
            return exitstatus or int(FAILED)
        if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and self.run.shard is not None:
            # The verdict lets it pass: all targets are those of other shards.
            return int(pytest.ExitCode.OK)
        if exitstatus == FAILED and 0 < session.testsfailed == self.tracker.failed_reports:
            # Every failure is a finding, and the verdict stands above single findings.
            return int(pytest.ExitCode.OK)
        return exitstatus
