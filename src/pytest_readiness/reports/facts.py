"""What every format says of a scorecard: names, sentences, figures, groups and their order.

Each format looks its facts up here, so that none of them tells another story.
"""

from __future__ import annotations

from collections.abc import Iterable

from pytest_readiness.model import Finding, Outcome, Scorecard, Severity
from pytest_readiness.reports.parts import owner

GRAVE = (Severity.BLOCKER, Severity.HIGH)
"""Severities of what is to be mended before a launch."""

_MOST_NAMES = 20
"""Targets that the verdict names."""


def headline(card: Scorecard, most: int = _MOST_NAMES) -> str:
    """``NOT READY for production: shop at cache, main``; of more targets, how many more."""
    return f"{card.verdict.words} for {card.about.environment}: {subject(card, most)}"


def subject(card: Scorecard, most: int = _MOST_NAMES) -> str:
    """What the verdict speaks of: ``shop at cache, main (single node), seen from dublin``."""
    judged = {(f.system, f.target) for f in card.findings}
    targets = [t for t in card.about.targets if (t.system, t.name) in judged]
    unique = len({target.name for target in targets}) == len(targets)
    names = [target.name if unique else f"{target.system} {target.name}" for target in targets]
    where = ", ".join(
        f"{name} (single node)" if target.single_node else name
        for name, target in list(zip(names, targets, strict=True))[:most]
    )
    where += f" and {len(names) - most} more" if len(names) > most else ""
    where = where or _written_down(card)
    named = f"{card.about.service} at {where}" if card.about.service else where
    places = sorted({f.vantage for f in card.findings if f.vantage})
    return f"{named}, seen from {', '.join(places)}" if places else named


def _written_down(card: Scorecard) -> str:
    """What is judged where no target is."""
    lists = ", ".join(one.file for one in card.checklists[:_MOST_NAMES])
    if lists or card.findings:
        return lists or "what needs no target"
    count = len(card.about.targets)
    return f"none of {count} targets" if count > 1 else "no target"


def score_words(card: Scorecard) -> str:
    """``93.4``, ``100 (93.4 without waivers)``, or ``none`` where nothing was judged."""
    value = "none" if card.score is None else f"{floor(card.score):g}"
    if card.score_without_waivers is not None:
        value += f" ({floor(card.score_without_waivers):g} without waivers)"
    return value


def coverage_words(card: Scorecard) -> str:
    """``91%``, with what is attested beside it; ``none`` where nothing applies."""
    seen = "none" if card.coverage is None else f"{int(card.coverage * 100 + 1e-9)}%"
    if card.counts["attested"]:
        # A signature is no measurement, and must not look like one; an item that a check measures
        # is no second one.
        measured = sum(f.measured and not f.measured_by for f in card.findings)
        seen += f", {card.counts['attested']} attested beside {measured} measured"
    return seen


def counted(card: Scorecard) -> str:
    """``3 failed, 40 passed``: findings by outcome."""
    return ", ".join(f"{n} {o.replace('_', ' ')}" for o, n in card.counts.items() if n) or "nothing"


def floor(value: float) -> float:
    """A score to one digit, never rounded up to what it has not reached."""
    # One of a history, which anybody may write, may be any number.
    return int(value * 10 + 1e-9) / 10 if abs(value) < 1e6 else value


def words(outcome: Outcome) -> str:
    """``not applicable``."""
    return outcome.value.replace("_", " ")


def named(finding: Finding) -> str:
    """How a list names a finding: an item by its place and title, a sign-off by what it is of."""
    if finding.item is not None:
        return f"{finding.file}:{finding.line} {finding.title}"
    if finding.system == "attestation":
        return f"{finding.label}: {finding.title}"
    return _with_parameters(finding)


def _with_parameters(finding: Finding) -> str:
    """Its label; of a user's check that runs with several parameters, also with which."""
    place = f"@{finding.vantage}" if finding.vantage else ""
    alone = f"{finding.check}[{finding.target}]" if finding.target else finding.check
    node = finding.node.removesuffix(place)
    if "::" not in finding.check or node == alone or not node.startswith(f"{finding.check}["):
        return finding.label
    return f"{node}{place}"


def route(card: Scorecard) -> list[str]:
    """The shortest route to ready: what to mend, in this order, as lists name it."""
    steps = route_findings(card)
    # A sign-off has a question for a title, too long for a list of names.
    return [named(f) if f and f.system != "attestation" else label for label, f in steps]


def route_findings(card: Scorecard) -> list[tuple[str, Finding | None]]:
    """The route with the findings it names: a check that runs with parameters has one label."""
    wrong = sorted((f for f in card.findings if f.outcome.wrong and not f.behind), key=_in_turn)
    found: dict[str, list[Finding]] = {}
    for one in reversed(wrong):
        found.setdefault(one.label, []).append(one)
    return [(label, found[label].pop() if found.get(label) else None) for label in card.route]


def _in_turn(finding: Finding) -> tuple[int, bool, bool]:
    """As the route has those of one label: within a severity the failed, then the errors."""
    outcome = finding.outcome
    return finding.severity.rank, outcome is not Outcome.FAILED, outcome is not Outcome.ERROR


def gravest_first(findings: Iterable[Finding]) -> list[Finding]:
    """By severity, then by place; the items of a checklist in its own order, after the measured."""
    return sorted(findings, key=_by_severity_and_place)


def _by_severity_and_place(finding: Finding) -> tuple[object, ...]:
    rank = finding.severity.rank
    if finding.item is not None:
        return rank, 1, finding.target or "", finding.line or 0
    return rank, 0, finding.check, finding.target or ""


def failed(card: Scorecard) -> list[Finding]:
    """What failed or is in error, the gravest first."""
    return gravest_first(f for f in card.findings if f.outcome in (Outcome.FAILED, Outcome.ERROR))


def causes(card: Scorecard) -> list[tuple[str, str, list[Finding]]]:
    """What was not judged, by owner and reason: what would unblock them comes first."""
    found: dict[tuple[str, str], list[Finding]] = {}
    for finding in gravest_first(f for f in card.findings if f.outcome is Outcome.BLOCKED):
        found.setdefault((owner(finding), finding.message), []).append(finding)
    return [(who, why, findings) for (who, why), findings in found.items()]
