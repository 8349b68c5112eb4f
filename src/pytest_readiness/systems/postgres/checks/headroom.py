"""What is left before the server refuses to go on."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_most, readiness
from pytest_readiness.outcomes import blocked, not_applicable
from pytest_readiness.systems.postgres.probe import PostgresProbe
from pytest_readiness.systems.postgres.sizes import size
from pytest_readiness.systems.postgres.sql import ident

GB = 2**30


@readiness.high(
    remedy="Close idle sessions or pool them (pgbouncer) before raising max_connections.",
    thresholds=[at_most("used", 90, unit="%", source="pgmetrics; check_postgres backends")],
    category="capacity",
    effort="hours",
    source="pgmetrics; check_postgres backends",
)
def connections_headroom(postgres_probe: PostgresProbe, limits: SimpleNamespace) -> None:
    """Are connections left for the application?"""
    connections = postgres_probe.facts.connections
    used = 100 * connections.used / max(connections.limit, 1)
    assert measure("connections in use", used, unit="%") <= limits.used


WRAPAROUND = 2**31
"""Ids after which PostgreSQL stops to accept writes."""


@readiness.blocker(
    remedy="End old transactions, prepared ones and slots, then VACUUM (FREEZE) the database.",
    ref="https://www.postgresql.org/docs/current/routine-vacuuming.html",
    thresholds=[at_most("used", 75, unit="%", source="pgmetrics; check_postgres txn_wraparound")],
    category="capacity",
    effort="hours",
    source="pgmetrics; check_postgres txn_wraparound",
)
def xid_headroom(postgres_probe: PostgresProbe, limits: SimpleNamespace) -> None:
    """Are transaction ids left before the server stops to accept writes?"""
    oldest = postgres_probe.facts.wraparound
    xids, multixacts = 100 * oldest.xid_age / WRAPAROUND, 100 * oldest.mxid_age / WRAPAROUND
    assert measure(f"transaction ids used ({oldest.database})", xids, unit="%") <= limits.used
    assert measure("multixact ids used", multixacts, unit="%") <= limits.used


@readiness.high(
    remedy="Lower the pools' sizes or the instances, or put pgbouncer between; only then raise "
    "max_connections.",
    category="capacity",
    effort="hours",
    source="SQLAlchemy documentation, pool sizes; an incident's lesson",
)
def pools_fit(postgres_probe: PostgresProbe) -> None:
    """May all the application's pools be full at once?"""
    pool, facts = postgres_probe.settings.pool, postgres_probe.facts
    if pool is None:
        not_applicable("no pool is declared; say pool = { size = 10, instances = 4 }")
    allowed = facts.role.connection_limit
    limit = facts.connections.limit if allowed < 0 else min(allowed, facts.connections.limit)
    shown = measure("connections of full pools", pool.most, unit="connections")
    assert shown <= limit


@readiness.high(
    remedy="ALTER TABLE t ALTER COLUMN id TYPE bigint; (rewrites the table), and ALTER SEQUENCE s "
    "AS bigint;",
    thresholds=[at_most("used", 85, unit="%", source="check_postgres sequence")],
    category="capacity",
    effort="days",
    source="check_postgres sequence; pgMonitor",
    privilege="SELECT on the sequences, for the application's role",
)
def sequences_headroom(postgres_probe: PostgresProbe, limits: SimpleNamespace) -> None:
    """Are numbers left in every sequence, and room for them in its column?"""
    facts = postgres_probe.facts
    sequences = facts.sequences
    for fullest in sequences.fullest[:1]:
        used = measure(f"numbers used ({fullest.name})", fullest.used, unit="%")
        assert used <= limits.used
    if sequences.hidden:
        names = ", ".join(sequences.hidden)
        blocked(
            f"{facts.role.name} is not shown the sequences {names}: GRANT SELECT ON SEQUENCE "
            f"{names} TO {ident(facts.role.name)}"
        )
    if sequences.skipped:
        blocked(
            f"{sequences.skipped} of {sequences.count} sequences were not read: to read one is to "
            "lock it, and so many locks would take those of others"
        )
    if not sequences.fullest:
        not_applicable("no sequence feeds what the application writes")


@readiness.high(
    remedy="Delete or partition what is old, or give the volume more and raise max_size.",
    category="capacity",
    effort="days",
    source="check_postgres disk_space",
)
def size_within_budget(postgres_probe: PostgresProbe) -> None:
    """Is the database within the size that was planned for it?"""
    declared = postgres_probe.settings.max_size
    if declared is None:
        not_applicable('no max_size is declared; say max_size = "100GB"')
    budget = size(declared) / GB
    name = postgres_probe.facts.session.database
    assert measure(f"size of {name}", postgres_probe.facts.size / GB, unit="GB") <= budget


@readiness.medium(
    remedy="See what keeps it: pg_replication_slots, pg_stat_archiver, wal_keep_size, a standby "
    "that is behind.",
    thresholds=[at_most("times", 2, unit="times what the settings allow", source="pgMonitor")],
    category="capacity",
    effort="hours",
    source="pgMonitor WAL size alert",
    privilege="pg_monitor",
    since="13",
    managed=True,
)
def wal_within_bounds(postgres_probe: PostgresProbe, limits: SimpleNamespace) -> None:
    """Does the WAL take no more of the disk than the settings mean it to?"""
    facts = postgres_probe.facts
    # Some segments are made in advance; below a gigabyte no disk is in danger.
    meant = max(facts.size_of("max_wal_size") + facts.size_of("wal_keep_size"), GB // 2)
    times = measure("WAL on disk", facts.wal_bytes / meant, unit="times what the settings allow")
    assert times <= limits.times
