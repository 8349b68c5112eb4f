"""Settings that are no tables: from the file, a variable and the command line, each by its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_readiness.policy.durations import seconds
from pytest_readiness.policy.files import Source, Table
from pytest_readiness.policy.settings import Settings
from pytest_readiness.policy.typed import typed

ENVIRONMENT = "READINESS_ENVIRONMENT"
"""Variable that declares the environment where the settings do not."""

_DURATIONS = ("wait", "check_timeout")


def settings(
    source: Source, own: Table, environ: Mapping[str, str], options: Mapping[str, Any]
) -> Settings:
    """The scalars in force: the command line goes before the file, the file before the variable.

    Raises:
        SettingsError: one that cannot be used, named as the user wrote it.
    """
    chosen = {key: value for key, value in options.items() if value is not None}
    declared = environ.get(ENVIRONMENT)
    variable = {"environment": declared} if declared else {}
    merged: Table = {}
    for origin, table in (
        (Source(file="environment variables", prefix="READINESS_", spelled="variable"), variable),
        (source, own),
        (Source(file="command line", prefix="--readiness-", spelled="option"), chosen),
    ):
        typed(origin, "", table, Settings)
        merged.update(_in_seconds(origin, table))
    return typed(source, "", merged, Settings)


def _in_seconds(origin: Source, table: Table) -> Table:
    found = dict(table)
    for name in _DURATIONS:
        if name in found:
            try:
                found[name] = seconds(found[name])
            except ValueError as error:
                raise origin.error(name, str(error)) from None
    if found.get("check_timeout") == 0:
        raise origin.error("check_timeout", "0 would let a check hang for ever; give seconds")
    return found
