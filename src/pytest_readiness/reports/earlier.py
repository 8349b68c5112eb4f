"""The report of an earlier run, if it can be compared with."""

from __future__ import annotations

import os

from pytest_readiness.model import Scorecard, Verdict
from pytest_readiness.reports.reading import Clean, NoFile, Unreadable, read

MAKE = "pytest --readiness --readiness-report"


def baseline(file: str | os.PathLike[str], clean: Clean) -> Scorecard:
    """The scorecard of an earlier run.

    One of a part of the checks is taken, and the comparison says so. One that broke off is not:
    nobody knows what it would have found, and all that it lacks would look new.

    Raises:
        Unreadable: it cannot be compared with; says what to do.
    """
    again = f"make one of a whole run: {MAKE} {os.path.basename(file) or 'baseline.json'}"
    try:
        card = read(file, clean)
    except NoFile:
        raise NoFile(f"there is no such file; {again}") from None
    except Unreadable as error:
        raise Unreadable(f"{error}; {again}") from None
    if card.verdict is Verdict.INCOMPLETE:
        raise Unreadable(f"its run was INCOMPLETE ({card.decided_by}); {again}")
    return card
