"""Whether what was written stays."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_most, readiness
from pytest_readiness.outcomes import not_applicable
from pytest_readiness.systems.redis.durability import (
    of_data_that_counts,
    per_hour,
    recent_snapshot,
)
from pytest_readiness.systems.redis.facts import RedisFacts
from pytest_readiness.systems.redis.probe import RedisProbe

PERSISTENCE = "Redis persistence guide"


@readiness.low(
    remedy='Say what it is for: role = "cache", "store" or "broker".',
    category="operations",
    effort="minutes",
    source="what persistence and eviction must be depends on it",
    demand="intent",
)
def role_declared(redis_probe: RedisProbe) -> None:
    """Is it declared what the server is for?"""
    _ = redis_probe.facts
    assert measure("declared role", redis_probe.declared.role or "none") != "none"


@readiness.high(
    remedy='CONFIG SET appendonly yes, CONFIG SET save "3600 1", CONFIG REWRITE.',
    category="durability",
    effort="minutes",
    source=PERSISTENCE,
    privilege="ACL +info +config|get",
    managed=True,
)
def persistence(redis_probe: RedisProbe) -> None:
    """Does the data of a store or a broker survive a restart?"""
    facts = of_data_that_counts(redis_probe)
    if facts.persistence.aof:
        assert measure("persistence", "append-only file") != "none"
        return
    snapshots = "snapshots" if facts.config.save else "none"
    assert measure("persistence", snapshots) != "none"


@readiness.high(
    remedy="CONFIG SET appendfsync everysec, CONFIG REWRITE.",
    category="durability",
    effort="minutes",
    source=PERSISTENCE,
    privilege="ACL +info +config|get",
    managed=True,
)
def append_only_file_synced(redis_probe: RedisProbe) -> None:
    """Does the append-only file reach the disk within a second?"""
    facts = of_data_that_counts(redis_probe)
    if not facts.persistence.aof:
        not_applicable("the append-only file is off")
    assert measure("appendfsync", facts.config.appendfsync) != "no"


@readiness.blocker(
    remedy="Repair disk space and rights of the data folder; then BGSAVE.",
    category="durability",
    effort="hours",
    source=PERSISTENCE,
    privilege="ACL +info",
)
def last_save_ok(redis_probe: RedisProbe) -> None:
    """Did the last save succeed, without which writes are refused (MISCONF)?"""
    facts = redis_probe.facts
    saved = facts.persistence
    snapshots = not facts.config.sees("save") or bool(facts.config.save)
    if not snapshots and not saved.aof:
        not_applicable("persistence is off")
    if redis_probe.declared.role == "cache" and not saved.aof and _writes_go_on(facts):
        not_applicable("a cache may lose its data, and this one takes writes after a failed save")
    if snapshots:
        assert measure("last snapshot", saved.last_save) == "ok"
    if saved.aof:
        assert measure("last write of the append-only file", saved.last_aof_write) == "ok"
        assert measure("last rewrite of the append-only file", saved.last_aof_rewrite) == "ok"


def _writes_go_on(facts: RedisFacts) -> bool:
    config = facts.config
    seen = config.sees("stop_writes_on_bgsave_error")
    return seen and config.stop_writes_on_bgsave_error == "no"


@readiness.low(
    remedy="CONFIG SET stop-writes-on-bgsave-error yes, or watch rdb_last_bgsave_status.",
    category="durability",
    effort="minutes",
    source=PERSISTENCE,
    privilege="ACL +config|get",
    managed=True,
)
def failed_saves_noticed(redis_probe: RedisProbe) -> None:
    """Does a store or a broker refuse writes that it can no longer save?"""
    facts = of_data_that_counts(redis_probe)
    if not facts.config.save:
        not_applicable("no snapshots are made")
    stops = facts.config.stop_writes_on_bgsave_error
    assert measure("stop-writes-on-bgsave-error", stops) == "yes"


@readiness.high(
    remedy="Snapshot at least daily (BGSAVE by cron, or CONFIG SET save) and copy dump.rdb away; "
    "if another way makes backups, have it signed off.",
    thresholds=[at_most("age", 24, unit="hours", source="a recovery point of one day")],
    category="durability",
    effort="hours",
    source="AWS Security Hub ElastiCache.1",
    privilege="ACL +info +config|get",
    demand="backups",
    managed=True,
)
def backups(redis_probe: RedisProbe, limits: SimpleNamespace) -> None:
    """Is there a recent snapshot of a store's or a broker's data?"""
    recent_snapshot(of_data_that_counts(redis_probe), limits.age)


@readiness.medium(
    remedy="Add memory or let keys expire, CONFIG SET maxmemory-policy noeviction; CONFIG "
    "RESETSTAT once it is mended.",
    thresholds=[
        at_most("per_hour", 0, unit="keys an hour", source="a store's keys are all wanted")
    ],
    category="durability",
    effort="hours",
    source="Amazon ElastiCache metrics to watch",
    privilege="ACL +info",
)
def nothing_evicted(redis_probe: RedisProbe, limits: SimpleNamespace) -> None:
    """Has a store or a broker kept all its keys?"""
    facts = of_data_that_counts(redis_probe)
    rate = per_hour(facts.stats.evicted, facts.server.uptime)
    assert measure("keys evicted", rate, unit="an hour since the start") <= limits.per_hour
