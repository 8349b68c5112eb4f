"""A document read as a run reads it, from its text and the settings."""

from __future__ import annotations

from typing import Any

import msgspec

from pytest_readiness.policy.checklists.items import Document, Item
from pytest_readiness.policy.checklists.reading import read
from pytest_readiness.policy.checklists.rules import rules_for
from pytest_readiness.policy.records import Checklists


def document(text: str, **settings: Any) -> Document:
    """The document ``docs/GO_LIVE.md`` of a text, with settings as in TOML."""
    own = msgspec.convert(settings, Checklists)
    return read("docs/GO_LIVE.md", text, rules_for("docs/GO_LIVE.md", own))


def items(text: str, **settings: Any) -> tuple[Item, ...]:
    return document(text, **settings).items


def item(text: str, **settings: Any) -> Item:
    """The one item of a document."""
    (one,) = items(text, **settings)
    return one


def said(one: Item) -> str:
    """``high (token P1)``."""
    word = f" {one.severity_word}" if one.severity_word else ""
    return f"{one.severity.value} ({one.severity_from}{word})"
