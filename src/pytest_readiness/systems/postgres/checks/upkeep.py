"""What goes wrong in use, and is noticed late."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_most, readiness
from pytest_readiness.outcomes import blocked, not_applicable
from pytest_readiness.systems.postgres.probe import PostgresProbe

DAY = 86400.0
FEW_TRANSACTIONS = 1000
"""Below it, no deadlock in a database says nothing of what happens under load."""


@readiness.high(
    remedy="ALTER SYSTEM SET autovacuum = on; (and track_counts), SELECT pg_reload_conf(); ALTER "
    "TABLE t RESET (autovacuum_enabled);",
    ref="https://www.postgresql.org/docs/current/routine-vacuuming.html",
    category="operations",
    effort="minutes",
    source="PgHero; PostgreSQL documentation, Routine Vacuuming",
)
def autovacuum_on(postgres_probe: PostgresProbe) -> None:
    """Is autovacuum on, and switched off for no table?"""
    facts = postgres_probe.facts
    assert measure("autovacuum", facts.setting("autovacuum")) == "on"
    assert measure("track_counts", facts.setting("track_counts")) == "on"
    tables = _listed(facts.schema.unvacuumed)
    assert measure("tables that autovacuum is switched off for", tables) == "none"


@readiness.low(
    remedy="VACUUM (ANALYZE) the table, and let autovacuum come sooner: ALTER TABLE t SET "
    "(autovacuum_vacuum_scale_factor = 0.02);",
    thresholds=[
        at_most("share", 20, unit="%", source="awesome-prometheus-alerts"),
        at_most("rows", 10_000, unit="rows", source="fewer are soon read"),
    ],
    category="performance",
    effort="hours",
    source="awesome-prometheus-alerts",
)
def vacuum_keeps_up(postgres_probe: PostgresProbe, limits: SimpleNamespace) -> None:
    """Are dead rows removed before they slow a table down?"""
    schema = postgres_probe.facts.schema
    if not schema.tables:
        not_applicable("there are no tables")
    many = [table for table in schema.dead if table.rows > limits.rows]
    if not many:
        most = schema.dead[0].rows if schema.dead else 0
        assert measure("most dead rows of a table", most, unit="rows") <= limits.rows
    for table in sorted(many, key=lambda t: t.share, reverse=True):
        assert measure(f"dead rows of {table.name}", table.share, unit="%") <= limits.share


@readiness.high(
    remedy="ROLLBACK PREPARED 'name'; or COMMIT PREPARED, as its coordinator would have it.",
    thresholds=[at_most("age", 60, unit="s", source="check_postgres prepared_txns")],
    category="operations",
    effort="minutes",
    source="check_postgres prepared_txns",
)
def no_orphaned_prepared(postgres_probe: PostgresProbe, limits: SimpleNamespace) -> None:
    """Is no prepared transaction forgotten, with its locks and its hold on VACUUM?"""
    prepared = postgres_probe.facts.prepared
    name = "" if prepared.gid is None else f" ({prepared.gid})"
    shown = measure(f"oldest prepared transaction{name}", prepared.oldest, unit="s old")
    assert shown <= limits.age


@readiness.high(
    remedy="SELECT pg_terminate_backend(pid) of the blocker; then set lock_timeout and "
    "idle_in_transaction_session_timeout.",
    thresholds=[at_most("seconds", 30, unit="s", source="check_postgres locks")],
    category="operations",
    effort="minutes",
    source="check_postgres locks; awesome-prometheus-alerts",
)
def no_long_lock_waits(postgres_probe: PostgresProbe, limits: SimpleNamespace) -> None:
    """Does nobody wait long for a lock?"""
    wait = postgres_probe.facts.lock_wait
    by = ", ".join(map(str, wait.blockers)) or "nobody"
    who = "" if wait.pid is None else f" (pid {wait.pid}, for pid {by})"
    assert measure(f"longest wait for a lock{who}", wait.seconds, unit="s") <= limits.seconds


@readiness.medium(
    remedy="Take locks in one order everywhere, and repeat a transaction that ends with 40P01.",
    thresholds=[at_most("per_day", 5, unit="a day", source="pgmetrics; one now and then is life")],
    category="operations",
    effort="days",
    source="awesome-prometheus-alerts; pgmetrics",
)
def deadlocks_rare(postgres_probe: PostgresProbe, limits: SimpleNamespace) -> None:
    """Do transactions of the application rarely lock each other out?"""
    seen = postgres_probe.facts.database
    if seen.reset_age is None:
        blocked("the server does not tell since when it counts deadlocks")
    if not seen.deadlocks and seen.transactions < FEW_TRANSACTIONS:
        not_applicable(f"no traffic yet: {seen.transactions} transactions since counting began")
    # A young count is spread over a day, so that one bad minute does not become 1440 a day.
    rate = seen.deadlocks / max(seen.reset_age / DAY, 1)
    assert measure("deadlocks", rate, unit="a day") <= limits.per_day


@readiness.medium(
    remedy="REINDEX INDEX CONCURRENTLY i; ALTER TABLE t VALIDATE CONSTRAINT c; ALTER TABLE t "
    "ENABLE TRIGGER g;",
    category="operations",
    effort="hours",
    source="PgHero; check_postgres disabled_triggers",
)
def no_invalid_objects(postgres_probe: PostgresProbe) -> None:
    """Are all indexes, constraints and triggers in force?"""
    schema = postgres_probe.facts.schema
    assert measure("invalid indexes", _listed(schema.invalid_indexes)) == "none"
    assert measure("constraints not validated", _listed(schema.unvalidated)) == "none"
    assert measure("disabled triggers", _listed(schema.disabled_triggers)) == "none"


@readiness.low(
    remedy="ALTER TABLE t ADD PRIMARY KEY (id);",
    category="operations",
    effort="hours",
    source="PostgreSQL documentation, logical replication's replica identity",
    optional=True,
)
def tables_have_keys(postgres_probe: PostgresProbe) -> None:
    """Has every table a primary key, so that rows can be told apart and replicated?"""
    schema = postgres_probe.facts.schema
    if not schema.tables:
        not_applicable("there are no tables")
    assert measure("tables without a primary key", _listed(schema.keyless)) == "none"


@readiness.high(
    remedy="REINDEX the indexes on text, then ALTER DATABASE name REFRESH COLLATION VERSION;",
    ref="https://www.postgresql.org/docs/current/sql-altercollation.html",
    category="operations",
    effort="hours",
    source="PostgreSQL wiki, Locale data changes",
    since="15",
    managed=True,
)
def collation_current(postgres_probe: PostgresProbe) -> None:
    """Does the system sort texts as it did when the indexes were built?"""
    collation = postgres_probe.facts.database.collation
    if collation is None or (collation.recorded is None and collation.actual is None):
        not_applicable("the database's collation has no versions, as C and C.UTF-8 have none")
    assert measure("recorded collation version", collation.recorded) == collation.actual


@readiness.medium(
    remedy="Dump, CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0; and restore.",
    category="configuration",
    effort="days",
    source="PostgreSQL documentation, Character Set Support",
)
def encoding_utf8(postgres_probe: PostgresProbe) -> None:
    """Can the database hold every text?"""
    facts = postgres_probe.facts
    name = facts.session.database
    assert measure(f"encoding of {name}", facts.database.encoding) == "UTF8"


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "none"
