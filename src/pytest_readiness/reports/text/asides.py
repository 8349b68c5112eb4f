"""What stands beside the judged: what is waived, what the settings make easier, and the notes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pytest_readiness.model import Finding, Outcome, Scorecard
from pytest_readiness.reports.text.lines import MOST, Line, entry, first, indented, more, wrapped
from pytest_readiness.score import whole
from pytest_readiness.waiving import BY, WITH, remarks, urgent

_LINES = 2
"""Lines of a cause, and of who answers for it."""


def asides(card: Scorecard, width: int, most: int = MOST) -> list[Line]:
    """All of it, as a section of lines."""
    shown = _waived(card, width, most)
    if card.about.relaxed:
        shown += [Line(), Line("relaxed by settings", bold=True)]
        for item in card.about.relaxed:
            why = ", ".join(p for p in (item.owner, item.reason, item.expires) if p)
            told = wrapped(f"  {item.what}{f' ({why})' if why else ''}", width)
            shown += first(told, _LINES + 1)
    if card.about.relaxed and card.about.notes:
        shown.append(Line())
    of_waivers = remarks(card.waivers, card.findings, whole=whole(card.scope))
    pressing = urgent(card.waivers, card.findings)
    for note in card.about.notes:
        if note in of_waivers:
            shown += _remark(note, width, pressing=note in pressing)
        else:
            shown += first(wrapped(f"note: {note}", width), 2 * _LINES)
    return shown


def urgent_only(card: Scorecard, width: int) -> list[Line]:
    """What even those are told who want to read little: a waiver ends, or has ended."""
    texts = urgent(card.waivers, card.findings)
    return [line for text in texts for line in _remark(text, width, pressing=True)]


def _remark(text: str, width: int, *, pressing: bool) -> list[Line]:
    """What is said of a waiver: whole, since who answers for what until when must not be cut."""
    return [_pressing(line, pressing) for line in wrapped(f"note: {text}", width)]


def _pressing(line: Line, pressing: bool) -> Line:
    # Bold, and not yellow: on a light background that could not be read.
    return Line(line.text, bold=pressing)


def _waived(card: Scorecard, width: int, most: int) -> list[Line]:
    found = [f for f in card.findings if f.outcome is Outcome.WAIVED]
    if not found:
        return []
    direct = sorted(
        (f for f in found if not _after(f)),
        key=lambda f: (f.severity.rank, f.check, f.target or ""),
    )
    ending = {label for w in card.waivers if w.state == "ending" for label in w.findings}
    held = {label for w in card.waivers if w.state == "in_force" for label in w.findings}
    shown = [Line(), Line(f"waived ({len(found)})", bold=True)]
    for finding in direct[:most]:
        # One that another waiver covers for longer is not about to fail.
        soon = finding.label in ending and finding.label not in held
        shown += _entry(finding, width, soon=soon)
    if len(direct) > most:
        shown.append(more(len(direct) - most))
    return shown + _followers(found, width, most)


def _entry(finding: Finding, width: int, *, soon: bool) -> list[Line]:
    cause, by, rest = finding.message.rpartition(BY)
    head = entry(finding.severity, finding.label, width)
    if not by:
        return [*head, *first(indented(finding.message, width), 2 * _LINES)]
    who = first(indented(f"waived by {rest.removesuffix(')')}", width), _LINES)
    return [*head, *first(indented(cause, width), _LINES), *(_pressing(w, soon) for w in who)]


def _after(finding: Finding) -> str:
    """With what a finding is waived that no waiver names."""
    _, words, names = finding.message.rpartition(WITH)
    return names.removesuffix(")") if words and BY not in finding.message else ""


def _followers(found: Iterable[Finding], width: int, most: int) -> list[Line]:
    """What is waived with others, an entry for each of those."""
    groups: dict[str, list[Finding]] = {}
    for finding in found:
        if _after(finding):
            groups.setdefault(_after(finding), []).append(finding)
    shown: list[Line] = []
    for names, group in list(groups.items())[:most]:
        shown += first(wrapped(f"  with {names}: {_short(group)}", width), 2 * _LINES)
    if len(groups) > most:
        shown.append(more(sum(map(len, list(groups.values())[most:]))))
    return shown


def _short(group: Sequence[Finding]) -> str:
    """``37 checks, 4 of them blockers: size, backup, …``."""
    grave = sum(f.severity.rank == 0 for f in group)
    count = "1 check" if len(group) == 1 else f"{len(group)} checks"
    of_them = "" if not grave else f", {grave} of them {'a blocker' if grave == 1 else 'blockers'}"
    names = [f.check if "::" in f.check else f.check.partition(".")[2] for f in group]
    return f"{count}{of_them}: {', '.join(sorted(set(names)))}"
