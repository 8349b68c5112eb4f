"""Ticks in the bytes of a file."""

from __future__ import annotations

import re
from collections.abc import Mapping

_LINE = re.compile(rb"[^\r\n]*(?:\r\n?|\n)?")
_TICK = re.compile(r"\ufeff?(?:\s|>|[-+*](?=\s)|\d{1,9}[.)](?=\s))*\[([ xX])\](?=\s|$)")
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
        # Bytes that are no UTF-8 come out as they went in; other signs may take several.
        text = line.decode("utf-8", "surrogateescape")
        match = _TICK.match(text)
        if match is None:
            raise ValueError(f"line {number} holds no tick")
        if (match[1] != " ") != ticked:
            text = f"{text[: match.start(1)]}{'x' if ticked else ' '}{text[match.end(1) :]}"
            lines[number - 1] = text.encode("utf-8", "surrogateescape")
    return b"".join(lines)
