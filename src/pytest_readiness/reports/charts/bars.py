"""The score of each part of the findings, and what it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from pytest_readiness.model import Finding, Outcome
from pytest_readiness.reports import facts
from pytest_readiness.reports.charts import marks, svg
from pytest_readiness.reports.parts import Part

_ROW, _BAR = 42, 12
_NAME_WIDTH = 140.0
_ROW_WIDTH = 290.0
"""Pixels of a row on a phone: a name goes only as far as what stands at its end."""
_UNSEEN = (Outcome.ERROR, Outcome.BLOCKED)


class Shares(NamedTuple):
    """What of a part's points was earned and what was lost, each from 0 to 1."""

    measured: float
    """Earned by what was measured."""
    written: float
    """Earned by what people signed or ticked."""
    unseen: float
    """Lost to what could not be judged: in error or blocked."""


def bars(parts: Sequence[Part], target: float, name: str = "parts") -> Markup:
    """A bar a part: what was earned, what was lost, and what nobody could judge.

    Args:
        parts: of the findings; :func:`parts.by_category`, :func:`parts.by_system`.
        target: the score that the whole run is to reach.
        name: with what the ids in it begin.
    """
    rows = svg.joined(_row(part, target, n * _ROW, name) for n, part in enumerate(parts))
    end = len(parts) * _ROW
    key, high = marks.legend(_entries(parts, target, name), end + 4, 0)
    patterns = svg.hatch(f"{name}-unseen") + svg.hatch(f"{name}-written", "dots")
    drawn = patterns + rows + key
    return svg.root(
        "bars",
        name,
        f"Scores of {len(parts)} parts, target {target:g}",
        " ".join(f"{told(part)}." for part in parts) or "There are no findings.",
        drawn,
        height=end + 8 + high,
    )


def told(part: Part) -> str:
    """``durability: 42.8, 3 of 7 done, 1 not judged``."""
    return f"{part.name}: {value(part)}, {done(part)}"


def value(part: Part) -> str:
    """The score as it is shown, ``none`` where there is none."""
    return "none" if part.score is None else f"{facts.floor(part.score):g}"


def done(part: Part) -> str:
    """``3 of 7 done, 1 not judged, 2 waived``."""
    unseen = sum(f.outcome in _UNSEEN for f in part.findings)
    words = [f"{part.done} of {part.judged} done" if part.judged else "nothing judged"]
    if unseen:
        words.append(f"{unseen} not judged")
    if part.waived:
        words.append(f"{part.waived} waived")
    return ", ".join(words)


def shares(part: Part) -> Shares:
    """How the part's points fell out; all 0 where it has no score."""
    total = sum(f.weight for f in part.findings if f.outcome.applies)
    if not total or part.score is None:
        return Shares(0.0, 0.0, 0.0)
    measured = sum(f.weight for f in part.findings if f.outcome is Outcome.PASSED)
    unseen = sum(f.weight for f in part.findings if f.outcome in _UNSEEN)
    earned = part.score / 100
    return Shares(min(measured / total, earned), max(earned - measured / total, 0), unseen / total)


def _row(part: Part, target: float, top: float, name: str) -> Markup:
    found = shares(part)
    lower = top + 20
    side = done(part)
    # Short, or else it would run into the name on a phone.
    side = side.replace(" done,", ",", 1)
    room = _ROW_WIDTH - svg.width(f"{side} {value(part)}")
    row = [
        svg.text("0", top + 13, svg.cut(part.name, min(_NAME_WIDTH, room)), "name"),
        Markup(
            '<text x="100%" y="{}" text-anchor="end" class="side">{}'
            ' <tspan class="value">{}</tspan></text>'
        ).format(svg.n(top + 13), side, value(part)),
        svg.rect("0", lower, "100%", _BAR, "empty" if part.score is None else "track"),
    ]
    if found.measured:
        kind = _kind(part, target)
        row.append(svg.rect("0", lower, svg.percent(found.measured), _BAR, kind))
    pattern = f"{name}-written"
    if found.written:
        x, wide = svg.percent(found.measured), svg.percent(found.written)
        row.append(svg.rect(x, lower, wide, _BAR, "edged", pattern))
    if found.unseen:
        x, wide = svg.percent(1 - found.unseen), svg.percent(found.unseen)
        row.append(svg.rect(x, lower, wide, _BAR, "edged", f"{name}-unseen"))
    aim = svg.percent(target / 100)
    row.append(svg.line(aim, lower - 3, aim, lower + _BAR + 3, "aim-edge"))
    row.append(svg.line(aim, lower - 3, aim, lower + _BAR + 3, "aim"))
    return svg.joined(row)


def _kind(part: Part, target: float) -> str:
    """A score alone is not good: a blocker hides well among a hundred checks, as does a waiver."""
    return "good" if _reached(part, target) and not _wanting(part) else "fair"


def _reached(part: Part, target: float) -> bool:
    return part.score is not None and part.score >= target


def _wanting(part: Part) -> bool:
    return part.waived > 0 or any(f.severity in facts.GRAVE for f in part.wrong)


def _entries(parts: Sequence[Part], target: float, name: str) -> list[tuple[Markup, str]]:
    findings = [finding for part in parts for finding in part.findings]
    entries = []
    if any(_is(f, Outcome.PASSED) for f in findings):
        measured = [part for part in parts if shares(part).measured]
        kinds = {_kind(part, target) for part in measured}
        hidden = any(_reached(part, target) and _wanting(part) for part in measured)
        below = "passed, but some wrong or waived" if hidden else "passed, below target"
        words = {"good": "passed, target reached", "fair": below}
        entries += [(_swatch(kind), words[kind]) for kind in sorted(kinds, reverse=True)]
    if any(_is(f, Outcome.ATTESTED) for f in findings):
        entries.append((_swatch("edged", f"{name}-written"), "attested"))
    if any(_is(f, Outcome.FAILED) for f in findings):
        entries.append((_swatch("track"), "failed"))
    if any(_is(f, *_UNSEEN) for f in findings):
        entries.append((_swatch("edged", f"{name}-unseen"), "not judged"))
    if parts:
        entries.append((svg.line("0", -6, "0", 6, "aim"), f"target {target:g}"))
    return entries


def _is(finding: Finding, *outcomes: Outcome) -> bool:
    return finding.outcome in outcomes


def _swatch(kind: str, fill: str = "") -> Markup:
    return svg.rect("-8", -5, "16", 10, kind, fill)
