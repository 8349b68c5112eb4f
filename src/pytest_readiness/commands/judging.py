"""What a command did -> evidence, and a failure that reads like a sentence.

Comparisons are recorded as ``measure()`` records them, and sentences are its own; what is raised
says more than one comparison does (which line the script printed last), so it is raised here and
not by an ``assert``.
"""

from __future__ import annotations

from pytest_readiness import recorder
from pytest_readiness.commands.expecting import Judged, expected
from pytest_readiness.commands.kept import Kept
from pytest_readiness.commands.running import Ran
from pytest_readiness.policy.commands import Command
from pytest_readiness.recorder import Comparison

SHOWN_LINES = 5
SHOWN_CHARACTERS = 450
"""How much of the output is evidence: its last lines, up to so many characters together."""

_KNOWN = {
    126: " (found, but it cannot be executed)",
    127: " (a program was not found)",
    137: " (a program was killed: out of memory?)",
}
"""What a shell says by a status."""


def judge(command: Command, ran: Ran) -> None:
    """Judge how a command ended and what it printed.

    Raises:
        AssertionError: it was not started or ended in time, its exit status is not 0, or its
            output does not hold what is expected.
    """
    ended = _ended(ran)
    judged = [ended]
    if not ended.failure:
        judged += [expected(one, ran.stdout, ran.stderr) for one in command.expectations]
    for one in judged:
        for comparison in one.evidence:
            recorder.note(comparison)
    _show_output(ran, wrong=any(one.failure for one in judged))
    failures = [one.failure for one in judged if one.failure]
    if failures:
        raise AssertionError("; ".join(failures))


def _ended(ran: Ran) -> Judged:
    ok = ran.cause is None and ran.status == 0
    comparison = Comparison("exit status", ran.status, None, "==", 0, ok)
    if ok:
        return Judged((comparison,))
    last = _last_line(ran)
    if ran.cause is not None:
        said = f"; its last line: {last}" if last else "; it printed nothing"
        return Judged((comparison,), f"{ran.cause}{said if ran.started else ''}")
    words = f"exit status is {ran.status}{_KNOWN.get(ran.status or 0, '')}, must be 0"
    return Judged((comparison,), f"{words}{f': {last}' if last else '; it printed nothing'}")


def _last_line(ran: Ran) -> str:
    """What it said last: programs complain on the standard error."""
    for stream in (ran.stderr, ran.stdout):
        if lines := stream.last_lines(1, SHOWN_CHARACTERS):
            return lines[0]
    return ""


def _show_output(ran: Ran, *, wrong: bool) -> None:
    """Leave the end of what was printed as evidence, which nothing is compared with."""
    streams: list[tuple[str, Kept]] = [("output", ran.stdout), ("error output", ran.stderr)]
    for name, stream in reversed(streams) if wrong else streams:
        if lines := stream.last_lines(SHOWN_LINES, SHOWN_CHARACTERS):
            recorder.note(Comparison(name, " | ".join(lines), None, None, None, True))
            return
