"""A strict reader of Prometheus' text format, and of what OpenMetrics adds to it."""

from __future__ import annotations

import re
from typing import NamedTuple

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
# No two neighbours may match the same blank: a hostile line would keep the pattern busy.
_LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*\s*=\s*"(?:[^"\\]|\\.)*"\s*(?:,\s*|(?=\}))'
_LABELS = rf"\{{\s*(?:{_LABEL})*\}}"
_NUMBER = r"[-+]?(?:[0-9.]+(?:[eE][-+]?[0-9]+)?|[Nn]a[Nn]|[Ii]nf|Infinity)"
_SAMPLE = re.compile(
    rf"({_NAME})(?:\s*{_LABELS})?\s+({_NUMBER})(?:\s+{_NUMBER})?(?:\s+#\s+{_LABELS}\s+.*)?\s*"
)
_FAMILY = re.compile(rf"#\s*(?:TYPE|HELP|UNIT)\s+({_NAME})(?:\s.*)?")


class Parsed(NamedTuple):
    """What a text of metrics holds."""

    samples: int
    names: frozenset[str]
    """Of samples, and of families that have none yet."""
    problem: str | None
    """What is wrong with the first line that cannot be read."""


def parse(text: str, *, cut: bool = False) -> Parsed:
    """Read a text of metrics; ``cut`` says that its last line may be half of one."""
    lines = text.split("\n")
    names: set[str] = set()
    samples = 0
    for number, line in enumerate(lines[:-1] if cut else lines, 1):
        line = line.strip()
        family = _FAMILY.fullmatch(line)
        if family:
            names.add(family[1])
        elif line and not line.startswith("#"):
            sample = _SAMPLE.fullmatch(line)
            if sample is None or not _is_number(sample[2]):
                return Parsed(samples, frozenset(names), f"line {number} is no sample: {line[:60]}")
            names.add(sample[1])
            samples += 1
    return Parsed(samples, frozenset(names), None)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
