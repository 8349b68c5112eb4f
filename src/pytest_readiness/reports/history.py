"""The history of scores: a line of JSON a complete run, by as many runs at once as there are."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec

from pytest_readiness.model import Finding, Scorecard, Severity, Verdict
from pytest_readiness.reports.reading import NoFile, opened

try:
    import fcntl
except ImportError:  # no such locks on this platform: one write a line has to do
    fcntl = None  # type: ignore[assignment]  # the absence is the point

VERSION = 1
"""Version of a line. It grows when a field changes its meaning or goes away."""

OWN = "own checks"
"""Name under which findings of no system are counted; no system's name has a space."""

PATIENCE = 10.0
"""Seconds that another run may take to append its line: it needs a millisecond."""

_PAUSE = 0.01
_LONGEST = 2**20
"""Bytes of one line; one of a thousand systems has some 100,000."""

_UNSUPPORTED = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EINVAL)

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


def _outcomes(findings: Iterable[Finding]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for finding in findings:
        counted[finding.outcome.value] = counted.get(finding.outcome.value, 0) + 1
    return dict(sorted(counted.items()))


def append(line: Entry, path: Path, patience: float = PATIENCE) -> str | None:
    """Add a line to the file, which is made where there is none; why it was not, or None.

    Half a line at the end, of a run that was killed or a disk that was full, is left as it is:
    ours begins after it. Where our own does not fit, nothing of it stays.

    Args:
        line: what to add.
        path: the file; a link is followed.
        patience: seconds to wait for other runs.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path, time.monotonic() + patience) as handle:
            _add(handle, msgspec.json.encode(line) + b"\n")
    except (OSError, ValueError) as error:  # a name that no file can have
        return f"{path}: {getattr(error, 'strerror', None) or error}"
    return None


def _add(handle: int, content: bytes) -> None:
    """One write, so that also a run that knows of no lock finds whole lines."""
    size = os.fstat(handle).st_size
    if size:
        os.lseek(handle, -1, os.SEEK_END)
        content = content if os.read(handle, 1) == b"\n" else b"\n" + content
    try:
        written = os.write(handle, content)
        if written < len(content):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    except OSError:
        with contextlib.suppress(OSError):
            os.ftruncate(handle, size)
        raise


@contextlib.contextmanager
def _locked(path: Path, until: float) -> Iterator[int]:
    """The file, open and ours alone, and still the one of that name.

    Raises:
        OSError: it cannot be opened, is no file, or another process does not let go of it.
    """
    while True:
        handle = _open(path)
        try:
            _lock(handle, until)
            if _is(handle, path) or time.monotonic() >= until:
                yield handle
                return
        finally:
            # The lock goes with it.
            os.close(handle)


def _open(path: Path) -> int:
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT
    # Not blocking, so that a pipe nobody reads is seen for what it is.
    flags |= getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(path, flags, 0o666)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "not a file")
    return handle


def _lock(handle: int, until: float) -> None:
    if fcntl is None:
        return
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except OSError as error:
            if error.errno in _UNSUPPORTED:
                # A file system without locks: one write a line is all that can be done.
                return
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES, errno.EINTR):
                raise
        if time.monotonic() >= until:
            raise OSError(
                errno.ETIMEDOUT, "another process holds its lock and does not let go of it"
            )
        time.sleep(_PAUSE)


def _is(handle: int, path: Path) -> bool:
    """Whether a file still has its name: it may have been put aside while we waited."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def read(path: Path) -> tuple[list[Entry], int]:
    """All runs in the order of the file, and how many lines are none or of another version.

    A file that is not there has none.

    Raises:
        Unreadable: it cannot be read.
        OSError: it cannot be read to its end.
    """
    try:
        stream = opened(path)
    except NoFile:
        return [], 0
    found: list[Entry] = []
    skipped = 0
    with stream:
        while line := stream.readline(_LONGEST):
            if len(line) == _LONGEST and not line.endswith(b"\n"):
                _leave_line(stream)
            run = _entry(line)
            if run is not None:
                found.append(run)
            elif line.strip():
                skipped += 1
    return found, skipped


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


def last(runs: Iterable[Entry], card: Scorecard) -> Entry | None:
    """The latest run of the same service and environment as a scorecard's."""
    about = card.about
    alike = [
        run
        for run in runs
        if (run.service, run.environment, run.profile)
        == (about.service, about.environment, about.profile)
    ]
    return max(alike, key=lambda run: run.time, default=None)
