"""What people wrote down, as lines: checklists, sign-offs, and ticks that are not true."""

from __future__ import annotations

from collections.abc import Iterable

from pytest_readiness.model import Checklist, ChecklistGroup, Finding, Outcome, Scorecard
from pytest_readiness.records.linking import OTHERWISE
from pytest_readiness.run.lines import Line, columns, cut, indented, padded

MOST = 10
"""Entries shown of a group; how many more there are is said."""


def named(finding: Finding) -> str:
    """How a list names a finding: an item by its place and title, a sign-off by what it is of."""
    if finding.item is not None:
        return f"{finding.file}:{finding.line} {finding.title}"
    if finding.system == "attestation":
        return f"{finding.label}: {finding.title}"
    return finding.label


def otherwise(card: Scorecard, width: int) -> list[Line]:
    """Items that are ticked and not true: said even where little is."""
    found = [f for f in card.findings if f.message.startswith(OTHERWISE)]
    if not found:
        return []
    shown = [Line(), Line(f"ticked, but measured otherwise ({len(found)})", bold=True, red=True)]
    for finding in found[:MOST]:
        shown.append(Line(cut(f"  {named(finding)}", width), red=True))
        shown += indented(finding.message.removeprefix(OTHERWISE), width)[:3]
    return shown + _more(len(found))


def written(card: Scorecard, width: int) -> list[Line]:
    """Sign-offs that hold, and how far the checklists are."""
    return [*_signed(card, width), *_checklists(card.checklists, width)]


def _signed(card: Scorecard, width: int) -> list[Line]:
    signed = [f for f in card.findings if f.system == "attestation"]
    holding = [f for f in signed if f.outcome is Outcome.ATTESTED]
    if not holding:
        return []
    shown = [Line(), Line(f"signed ({len(holding)} of {len(signed)})", bold=True)]
    for finding in holding[:MOST]:
        shown.append(Line(cut(f"  {finding.severity.value.upper():<8}{named(finding)}", width)))
        shown += indented(finding.message, width)[:2]
    return shown + _more(len(holding))


def _checklists(lists: Iterable[Checklist], width: int) -> list[Line]:
    shown: list[Line] = []
    for one in lists:
        value = "" if one.score is None else f", {one.score:g} of 100 by weight"
        head = f"{one.file}: {one.done} of {one.total} done{value}"
        shown += [Line(), Line(cut(head, width), bold=True)]
        open_ = [group for group in one.groups if group.done < group.total]
        shown += [_group(group, width) for group in open_[:MOST]]
        shown += _more(len(open_))
        for note in one.notes:
            shown += indented(f"note: {note}", width, 2)
    return shown


def _group(group: ChecklistGroup, width: int) -> Line:
    count = f"{group.done} of {group.total}"
    space = max(min(width - 14, 60), 20)
    title = padded(cut(group.title, space), space)
    return Line(f"  {title} {count:>9}" if columns(title) <= space else f"  {title} {count}")


def _more(count: int) -> list[Line]:
    return [Line(f"  … and {count - MOST} more")] if count > MOST else []
