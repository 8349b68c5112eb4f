"""Whether what was written stays."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_most, readiness
from pytest_readiness.outcomes import not_applicable
from pytest_readiness.systems.redis.durability import of_data_that_counts, recent_snapshot
from pytest_readiness.systems.redis.probe import RedisProbe


@readiness.low(remedy='Say what it is for: role = "cache", "store" or "broker".', demand="intent")
def role_declared(redis_probe: RedisProbe) -> None:
    """Is it declared what the server is for?"""
    _ = redis_probe.facts
    assert measure("declared role", redis_probe.declared.role or "none") != "none"


@readiness.high(remedy='CONFIG SET appendonly yes, CONFIG SET save "3600 1", CONFIG REWRITE.')
def persistence(redis_probe: RedisProbe) -> None:
    """Does the data of a store or a broker survive a restart?"""
    facts = of_data_that_counts(redis_probe)
    if facts.persistence.aof:
        assert measure("persistence", "append-only file") != "none"
        return
    snapshots = "snapshots" if facts.config.save else "none"
    assert measure("persistence", snapshots) != "none"


@readiness.blocker(remedy="Repair disk space and rights of the data folder; then BGSAVE.")
def last_save_ok(redis_probe: RedisProbe) -> None:
    """Did the last save succeed, without which writes are refused (MISCONF)?"""
    facts = redis_probe.facts
    saved = facts.persistence
    snapshots = not facts.config.sees("save") or bool(facts.config.save)
    if not snapshots and not saved.aof:
        not_applicable("persistence is off")
    if snapshots:
        assert measure("last snapshot", saved.last_save) == "ok"
    if saved.aof:
        assert measure("last write of the append-only file", saved.last_aof_write) == "ok"
        assert measure("last rewrite of the append-only file", saved.last_aof_rewrite) == "ok"


@readiness.high(
    remedy="Snapshot at least daily (BGSAVE by cron, or CONFIG SET save) and copy dump.rdb away; "
    "if another way makes backups, have it signed off.",
    thresholds=[at_most("age", 24, unit="hours", source="a recovery point of one day")],
    demand="backups",
    managed=True,
)
def backups(redis_probe: RedisProbe, limits: SimpleNamespace) -> None:
    """Is there a recent snapshot of a store's or a broker's data?"""
    recent_snapshot(of_data_that_counts(redis_probe), limits.age)
