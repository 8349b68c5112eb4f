"""GitHub's annotations: what forbids a launch, and what makes it conditional, at its line."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pytest_readiness.model import Finding, Outcome, Scorecard, Severity, Verdict
from pytest_readiness.reports.facts import coverage_words, headline, named, score_words, words
from pytest_readiness.reports.forges.commands import command

MOST = 10
"""Annotations of a kind that GitHub shows of one step; it drops the others without a word."""

Place = Callable[[Finding], tuple[str | None, int | None]]
"""File, as seen from the top of the repository, and line of a finding."""

_LONGEST = 1000
"""Characters of a message: GitHub cuts what is longer than 4 kB."""
_TITLE = 200


def annotated(card: Scorecard, place: Place, *, failing: bool) -> list[str]:
    """The lines, each a command of the runner.

    The verdict comes first: an error where the gate fails the build, a warning where it lets
    pass what is not ready, else a notice. An error is
    what forbids a launch: blockers that failed or could not be judged, and failed highs where
    there are more than the limits allow. Highs otherwise make it conditional, and are warnings.
    Nothing else is annotated: neither mediums and lows, nor highs that could not be judged, whose
    cause is mostly a blocker that is here already.

    Args:
        card: the decided scorecard.
        place: where a finding stands.
        failing: whether the gate fails the build.
    """
    blockers = [f for f in card.findings if f.severity is Severity.BLOCKER and f.outcome.wrong]
    highs = [f for f in card.findings if f.severity is Severity.HIGH and _failed(f)]
    veto = sum(not f.measured_by for f in highs) > card.limits.max_failed_high
    errors = _ordered(blockers) + (_ordered(highs) if veto else [])
    warnings = [] if veto else _ordered(highs)
    level = _level(card, failing)
    return [
        _verdict(card, level),
        *_lines("error", errors, place, MOST - (level == "error")),
        *_lines("warning", warnings, place, MOST - (level == "warning")),
    ]


def _level(card: Scorecard, failing: bool) -> str:
    """How loudly the verdict is told: as an error where it fails the build."""
    if failing:
        return "error"
    return "warning" if card.verdict in (Verdict.NOT_READY, Verdict.INCOMPLETE) else "notice"


def _failed(finding: Finding) -> bool:
    return finding.outcome in (Outcome.FAILED, Outcome.ERROR)


def _ordered(found: Sequence[Finding]) -> list[Finding]:
    """What failed before what was not judged; an item after the checks that measure it."""
    return sorted(
        found, key=lambda f: (not _failed(f), bool(f.behind), bool(f.measured_by), named(f))
    )


def _verdict(card: Scorecard, level: str) -> str:
    score = f"score {score_words(card)} of 100 (target {card.target_score:g})"
    text = f"decided by: {card.decided_by}; {score}, evidence coverage {coverage_words(card)}"
    if card.scope.shard and card.scope.missing is None:
        text += f"; this is shard {card.scope.shard}, the verdict stands where all are merged"
    return command(level, _cut(text, _LONGEST), title=_cut(headline(card), _TITLE))


def _lines(level: str, found: Sequence[Finding], place: Place, room: int) -> list[str]:
    shown = found if len(found) <= room else found[: room - 1]
    lines = [_line(level, finding, *place(finding)) for finding in shown]
    left = len(found) - len(shown)
    if left:
        text = f"{left} more of this kind: GitHub shows {MOST} of a step. All: --readiness-report"
        lines.append(command(level, text, title=f"{left} more"))
    return lines


def _line(level: str, finding: Finding, file: str | None, line: int | None) -> str:
    severity = finding.severity.value.upper()
    title = f"{severity} {words(finding.outcome)}: {named(finding)}"
    parts = [finding.message or words(finding.outcome)]
    parts += [f"→ {finding.remedy}"] if finding.remedy else []
    parts += [f"[{finding.ref}]"] if finding.ref else []
    return command(
        level,
        _cut("\n".join(parts), _LONGEST),
        file=file,
        line=line if file else None,
        title=_cut(title, _TITLE),
    )


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
