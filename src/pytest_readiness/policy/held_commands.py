"""The settings of commands, held against what can be run, and brought into one form."""

from __future__ import annotations

import re
import shlex

import msgspec

from pytest_readiness.policy.commands import Command, Expect
from pytest_readiness.policy.durations import seconds
from pytest_readiness.policy.errors import SettingsError
from pytest_readiness.policy.expectations import held
from pytest_readiness.policy.files import Source
from pytest_readiness.policy.settings import Settings
from pytest_readiness.policy.shell_signs import LINE_BREAK, assigned, shell_sign

LONGEST = 24 * 3600.0
"""Seconds that a command may take: a load test of a day, and no typing error of a year."""

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_AS_LIST = 'write run as a list: ["program", "argument"]'


def commands(source: Source, settings: Settings) -> Settings:
    """The settings with commands as they are run: split, with seconds and lists of expectations.

    Raises:
        SettingsError: a command that cannot be run as it is written, or one id twice.
    """
    found: list[Command] = []
    for i, command in enumerate(settings.commands):
        key = f"commands[{i}]"
        if command.id in (earlier.id for earlier in found):
            raise source.error(f"{key}.id", f"a second command {command.id!r}; ids are unique")
        found.append(_command(source, key, command))
    return msgspec.structs.replace(settings, commands=tuple(found))


def _command(source: Source, key: str, command: Command) -> Command:
    _variables(source, f"{key}.env", command.env)
    if command.cwd is not None and "\0" in command.cwd:
        raise source.error(f"{key}.cwd", "holds a NUL character, which no path can")
    listed = not isinstance(command.expect, Expect)
    expect = tuple(
        held(source, f"{key}.expect[{n}]" if listed else f"{key}.expect", one)
        for n, one in enumerate(command.expectations)
    )
    return msgspec.structs.replace(
        command,
        run=_run(source, f"{key}.run", command),
        timeout=_timeout(source, f"{key}.timeout", command.timeout),
        # An empty text, as "${FOLDER:-}" leaves it, is a setting that is not given.
        cwd=command.cwd or None,
        owner=command.owner or None,
        remedy=command.remedy or None,
        expect=expect,
    )


def _timeout(source: Source, key: str, given: str | float) -> float:
    try:
        found = seconds(given)
    except ValueError as error:
        raise source.error(key, str(error)) from None
    if found == 0:
        raise source.error(key, "0 leaves a command no time at all; write 60s or 10m")
    if found > LONGEST:
        raise source.error(key, "longer than a day; a command may take 24h at most")
    return found


def _variables(source: Source, key: str, env: dict[str, str]) -> None:
    for name, value in env.items():
        if not _VARIABLE.fullmatch(name):
            problem = "no name of a variable, which takes letters, digits and _"
            raise source.error(f"{key}.{name}", problem)
        if "\0" in value:
            raise source.error(f"{key}.{name}", "holds a NUL character, which no variable can")


def _run(source: Source, key: str, command: Command) -> str | tuple[str, ...]:
    """The command's arguments, or the text for a shell."""
    run = command.run
    if "\0" in "".join(run):
        raise source.error(key, "holds a NUL character, which no argument can")
    if command.shell:
        return _for_shell(source, key, run)
    words = _split(source, key, run) if isinstance(run, str) else run
    if not words or not words[0].strip():
        raise source.error(key, "names no program")
    return words


def _for_shell(source: Source, key: str, run: str | tuple[str, ...]) -> str:
    if not isinstance(run, str):
        raise source.error(key, "a list is run without a shell; leave out shell, or write a text")
    if not run.strip():
        raise source.error(key, "names no program")
    for name in source.variables.get(key, {}):
        # Whatever stands in the variable would be read as a part of the script.
        problem = f'a shell fills in variables itself, safely: write "${name}", without braces'
        raise source.error(key, problem)
    return run


def _split(source: Source, key: str, run: str) -> tuple[str, ...]:
    for name, value in source.variables.get(key, {}).items():
        if not _plain(value):
            problem = f"${{{name}}} holds blanks, quotes or signs of a shell, which would split it"
            raise source.error(key, f"{problem}; {_AS_LIST}")
    if (set_one := assigned(run)) is not None:
        problem = f"sets {set_one} before the program; write env = {{ {set_one} = … }}"
        raise source.error(key, problem)
    if (sign := shell_sign(run)) is not None:
        raise _asks_for_shell(source, key, sign)
    try:
        return tuple(shlex.split(run))
    except ValueError:
        raise source.error(key, f"a quote is not closed, or a \\ ends it; {_AS_LIST}") from None


def _asks_for_shell(source: Source, key: str, sign: str) -> SettingsError:
    if sign == LINE_BREAK:
        means = "write a command for each line"
    elif sign == "~":
        means = "write ${HOME}"
    elif sign == "$":
        means = "write ${NAME} to fill a variable in, put '…' around it"
    else:
        means = "put it in quotes"
    return source.error(key, f"{sign} means something to a shell only: {means}, or shell = true")


def _plain(value: str) -> bool:
    """Whether a filled-in value stays one word when the text around it is split."""
    try:
        return shlex.split(value) == [value] and shell_sign(value) is None
    except ValueError:
        return False
