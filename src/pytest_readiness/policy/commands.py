"""Settings of commands: scripts that a team already has, as checks."""

from __future__ import annotations

import shlex

import msgspec

from pytest_readiness.model import Severity
from pytest_readiness.policy.kinds import Name, Words

_TITLE = 120
"""Characters of a command that stand in the place of a title."""

Value = bool | int | float | str

KINDS = ("json", "number", "text", "no_text")
"""What an expectation can look for in the output; each one for exactly one of these."""


class Expect(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a command's output must hold: one of `json`, `number`, `text` and `no_text`."""

    json: Words | None = None
    """JSONPath (RFC 9535) of the value, where the standard output is JSON: `$.status`. Of several
    values every one must hold."""
    number: Words | None = None
    """Regular expression with one group, which holds a number: `P95: ([0-9.]+) ms`. Where it is
    found several times, every number must hold."""
    text: Words | None = None
    """Regular expression that must be found in the output."""
    no_text: Words | None = None
    """Regular expression that must not be found in the output."""
    equals: Value | None = None
    """What the value must be; `true`, `1` and `"1"` are three different values."""
    at_most: float | None = None
    """What the number must not be above."""
    at_least: float | None = None
    """What the number must not be below."""
    name: Words | None = None
    """What the value is called in the evidence; the path or the expression itself without."""
    unit: Words | None = None
    """Its unit in the evidence."""

    @property
    def kind(self) -> str:
        """Which of `KINDS` it looks for."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    @property
    def sought(self) -> str:
        """The path or the expression."""
        found: str = getattr(self, self.kind)
        return found


class Command(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[[tool.readiness.commands]]``: exit status 0 passes."""

    id: Name
    """Name of its check: `command.<id>`."""
    run: str | tuple[str, ...]
    """The command: a text that is split at blanks and quotes, or a list of program and
    arguments, which is taken as it is."""
    title: Words | None = None
    """What it asks; the command itself without."""
    severity: Severity = Severity.HIGH
    """How much it matters where it fails."""
    timeout: str | float = 60
    """Longest time it may take, `90s` or `10m`; then it is ended with all that it started, and
    the check fails."""
    cwd: str | None = None
    """Folder it runs in, from the project's root; the root itself without."""
    env: dict[str, str] = {}
    """Variables that are added to the environment."""
    owner: str | None = None
    """Who answers for it."""
    remedy: str | None = None
    """What to do where it fails."""
    expect: Expect | tuple[Expect, ...] = ()
    """What its output must hold, beside exit status 0; a list of several is allowed."""
    shell: bool = False
    """Whether `/bin/sh -e` runs it: pipes, `&&`, `$NAME` and all else that a shell does to a
    text, up to the first program that fails."""

    @property
    def arguments(self) -> tuple[str, ...]:
        """Program and arguments of a command that was held against the rules."""
        if self.shell:
            # -e: of two lines the first may fail, and the second must not make a pass of it.
            return ("/bin/sh", "-e", "-c", str(self.run))
        return (self.run,) if isinstance(self.run, str) else self.run

    @property
    def expectations(self) -> tuple[Expect, ...]:
        """Its expectations, one or several."""
        return (self.expect,) if isinstance(self.expect, Expect) else self.expect

    @property
    def seconds(self) -> float:
        """`timeout` of a command that was held against the rules."""
        return float(self.timeout)

    @property
    def asks(self) -> str:
        """Its title, or the command itself in one line."""
        if self.title is not None:
            return self.title
        text = self.run if isinstance(self.run, str) else shlex.join(self.run)
        line = " ".join(text[: 4 * _TITLE].split())
        return line if len(line) <= _TITLE else f"{line[: _TITLE - 1]}…"
