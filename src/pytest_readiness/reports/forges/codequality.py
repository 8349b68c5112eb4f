"""GitLab's Code Quality report: what is wrong, as its merge requests list it.

An array of objects with ``description``, ``check_name``, ``fingerprint``, ``severity`` and
``location``, of which GitLab tells by the fingerprint what is new and what is resolved
(docs.gitlab.com/ci/testing/code_quality). Hence what is not judged and what is waived stand in it
as well: left out, they would be shown as resolved, and nothing of them is.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from pytest_readiness.model import Finding, Outcome, Scorecard, Severity
from pytest_readiness.reports.facts import gravest_first, named, words
from pytest_readiness.score import whole

_SEVERITIES = {
    Severity.BLOCKER: "blocker",
    Severity.HIGH: "critical",
    Severity.MEDIUM: "major",
    Severity.LOW: "minor",
}
_WAIVED = "info"
_LONGEST = 1000
_NO_FILE = "readiness.toml"
"""Where the settings would stand, where targets come from variables: GitLab demands a path."""


def render(scorecard: Scorecard) -> bytes:
    """The report as indented UTF-8 JSON that ends in a newline; an empty array if all is well."""
    shown = gravest_first(f for f in scorecard.findings if _stands(f))
    entries = [_entry(scorecard, finding) for finding in shown]
    if not whole(scorecard.scope):
        entries.insert(0, _partial(scorecard))
    return msgspec.json.format(msgspec.json.encode(entries), indent=2) + b"\n"


def _stands(finding: Finding) -> bool:
    return finding.outcome.wrong or finding.outcome is Outcome.WAIVED


def _entry(card: Scorecard, finding: Finding) -> dict[str, Any]:
    waived = finding.outcome is Outcome.WAIVED
    parts = [f"{named(finding)} {words(finding.outcome)}"]
    parts += [f": {finding.message}"] if finding.message else []
    parts += [f" → {finding.remedy}"] if finding.remedy else []
    return {
        "description": _cut("".join(parts)),
        "check_name": finding.check,
        "fingerprint": _fingerprint(card, finding.node),
        "severity": _WAIVED if waived else _SEVERITIES[finding.severity],
        "location": _location(card, finding.file, finding.line),
    }


def _partial(card: Scorecard) -> dict[str, Any]:
    """That this is not all: GitLab shows as resolved what it lacks."""
    why = card.scope.broken or card.scope.missing or card.scope.left_out or card.scope.shard
    text = f"{card.verdict.words}, not all was judged ({why}): what is not listed is not resolved"
    return {
        "description": _cut(text),
        "check_name": "readiness.verdict",
        "fingerprint": _fingerprint(card, "readiness::verdict"),
        "severity": "blocker" if card.scope.broken or card.scope.missing else _WAIVED,
        "location": _location(card, None, None),
    }


def _location(card: Scorecard, file: str | None, line: int | None) -> dict[str, Any]:
    if file:
        return {"path": file, "lines": {"begin": line or 1}}
    return {"path": card.about.settings_file or _NO_FILE, "lines": {"begin": 1}}


def _fingerprint(card: Scorecard, node: str) -> str:
    """The same for a check on a target in every run, whatever became of it."""
    about = card.about
    parts = (about.service or "", about.environment, node)
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
