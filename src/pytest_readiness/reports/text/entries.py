"""Findings to act on, one entry each, and one for a check that fails alike on many targets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pytest_readiness.model import Finding, Outcome, Scorecard, Severity
from pytest_readiness.reports.facts import causes, named, words
from pytest_readiness.reports.text.lines import (
    ALIKE,
    MOST,
    Line,
    entry,
    first,
    indented,
    joined,
    more,
)

_LINES = 3
"""Lines of a message; a remedy, which has the command to run, may take twice as many."""

_WHOLE = 16
"""The same where everything is asked for: a thousand characters; the JSON report has the rest."""


def group(title: str, found: Sequence[Finding], width: int, verbosity: int) -> list[Line]:
    """A list of findings under a title, which counts them all."""
    if not found:
        return []
    shown, told = [Line(), Line(f"{title} ({len(found)})", bold=True)], 0
    entries = _alike(found)
    for one in entries if verbosity > 0 else entries[:MOST]:
        shown += _entry(one, width, verbosity)
        told += len(one)
    return [*shown, more(len(found) - told)] if told < len(found) else shown


def _alike(found: Iterable[Finding]) -> list[list[Finding]]:
    """What fails the same way on a fleet, together; the order is that of the first of each."""
    groups: dict[object, list[Finding]] = {}
    for one in found:
        # An item of a checklist and a user's own check have names that tell more.
        alike = one.target is not None and one.item is None and "::" not in one.check
        how = (one.check, one.severity, one.outcome, one.message, one.remedy)
        groups.setdefault(how if alike else one.node, []).append(one)
    order: list[list[Finding]] = []
    for members in groups.values():
        order += [members] if len(members) >= ALIKE else [[one] for one in members]
    # Those too few to stand together go back to where they were.
    place = {id(one): number for number, one in enumerate(found)}
    return sorted(order, key=lambda members: place[id(members[0])])


def _entry(found: Sequence[Finding], width: int, verbosity: int) -> list[Line]:
    finding = found[0]
    word = "" if finding.outcome is Outcome.FAILED else f" ({words(finding.outcome)})"
    name = f"{named(finding)}{word}"
    if len(found) > 1:
        places = ", ".join(_place(one) for one in found)
        name = f"{finding.check}{word} on {len(found)} targets: {places}"
    head = entry(finding.severity, name, width, whole=verbosity > 0)
    body = indented(finding.message, width)
    if verbosity < 0:
        return [*head, *first(body, 1)]
    lines = _WHOLE if verbosity > 1 else _LINES
    return [*head, *first(body, lines), *first(_tail(finding, width), 2 * lines)]


def _place(finding: Finding) -> str:
    return f"{finding.target}@{finding.vantage}" if finding.vantage else str(finding.target)


def _tail(finding: Finding, width: int) -> list[Line]:
    """What to do, why, and who: each in one piece, since people copy them."""
    parts = (
        f"→ {finding.remedy}" if finding.remedy else "",
        f"[{finding.ref}]" if finding.ref else "",
        f"({finding.owner})" if finding.owner else "",
    )
    return joined([part for part in parts if part], width)


def not_judged(
    card: Scorecard, width: int, verbosity: int, only: Severity | None = None
) -> list[Line]:
    """Blocked checks, those with one cause in one entry.

    Args:
        card: the decided scorecard.
        width: columns of the terminal.
        verbosity: as pytest has it.
        only: the severity to show; None for all.
    """
    found = [
        (who, why, kept)
        for who, why, findings in causes(card)
        if (kept := [f for f in findings if only in (None, f.severity)])
    ]
    if not found:
        return []
    count = sum(len(findings) for _, _, findings in found)
    kind = f"{only.value}s " if only else ""
    shown = [Line(), Line(f"{kind}not judged ({count})", bold=True)]
    most = len(found) if verbosity > 0 else MOST
    for who, why, findings in found[:most]:
        shown += _cause(who, why, findings, width, verbosity)
    if len(found) > most:
        shown.append(more(sum(len(findings) for _, _, findings in found[most:])))
    return shown


def _cause(
    who: str, reason: str, found: Sequence[Finding], width: int, verbosity: int
) -> list[Line]:
    label = named(found[0])
    if len(found) > 1:
        label = f"{len(found)} checks of {who}: {', '.join(map(_short, found))}"
    head = entry(found[0].severity, label, width, whole=verbosity > 0)
    if verbosity < 0:
        return [*head, *first(indented(reason, width), 1)]
    return [*head, *first(indented(reason, width), _WHOLE if verbosity > 1 else _LINES)]


def _short(finding: Finding) -> str:
    """A check's name where its target is named beside it."""
    if finding.item is not None:
        return str(finding.title)
    return finding.check if "::" in finding.check else finding.check.partition(".")[2]
