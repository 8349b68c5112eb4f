"""A PostgreSQL server and the application's database in a few words."""

from __future__ import annotations

from pytest_readiness.systems.cards import lines
from pytest_readiness.systems.postgres.facts import PostgresFacts
from pytest_readiness.systems.units import counted, part, size, span


def card(facts: PostgresFacts) -> dict[str, str]:
    """Its role, the application's database, and how full it is."""
    return lines(
        role=lambda: _role(facts),
        database=lambda: _database(facts),
        tables=lambda: f"{facts.schema.tables:,}",
        connections=lambda: _connections(facts),
        archiving=lambda: _archiving(facts),
    )


def _standby(facts: PostgresFacts) -> bool:
    return facts.standby if facts.sees("standby") else facts.session.in_recovery


def _role(facts: PostgresFacts) -> str:
    if _standby(facts):
        behind = facts.replay.behind if facts.sees("replay") else None
        return "standby" if behind is None else f"standby, {span(behind)} behind"
    if not facts.sees("replicas"):
        return "primary"
    standbys = [one for one in facts.replicas if one.kind == "standby"]
    if not standbys:
        return "primary, no standby"
    streaming = sum(one.state == "streaming" for one in standbys)
    return f"primary, {streaming} of {counted(len(standbys), 'standby')} streaming"


def _database(facts: PostgresFacts) -> str:
    name = facts.session.database
    return f"{name}, {size(facts.size)}" if facts.sees("size") else name


def _connections(facts: PostgresFacts) -> str:
    used, limit = facts.connections.used, facts.connections.limit
    return f"{used:,} of {limit:,} {part(used, limit)}"


def _archiving(facts: PostgresFacts) -> str:
    seen, mode = facts.archiver, facts.setting("archive_mode")
    if mode == "off":
        return "off"
    if mode != "always" and _standby(facts):
        return "left to the primary"
    if seen.target != "set":
        return "off" if seen.target == "unset" else "discards the WAL"
    if seen.failing:
        return "failing"
    age = seen.archived_age
    return "on, nothing archived yet" if age is None else f"on, last {span(age)} ago"
