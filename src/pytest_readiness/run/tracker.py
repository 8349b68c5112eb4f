"""All reports of a run -> one finding a node id, and whether the run came to its end."""

from __future__ import annotations

import sys
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import msgspec
import pytest

from pytest_readiness.model import Evidence, Finding, Outcome, Scope
from pytest_readiness.run.part import ATTRIBUTE, Part, Subject, cleaned, packed, unpacked
from pytest_readiness.run.selection import VERDICT
from pytest_readiness.run.state import Run


@dataclass(slots=True)
class Entry:
    """What has been said of one node id so far."""

    subject: Subject
    """One object for all targets of a check."""
    target: str | None
    file: str | None = None
    line: int | None = None
    outcome: Outcome | None = None
    message: str = ""
    evidence: tuple[Evidence, ...] = ()
    behind: tuple[str, ...] = ()
    duration: float = 0.0

    def add(self, outcome: Outcome | None, message: str) -> None:
        """Keep the worse of what was said and what is said now."""
        if outcome is None:
            return
        if self.outcome is None or outcome.order < self.outcome.order:
            self.outcome, self.message = outcome, message

    def finding(self, node: str) -> Finding | None:
        """The finding; None if the check never came to a result."""
        if self.outcome is None:
            return None
        return Finding(
            node=node,
            target=self.target,
            outcome=self.outcome,
            message=self.message,
            evidence=self.evidence,
            behind=self.behind if self.outcome is Outcome.BLOCKED else (),
            duration=round(self.duration, 4),
            file=self.file,
            line=self.line,
            **msgspec.structs.asdict(self.subject),
        )


