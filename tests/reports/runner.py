"""The rules by which GitHub's runner reads commands out of a log, as its source has them."""

from __future__ import annotations

import re
from typing import NamedTuple


class Command(NamedTuple):
    """What the runner understands of a line."""

    name: str
    properties: dict[str, str]
    message: str


def commands(log: str) -> list[Command]:
    """All commands in a log: lines end at CR, LF or both."""
    return [found for line in re.split(r"\r\n|\r|\n", log) if (found := command(line))]


def command(line: str) -> Command | None:
    """The command in a line, of any name, since names are added to the runner."""
    line = line.lstrip()
    if line.startswith("::") and (end := line.find("::", 2)) >= 0:
        return _command(line[2:end], ",", line[end + 2 :])
    start = line.find("##[")
    if start >= 0 and (end := line.find("]", start)) >= 0:
        return _command(line[start + 3 : end], ";", line[end + 1 :])
    return None


def _command(info: str, between: str, message: str) -> Command | None:
    name, _, given = info.partition(" ")
    if not re.fullmatch(r"[A-Za-z][\w-]*", name):
        return None
    pairs = (one.split("=", 1) for one in given.strip().split(between) if "=" in one)
    return Command(name, {k: _property(v) for k, v in pairs}, _unescaped(message))


def _property(text: str) -> str:
    return _unescaped(text.replace("%3A", ":").replace("%2C", ","))


def _unescaped(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
