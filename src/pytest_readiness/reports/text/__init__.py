"""The readiness section as lines of text: pure, so that its wording can be tested as text."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_readiness.model import Finding, Outcome, Scorecard
from pytest_readiness.records.linking import OTHERWISE
from pytest_readiness.reports.facts import GRAVE, causes, failed, named, words
from pytest_readiness.reports.text.asides import asides, urgent_only
from pytest_readiness.reports.text.compared import compared, since
from pytest_readiness.reports.text.lines import (
    MOST,
    Line,
    cut,
    first,
    indented,
    more,
)
from pytest_readiness.reports.text.records import otherwise, written
from pytest_readiness.reports.text.targets import targets
from pytest_readiness.reports.text.verdict import verdict

_LINES = 3
"""Lines of a message; a remedy, which has the command to run, may take twice as many."""


def lines(card: Scorecard, width: int, *, quiet: bool = False) -> list[Line]:
    """The whole section.

    Args:
        card: the decided scorecard.
        width: columns of the terminal.
        quiet: only the targets, what vetoes, waivers that end, and the verdict.
    """
    shown = list(targets(card, width))
    # Said above already, and once more by the checks that measure them.
    wrong = [f for f in failed(card) if not f.message.startswith(OTHERWISE)]
    now = [f for f in wrong if f.severity in GRAVE]
    later = [f for f in wrong if f.severity not in GRAVE]
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
    grave = finding.severity in GRAVE
    mark = finding.severity.value.upper()
    word = "" if finding.outcome is Outcome.FAILED else f" ({words(finding.outcome)})"
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


def _not_judged(card: Scorecard, width: int) -> list[Line]:
    """Blocked checks, those with one cause in one entry."""
    found = causes(card)
    if not found:
        return []
    shown = [Line(), Line(f"not judged ({card.counts['blocked']})", bold=True)]
    for who, why, findings in found[:MOST]:
        shown += _cause(who, why, findings, width)
    if len(found) > MOST:
        shown.append(more(sum(len(findings) for _, _, findings in found[MOST:])))
    return shown


def _cause(who: str, reason: str, found: Sequence[Finding], width: int) -> list[Line]:
    mark = found[0].severity.value.upper()
    names = [_short(f) for f in found]
    label = named(found[0])
    if len(found) > 1:
        label = f"{len(found)} checks of {who}: {', '.join(names)}"
    head = Line(pieces=[(f"  {mark:<8}", {"yellow": True}), (cut(label, width - 10), {})])
    return [head, *indented(reason, width)[:3]]


def _short(finding: Finding) -> str:
    """A check's name where its target is named beside it."""
    if finding.item is not None:
        return str(finding.title)
    return finding.check if "::" in finding.check else finding.check.partition(".")[2]
