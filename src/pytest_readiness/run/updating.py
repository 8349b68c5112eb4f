"""``--readiness-update-checklists``: ticks of linked items made to say what was measured."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pytest_readiness.model import Finding, Outcome
from pytest_readiness.policy.checklists.files import text_of
from pytest_readiness.policy.checklists.items import Document
from pytest_readiness.policy.checklists.reading import read
from pytest_readiness.policy.checklists.rules import rules_for
from pytest_readiness.policy.checklists.ticks import with_ticks
from pytest_readiness.policy.errors import SettingsError
from pytest_readiness.reports.files import replaced
from pytest_readiness.run.state import Run

_TICKS = {Outcome.PASSED: True, Outcome.FAILED: False}
"""What was not judged, or is waived, says nothing of a tick."""


def update(
    run: Run, root: Path, findings: Iterable[Finding], *, whole: bool
) -> tuple[list[str], list[str]]:
    """Write what was measured into the checklists.

    Args:
        run: the run.
        root: the project's root.
        findings: those of the run.
        whole: whether all checks were run. In part of them, what failed has failed; what passed
            may have failed on a target that was left out, so nothing is ticked.

    Returns:
        The difference as lines, and what could not be written and why.
    """
    ticks: dict[str, dict[str, bool]] = {}
    kept = 0
    for finding in findings:
        if finding.measured_by and finding.outcome in _TICKS:
            if _TICKS[finding.outcome] and not whole:
                kept += finding.item is not None and not finding.item.ticked
                continue
            record = run.records[finding.node]
            slugs = ticks.setdefault(str(record.target), {})
            slugs[record.name] = _TICKS[finding.outcome]
    items = "item that passed was" if kept == 1 else "items that passed were"
    told = f"{kept} {items} not ticked: only a run of all checks ticks"
    lines = [told] if kept else []
    problems: list[str] = []
    for document in run.policy.documents:
        if document.file in ticks:
            try:
                lines += _updated(run, root, document, ticks[document.file])
            except (OSError, ValueError, SettingsError) as error:
                why = getattr(error, "strerror", None) or error
                problems.append(f"{document.file}: not updated: {why}")
    return lines, problems


def _updated(run: Run, root: Path, document: Document, ticks: Mapping[str, bool]) -> Iterator[str]:
    path = (root / document.file).resolve()
    before, text = text_of(path, document.file)
    rules = rules_for(document.file, run.policy.settings.checklists)
    # As it is now: somebody may have written in it since the run began.
    now = read(document.file, text, rules)
    wanted = {i.line: ticks[i.slug] for i in now.items if i.slug in ticks and i.links}
    after = with_ticks(before, wanted)
    if after != before:
        replaced(path, after)
    return _difference(document.file, before, after)


def _difference(file: str, before: bytes, after: bytes) -> Iterator[str]:
    old, new = (text.decode("utf-8", "replace").splitlines() for text in (before, after))
    return difflib.unified_diff(old, new, f"a/{file}", f"b/{file}", lineterm="")
