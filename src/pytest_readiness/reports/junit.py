"""What a JUnit file says of a scorecard: names, messages and texts of its test cases.

pytest writes the file (``--junitxml``); this decides what stands in it. The rules are those of the
readers that most people use: Jenkins makes packages of the dots in a class name and shows the
message; GitLab keeps one case a class, name and status, and shows the text of the element; GitHub's
reporters group by class name and show the message. So severity and reason come first in both.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from pytest_readiness.model import Finding, Outcome, Relaxed, Scorecard
from pytest_readiness.reports.facts import (
    counted,
    coverage_words,
    headline,
    named,
    route,
    score_words,
    words,
)
from pytest_readiness.reports.measured import evidence

SKIPPED = (Outcome.BLOCKED, Outcome.NOT_APPLICABLE, Outcome.WAIVED)
"""Outcomes that are neither a pass nor a failure."""

_MENDED = (Outcome.FAILED, Outcome.ERROR, Outcome.WAIVED)

ROOT = "readiness"
VERDICT = ("readiness", "verdict")
"""Class name and name of the verdict's own case."""

_MOST = 50
"""Steps, notes and relaxations that the verdict's case lists; the JSON report has all."""


class Name(NamedTuple):
    """By what readers know a test case: no two in a file have the same."""

    classname: str
    name: str


def own(finding: Finding) -> bool:
    """Whether the check is a test of the user's: its class name leads to its file."""
    return not finding.node.startswith(f"{ROOT}::")


def names(findings: Iterable[Finding]) -> dict[str, Name]:
    """Class name and name of all findings but those of users' tests, by node id.

    ``readiness.redis.cache`` and ``persistence``; from a named vantage point
    ``persistence@dublin``. What is judged of no target has none in its class name.
    """
    found = [finding for finding in findings if not own(finding)]
    places = sorted({(f.system or "", f.target or "") for f in found})
    classes: dict[tuple[str, str], str] = {}
    for system, target in places:
        plain = ".".join(_undotted(part) for part in (ROOT, system, target) if part)
        classes[system, target] = _free(plain, set(classes.values()), "{}-{}")
    return {f.node: Name(classes[f.system or "", f.target or ""], _name(f)) for f in found}


def _undotted(text: str) -> str:
    """Without the dots, of which Jenkins would make packages: ``docs/GO_LIVE_md``."""
    return text.replace(".", "_")


def _name(finding: Finding) -> str:
    if finding.item is not None:
        # Its slug, made unique within its list where two items have one title.
        return finding.node.rpartition("::")[2]
    name = finding.check.removeprefix(f"{finding.system}.")
    return f"{name}@{finding.vantage}" if finding.vantage else name


def unique(wanted: Mapping[str, Name], taken: Collection[Name]) -> dict[str, Name]:
    """The names, each made the only one: ``persistence (2)``.

    Who keeps the plain name is decided by node id, not by which of two workers was the faster.

    Args:
        wanted: a name a node id.
        taken: names of other cases in the file.
    """
    used: dict[str, set[str]] = {}
    for classname, name in taken:
        used.setdefault(classname, set()).add(name)
    found: dict[str, Name] = {}
    for node in sorted(wanted):
        classname, name = wanted[node]
        names = used.setdefault(classname, set())
        found[node] = Name(classname, _free(name, names, "{} ({})"))
        names.add(found[node].name)
    return found


def _free(name: str, taken: Collection[str], form: str) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = form.format(name, number)
    return free


def message(finding: Finding) -> str:
    """``[high] persistence is none, must be aof``; ``[high] waived: … (waived by ana …)``."""
    word = words(finding.outcome)
    if finding.outcome in SKIPPED:
        said = f"{word}: {finding.message}" if finding.message else word
    else:
        said = finding.message or word
    return f"[{finding.severity.value}] {said}"


def text(finding: Finding) -> str:
    """What stands in the element of a case that did not pass: the message, then all the rest."""
    return "\n".join((message(finding), *_details(finding)))


