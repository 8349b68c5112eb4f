"""How the server is set up, and whether anybody would see that it is slow."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_least, at_most, readiness
from pytest_readiness.outcomes import blocked, not_applicable
from pytest_readiness.systems.postgres.facts import PostgresFacts
from pytest_readiness.systems.postgres.probe import PostgresProbe

MB = 2**20
FEW_BLOCKS = 100_000
"""Blocks read below which a hit ratio is that of a server that has just begun."""


@readiness.medium(
    remedy="Restart the server in the next window; SELECT name FROM pg_settings WHERE "
    "pending_restart; names them.",
    category="configuration",
    effort="minutes",
    source="pgMonitor settings alert",
    privilege="pg_monitor",
)
def no_pending_restart(postgres_probe: PostgresProbe) -> None:
    """Does the server run with the settings that its files hold?"""
    waiting = ", ".join(sorted(postgres_probe.facts.pending_restart)) or "none"
    assert measure("settings that wait for a restart", waiting) == "none"


@readiness.low(
    remedy="ALTER SYSTEM SET log_min_duration_statement = '1s'; log_lock_waits = on; "
    "log_checkpoints = on; SELECT pg_reload_conf();",
    category="operations",
    effort="minutes",
    source="CIS PostgreSQL Benchmark 3; dev-sec postgres-16",
    demand="limits",
)
def slowness_logged(postgres_probe: PostgresProbe) -> None:
    """Does the log show slow statements, long waits for locks, and checkpoints?"""
    facts = postgres_probe.facts
    assert measure("logging of slow statements", _slow_logged(facts)) == "on"
    assert measure("log_lock_waits", facts.setting("log_lock_waits")) == "on"
    assert measure("log_checkpoints", facts.setting("log_checkpoints")) == "on"


def _slow_logged(facts: PostgresFacts) -> str:
    if facts.setting("log_min_duration_statement") != "-1":
        return "on"
    # A sample of the slow ones will do.
    sampled = facts.number >= 130000 and facts.setting("log_min_duration_sample") != "-1"
    return "on" if sampled and float(facts.setting("log_statement_sample_rate")) > 0 else "off"


@readiness.low(
    remedy="ALTER SYSTEM SET shared_buffers = '2GB'; (a quarter of the memory), and restart.",
    thresholds=[at_least("megabytes", 256, unit="MB", source="pgtune, a machine of 1 GB")],
    category="performance",
    effort="minutes",
    source="pgtune",
    demand="limits",
    managed=True,
)
def memory_configured(postgres_probe: PostgresProbe, limits: SimpleNamespace) -> None:
    """Was the server given more memory than its default, which fits any laptop?"""
    buffers = postgres_probe.facts.size_of("shared_buffers") / MB
    assert measure("shared_buffers", buffers, unit="MB") >= limits.megabytes


@readiness.low(
    remedy="Add pg_stat_statements to shared_preload_libraries, restart, CREATE EXTENSION "
    "pg_stat_statements; in the database that is monitored.",
    ref="https://www.postgresql.org/docs/current/pgstatstatements.html",
    category="operations",
    effort="minutes",
    source="PgHero; pgMonitor",
    privilege="pg_monitor",
    demand="limits",
)
def statements_counted(postgres_probe: PostgresProbe) -> None:
    """Would it be seen which statements take the time?"""
    facts = postgres_probe.facts
    loaded = facts.setting("shared_preload_libraries").split(",")
    names = [name.strip(' "').rpartition("/")[2] for name in loaded]
    known = "loaded" if "pg_stat_statements" in names else "not loaded"
    assert measure("pg_stat_statements", known) == "loaded"
    there = "installed" if facts.statements_in is not None else "not installed"
    assert measure("extension pg_stat_statements", there) == "installed"


@readiness.low(
    remedy="EXPLAIN (ANALYZE, BUFFERS) it, and add the index it lacks; SELECT query FROM "
    "pg_stat_statements WHERE queryid = …;",
    thresholds=[at_most("seconds", 1, unit="s", source="PgHero slow queries")],
    category="performance",
    effort="days",
    source="PgHero slow queries",
    privilege="pg_monitor",
    since="13",
    optional=True,
)
def statements_quick(postgres_probe: PostgresProbe, limits: SimpleNamespace) -> None:
    """Is no statement that runs often slow on average?"""
    if postgres_probe.facts.statements_in is None:
        not_applicable("pg_stat_statements is not installed; statements_counted judges that")
    often = postgres_probe.facts.slow_statements
    if not often:
        not_applicable("no traffic yet: no statement ran a hundred times since counting began")
    slowest = max(often, key=lambda statement: statement.mean)
    name = f"mean time of statement {slowest.id or 'of another role'} ({slowest.calls} calls)"
    assert measure(name, slowest.mean, unit="s") <= limits.seconds


@readiness.low(
    remedy="Raise shared_buffers, or add the indexes that whole tables are read for want of.",
    thresholds=[at_least("hits", 98, unit="%", source="awesome-prometheus-alerts")],
    category="performance",
    effort="days",
    source="awesome-prometheus-alerts; PgHero",
    optional=True,
)
def cache_hits(postgres_probe: PostgresProbe, limits: SimpleNamespace) -> None:
    """Is nearly all that is read found in memory?"""
    seen = postgres_probe.facts.database
    blocks = seen.blocks_hit + seen.blocks_read
    if blocks < FEW_BLOCKS:
        not_applicable(f"no traffic yet: {blocks} blocks were read since counting began")
    assert (
        measure("blocks found in memory", 100 * seen.blocks_hit / blocks, unit="%") >= limits.hits
    )


@readiness.medium(
    remedy="Add connect_timeout=5 to the url; without it a dead host holds a request for minutes.",
    thresholds=[at_most("seconds", 30, unit="s", source="psycopg waits 130 s without it")],
    category="configuration",
    effort="minutes",
    source="libpq documentation, connect_timeout",
    demand="limits",
    # Many set it in code, where no url shows it.
    optional=True,
)
def connecting_bounded(postgres_probe: PostgresProbe, limits: SimpleNamespace) -> None:
    """Does the application give up a host that does not answer?"""
    login = postgres_probe.facts.login
    if login.driver == "asyncpg":
        not_applicable("asyncpg gives up after 60 s by itself")
    try:
        seconds = float(login.connect_timeout or 0)
    except ValueError:
        blocked("connect_timeout in the url is no number")
    assert measure("connect_timeout in the url", seconds, unit="s") > 0
    assert measure("connect_timeout in the url", seconds, unit="s") <= limits.seconds
