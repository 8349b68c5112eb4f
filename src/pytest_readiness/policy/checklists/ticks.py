"""Ticks in the bytes of a file."""

from __future__ import annotations

import re
from collections.abc import Mapping

_LINE = re.compile(rb"[^\r\n]*(?:\r\n?|\n)?")
_TICK = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:[ \t>]|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t]))*\[([ xX])\](?=[ \t\r\n\v\f])"
)
"""What may stand before the box of a line that the parser named."""


def with_ticks(content: bytes, ticks: Mapping[int, bool]) -> bytes:
    """A document with some items ticked or opened, and no other byte changed.

    Args:
        content: the file's bytes.
        ticks: lines of items, from 1 on, and whether each is to be ticked. One that is so
            already keeps its byte, ``[X]`` too.

    Raises:
        ValueError: a line holds no tick.
    """
    lines = _LINE.findall(content)
    for number, ticked in ticks.items():
        line = lines[number - 1] if 1 <= number <= len(lines) else b""
        match = _TICK.match(line)
        if match is None:
            raise ValueError(f"line {number} holds no tick")
        if (match[1] != b" ") != ticked:
            mark = b"x" if ticked else b" "
            lines[number - 1] = line[: match.start(1)] + mark + line[match.end(1) :]
    return b"".join(lines)
