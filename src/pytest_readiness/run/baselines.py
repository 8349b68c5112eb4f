"""The earlier run that this one is held against, and when it is read."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from pytest_readiness.baseline import compare
from pytest_readiness.merging import Report
from pytest_readiness.model import Scorecard
from pytest_readiness.policy.errors import SettingsError
from pytest_readiness.reports.earlier import MAKE, baseline
from pytest_readiness.reports.reading import Unreadable
from pytest_readiness.run.selection import looks_only
from pytest_readiness.run.state import Run


def with_baseline(run: Run, config: pytest.Config) -> Run:
    """The run, with the earlier one that it is to be compared with.

    Read now, on the controller: nothing has been probed yet, and no report been removed.

    Raises:
        SettingsError: there is none to be read, or the gate stands on one and none was named.
    """
    settings = run.policy.settings
    if run.worker or looks_only(config):
        return run
    _apart(run, config)
    if settings.baseline is None:
        if settings.gate == "regressions":
            raise SettingsError(
                "gate = regressions tells new failures by an earlier run: --readiness-baseline "
                f"baseline.json, which {MAKE} baseline.json --readiness-gate never makes"
            )
        return run
    option = config.getoption("--readiness-baseline") is not None
    origin = "--readiness-baseline " if option else f"{run.policy.source}: baseline: "
    base = config.invocation_params.dir if option else config.rootpath
    try:
        card = baseline(settings.baseline, run.redactor.clean, Path(base))
    except Unreadable as error:
        raise SettingsError(f"{origin}{settings.baseline}: {error}") from None
    return replace(run, baseline=Report(run.redactor.clean(settings.baseline), card))


def _apart(run: Run, config: pytest.Config) -> None:
    """Hold the history against the reports: its lines would make one of them unreadable.

    Raises:
        SettingsError: one file is to be both.
    """
    settings = run.policy.settings
    if settings.history is None:
        return
    kept = os.path.abspath(config.rootpath / settings.history.file)
    base = Path(config.invocation_params.dir)
    for report in settings.report:
        if os.path.abspath(base / report) == kept:
            raise SettingsError(
                f"{run.policy.source}: history.file: {settings.history.file} is a report of this "
                "run; give the history a file of its own, such as readiness-history.jsonl"
            )


def compared(card: Scorecard, run: Run) -> Scorecard:
    """The scorecard with what the baseline had otherwise, if there is one."""
    if run.baseline is None:
        return card
    name, earlier = run.baseline
    found = compare(card, earlier, file=name, canonical=run.catalogue.canonical)
    return msgspec.structs.replace(card, comparison=found)
