"""What a run has of the runs before it: the baseline that it is held against, and the history."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from pytest_readiness.baseline import compare
from pytest_readiness.merging import Report
from pytest_readiness.model import Past, Scorecard
from pytest_readiness.policy.errors import SettingsError
from pytest_readiness.reports import history
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
        card = baseline(Path(base) / settings.baseline, run.redactor.clean)
    except Unreadable as error:
        raise SettingsError(f"{origin}{settings.baseline}: {error}") from None
    return replace(run, baseline=Report(run.redactor.clean(settings.baseline), card))


def compared(card: Scorecard, run: Run) -> Scorecard:
    """The scorecard with what the baseline had otherwise, if there is one."""
    if run.baseline is None:
        return card
    name, earlier = run.baseline
    found = compare(card, earlier, file=name, canonical=run.catalogue.canonical)
    return msgspec.structs.replace(card, comparison=found)


class History:
    """The history that the settings name: read at the end of a run, before its own line."""

    def __init__(self, run: Run, root: Path) -> None:
        kept = run.policy.settings.history
        self._name = run.redactor.clean(kept.file) if kept is not None else ""
        self._path = root / kept.file if kept is not None else None

    def past(self, card: Scorecard) -> Scorecard:
        """The scorecard with the last run like it; as it is where no history is kept."""
        if self._path is None:
            return card
        try:
            runs, skipped = history.read(self._path)
        except (Unreadable, OSError):
            # Said where the line cannot be appended.
            return card
        found = history.last(runs, card)
        past = Past(file=self._name, skipped=skipped)
        if found is not None:
            past = Past(
                file=self._name,
                started=found.time,
                verdict=found.verdict,
                score=found.score,
                skipped=skipped,
            )
        return msgspec.structs.replace(card, past=past)

    def append(self, card: Scorecard) -> str | None:
        """Add the run, if it is complete; why it could not be, or None."""
        line = history.entry(card) if self._path is not None else None
        if self._path is None or line is None:
            return None
        return history.append(line, self._path)
