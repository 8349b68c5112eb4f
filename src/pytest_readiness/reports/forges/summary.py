"""The summary of a job's step: Markdown that GitHub shows below the job, written unasked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pytest_readiness.model import Scorecard
from pytest_readiness.reports.appending import add

VARIABLE = "GITHUB_STEP_SUMMARY"
"""Names the file of the step; Gitea and Forgejo set it too."""

LIMIT = 1_000_000
"""Bytes of the file. GitHub shows nothing at all of one that is larger than 1 MiB."""

_MARGIN = 2
"""Bytes for the line breaks that set the report apart from what stands before it."""


def summarized(card: Scorecard, environ: Mapping[str, str]) -> str | None:
    """Append the report to the step's summary, where there is one; why it could not be, or None."""
    path = environ.get(VARIABLE)
    if not path:
        return None
    # Not before it is needed, which is on few machines.
    from pytest_readiness.reports.markdown import markdown

    full = False

    def made(size: int) -> bytes:
        nonlocal full
        text = markdown(card, max(LIMIT - size - _MARGIN, 0))
        full = not text
        # What stands before need not end in a line of its own.
        return (f"\n{text}" if size and text else text).encode("utf-8", "replace")

    try:
        problem = add(made, Path(path))
    except Exception as error:  # nobody asked for it: whatever it trips over, the run stands
        problem = f"{path}: it could not be made: {type(error).__name__}"
    if problem is None and full:
        problem = f"{path}: full, GitHub shows 1 MiB of a step"
    return f"not in the step's summary: {VARIABLE}={problem}" if problem else None
