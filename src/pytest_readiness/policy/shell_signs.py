"""What only a shell understands, in a command that no shell runs.

Without a shell ``./migrate --check && ./drift`` is one program with three arguments: the second
one never runs, and the check passes all the same.
"""

from __future__ import annotations

import re

LINE_BREAK = "a line break"

_OPERATOR = re.compile(r"\d*[|&;<>]+(?:\(|&?\d*-?)")
_EXPANSION = re.compile(r"\$[A-Za-z_({]|`")
_HOME = re.compile(r"~(?:/|\s|$)")
_ASSIGNMENT = re.compile(r"\s*([A-Za-z_]\w*)\+?=", re.ASCII)


def shell_sign(text: str) -> str | None:
    """The first sign in a text that asks for a shell, outside the quotes that would hide it.

    An operator counts where a word begins or ends with it (``a; b``, ``2>&1``), and not within one
    (``http://shop/?a=1&b=2``): nobody means that one for a shell.

    Returns:
        The sign itself, never more of the text, which may hold a secret; None if there is none.
    """
    quote, i, text = "", 0, text.strip()
    while i < len(text):
        letter = text[i]
        if letter in "\n\r" and quote == "":
            return LINE_BREAK
        if letter == "\\" and quote != "'":
            i += 1 if text[i + 1 : i + 2] == "\n" else 2
        elif letter == quote:
            quote, i = "", i + 1
        elif quote == "" and letter in "'\"":
            quote, i = letter, i + 1
        else:
            if quote != "'" and (expansion := _EXPANSION.match(text, i)):
                return expansion[0][0]
            if quote == "" and _HOME.match(text, i) and (i == 0 or text[i - 1].isspace()):
                return letter
            if quote == "" and (operator := _OPERATOR.match(text, i)) and _apart(text, operator):
                return operator[0].strip("0123456789-(")
            i += 1
    return None


def _apart(text: str, found: re.Match[str]) -> bool:
    """Whether a word begins or ends with what was found."""
    before, after = text[: found.start()], text[found.end() :]
    return not before or before[-1].isspace() or not after or after[0].isspace()


def assigned(text: str) -> str | None:
    """The variable that a text sets before its program, as in ``LEVEL=1 ./check.sh``."""
    match = _ASSIGNMENT.match(text)
    return None if match is None else match[1]
