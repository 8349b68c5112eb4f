"""The history of scores: a line of JSON a complete run, by as many runs at once as there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import nlargest
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec
from msgspec.structs import replace

from pytest_readiness.model import Finding, Past, PastRun, Scorecard, Severity, Verdict
from pytest_readiness.reports.appending import PATIENCE, add_line
from pytest_readiness.reports.reading import Clean, NoFile, Unreadable, opened

VERSION = 1
"""Version of a line. It grows when a field changes its meaning or goes away."""

OWN = "own checks"
"""Name under which findings of no system are counted; no system's name has a space."""

MOST = 100
"""Runs of the history that a report holds: what a chart can show, in some 10 kB."""

_COMMIT = 64
"""Signs of the longest name that git gives a commit."""

_LONGEST = 2**20
"""Bytes of one line; one of a thousand systems has some 100,000."""

Moment = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,15}Z$")]

Counts = dict[str, dict[str, int]]
"""Findings by outcome, under the name of a severity or a system; outcomes of none are left out."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One complete run."""

    schema: int = VERSION
    time: Moment
    """When it started, ISO 8601, UTC."""
    service: str | None = None
    environment: str
    profile: str | None = None
    commit: str | None = None
    verdict: Verdict
    score: float | None
    target_score: float
    coverage: float | None
    counts: dict[str, int]
    severities: Counts
    systems: Counts


def entry(card: Scorecard) -> Entry | None:
    """The line of a run; None of one that broke off, or judged a part only."""
    if not card.complete or card.verdict is Verdict.INCOMPLETE:
        return None
    about = card.about
    by_severity = {s.value: [f for f in card.findings if f.severity is s] for s in Severity}
    names = sorted({f.system or OWN for f in card.findings})
    by_system = {n: [f for f in card.findings if (f.system or OWN) == n] for n in names}
    return Entry(
        time=about.started,
        service=about.service,
        environment=about.environment,
        profile=about.profile,
        commit=about.commit,
        verdict=card.verdict,
        score=card.score,
        target_score=card.target_score,
        coverage=card.coverage,
        counts=card.counts,
        severities={name: _outcomes(found) for name, found in by_severity.items()},
        systems={name: _outcomes(found) for name, found in by_system.items()},
    )


class History:
    """The file of one run's history, read before the run's own line is added.

    Without a name nothing is read or written.
    """

    def __init__(self, file: str | None, root: Path, clean: Clean) -> None:
        self._clean = clean
        self._name = "" if file is None else clean(file)
        self._path = None if file is None else root / file

    def past(self, card: Scorecard) -> Scorecard:
        """The scorecard with the latest runs like it, this one not among them."""
        if self._path is None:
            return card
        try:
            alike, skipped = _latest(self._path, card)
        except (Unreadable, OSError):
            # Said where the line cannot be appended.
            return card
        found = alike[-1] if alike else None
        return replace(
            card,
            past=Past(
                file=self._name,
                started=found.time if found else None,
                verdict=found.verdict if found else None,
                score=found.score if found else None,
                skipped=skipped,
                runs=tuple(map(self._told, alike)),
            ),
        )

    def _told(self, run: Entry) -> PastRun:
        return PastRun(
            started=run.time,
            verdict=run.verdict,
            score=run.score,
            target_score=run.target_score,
            # Whoever can write the file can write anything there.
            commit=None if run.commit is None else self._clean(run.commit)[:_COMMIT],
        )

    def append(self, card: Scorecard) -> str | None:
        """Add the run, if it is complete; why it could not be, or None."""
        line = None if self._path is None else entry(card)
        return None if self._path is None or line is None else append(line, self._path)


def _outcomes(findings: Iterable[Finding]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for finding in findings:
        counted[finding.outcome.value] = counted.get(finding.outcome.value, 0) + 1
    return dict(sorted(counted.items()))


def append(line: Entry, path: Path, patience: float = PATIENCE) -> str | None:
    """Add a line to the file, which is made where there is none; why it was not, or None.

    Args:
        line: what to add.
        path: the file; a link is followed.
        patience: seconds to wait for other runs.
    """
    return add_line(msgspec.json.encode(line), path, patience)


def read(path: Path) -> tuple[list[Entry], int]:
    """All runs in the order of the file, and how many lines are none or of another version.

    A file that is not there has none.

    Raises:
        Unreadable: it cannot be read.
        OSError: it cannot be read to its end.
    """
    every = list(entries(path))
    found = [run for run in every if run is not None]
    return found, len(every) - len(found)


def entries(path: Path) -> Iterator[Entry | None]:
    """The same one after the other; None for a line that is none.

    Raises:
        Unreadable: it cannot be read.
        OSError: it cannot be read to its end.
    """
    try:
        stream = opened(path)
    except NoFile:
        return
    with stream:
        while line := stream.readline(_LONGEST):
            if len(line) == _LONGEST and not line.endswith(b"\n"):
                _leave_line(stream)
            run = _entry(line)
            if run is not None or line.strip():
                yield run


def _leave_line(stream: BinaryIO) -> None:
    """Go past the rest of a line too long to be one of ours."""

    while (rest := stream.readline(_LONGEST)) and not rest.endswith(b"\n"):
        pass


def _entry(line: bytes) -> Entry | None:
    try:
        found = msgspec.json.decode(line, type=Entry)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return found if found.schema == VERSION else None


def _latest(path: Path, card: Scorecard) -> tuple[list[Entry], int]:
    """Of a file what :func:`latest` says, and how many lines are none; never all runs at once."""
    skipped = 0

    def runs() -> Iterator[Entry]:
        nonlocal skipped
        for run in entries(path):
            if run is not None:
                yield run
            else:
                skipped += 1

    return latest(runs(), card), skipped


def latest(runs: Iterable[Entry], card: Scorecard, most: int = MOST) -> list[Entry]:
    """The latest runs of a scorecard's service, environment and profile, the oldest first.

    Histories that were joined need not be in order; of runs of one second, that which stands
    further down is the later one.
    """
    about = card.about
    own = (about.service, about.environment, about.profile)
    alike = (
        (run.time, place, run)
        for place, run in enumerate(runs)
        if (run.service, run.environment, run.profile) == own
    )
    return [run for _, _, run in reversed(nlargest(most, alike, key=lambda one: one[:2]))]
