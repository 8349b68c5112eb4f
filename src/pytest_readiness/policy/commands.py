"""Settings of commands: scripts that a team already has, as checks."""

from __future__ import annotations

import msgspec

from pytest_readiness.model import Severity
from pytest_readiness.policy.kinds import Name, Words

Value = bool | int | float | str


class Expect(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a command's output must hold: one of `json`, `number` and `text`, and a comparison."""

    json: str | None = None
    """Where the value is in output that is JSON: `$.status`."""
    number: str | None = None
    """Regular expression with one group, which holds a number: `P95: ([0-9.]+) ms`."""
    equals: Value | None = None
    """What the value must be."""
    at_most: float | None = None
    """What the value must not be above."""
    at_least: float | None = None
    """What the value must not be below."""
    name: str | None = None
    """What the value is called in the evidence."""
    unit: str | None = None
    """Its unit in the evidence."""


class Command(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[[tool.readiness.commands]]``: exit status 0 passes."""

    id: Name
    """Name of its check: `command.<id>`."""
    run: Words | tuple[Words, ...]
    """The command: a text that is split as a shell would, or a list of program and arguments."""
    title: Words | None = None
    """What it asks; the command itself without."""
    severity: Severity = Severity.HIGH
    """How much it matters where it fails."""
    timeout: str | float = 60
    """Longest time it may take."""
    cwd: str | None = None
    """Folder it runs in, from the project's root."""
    env: dict[str, str] = {}
    """Variables that are added to the environment."""
    owner: str | None = None
    """Who answers for it."""
    remedy: str | None = None
    """What to do where it fails."""
    expect: Expect | tuple[Expect, ...] = ()
    """What its output must hold."""
    shell: bool = False
    """Whether a shell runs it, with all that a shell does to a text."""
