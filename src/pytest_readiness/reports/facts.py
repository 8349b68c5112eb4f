"""What every format says of a scorecard: names, sentences, figures, groups and their order.

Each format looks its facts up here, so that none of them tells another story.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from pytest_readiness.model import Evidence, Finding, Outcome, Scalar, Scorecard, Severity
from pytest_readiness.score import score

GRAVE = (Severity.BLOCKER, Severity.HIGH)
"""Severities of what is to be mended before a launch."""

_MOST_NAMES = 20
"""Targets that the verdict names."""

_OWNERS = {"attestation": "sign-offs", "command": "your own commands"}
_WORDS = {
    "==": "",
    "!=": "not ",
    "<": "below ",
    "<=": "at most ",
    ">": "above ",
    ">=": "at least ",
    "contains": "contains ",
}


class Part(NamedTuple):
    """A part of the findings: a target's, a system's, a category's."""

    name: str
    findings: tuple[Finding, ...]
    score: float | None
    """From 0 to 100; None where nothing was judged."""

    @property
    def judged(self) -> int:
        """Findings that take part in the score."""
        return sum(f.outcome.applies for f in self.findings)

    @property
    def done(self) -> int:
        """Of these, those that passed or are attested."""
        return sum(f.outcome in (Outcome.PASSED, Outcome.ATTESTED) for f in self.findings)

    @property
    def wrong(self) -> tuple[Finding, ...]:
        """Those that earn no points."""
        return tuple(f for f in self.findings if f.outcome.wrong)

    @property
    def waived(self) -> int:
        """Those that failed and are excused: they cost no points, and are not all right."""
        return sum(f.outcome is Outcome.WAIVED for f in self.findings)


class Measured(NamedTuple):
    """One piece of evidence as people read it."""

    name: str
    measured: str
    """``4211 messages``."""
    expected: str
    """``at most 1000 messages``; empty where it was compared with nothing."""
    ok: bool


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
    return lists or ("no target" if not card.findings else "what needs no target")


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


def owner(finding: Finding) -> str:
    """Where a finding belongs: ``redis[cache]``, a checklist's file, ``your own checks``."""
    if finding.system == "checklist":
        return str(finding.target)
    if finding.system in _OWNERS:
        return _OWNERS[finding.system]
    place = f"@{finding.vantage}" if finding.vantage else ""
    if finding.system is None or finding.target is None:
        return f"your own checks{f' {place}' if place else ''}"
    return f"{finding.system}[{finding.target}{place}]"


def by_owner(card: Scorecard) -> list[Part]:
    """A part a target, as they are configured, then one each for what needs none."""
    order = {f"{t.system}[{t.name}]": i for i, t in enumerate(card.about.targets)}
    found = _parts(sorted(card.findings, key=lambda f: _rank(f, order)), owner)
    # Of a checklist, linked items count as well, which carry no points in the score of the run.
    own = {one.file: one.score for one in card.checklists}
    return [part._replace(score=own.get(part.name, part.score)) for part in found]


def _rank(finding: Finding, order: Mapping[str, int]) -> tuple[int, str]:
    """Targets as they are configured, each from one vantage point after the other."""
    name = f"{finding.system}[{finding.target}]"
    return order.get(name, len(order)), finding.vantage or ""


def by_system(card: Scorecard) -> list[Part]:
    """A part a system, by name; then checklists, sign-offs and checks of the user's own."""

    def system(finding: Finding) -> str:
        if finding.system == "checklist":
            return "checklists"
        return _OWNERS.get(finding.system or "", finding.system or "your own checks")

    last = ("your own checks", *_OWNERS.values(), "checklists")
    found = [_counted(part) for part in _parts(card.findings, system)]
    return sorted(found, key=lambda part: (part.name in last, part.name))


def _counted(part: Part) -> Part:
    """Checklists as their own tables count them: with the items that checks measure.

    These carry no points in the score of the run, and left out of the lists' they would make one
    with a failing item look like one without.
    """
    if part.name != "checklists":
        return part
    judged = [f for f in part.findings if f.outcome.applies]
    total = sum(f.severity.weight for f in judged)
    done = sum(f.severity.weight for f in judged if not f.outcome.wrong)
    return part._replace(score=100 * done / total if total else None)


def by_category(card: Scorecard) -> list[Part]:
    """A part a category, by name; what has none, last."""
    found = _parts(card.findings, lambda f: f.category or "other")
    return sorted(found, key=lambda part: (part.name == "other", part.name))


def _parts(findings: Iterable[Finding], name: Callable[[Finding], str]) -> list[Part]:
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(name(finding), []).append(finding)
    return [Part(key, tuple(found), score(found)) for key, found in groups.items()]


def by_severity(wrong: Sequence[Finding]) -> str:
    """What failed by severity, and how much was not judged: ``1 blocker, 2 high; 3 blocked``."""
    told = [f for f in wrong if f.outcome is not Outcome.BLOCKED]
    parts = [
        f"{n} {severity.value}"
        for severity in Severity
        if (n := sum(f.severity is severity for f in told))
    ]
    blocked = len(wrong) - len(told)
    aside = f"{blocked} blocked" if blocked else ""
    return "; ".join(part for part in (", ".join(parts), aside) if part)


def evidence(finding: Finding) -> Iterator[Measured]:
    """What was measured, and what was expected of it."""
    for item in finding.evidence:
        yield measured(item)


def measured(item: Evidence) -> Measured:
    """One piece of evidence as people read it."""
    unit = f" {item.unit}" if item.unit else ""
    value = f"{_value(item.value)}{unit if item.value is not None else ''}"
    if item.op is None:
        return Measured(item.name, value, "", item.ok)
    expected = f"{_WORDS.get(item.op, f'{item.op} ')}{_value(item.expected)}"
    number = isinstance(item.expected, (int, float)) and not isinstance(item.expected, bool)
    return Measured(item.name, value, f"{expected}{unit if number else ''}", item.ok)


def _value(value: Scalar) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1e6 else f"{value:.0f}"
    return str(value) or "empty"
