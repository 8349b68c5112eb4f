"""What a run leaves on the forge that runs it: the step's summary, and annotations at its lines."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from pytest_readiness.model import Finding, Scorecard
from pytest_readiness.reports.forges.annotations import annotated
from pytest_readiness.reports.forges.commands import command
from pytest_readiness.reports.forges.places import folder, line_of, within
from pytest_readiness.reports.forges.summary import summarized
from pytest_readiness.run.gate import Gate
from pytest_readiness.run.state import Run


class Forges:
    """Writes the summary of GitHub's step, and the annotations below pytest's own summary.

    Nobody asked for either, so one that cannot be written is a note, and the exit status stays.

    Args:
        run: what was known from the start on.
        gate: makes the scorecard.
        root: pytest's root folder.
        environ: says where this runs.
    """

    def __init__(self, run: Run, gate: Gate, root: Path, environ: Mapping[str, str]) -> None:
        self.run = run
        self.gate = gate
        self.root = root
        self.environ = environ
        self._annotated = False
        self._problem: str | None = None

    # First of those that do not wrap: the gate, which wraps them, has decided then.
    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Append to the step's summary, whatever becomes of the other plugins."""
        if self.gate.scorecard is not None:
            problem = summarized(self.gate.scorecard, self.environ)
            self._problem = problem and self.run.redactor.clean(problem)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> Generator[None, None, None]:
        """Below the verdict: why there is no summary, and the annotations."""
        try:
            yield
        finally:
            self._print(terminalreporter)

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """The same where pytest prints no summary."""
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            self._print(reporter)

    def _print(self, reporter: Any) -> None:
        card = self.gate.scorecard
        if card is None or self._annotated:
            return
        self._annotated = True
        if self._problem is not None:
            reporter.write_line(f"note: {self._problem}")
        # The outlet's own, also where the screen of the live line stands before it.
        write = getattr(getattr(reporter._tw, "_file", None), "command", None)
        if self.environ.get("GITHUB_ACTIONS") == "true" and write is not None:
            reporter.ensure_newline()
            for line in annotated(card, self._place, failing=self.gate.fails(card)):
                write(line)
            # The step fails for these too, whatever the verdict.
            for text in self.gate.spoiled:
                write(command("error", text, title="after the verdict"))
            reporter.flush()

    def _place(self, finding: Finding) -> tuple[str | None, int | None]:
        """Where to look: at a check or an item of the user's, else at the target's settings."""
        if finding.file:
            return within(finding.file, self._folder), finding.line
        card: Scorecard | None = self.gate.scorecard
        file = within(card.about.settings_file if card else None, self._folder)
        return file, line_of(self._settings, self.run.policy.prefix, finding)

    @cached_property
    def _folder(self) -> str | None:
        return folder(self.root, self.environ)

    @cached_property
    def _settings(self) -> str:
        """The text of the settings file; empty where there is none any more."""
        path = self.run.policy.path
        try:
            return Path(path).read_text("utf-8", "replace") if path else ""
        except OSError:
            return ""
