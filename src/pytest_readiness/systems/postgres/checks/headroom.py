"""What is left before the server refuses to go on."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_most, readiness
from pytest_readiness.systems.postgres.probe import PostgresProbe


@readiness.high(
    remedy="Close idle sessions or pool them (pgbouncer) before raising max_connections.",
    thresholds=[at_most("used", 90, unit="%", source="pgmetrics; check_postgres backends")],
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
)
def xid_headroom(postgres_probe: PostgresProbe, limits: SimpleNamespace) -> None:
    """Are transaction ids left before the server stops to accept writes?"""
    oldest = postgres_probe.facts.wraparound
    xids, multixacts = 100 * oldest.xid_age / WRAPAROUND, 100 * oldest.mxid_age / WRAPAROUND
    assert measure(f"transaction ids used ({oldest.database})", xids, unit="%") <= limits.used
    assert measure("multixact ids used", multixacts, unit="%") <= limits.used
