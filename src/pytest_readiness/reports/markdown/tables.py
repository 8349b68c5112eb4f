"""Tables and blocks of the Markdown report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from urllib.parse import urlsplit

from pytest_readiness.model import Finding
from pytest_readiness.reports.facts import named, words
from pytest_readiness.reports.markdown.escaping import code, link, text
from pytest_readiness.reports.measured import evidence

NAME = 300
"""Characters of a name."""

CELL = 400
"""Characters of a text in a table."""

_VALUE = 120
_MOST_EVIDENCE = 8
"""Pieces of evidence shown of one finding; how many more there are is said."""


def row(*cells: str) -> str:
    """One line of a table, of cells that are escaped already."""
    return f"| {' | '.join(cells)} |"


def head(*titles: str) -> str:
    """The head of a table, with the line below it."""
    return f"{row(*titles)}\n{row(*('---' for _ in titles))}"


def joined(parts: Iterable[str | None], between: str = " · ") -> str:
    """Those that there are."""
    return between.join(part for part in parts if part)


def some(names: Sequence[str], most: int = 20) -> str:
    """The first of several names, and how many more there are."""
    shown = ", ".join(code(name, NAME) for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def name(finding: Finding) -> str:
    """A finding as lists name it."""
    if finding.item is not None or finding.system == "attestation":
        return text(named(finding), NAME)
    return code(named(finding), NAME)


def reference(address: str | None, word: str = "reference") -> str | None:
    """A link that shows where it leads; as code where the address is none of the web."""
    if not address:
        return None
    host = ""
    with suppress(ValueError):
        host = urlsplit(address).hostname or ""
    plain = host.isascii() and host.replace(".", "").replace("-", "").isalnum()
    found = link(f"{word} at `{host}`", address) if plain else None
    return found or f"{word}: {code(address, CELL)}"


def measured(finding: Finding) -> str:
    """What was measured against what was expected, as a table; empty without evidence."""
    found = list(evidence(finding))
    if not found:
        return ""
    lines = [head("", "What", "Measured", "Expected")]
    for one in found[:_MOST_EVIDENCE]:
        # One that was compared with nothing neither holds nor fails.
        mark = ("✓" if one.ok else "✗") if one.expected else ""
        cells = (text(one.name, _VALUE), code(one.measured, _VALUE), code(one.expected, _VALUE))
        lines.append(row(mark, *cells))
    more = len(found) - _MOST_EVIDENCE
    return "\n".join([*lines, f"\n… and {more} more"] if more > 0 else lines)


def block(finding: Finding) -> str:
    """A finding with all that helps to mend it."""
    first = f"**{finding.severity.value.upper()}** {name(finding)} **{words(finding.outcome)}**"
    title = finding.title if finding.item is None and finding.system != "attestation" else None
    told = joined((text(title, NAME) if title else None, text(finding.message)), " — ")
    asides = (
        reference(finding.ref),
        f"owner: {text(finding.owner, NAME)}" if finding.owner else None,
        f"takes {text(finding.effort, NAME)} to mend" if finding.effort else None,
        place(finding),
    )
    remedy = f"→ {code(finding.remedy)}" if finding.remedy else ""
    parts = (f"{first}<br>{told}" if told else first, measured(finding), remedy, joined(asides))
    return "\n\n".join(part for part in parts if part) + "\n"


def place(finding: Finding) -> str | None:
    """The line of a check that the user wrote; an item's name tells it already."""
    if not finding.file or finding.item is not None:
        return None
    line = f":{finding.line}" if finding.line else ""
    return code(f"{finding.file}{line}", NAME)
