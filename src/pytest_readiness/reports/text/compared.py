"""What became of the checks since an earlier run, as lines of text: pure, like all of the text."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_readiness.model import Change, Comparison, Outcome, Past, Scorecard, Severity
from pytest_readiness.reports.text.lines import MOST, Line, bounded, cut, mark, more, wrapped
from pytest_readiness.score import regressed

_MOST_LINES = 3
"""Lines of a warning."""


def compared(card: Scorecard, width: int, *, quiet: bool = False, most: int = MOST) -> list[Line]:
    """The section that holds a run against its baseline; nothing where there is none.

    Args:
        card: the decided scorecard.
        width: columns of the terminal.
        quiet: only what became worse, and what is gone.
        most: changes shown of a kind; how many more there are is said.
    """
    found = card.comparison
    if found is None:
        fails = _gate(card, width)
        return [Line(), *fails] if fails else []
    shown = [Line(), *_bold(_head(card, found), width)]
    for warning in found.warnings:
        # Also where little is shown: without it the rest may mean something else.
        shown += map(_loud, bounded(f"  warning: {warning}", width, _MOST_LINES))
    shown += _new(found.new_failures, width, most)
    if not quiet:
        shown += _listed("fixed", found.fixed, width, most)
        shown += _counted(found.still_failing)
        shown += _listed("no longer judged", found.no_longer_judged, width, most)
    return [*shown, *_gone(found.disappeared, width, most), *_gate(card, width)]


def _head(card: Scorecard, found: Comparison) -> str:
    about = [found.started[:10], f"commit {found.commit[:12]}" if found.commit else ""]
    origin = ", ".join(filter(None, about))
    told = f"compared with {found.file}{f' ({origin})' if origin else ''}"
    then = f"{_score(found.score)} ({found.verdict.words}) then"
    return f"{told}: score {then}, {_score(card.score)} ({card.verdict.words}) now"


def _score(value: float | None) -> str:
    return "none" if value is None else f"{int(value * 10 + 1e-9) / 10:g}"


def _bold(text: str, width: int) -> list[Line]:
    return [Line(line.text, bold=True) for line in wrapped(text, width)]


def _loud(line: Line) -> Line:
    # Not yellow, which is hard to read on a light background.
    return Line(line.text, bold=True)


def _new(changes: Sequence[Change], width: int, most: int) -> list[Line]:
    if not changes:
        return [Line("  no new failure", green=True)]
    behind = sum(change.behind is not None for change in changes)
    unknown = sum(change.before is None for change in changes)
    asides = [
        f"{behind} of them blocked behind another" if behind else "",
        f"{unknown} not in the baseline" if unknown else "",
    ]
    aside = "; ".join(filter(None, asides))
    head = f"  new failures ({len(changes)}{f'; {aside}' if aside else ''})"
    return _bold(head, width) + _changes(changes, width, most)


def _changes(changes: Sequence[Change], width: int, most: int) -> list[Line]:
    shown = []
    for change in changes[:most]:
        head, look = mark(change.severity)
        text = f"{change.label}: {_became(change)}"
        shown.append(Line(pieces=[(f"  {head}", look), (cut(text, width - len(head) - 2), {})]))
    return shown + _more(len(changes) - most)


def _more(count: int) -> list[Line]:
    return [more(count, 4)] if count > 0 else []


def _became(change: Change) -> str:
    """``passed -> failed``, or ``not in the baseline -> failed (new check)``."""
    before = _word(change.before) if change.before else "not in the baseline"
    now = _word(change.now) if change.now else "gone"
    aside = f"behind {change.behind}" if change.behind else change.why
    return f"{before} -> {now}{f' ({aside})' if aside else ''}"


def _word(outcome: Outcome) -> str:
    return outcome.value.replace("_", " ")


def _listed(title: str, changes: Sequence[Change], width: int, most: int) -> list[Line]:
    if not changes:
        return []
    return [Line(f"  {title} ({len(changes)})", bold=True), *_changes(changes, width, most)]


def _counted(changes: Sequence[Change]) -> list[Line]:
    if not changes:
        return []
    parts = [
        f"{count} {severity.value}"
        for severity in Severity
        if (count := sum(change.severity is severity for change in changes))
    ]
    return [Line(f"  still failing ({len(changes)}): {', '.join(parts)}")]


def _gone(changes: Sequence[Change], width: int, most: int) -> list[Line]:
    """What vanished, loudly: a check that is not there fails nothing."""
    if not changes:
        return []
    count = "1 check" if len(changes) == 1 else f"{len(changes)} checks"
    verb = "is" if len(changes) == 1 else "are"
    head = f"  DISAPPEARED: {count} of the baseline {verb} not in this run"
    loud = [Line(line.text, red=True, bold=True) for line in wrapped(head, width)]
    return loud + _by_cause(changes, width, most)


def _by_cause(changes: Sequence[Change], width: int, most: int) -> list[Line]:
    """Each check, but those of a target that is gone as a whole in one line."""
    target = "the target is not configured any more"
    whole: dict[str, list[Change]] = {}
    single = []
    for change in changes:
        if change.why == target and change.node.startswith("readiness::"):
            system, name = change.node.split("::")[1], change.label.partition("[")[2]
            whole.setdefault(f"{system}[{name}", []).append(change)
        else:
            single.append(change)
    shown = [
        Line(cut(f"    {len(found)} checks of {name}: {target}", width))
        for name, found in list(whole.items())[:most]
    ]
    return shown + _more(len(whole) - most) + _changes(single, width, most)


def _gate(card: Scorecard, width: int) -> list[Line]:
    """Why the gate ``regressions`` fails the build, which the verdict does not tell."""
    why = regressed(card) if card.about.gate == "regressions" else None
    text = f"  the build fails (gate = regressions): {why}"
    return [] if why is None else [Line(line.text, red=True) for line in wrapped(text, width)]


def lets_through(failed: int) -> list[Line]:
    """Why the gate ``regressions`` lets failures pass."""
    return [
        Line(
            f"{failed} failed, and the build passes: none of them is a blocker, and none is new "
            "since the baseline (gate = regressions)"
        )
    ]


def since(card: Scorecard, width: int) -> list[Line]:
    """The score beside that of the last run, where a history is kept."""
    past = card.past
    if past is None:
        return []
    shown = []
    if past.started is not None:
        day = past.started.partition("T")[0]
        then = f"it was {_score(past.score)} on {day}"
        shown += wrapped(f"  score {_score(card.score)}; {then}", width)
    if past.skipped:
        shown += wrapped(f"  {past.file}: {_skipped(past)}", width)
    return shown


def _skipped(past: Past) -> str:
    lines = "1 line" if past.skipped == 1 else f"{past.skipped} lines"
    return f"{lines} could not be read"
