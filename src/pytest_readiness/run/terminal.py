"""What people read: a line a target, the failing checks in three groups, the verdict."""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import Any

import pytest

from pytest_readiness.model import Outcome, Scorecard, Verdict
from pytest_readiness.reports.text import lines
from pytest_readiness.reports.text.lines import WIDEST, Line, wrapped
from pytest_readiness.reports.text.verdict import passing, pytest_counts
from pytest_readiness.run.gate import Gate
from pytest_readiness.run.part import ATTRIBUTE, unpacked
from pytest_readiness.run.state import Run

_LETTERS = {Outcome.BLOCKED: "b", Outcome.NOT_APPLICABLE: "n"}
_ATTESTED = '"attested"'


class Terminal:
    """Prints the readiness section of pytest's summary."""

    def __init__(self, run: Run, gate: Gate) -> None:
        self.run = run
        self.gate = gate
        self._printed = False
        self._reporter: Any = None

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Know who prints."""
        self._reporter = session.config.pluginmanager.get_plugin("terminalreporter")

    def pytest_report_header(self) -> str:
        """What is judged, and from which settings."""
        settings = self.run.policy.settings
        named = f"{settings.service} in " if settings.service else ""
        assumed = self.run.environment_assumed
        why = f" (assumed: {assumed})" if assumed else ""
        count = len(self.run.policy.targets)
        targets = "1 target" if count == 1 else f"{count} targets"
        source = self.run.policy.source
        shard = f", shard {self.run.shard.name} of them" if self.run.shard else ""
        head = f"readiness: {named}{self.run.environment}{why}, {targets} from {source}{shard}"
        return self.run.redactor.clean(head)

    def pytest_report_teststatus(self, report: Any) -> Any:
        """A letter of its own for what was not judged and what is not asked."""
        text = getattr(report, ATTRIBUTE, None)
        if not text or report.outcome == "failed" or hasattr(report, "wasxfail"):
            return None
        if report.outcome == "passed":
            # Of thousands that pass, few need a closer look.
            attested = _ATTESTED in text and unpacked(text).outcome is Outcome.ATTESTED
            return ("attested", "a", "ATTESTED") if attested else None
        outcome = unpacked(text).outcome
        letter = _LETTERS.get(outcome) if outcome else None
        if letter is None or outcome is None:
            return None
        return "skipped", letter, outcome.value.upper().replace("_", " ")

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Let go of a setup or teardown of which nothing is left to show.

        pytest keeps them all for their captured output: with a thousand targets that is a hundred
        megabytes of nothing.
        """
        if self._reporter is None or report.sections or not hasattr(report, ATTRIBUTE):
            return
        quiet = self._reporter.stats.get("")
        if quiet and quiet[-1] is report:
            quiet.pop()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(
        self, terminalreporter: Any, config: pytest.Config
    ) -> Generator[None, None, None]:
        """Keep built-in findings out of pytest's FAILURES: the section below says it better.

        Whoever asks for tracebacks or for a short summary gets them.
        """
        asked = _asked_for(config)
        stats = terminalreporter.stats
        all_failed = stats.get("failed")
        if all_failed and not asked:
            stats["failed"] = [r for r in all_failed if not r.nodeid.startswith("readiness::")]
        try:
            yield
        finally:
            if all_failed is not None:
                stats["failed"] = all_failed
        self._print(terminalreporter)

    def _print(self, reporter: Any) -> None:
        card = self.gate.scorecard
        if card is None or self._printed:
            return
        self._printed = True
        verbosity, encoding = reporter.config.option.verbose, _encoding(reporter)
        reporter.write_sep("=", "readiness")
        width = reporter._tw.fullwidth
        shown = lines(card, width, verbosity=verbosity, encoding=encoding)
        for line in (*shown, *self._closing(card, verbosity, min(width, WIDEST))):
            _write(reporter, line.printable(encoding))

    def _closing(self, card: Scorecard, verbosity: int, width: int) -> list[Line]:
        found = [
            Line(text, red=text.startswith("-"), green=text.startswith("+"))
            for text in self.gate.difference
        ]
        found += [Line(text, red=True) for text in self.gate.spoiled]
        # Those above stay whole: each is a line of a file, or has one's name to copy.
        if not self.gate.fails(card):
            for line in passing(card, self.run.policy.settings.gate):
                found += wrapped(line.text, width)
        return [*found, *wrapped(pytest_counts(card), width)] if verbosity > 0 else found

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Say INCOMPLETE where pytest prints no summary: internal errors, custom exit codes."""
        card = self.gate.scorecard
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        if card is None or self._printed:
            return
        self._printed = True
        if reporter is None:
            # Whoever wants no terminal still wants to know why the status is not that of a pass.
            sys.stderr.writelines(f"readiness: {line}\n" for line in self.gate.spoiled)
            return
        for line in self.gate.spoiled:
            reporter.write_line(line, red=True)
        reporter.write_line(f"readiness: {_short(card)}", red=card.verdict is not Verdict.READY)


def _short(card: Scorecard) -> str:
    return f"{card.verdict.words}: {card.decided_by}"


def _encoding(reporter: Any) -> str | None:
    """In what is printed; pytest's writer would spell a whole text out for one sign it lacks."""
    encoding = getattr(reporter._tw._file, "encoding", None)
    return encoding if isinstance(encoding, str) else None


def _asked_for(config: pytest.Config) -> bool:
    """Whether the user asked for tracebacks or a summary on the command line."""
    arguments = config.invocation_params.args
    return any(str(a).startswith(("--tb", "-r", "-vv", "--show-capture")) for a in arguments)


def _write(reporter: Any, line: Line) -> None:
    if line.pieces:
        for text, markup in line.pieces:
            reporter.write(text, **markup)
        reporter.line("")
        return
    reporter.write_line(line.text, **line.markup)
