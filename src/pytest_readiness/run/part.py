"""What the report of one phase carries of a finding, as text that any report can carry.

Workers send reports by a serialiser that takes each value by itself; one text is the cheapest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec.structs import replace

from pytest_readiness.model import Evidence, Outcome, Severity

ATTRIBUTE = "readiness"
"""Name of the report's attribute that carries it."""


class Subject(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a finding says of the check itself: the same for all its targets and parameters."""

    check: str
    severity: Severity
    system: str | None = None
    vantage: str | None = None
    title: str | None = None
    remedy: str | None = None
    ref: str | None = None
    owner: str | None = None
    category: str | None = None
    effort: str | None = None
    source: str | None = None


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one phase of a check contributes to its finding."""

    subject: Subject | None = None
    """Told by the setup; the later phases need not again."""
    target: str | None = None
    outcome: Outcome | None = None
    message: str = ""
    evidence: tuple[Evidence, ...] = ()
    behind: tuple[str, ...] = ()
    """Node ids of what it waits for."""


_DECODER = msgspec.json.Decoder(Part)
_NOTHING = Part()


def packed(part: Part) -> str:
    """The part as text; empty if it says nothing, as that of most teardowns."""
    return "" if part == _NOTHING else msgspec.json.encode(part).decode()


def texts(struct: msgspec.Struct, clean: Callable[[str], str]) -> dict[str, Any]:
    """The fields of a structure, each text in them made harmless."""
    values = msgspec.structs.asdict(struct)
    # The words of an enumeration are texts, too, and are what they are.
    return {k: clean(v) if type(v) is str else v for k, v in values.items()}


def cleaned(part: Part, clean: Callable[[str], str]) -> Part:
    """The part with each text in it made harmless once more."""

    return replace(
        part,
        **{
            **texts(part, clean),
            "subject": part.subject and Subject(**texts(part.subject, clean)),
            "evidence": tuple([_evidence(item, clean) for item in part.evidence]),
            "behind": tuple(map(clean, part.behind)),
        },
    )


def _evidence(item: Evidence, clean: Callable[[str], str]) -> Evidence:
    values = texts(item, clean)
    if item.window is not None:
        values["window"] = replace(item.window, start=clean(item.window.start))
    return Evidence(**values)


def unpacked(text: str) -> Part:
    """The part that a report carries."""
    return _DECODER.decode(text) if text else _NOTHING
