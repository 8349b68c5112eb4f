"""The earlier run that this one is held against, and when it is read."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from pytest_readiness.model import Scorecard
from pytest_readiness.policy.errors import SettingsError
from pytest_readiness.run.selection import looks_only
from pytest_readiness.run.state import Run


def with_baseline(run: Run, config: pytest.Config) -> Run:
    """The run, with the earlier one that it is to be compared with.

    Read now, on the controller: nothing has been probed yet, and no report been removed. Where
    none can be read and this run writes that very file, it makes the first, and says so.

    Raises:
        SettingsError: there is none to be read, or the gate stands on one and none was named.
    """
    settings = run.policy.settings
    if run.worker or looks_only(config):
        return run
    _apart(run, config)
    if settings.baseline is None and settings.gate != "regressions":
        return run
    # Not before: what reads and compares reports is of no use to most runs.
    from pytest_readiness.merging.report import Report
    from pytest_readiness.reports.earlier import MAKE, baseline, remedy
    from pytest_readiness.reports.reading import Unreadable

    if settings.baseline is None:
        raise SettingsError(
            "gate = regressions tells new failures by an earlier run: --readiness-baseline "
            f"baseline.json, which {MAKE} baseline.json --readiness-gate never makes"
        )
    option = config.getoption("--readiness-baseline") is not None
    origin = "--readiness-baseline " if option else f"{run.policy.source}: baseline: "
    base = config.invocation_params.dir if option else config.rootpath
    try:
        card = baseline(settings.baseline, run.redactor.clean, Path(base))
    except Unreadable as error:
        if _is_report(Path(base) / settings.baseline, run, config):
            # Else nobody who has it in the settings could make the first.
            text = f"compared with no baseline, {settings.baseline} is made by this run: {error}"
            notes = (*run.policy.notes, run.redactor.clean(text))
            return replace(run, policy=msgspec.structs.replace(run.policy, notes=notes))
        why = f"{error}; {remedy(settings.baseline)}"
        raise SettingsError(f"{origin}{settings.baseline}: {why}") from None
    return replace(run, baseline=Report(run.redactor.clean(settings.baseline), card))


def _apart(run: Run, config: pytest.Config) -> None:
    """Hold the history against the reports: its lines would make one of them unreadable.

    Raises:
        SettingsError: one file is to be both.
    """
    settings = run.policy.settings
    if settings.history is None:
        return
    if _is_report(config.rootpath / settings.history.file, run, config):
        raise SettingsError(
            f"{run.policy.source}: history.file: {settings.history.file} is a report of this "
            "run; give the history a file of its own, such as readiness-history.jsonl"
        )


def _is_report(path: Path, run: Run, config: pytest.Config) -> bool:
    """Whether this run writes a report there."""
    base = Path(config.invocation_params.dir)
    reports = {os.path.abspath(base / report) for report in run.policy.settings.report}
    return os.path.abspath(path) in reports


def compared(card: Scorecard, run: Run) -> Scorecard:
    """The scorecard with what the baseline had otherwise, if there is one."""
    if run.baseline is None:
        return card
    from pytest_readiness.baseline import compare

    name, earlier = run.baseline
    found = compare(card, earlier, file=name, canonical=run.catalogue.canonical)
    return msgspec.structs.replace(card, comparison=found)