def note(finding: Finding) -> str:
    """What is to be said of a case that passes: who signed, or what to look at; may be empty."""
    if finding.outcome is Outcome.ATTESTED:
        return "\n".join((f"attested: {finding.message}", *_details(finding)))
    return f"passed: {finding.message}" if finding.message else ""


def _details(finding: Finding) -> Iterator[str]:
    yield f"{named(finding)}: {finding.title}" if _titled(finding) else named(finding)
    # Subtests, and a check that was judged by several workers, measure the same more than once.
    for item in dict.fromkeys(evidence(finding)):
        expected = f", expected {item.expected}" if item.expected else ""
        holds = "" if item.ok or not item.expected else " (does not hold)"
        yield f"Measured: {item.name}: {item.measured}{expected}{holds}"
    said = (
        # Of what was not judged, nobody knows that it needs one.
        ("Remedy", finding.remedy if finding.outcome in _MENDED else None),
        ("Owner", finding.owner),
        ("Effort", finding.effort),
        ("Points", f"{finding.points:g}" if finding.points else None),
        ("Reference", finding.ref),
        ("Source", finding.source),
        ("Where", f"{finding.file}:{finding.line}" if finding.file and finding.line else None),
    )
    for name, value in said:
        if value:
            yield f"{name}: {value}"


def _titled(finding: Finding) -> bool:
    """Whether its title is none of the words that it is named by."""
    title = finding.title or ""
    return not named(finding).endswith(title)


def verdict_message(card: Scorecard, why: str | None = None) -> str:
    """``NOT READY: blocker redis.reachable[cache] failed``.

    Args:
        card: the scorecard.
        why: what the gate stands on, where that is not the rule that decided the verdict.
    """
    return f"{card.verdict.words}: {why or card.decided_by}"


def verdict_text(card: Scorecard, why: str | None = None) -> str:
    """The verdict, the rule, the figures, what was made easier, and the shortest route to ready."""
    return "\n".join((verdict_message(card, why), *_verdict(card, why)))


def _verdict(card: Scorecard, why: str | None) -> Iterator[str]:
    yield headline(card)
    if why is not None:
        yield f"Decided by: {card.decided_by}"
    if card.about.environment_assumed:
        yield f"Environment assumed: {card.about.environment_assumed}"
    yield (
        f"Score {score_words(card)} of 100 (target {card.target_score:g}), "
        f"evidence coverage {coverage_words(card)}: {counted(card)}"
    )
    left_out = card.scope.expected - card.scope.selected
    if card.scope.left_out:
        yield f"Left out: {left_out} of {card.scope.expected} checks ({card.scope.left_out})"
    yield from _listed("Relaxed by settings: ", [_relaxed(item) for item in card.about.relaxed])
    yield from _listed("Note: ", card.about.notes)
    yield from _listed("To mend: ", list(dict.fromkeys(route(card))))


def _relaxed(item: Relaxed) -> str:
    reason = f": {item.reason}" if item.reason else ""
    owner = f" ({item.owner})" if item.owner else ""
    until = f", until {item.expires}" if item.expires else ""
    return f"{item.what}{reason}{owner}{until}"


def _listed(head: str, lines: Collection[str]) -> Iterator[str]:
    shown = list(lines)[:_MOST]
    yield from (f"{head}{line}" for line in shown)
    if len(lines) > len(shown):
        yield f"{head}and {len(lines) - len(shown)} more"


def properties(card: Scorecard) -> dict[str, str]:
    """Properties of the suite: the figures as the JSON report has them; what is not known, not."""
    about = card.about
    values = {
        "schema": card.schema,
        "verdict": card.verdict.words,
        "decided_by": card.decided_by,
        "complete": "true" if card.complete else "false",
        "score": card.score,
        "target_score": card.target_score,
        "coverage": card.coverage,
        "environment": about.environment,
        "service": about.service,
        "commit": about.commit,
    }
    return {f"{ROOT}.{name}": str(value) for name, value in values.items() if value is not None}
