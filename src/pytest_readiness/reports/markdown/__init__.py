"""Markdown for pull requests and summaries of jobs, as GitHub and GitLab render it."""

from __future__ import annotations

from pytest_readiness.model import Scorecard, Verdict
from pytest_readiness.reports.facts import counted, coverage_words, headline, route, score_words
from pytest_readiness.reports.markdown.escaping import code, text
from pytest_readiness.reports.markdown.findings import findings
from pytest_readiness.reports.markdown.fitting import Entry, Section, fitted
from pytest_readiness.reports.markdown.past import compared, history, versus
from pytest_readiness.reports.markdown.records import records
from pytest_readiness.reports.markdown.tables import CELL, NAME, head, joined, row, some
from pytest_readiness.score import fails, part

MARKER = "<!-- pytest-readiness -->"
"""First line, which no reader sees: a bot finds its comment by it, and updates it."""

COMMENT = 60_000
"""Bytes of a report. GitHub takes comments of 65,536 characters, of which none has less than a
byte; the rest is for what stands around it."""

_SIGNS = {
    Verdict.READY: "✅",
    Verdict.CONDITIONAL: "⚠️",
    Verdict.NOT_READY: "⛔",
    Verdict.PARTIAL: "🧩",
    Verdict.INCOMPLETE: "❔",
}
"""Told apart by their shapes, whatever becomes of their colours; the word stands beside."""

_HEADLINE = 600
_STEPS = 20


def render(scorecard: Scorecard) -> bytes:
    """The report, short enough for a comment."""
    return markdown(scorecard, COMMENT).encode("utf-8", "replace")


def markdown(card: Scorecard, limit: int) -> str:
    """The report in no more bytes than that; empty where not even the verdict has room."""
    sections = [*findings(card), *compared(card), *records(card), _notes(card)]
    return fitted(_top(card), sections, _foot(card), limit)


def _top(card: Scorecard) -> str:
    """What stands above all: the verdict, what decided it, and the figures."""
    lines = [
        MARKER,
        f"## {_SIGNS[card.verdict]} {text(headline(card), _HEADLINE)}",
        "",
        f"**Decided by:** {text(card.decided_by)}",
        "",
        _figures(card),
    ]
    for line in (*_scope(card), *_way(card), *versus(card), *history(card)):
        lines += ["", line]
    return "\n".join(lines) + "\n"


def _figures(card: Scorecard) -> str:
    gate = "fails" if fails(card, card.about.gate, card.about.allow_partial) else "passes"
    titles = ("Score", "Target", "Evidence coverage", "Findings", "Gate")
    cells = (
        f"**{score_words(card)}** of 100",
        f"{card.target_score:g}",
        coverage_words(card),
        counted(card),
        f"{code(card.about.gate, NAME)}: {gate}",
    )
    return f"{head(*titles)}\n{row(*cells)}"


def _scope(card: Scorecard) -> list[str]:
    """What the verdict does not speak of."""
    found = []
    why = part(card.scope)
    if why:
        checks = f"{card.scope.selected} of {card.scope.expected} checks"
        found.append(f"**Not the whole:** {checks}, {text(why, CELL)}")
    if card.scope.shard and card.scope.missing is None:
        found.append(
            f"This is part {code(card.scope.shard, NAME)} of the targets. The verdict on all "
            "shards: `python -m pytest_readiness merge REPORT.json …`"
        )
    assumed = card.about.environment_assumed
    if assumed:
        say = "say it with `--readiness-environment`"
        found.append(f"**Environment assumed:** {text(assumed, CELL)}; {say}")
    return found


def _way(card: Scorecard) -> list[str]:
    if not card.route or card.verdict in (Verdict.READY, Verdict.INCOMPLETE):
        return []
    return [f"**Shortest route to READY:** {some([name[:NAME] for name in route(card)], _STEPS)}"]


def _notes(card: Scorecard) -> Section:
    notes = [Entry(2.6, f"- {text(note)}") for note in card.about.notes]
    return Section("Notes", notes, folded=True)


def _foot(card: Scorecard) -> str:
    about = card.about
    version = about.versions.get("pytest-readiness", "")
    parts = (
        f"environment {text(about.environment, NAME)}",
        f"profile {text(about.profile, NAME)}" if about.profile else None,
        f"commit {code(about.commit, 64)}" if about.commit else None,
        text(about.started, NAME),
        f"{about.duration:.1f} s",
        f"pytest-readiness {text(version, NAME)}" if version else None,
    )
    return f"\n---\n\n<sub>{joined(parts)}</sub>\n"
