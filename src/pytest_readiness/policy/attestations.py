"""Sign-offs in the settings, held against the calendar and each other; and where they stand."""

from __future__ import annotations

import re
from pathlib import Path

from msgspec.structs import replace

from pytest_readiness.policy.dates import hold_day
from pytest_readiness.policy.durations import seconds
from pytest_readiness.policy.files import Source, tables_of
from pytest_readiness.policy.records import Attestation
from pytest_readiness.policy.settings import Settings

_HEADER = re.compile(r"\s*\[\[\s*([\w.\s\"'-]+?)\s*\]\]")
_ANY_HEADER = re.compile(r"\s*\[")
_BY = re.compile(r"""\s*(?:by|"by"|'by')\s*=""")


def hold_signed(source: Source) -> None:
    """Hold the days of signatures, where the types alone would say less.

    Raises:
        SettingsError: a day that is a text, or has a time.
    """
    tables = source.table.get("attestations")
    for i, table in enumerate(tables if isinstance(tables, list) else ()):
        if isinstance(table, dict) and "on" in table:
            hold_day(source, f"attestations[{i}].on", table["on"])


def attestations(source: Source, settings: Settings) -> Settings:
    """The settings with their sign-offs' `valid_for` in seconds.

    Raises:
        SettingsError: two of one id, a duration that is none or less than a day.
    """
    known: set[str] = set()
    held = []
    for i, attestation in enumerate(settings.attestations):
        key = f"attestations[{i}]"
        if attestation.id in known:
            raise source.error(f"{key}.id", f"{attestation.id!r} is signed for twice")
        known.add(attestation.id)
        held.append(_in_seconds(source, key, attestation))
    return replace(settings, attestations=tuple(held))


def _in_seconds(source: Source, key: str, attestation: Attestation) -> Attestation:
    if attestation.valid_for is None:
        return attestation
    try:
        time = seconds(attestation.valid_for)
    except ValueError as error:
        raise source.error(f"{key}.valid_for", str(error)) from None
    if time < 86400:
        raise source.error(f"{key}.valid_for", "less than a day; write 90d")
    return replace(attestation, valid_for=time)


def signed_lines(source: Source, settings: Settings, profile: str | None) -> dict[str, int]:
    """Line of the signature of each sign-off by its id, from 1 on; that of `id` where none is.

    TOML's readers tell no lines. A table that is not written as ``[[attestations]]`` of its own,
    or does not hold what was read, is left out: nothing is better than somebody else's line.

    Args:
        source: the settings file.
        settings: what was read from it.
        profile: name of the profile that is laid over the rest.
    """
    known = {attestation.id: attestation for attestation in settings.attestations}
    if not known or source.path is None:
        return {}
    text = Path(source.path).read_text("utf-8-sig", errors="replace")
    names = (f"{source.prefix}attestations", f"{source.prefix}profile.{profile}.attestations")
    result: dict[str, int] = {}
    for start, block in _blocks(text.splitlines(), names):
        table = tables_of("\n".join(block))
        name = table.get("id")
        if isinstance(name, str) and name in known and table.get("by") == known[name].by:
            signed = [i for i, line in enumerate(block) if _BY.match(line)]
            result[name] = start + (signed[0] if signed else 0)
    return result


def _blocks(lines: list[str], names: tuple[str, ...]) -> list[tuple[int, list[str]]]:
    """First line, from 1 on, and lines of each ``[[name]]``, without its header."""
    blocks: list[tuple[int, list[str]]] = []
    inside = False
    for number, line in enumerate(lines, start=1):
        header = _HEADER.match(line)
        if header is not None and re.sub(r"[\s\"']", "", header[1]) in names:
            inside = True
            blocks.append((number + 1, []))
        elif _ANY_HEADER.match(line):
            inside = False
        elif inside:
            blocks[-1][1].append(line)
    return blocks
