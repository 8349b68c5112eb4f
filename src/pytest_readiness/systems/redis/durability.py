"""Judging whether data would survive: the longer questions that checks ask."""

from __future__ import annotations

from pytest_readiness.evidence import measure
from pytest_readiness.outcomes import blocked, not_applicable
from pytest_readiness.systems.redis.facts import RedisFacts
from pytest_readiness.systems.redis.probe import RedisProbe

HOUR = 3600


def of_data_that_counts(probe: RedisProbe) -> RedisFacts:
    """Facts of a server that was declared to hold data somebody would miss.

    Raises:
        Blocked: it was not reached.
        NotApplicable: it is a cache, or it was not declared what it is.
    """
    facts = probe.facts
    role = probe.declared.role
    if role is None:
        not_applicable("no role is declared")
    if role == "cache":
        not_applicable("a cache may lose its data")
    return facts


def recent_snapshot(facts: RedisFacts, hours: float) -> None:
    """Judge the age of the last snapshot, where something has changed since.

    Args:
        facts: of the server; its own note of a "last save" is the start until one was made.
        hours: oldest snapshot accepted.
    """
    saved = facts.persistence
    if saved.last_save_age is None:
        _first_snapshot(facts, hours)
    elif saved.changes:
        age = round(saved.last_save_age / HOUR, 1)
        assert measure("last snapshot", age, unit="hours ago") <= hours
    else:
        assert measure("changes since the last snapshot", saved.changes) == 0


def _first_snapshot(facts: RedisFacts, hours: float) -> None:
    planned = "planned" if facts.config.save else "never made and not planned"
    assert measure("snapshots", planned) == "planned"
    uptime = facts.server.uptime / HOUR
    if not facts.persistence.changes:
        assert measure("changes since the start", 0) == 0
        return
    if uptime <= hours:
        blocked(f"no snapshot yet since the start {uptime:.1f} hours ago; BGSAVE makes one")
    assert measure("time without a snapshot", round(uptime, 1), unit="hours") <= hours


def per_hour(count: int, uptime: int) -> float:
    """A counter since the start as a rate; the first hour counts as a whole one.

    Anything above 0 stays above 0, however long ago it was.
    """
    return float(f"{count * HOUR / max(uptime, HOUR):.3g}")
