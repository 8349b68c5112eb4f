"""Commands that CI systems read out of a job's log: written by us, and kept from being written.

GitHub's runner takes a line for a command that begins with ``::name``, blanks before it or not, or
that has ``##[name]`` anywhere in it (ActionCommand.cs of actions/runner); so do Gitea and Forgejo.
Azure Pipelines takes ``##vso[``, TeamCity ``##teamcity[``. GitLab's sections need an escape sign,
which no text that we print holds.
"""

from __future__ import annotations

import re

_LINES = re.compile(r"[^\r\n]*[\r\n]|[^\r\n]+")
_BLANK = (
    r"(?:\x1b\[[0-9;]*[A-Za-z]"
    r"|[\s\x00-\x1f\x7f-\x9f\xad\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff])*"
)
"""What a runner may pass over at the beginning of a line: more than GitHub's, which knows blanks
only, since there are others."""
_BEGINS = re.compile(rf"{_BLANK}:(?=:(?![0-9:]))")
"""Up to the second colon. What goes on with a number is an address, ``::1``, and no command."""
_OPEN = re.compile(rf"{_BLANK}(:{{0,2}})\Z")
_LEGACY = re.compile(r"##(?:vso|teamcity)?(?=\[)")
_KEPT = 16
"""Characters at the end of a line that is not ended: more than ``##teamcity``."""


def command(name: str, message: str, **properties: str | int | None) -> str:
    """A command of GitHub's runner, in one line; properties of None are left out."""
    given = ",".join(f"{k}={_property(v)}" for k, v in properties.items() if v is not None)
    return f"::{name}{f' {given}' if given else ''}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str | int) -> str:
    return _data(str(value)).replace(":", "%3A").replace(",", "%2C")


class Inert:
    """Text on its way to a log, with nothing in it that a runner takes for a command.

    Within a line it is told by its beginning, which may have been written before: so this
    remembers how the present line goes. What would begin a command gets a blank in the middle.
    """

    def __init__(self) -> None:
        self._line = ""
        """The present line: as a whole while a command may still begin, else its last signs."""

    def __call__(self, text: str) -> str:
        """The text as it may be written."""
        return "".join(map(self._part, _LINES.findall(text)))

    def _part(self, part: str) -> str:
        before, line = len(self._line), self._line + part
        places = {match.end() for match in _LEGACY.finditer(line)}
        begins = _BEGINS.match(line)
        if begins is not None:
            places.add(begins.end())
        for place in sorted(places, reverse=True):
            # What stands before was written already, and was made harmless then.
            if place >= before:
                line = f"{line[:place]} {line[place:]}"
        self._line = "" if part[-1] in "\r\n" else _shortened(line)
        return line[before:]


def _shortened(line: str) -> str:
    """All of a line that has to be remembered."""
    if len(line) <= _KEPT:
        return line
    still = _OPEN.match(line)
    # Behind a word no command can begin any more, but for those that stand anywhere.
    return f" {still[1]}" if still else f"x{line[-_KEPT:]}"
