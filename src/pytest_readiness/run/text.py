"""The readiness section as lines of text: pure, so that its wording can be tested as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pytest_readiness.model import Finding, Outcome, Scorecard, Severity
from pytest_readiness.records.linking import OTHERWISE
from pytest_readiness.run.lines import (
    MOST,
    Line,
    cut,
    first,
    indented,
    more,
)
from pytest_readiness.run.text_asides import asides, urgent_only
from pytest_readiness.run.text_compared import compared, since
from pytest_readiness.run.text_records import named, otherwise, written
from pytest_readiness.run.text_targets import owner, targets
from pytest_readiness.run.text_verdict import verdict

_LINES = 3
"""Lines of a message; a remedy, which has the command to run, may take twice as many."""

_GRAVE = (Severity.BLOCKER, Severity.HIGH)


def lines(card: Scorecard, width: int, *, quiet: bool = False) -> list[Line]:
    """The whole section.

    Args:
        card: the decided scorecard.
        width: columns of the terminal.
        quiet: only the targets, what vetoes, waivers that end, and the verdict.
    """
    shown = list(targets(card, width))
    failed = [f for f in card.findings if f.outcome in (Outcome.FAILED, Outcome.ERROR)]
    # Said above already, and once more by the checks that measure them.
    wrong = [f for f in failed if not f.message.startswith(OTHERWISE)]
    now = _gravest_first(f for f in wrong if f.severity in _GRAVE)
    later = _gravest_first(f for f in wrong if f.severity not in _GRAVE)
    shown += otherwise(card, width)
    shown += _group("fix now", now, width, quiet)
    if not quiet:
        shown += _group("decide", later, width, quiet)
        shown += _not_judged(card, width)
        shown += written(card, width)
        shown += asides(card, width)
    else:
        shown += urgent_only(card, width)
    shown += compared(card, width, quiet=quiet)
    return [*shown, *verdict(card, width), *since(card, width)]


def _gravest_first(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=_by_severity_and_place)


def _by_severity_and_place(finding: Finding) -> tuple[object, ...]:
    """The items of a checklist in its own order, after what was measured."""
    rank = finding.severity.rank
    if finding.item is not None:
        return rank, 1, finding.target, finding.line
    return rank, 0, finding.check, finding.target or ""


def _group(title: str, found: Sequence[Finding], width: int, quiet: bool) -> list[Line]:
    if not found:
        return []
    shown = [Line(), Line(f"{title} ({len(found)})", bold=True)]
    for finding in found[:MOST]:
        shown += _entry(finding, width, quiet)
    if len(found) > MOST:
        shown.append(more(len(found) - MOST))
    return shown


def _entry(finding: Finding, width: int, quiet: bool) -> list[Line]:
    grave = finding.severity in _GRAVE
    mark = finding.severity.value.upper()
    word = "" if finding.outcome is Outcome.FAILED else f" ({_words(finding.outcome)})"
    look = {"red": True} if grave else {"yellow": True}
    head = Line(pieces=[(f"  {mark:<8}", look), (cut(f"{named(finding)}{word}", width - 10), {})])
    body = indented(finding.message, width)
    if quiet:
        return [head, *body[:1]]
    tail = " ".join(
        part
        for part in (
            f"→ {finding.remedy}" if finding.remedy else "",
            f"[{finding.ref}]" if finding.ref else "",
            f"({finding.owner})" if finding.owner else "",
        )
        if part
    )
    return [head, *first(body, _LINES), *first(indented(tail, width), 2 * _LINES)]


def _words(outcome: Outcome) -> str:
    return outcome.value.replace("_", " ")


def _not_judged(card: Scorecard, width: int) -> list[Line]:
    """Blocked checks, those with one cause in one entry: what would unblock them comes first."""
    by_reason: dict[tuple[str, str], list[Finding]] = {}
    for finding in _gravest_first(f for f in card.findings if f.outcome is Outcome.BLOCKED):
        by_reason.setdefault((owner(finding), finding.message), []).append(finding)
    if not by_reason:
        return []
    total = sum(map(len, by_reason.values()))
    shown = [Line(), Line(f"not judged ({total})", bold=True)]
    for (_, reason), found in list(by_reason.items())[:MOST]:
        shown += _cause(reason, found, width)
    if len(by_reason) > MOST:
        left = sum(len(found) for found in list(by_reason.values())[MOST:])
        shown.append(more(left))
    return shown


def _cause(reason: str, found: Sequence[Finding], width: int) -> list[Line]:
    mark = found[0].severity.value.upper()
    names = [_short(f) for f in found]
    label = named(found[0])
    if len(found) > 1:
        label = f"{len(found)} checks of {owner(found[0])}: {', '.join(names)}"
    head = Line(pieces=[(f"  {mark:<8}", {"yellow": True}), (cut(label, width - 10), {})])
    return [head, *indented(reason, width)[:3]]


def _short(finding: Finding) -> str:
    """A check's name where its target is named beside it."""
    if finding.item is not None:
        return str(finding.title)
    return finding.check if "::" in finding.check else finding.check.partition(".")[2]
