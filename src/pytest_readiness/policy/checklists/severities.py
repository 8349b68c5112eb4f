"""The severity of an item: the first of the places that say one."""

from __future__ import annotations

from typing import NamedTuple

from pytest_readiness.model import Severity
from pytest_readiness.policy.checklists.comments import Said
from pytest_readiness.policy.checklists.details import Detail
from pytest_readiness.policy.checklists.headings import heading_severity
from pytest_readiness.policy.checklists.items import SeverityFrom
from pytest_readiness.policy.checklists.rules import Rules
from pytest_readiness.policy.checklists.walk import Heading
from pytest_readiness.policy.checklists.words import Word, key, leading
from pytest_readiness.policy.errors import SettingsError, nearest


class Given(NamedTuple):
    """A severity, and where it was read."""

    severity: Severity
    source: SeverityFrom
    word: str | None


def own(said: Said, priority: Word | None, token: Word | None) -> Given | None:
    """What an item says itself."""
    if said.severity is not None:
        return Given(said.severity, "comment", said.severity_word)
    if priority is not None:
        return Given(priority[1], "priority", priority[0])
    return Given(token[1], "token", token[0]) if token is not None else None


def of_heading(heading: Heading, said: Said, rules: Rules) -> Given | None:
    """What one heading says: its comment, the settings, its words."""
    if said.severity is not None:
        return Given(said.severity, "heading", said.severity_word)
    rule = rules.headings.get(key(heading.text))
    if rule is not None and rule.severity is not None:
        return Given(rule.severity, "heading", rule.written)
    found = heading_severity(heading.text, rules.words, rules.own)
    return Given(found[1], "heading", found[0]) if found else None


def priority(found: Detail, rules: Rules) -> Word | None:
    """The severity that a bullet for the priority names."""
    text = " ".join(found.rest.text.split())
    return leading(text, rules.words) if text else None


def misspelt(where: str, found: Detail, rules: Rules) -> SettingsError | None:
    """The error of a priority that is like one of the words for severity, and none of them."""
    text = key(found.rest.text)
    like = nearest(text, rules.words) if found.named and 3 < len(text) < 20 else ""
    if not like or " " in text:
        return None
    problem = f"priority {text!r} is no severity{like} Map it in severity_map if it is meant"
    return SettingsError(f"{where}: {problem}")
