"""What people wrote down, as lines: checklists, sign-offs, and ticks that are not true."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pytest_readiness.model import ChecklistGroup, Finding, Outcome, Scorecard
from pytest_readiness.records.linking import OTHERWISE
from pytest_readiness.reports.facts import floor, named
from pytest_readiness.reports.text.lines import (
    MOST,
    Line,
    columns,
    cut,
    entry,
    first,
    indented,
    more,
    padded,
)


def otherwise(card: Scorecard, width: int, most: int = MOST) -> list[Line]:
    """Items that are ticked and not true: said even where little is."""
    found = [f for f in card.findings if f.message.startswith(OTHERWISE)]
    if not found:
        return []
    shown = [Line(), Line(f"ticked, but measured otherwise ({len(found)})", bold=True, red=True)]
    for finding in found[:most]:
        shown.append(Line(cut(f"  {named(finding)}", width), red=True))
        shown += first(indented(finding.message.removeprefix(OTHERWISE), width), 3)
    return shown + _more(len(found), most)


def written(card: Scorecard, width: int, most: int = MOST) -> list[Line]:
    """Sign-offs that hold, and how far the checklists are."""
    return [*_signed(card, width, most), *_checklists(card, width, most)]


def _signed(card: Scorecard, width: int, most: int) -> list[Line]:
    signed = [f for f in card.findings if f.system == "attestation"]
    holding = [f for f in signed if f.outcome is Outcome.ATTESTED]
    if not holding:
        return []
    shown = [Line(), Line(f"signed ({len(holding)} of {len(signed)})", bold=True)]
    for finding in holding[:most]:
        shown += entry(finding.severity, named(finding), width)
        shown += first(indented(finding.message, width), 2)
    return shown + _more(len(holding), most)


def _checklists(card: Scorecard, width: int, most: int) -> list[Line]:
    shown: list[Line] = []
    for one in card.checklists:
        found = [f for f in card.findings if f.system == "checklist" and f.target == one.file]
        value = "" if one.score is None else f", {floor(one.score):g} of 100 by weight"
        head = f"{one.file}: {one.done} of {one.total} done{value}"
        shown += [Line(), Line(cut(head, width), bold=True)]
        # A heading above all items says what the list does.
        parts = [g for g in one.groups if g.ticked is not None or len(g.nodes) < one.total]
        open_ = [group for group in parts if group.done < group.total]
        shown += [_group(group, width) for group in open_[:most]]
        shown += _more(len(open_), most)
        for note in (*_ticks(found), *_not_asked(found), *one.notes):
            shown += indented(f"note: {note}", width, 2)
    return shown


def _ticks(found: Iterable[Finding]) -> Iterator[str]:
    """Whose the oldest tick is, and how many are nobody's: what no measurement stands behind."""
    ticked = [f for f in found if f.outcome is Outcome.ATTESTED and f.signed is not None]
    known = [f for f in ticked if _has_author(f)]
    if known:
        first = min(known, key=lambda f: ((f.signed and f.signed.on) or "", f.line or 0))
        of_all = f"the oldest of {len(known)} ticks" if len(known) > 1 else "the only tick"
        yield f"{of_all} is on line {first.line}: {first.message}"
    by_reason: dict[str, list[Finding]] = {}
    for finding in sorted((f for f in ticked if not _has_author(f)), key=lambda f: f.line or 0):
        reason = finding.message.partition("; ")[2].partition("; holds")[0]
        by_reason.setdefault(reason, []).append(finding)
    for reason, unknown in by_reason.items():
        many = "1 tick" if len(unknown) == 1 else f"{len(unknown)} ticks"
        yield f"{many} that nobody answers for, the first on line {unknown[0].line}: {reason}"


def _has_author(finding: Finding) -> bool:
    return bool(finding.signed and finding.signed.commit and finding.signed.on)


def _not_asked(found: Iterable[Finding]) -> Iterator[str]:
    """Items that count for nothing, because their checks ask nothing here."""
    for finding in sorted(found, key=lambda f: f.line or 0):
        if finding.measured_by and finding.outcome is Outcome.NOT_APPLICABLE:
            yield f"line {finding.line}, {finding.title}: {finding.message}"


def _group(group: ChecklistGroup, width: int) -> Line:
    count = f"{group.done} of {group.total}"
    space = max(min(width - 14, 60), 6)
    title = padded(cut(group.title, space), space)
    return Line(f"  {title} {count:>9}" if columns(title) <= space else f"  {title} {count}")


def _more(count: int, most: int) -> list[Line]:
    return [more(count - most)] if count > most else []
