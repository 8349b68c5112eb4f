"""Earlier runs, in sections of the Markdown report: the baseline, and the history of scores."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_readiness.model import Change, Comparison, Past, PastRun, Scorecard
from pytest_readiness.reports.facts import floor, words
from pytest_readiness.reports.markdown.escaping import code, text
from pytest_readiness.reports.markdown.fitting import Entry, Section
from pytest_readiness.reports.markdown.tables import CELL, NAME, head, joined, row

_KINDS = (
    ("new failure", "new_failures", 0.0),
    ("disappeared", "disappeared", 0.2),
    ("no longer judged", "no_longer_judged", 0.6),
    ("fixed", "fixed", 1.0),
    ("still failing", "still_failing", 1.5),
)
"""What a change is called, where it stands, and how much less grave it is than a new failure."""

_LEVELS = "▁▂▃▄▅▆▇█"
_RUNS = 40
"""Runs of the history that the line shows."""


def compared(card: Scorecard) -> Iterator[Section]:
    """The section that holds a run against its baseline; none where there is none."""
    found = card.comparison
    if found is None:
        return
    rows = [
        Entry(1.1 + graver + change.severity.rank / 10, _change(kind, change))
        for kind, field, graver in _KINDS
        for change in getattr(found, field)
    ]
    yield Section(
        "Changed since the baseline",
        rows,
        folded=not (found.new_failures or found.disappeared),
        head=head("", "Severity", "Check", "Then → now"),
    )


def versus(card: Scorecard) -> list[str]:
    """Lines on the baseline that always stand: the two scores, and why to doubt the comparison."""
    found = card.comparison
    if found is None:
        return []
    then = f"{_score(found.score)} ({found.verdict.words}) then"
    now = f"{_score(card.score)} ({card.verdict.words}) now"
    new = len(found.new_failures)
    told = "no new failure" if not new else f"**{new} new failure{'s' if new > 1 else ''}**"
    gone = len(found.disappeared)
    lost = f"**{gone} check{'s' if gone > 1 else ''} disappeared**" if gone else None
    line = joined((f"score {then}, {now}", told, lost), "; ")
    lines = [f"Compared with {_origin(found)}: {line}"]
    return lines + [f"⚠️ {text(warning, CELL)}" for warning in found.warnings[:5]]


def _origin(found: Comparison) -> str:
    about = joined((text(found.started[:10]), code((found.commit or "")[:12])), ", ")
    return f"{code(found.file, NAME)}{f' ({about})' if about else ''}"


def _change(kind: str, change: Change) -> str:
    before = words(change.before) if change.before else "not in the baseline"
    now = words(change.now) if change.now else "gone"
    aside = f"behind {code(change.behind, NAME)}" if change.behind else text(change.why or "", CELL)
    became = f"{before} → {now}{f' ({aside})' if aside else ''}"
    return row(kind, change.severity.value, code(change.label, NAME), became)


def history(card: Scorecard) -> list[str]:
    """Lines on the runs before this one; none where no history is kept."""
    past = card.past
    if past is None:
        return []
    lines = []
    if past.started is not None:
        day = text(past.started.partition("T")[0], NAME)
        lines.append(f"Score {_score(card.score)} now, {_score(past.score)} on {day}")
    lines += _trend(past, card)
    if past.skipped:
        many = "1 line" if past.skipped == 1 else f"{past.skipped} lines"
        lines.append(f"{many} of {code(past.file, NAME)} could not be read")
    return lines


def _trend(past: Past, card: Scorecard) -> Iterator[str]:
    """The scores as a line of bars from 0 to 100, the oldest first, this run's at the end."""
    runs = past.runs[-_RUNS:]
    scores = [*(run.score for run in runs), card.score]
    known = [score for score in scores if score is not None]
    if len(runs) < 2 or not known:
        return
    bars = "".join("·" if score is None else _bar(score) for score in scores)
    line = f"The last {len(runs)} runs and this one: `{bars}`"
    yield f"{line} (lowest {_score(min(known))}, highest {_score(max(known))}){_since(runs, card)}"


def _bar(score: float) -> str:
    """The file of the history is anybody's, and so are the numbers in it."""
    return _LEVELS[int(min(max(score, 0.0), 100.0) / 100 * (len(_LEVELS) - 1))]


def _since(runs: tuple[PastRun, ...], card: Scorecard) -> str:
    """Since when the verdict is the same."""
    same = 0
    for run in reversed(runs):
        if run.verdict is not card.verdict:
            break
        same += 1
    if not same:
        return f"; {runs[-1].verdict.words} before"
    return f"; {card.verdict.words} for the {same + 1} latest"


def _score(value: float | None) -> str:
    return "none" if value is None else f"{floor(value):g}"
