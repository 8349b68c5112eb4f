"""Settings that are no tables: from the file, a variable and the command line, each by its name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pytest_readiness.policy import shards
from pytest_readiness.policy.durations import seconds
from pytest_readiness.policy.files import Source, Table
from pytest_readiness.policy.settings import Settings
from pytest_readiness.policy.typed import typed

ENVIRONMENT = "READINESS_ENVIRONMENT"
"""Variable that declares the environment where the settings do not."""

VANTAGE = "READINESS_VANTAGE"
"""Variable that names the place a run looks from, where the settings do not."""

_VARIABLES = {"environment": ENVIRONMENT, "vantage": VANTAGE}
_PLACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", re.ASCII)

_PLACES = ("shard", "vantage")
_DURATIONS = ("wait", "check_timeout")


def settings(
    source: Source, own: Table, environ: Mapping[str, str], options: Mapping[str, Any]
) -> Settings:
    """The scalars in force: the command line goes before the file, the file before the variable.

    Raises:
        SettingsError: one that cannot be used, named as the user wrote it.
    """
    chosen = {key: value for key, value in options.items() if value is not None}
    variable = {key: environ[name] for key, name in _VARIABLES.items() if environ.get(name)}
    merged: Table = {}
    for origin, table in (
        (Source(file="environment variables", prefix="READINESS_", spelled="variable"), variable),
        (source, own),
        (Source(file="command line", prefix="--readiness-", spelled="option"), chosen),
    ):
        typed(origin, "", table, Settings)
        merged.update(_placed(origin, _in_seconds(origin, table)))
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


def _placed(origin: Source, table: Table) -> Table:
    """The table, if its shard and its vantage point are such; an empty text is not given."""
    found = {k: v for k, v in table.items() if k not in _PLACES or v != ""}
    if found.get("shard") is not None:
        try:
            part = shards.one(found["shard"])
        except ValueError as error:
            raise origin.error("shard", str(error)) from None
        found["shard"] = str(part) if part.of > 1 else None
    if found.get("vantage") is not None and not _PLACE.fullmatch(found["vantage"]):
        raise origin.error("vantage", "a name takes letters, digits, dots, _ and -")
    return found
