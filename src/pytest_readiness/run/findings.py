"""What each phase of a check says: an outcome, a sentence and the evidence, put on its report."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Generator, Mapping
from typing import Any

import pytest

from pytest_readiness.evidence import Measure, plain, sentence
from pytest_readiness.model import Evidence, Outcome
from pytest_readiness.recorder import Comparison, Recorder, deny, record_anew, recording
from pytest_readiness.run.catalogue import CheckSpec
from pytest_readiness.run.needed import BEHIND, EXCUSED
from pytest_readiness.run.part import ATTRIBUTE, Part, Subject, packed
from pytest_readiness.run.phase import Said, said
from pytest_readiness.run.rewrite import redact_report, rewrite_report
from pytest_readiness.run.state import CHECK, Check, Run
from pytest_readiness.run.waivers import Waivers
from pytest_readiness.waiving.words import CAUSE, WITH, cut, some

MOST_EVIDENCE = 20
_TEXTS = ("title", "remedy", "ref", "owner", "category", "effort", "source")

_RECORDER: pytest.StashKey[Recorder] = pytest.StashKey()
_NAMED: pytest.StashKey[Mapping[str, Any]] = pytest.StashKey()
"""Keywords of a check that were made harmless."""


class Findings:
    """Records while a check runs, and turns what it left into a part of a finding."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._waivers = Waivers(run)
        self._subjects: dict[tuple[str, str | None], tuple[CheckSpec, Subject]] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Record what a check leaves, each phase anew, and nothing beyond it."""
        with recording():
            result = yield
        # pytest keeps every item to its end; these are of no use any more.
        if _RECORDER in item.stash:
            del item.stash[_RECORDER]
        if _NAMED in item.stash:
            del item.stash[_NAMED]
        return result

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, object, object]:
        """Record the setup, what others wrap around it as well."""
        item.stash[_RECORDER] = record_anew()
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """Record the call, what others wrap around it as well."""
        item.stash[_RECORDER] = record_anew()
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        """Record the teardown, what others wrap around it as well."""
        item.stash[_RECORDER] = record_anew()
        return (yield)

    def pytest_assertrepr_compare(self, op: str, left: object, right: object) -> list[str] | None:
        """A false comparison of a measure as one sentence."""
        if isinstance(left, Measure):
            name, value, unit, other = left.name, left.value, left.unit, right
        elif isinstance(right, Measure) and op == "in":
            name, value, unit, other, op = right.name, right.value, right.unit, left, "contains"
        else:
            return None
        text = sentence(Comparison(name, value, unit, op, other, False))
        deny(text)
        return [self.run.redactor.clean(text)]

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Generator[None, object, object]:
        """See what the check itself raised or returned, before any other plugin does."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", pytest.PytestReturnNotNoneWarning)
                return (yield)
        except BaseException as error:
            pyfuncitem.stash.setdefault(_RECORDER, Recorder()).raised = error
            raise

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(
        self,
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Take secrets out of what a module that cannot be collected shows."""
        report = yield
        redact_report(report, self.run.redactor)
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_warning_recorded(self, warning_message: warnings.WarningMessage) -> None:
        """Make a warning harmless, which may quote what a thread or a finaliser raised."""
        text = str(warning_message.message)
        clean = self.run.redactor.block(text)
        if clean != text:
            warning_message.message = clean

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put the phase's part of the finding on its report, redacted and bounded."""
        report = yield
        check = item.stash.get(CHECK, None)
        if check is None:
            return report
        recorder = item.stash.get(_RECORDER, None) or Recorder()
        phase = self._held(item, said(report, call, recorder), recorder)
        if call.excinfo is not None:
            recorder.denied = ""  # not swallowed: a subtest may go on after it
        if phase.message or phase.outcome not in (None, Outcome.PASSED):
            phase = self._with_others(item, self._waivers.excused(check, phase))
            rewrite_report(report, check, phase)
        # The three phases of a check have its keywords in common.
        redact_report(report, self.run.redactor, item.stash.get(_NAMED, None))
        item.stash[_NAMED] = report.keywords
        first = report.when == "setup"
        part = Part(
            subject=self._subject(check) if first else None,
            target=self._text(check.target) if first else None,
            outcome=phase.outcome,
            message=phase.message,
            evidence=tuple([self._evidence(c) for c in recorder.comparisons[-MOST_EVIDENCE:]]),
            behind=item.stash.get(BEHIND, ()) if phase.outcome is Outcome.BLOCKED else (),
        )
        setattr(report, ATTRIBUTE, packed(part))
        return report

    @staticmethod
    def _held(item: pytest.Item, phase: Said, recorder: Recorder) -> Said:
        """What passed without measuring anything, where that cannot be a pass."""
        if phase.outcome is not Outcome.PASSED or recorder.comparisons:
            return phase
        if inspect.iscoroutinefunction(getattr(item, "function", None)):
            return Said(Outcome.ERROR, "the check is async and nothing awaited it")
        if item.stash[CHECK].built_in:
            # Every built-in check measures; another plugin has run something else in its place.
            return Said(Outcome.ERROR, "the check passed without having measured anything")
        return phase

    @staticmethod
    def _with_others(item: pytest.Item, phase: Said) -> Said:
        """What is blocked only by waived checks, which need not be among those of this run."""
        labels = item.stash.get(EXCUSED, ())
        if phase.outcome is not Outcome.BLOCKED or not labels:
            return phase
        return Said(Outcome.WAIVED, f"{cut(phase.message, CAUSE)}{WITH}{some(labels)})")

    def _text(self, value: object) -> str | None:
        return None if value is None else self.run.redactor.clean(plain(value))

    def _subject(self, check: Check) -> Subject:
        spec, key = check.spec, (check.spec.id, check.system)
        known, subject = self._subjects.get(key, (None, None))
        if known is spec and subject is not None:
            return subject
        subject = Subject(
            check=self.run.redactor.clean(spec.id),
            severity=spec.severity,
            system=self._text(check.system),
            vantage=self._text(self.run.place.name),
            **{name: self._text(getattr(spec, name)) for name in _TEXTS},
        )
        self._subjects[key] = (spec, subject)
        return subject

    def _evidence(self, item: Comparison) -> Evidence:
        return Evidence(
            name=self.run.redactor.clean(plain(item.name), 200),
            value=self._scalar(item.value),
            unit=None if item.unit is None else self.run.redactor.clean(plain(item.unit), 50),
            op=item.op,
            expected=self._scalar(item.expected),
            ok=item.ok,
            window=item.window,
        )

    def _scalar(self, value: object) -> bool | int | float | str | None:
        """A value as JSON has it: numbers that JSON lacks, and all else, as bounded text."""
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int) and abs(value) < 2**53:
            return int(value)
        if isinstance(value, float) and abs(value) < 1e308 and value == value:
            return float(value)
        if isinstance(value, tuple) and value and all(type(v) is int for v in value):
            return ".".join(map(str, value))
        return self.run.redactor.clean(plain(value), 500)