class Tracker:
    """Follows the reports on the controller, or in the only process there is."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.failed_reports = 0
        """Failed reports that carry a finding; the gate may answer for these and no others."""
        self._entries: dict[tuple[str, str], Entry] = {}
        self._subjects: dict[Subject, Subject] = {}
        self._selected: set[str] = set()
        self._expected: dict[str | None, int] = {}
        self._left_out: str | None = run.narrowed
        self._broken: str | None = None
        self._lost = False
        self.written: dict[str, Finding] = {}
        """Findings of records, which no process runs, by node id."""
        self.reran: set[str] = set()
        """Node ids that did not pass at first and were run again by another plugin."""

    def broke(self, why: str) -> None:
        """Remember why the run did not come to its end; the first reason stands."""
        self._broken = self._broken or self.run.redactor.clean(why, 300)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> Generator[None, None, None]:
        """Take in one report of one phase, when every other plugin has had its say.

        Failures are counted before, as the session counts them: a failing subtest makes the
        report of its test fail only later.
        """
        if report.outcome == "failed" and hasattr(report, ATTRIBUTE):
            self.failed_reports += 1
        yield
        self._follow(report)

    def _follow(self, report: pytest.TestReport) -> None:
        if getattr(report, "outcome", None) == "rerun":
            self.reran.add(report.nodeid)
            return
        if report.nodeid.startswith(VERDICT):
            return
        key = (sys.intern(report.nodeid), getattr(report, "worker_id", ""))
        text = getattr(report, ATTRIBUTE, "")
        part = unpacked(text)
        if hasattr(report, "worker_id"):
            # A worker on another host does not know what is secret in this one's environment.
            part = cleaned(part, self.run.redactor.clean)
        if text:
            # pytest keeps every report to its end; a finding needs nothing of it any more, and a
            # summary of what was skipped no more than what became of it.
            left = packed(Part(outcome=part.outcome)) if report.outcome == "skipped" else ""
            setattr(report, ATTRIBUTE, left)
        if part.subject is not None:
            subject = self._subjects.setdefault(part.subject, part.subject)
            # Run twice without being run again for a failure: the worse of the two counts.
            if key not in self._entries or report.nodeid in self.reran:
                self._entries[key] = Entry(subject, part.target, *self._place(report))
        if key in self._entries:
            self._take(self._entries[key], part, report)
        elif report.nodeid in self._selected:
            # Only a setup report says how grave a check is; without one the run is not complete.
            self.broke(f"{report.nodeid} ended without a report of its setup")

    def _place(self, report: pytest.TestReport) -> tuple[str | None, int | None]:
        """Where a check of the user's is written, as seen from the root folder."""
        file, line, _ = getattr(report, "location", None) or (None, None, "")
        if file is None or report.nodeid.startswith("readiness::"):
            return None, None
        # pytest counts lines from 0 on.
        return self.run.redactor.clean(
            PurePath(file).as_posix()
        ), None if line is None else line + 1

    def _take(self, entry: Entry, part: Part, report: pytest.TestReport) -> None:
        entry.duration += getattr(report, "duration", 0.0)
        entry.evidence += part.evidence
        entry.behind = entry.behind or part.behind
        entry.add(part.outcome, part.message)
        if report.outcome == "failed":
            # The report's last word: a subtest or another plugin may have made it fail.
            if entry.outcome not in (Outcome.FAILED, Outcome.ERROR):
                entry.add(Outcome.FAILED, self.run.redactor.clean(_told(report), 300))
        elif report.outcome == "skipped" and entry.outcome in (None, Outcome.PASSED):
            entry.add(Outcome.BLOCKED, "skipped by another plugin, so not judged")

    @pytest.hookimpl(trylast=True)  # after the collection has seen what was left out
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Without workers: the checks that this run set out to judge."""
        self._selected.update(sys.intern(item.nodeid) for item in session.items)
        collection = session.config.pluginmanager.get_plugin("readiness-collection")
        if collection is not None and (session.items or self.run.shard):
            self._learn(None, collection.total, collection.left_out, collection.overlooked)

    def _learn(
        self, place: str | None, expected: int, left_out: str | None, overlooked: str | None
    ) -> None:
        if overlooked is not None:
            self.broke(overlooked)
        # Where each vantage point judges all, there is as much to judge at each of them.
        self._expected[place] = max(self._expected.get(place, 0), expected)
        self._left_out = self._left_out or left_out

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """With workers: the same, told by each of them."""
        self._selected.update(map(sys.intern, ids))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """A worker ended: take what it knows of the collection, or that it was lost."""
        told = (getattr(node, "workeroutput", None) or {}).get("readiness")
        if told is not None:
            self._learn(told["place"], told["expected"], told["left_out"], told["overlooked"])
        if error:
            # What it was running, if anything, is told after this.
            self._lost = True

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str) -> None:
        """A worker died in the middle of a check."""
        self.broke(f"a worker crashed while running {crashitem}")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A module of the user's that cannot be imported hides checks."""
        if report.failed:
            self.broke(f"{report.nodeid or 'a folder'} could not be collected")
        elif report.skipped and getattr(report, ATTRIBUTE, False):
            self.broke(f"{report.nodeid} was skipped as a whole, and its checks with it")

    def pytest_internalerror(self) -> None:
        """pytest itself, or a plugin, broke."""
        self.broke("pytest reported an internal error")

    def pytest_keyboard_interrupt(self) -> None:
        """Ctrl-C, or pytest.exit()."""
        self.broke("the run was interrupted")

    def findings(self) -> list[Finding]:
        """One finding a node id; of several workers' the worst."""
        best: dict[str, Finding] = {}
        for (node, _), entry in self._entries.items():
            finding = entry.finding(node)
            if finding is None:
                continue
            other = best.get(node)
            if other is None or finding.outcome.order < other.outcome.order:
                best[node] = finding
        return list((best | self.written).values())

    def selects(self, node: str) -> bool:
        """Whether this run set out to judge a check; call it when collection has ended."""
        return node in self._selected

    def scope(self, found: set[str]) -> Scope:
        """What the run looked at; call it when all reports are in."""
        if self._lost:
            self.broke("a worker was lost")
        missing = sorted(self._selected - found)
        if missing:
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            self.broke(f"no result of {missing[0]}{more}")
        expected = max(sum(self._expected.values()), len(self._selected))
        left_out = self._left_out
        return Scope(
            expected=expected,
            selected=len(self._selected),
            left_out=left_out,
            broken=self._broken,
            shard=self.run.shard.name if self.run.shard is not None else None,
        )


def _told(report: pytest.TestReport) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash is not None else str(report.longrepr or "")
    lines = text.strip().splitlines()
    return lines[0] if lines else "failed"
