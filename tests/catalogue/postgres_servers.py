"""PostgreSQL servers in the states that the catalogue's proof needs, and how they get there."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from pytest_readiness.systems.base import Probe
from pytest_readiness.systems.postgres import conflicts
from tests.judging import Judged, judge, probe_of
from tests.sandbox import Sandbox
from tests.sandbox.postgres import PostgresServer
from tests.systems.test_postgres import until, value
from tests.systems.test_postgres_use import restarted

CLERK = "clerk2024"
DO_NOTHING = "suppress_redundant_updates_trigger"

CARELESS = {
    "fsync": "off",
    "autovacuum": "off",
    "archive_mode": "on",
    "archive_command": "false",
    "max_connections": "13",
    "superuser_reserved_connections": "3",
    "max_prepared_transactions": "2",
    "max_wal_size": "32MB",
    "shared_buffers": "1MB",
    "password_encryption": "md5",
    "deadlock_timeout": "10ms",
    "log_checkpoints": "off",
}
HBA = (
    "host all postgres 127.0.0.1/32 scram-sha-256",
    "host all monitor,clerk 127.0.0.1/32 md5",
    "host all all 127.0.0.1/32 trust",
    "host all all 10.0.0.0/8 trust",
)
SQL = (
    "ALTER ROLE app SET statement_timeout = '2min'",
    "ALTER ROLE app SET lock_timeout = '1min'",
    "ALTER ROLE app SET idle_in_transaction_session_timeout = '1h'",
    "ALTER ROLE app SET default_transaction_read_only = on",
    "ALTER ROLE app SET synchronous_commit = off",
    "ALTER ROLE app CREATEDB REPLICATION VALID UNTIL 'tomorrow'",
    f"CREATE ROLE clerk LOGIN PASSWORD '{CLERK}'",
    "CREATE ROLE anna LOGIN SUPERUSER",
    "CREATE ROLE otto LOGIN SUPERUSER",
    "GRANT CREATE ON SCHEMA public TO PUBLIC",
    # A sequence that outlives its column, rows that nobody removes, and things out of force.
    "CREATE TABLE tickets (id int PRIMARY KEY CHECK (id > 0))",
    "CREATE SEQUENCE ticket_numbers OWNED BY tickets.id",
    "ALTER SEQUENCE ticket_numbers OWNED BY NONE",
    "ALTER TABLE tickets OWNER TO app",
    "ALTER SEQUENCE ticket_numbers OWNER TO app",
    "ALTER SEQUENCE ticket_numbers OWNED BY tickets.id",
    "SELECT setval('ticket_numbers', 2147480000)",
    "CREATE TABLE log AS SELECT repeat('x', 200) AS line, g AS n FROM generate_series(1, 25000) g",
    "DELETE FROM log WHERE n % 2 = 0",
    "ALTER TABLE log ADD CONSTRAINT positive CHECK (n > 0) NOT VALID",
    "ALTER TABLE log SET (autovacuum_enabled = off)",
    f"CREATE TRIGGER changed BEFORE UPDATE ON log FOR EACH ROW EXECUTE FUNCTION {DO_NOTHING}()",
    "ALTER TABLE log DISABLE TRIGGER changed",
    "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'tickets_pkey'::regclass",
    "DO 'BEGIN FOR i IN 1..160 LOOP PERFORM count(*) FROM log; END LOOP; END'",
    "SELECT pg_create_physical_replication_slot('forgotten', true)",
    "UPDATE pg_database SET datcollversion = '1.0' WHERE datname = 'shop'",
    "CREATE DATABASE old ENCODING 'SQL_ASCII' LOCALE 'C' LOCALE_PROVIDER libc TEMPLATE template0",
    "ALTER SYSTEM SET max_connections = 14",
    "SELECT pg_reload_conf()",
    "SELECT pg_switch_wal()",
)


def both(server: PostgresServer, **settings: Any) -> Probe[Any, Any]:
    """The target with both ways in."""
    given = {"url": server.url, "monitor_url": server.monitor_url, **settings}
    return probe_of("postgres", **given)


def judged(server: PostgresServer, writes: bool = False, **settings: Any) -> dict[str, Judged]:
    """What is said of a server that is looked at through both ways in."""
    return judge(both(server, **settings), "postgres", writes=writes)


def changed(probe: Probe[Any, Any], **facts: Any) -> Probe[Any, Any]:
    """The probe as if it had seen something else, for what no machine for tests can show."""
    seen = probe.observation
    altered = msgspec.structs.replace(seen, facts={**seen.facts, **facts})
    return type(probe)("main", probe._settings, altered)


def public(probe: Probe[Any, Any], tls: str | None) -> Probe[Any, Any]:
    """The probe as if it had come across the open internet."""
    login = {**probe.observation.facts["login"], "peer": "203.0.114.7", "tls": tls}
    return changed(probe, login=login)


def plain(box: Sandbox) -> PostgresServer:
    """A server as its makers deliver it."""
    return box.start("postgres")


def careless(box: Sandbox) -> PostgresServer:
    """A server on which nearly nothing is as it should be."""
    initdb = ("--locale-provider=icu", "--icu-locale=en")
    server = box.start("postgres", settings=CARELESS, hba=HBA, sql=SQL, initdb=initdb)
    failed = "SELECT failed_count FROM pg_stat_archiver"
    until(lambda: value(server.admin_url, failed) > 0)
    return server


@contextlib.contextmanager
def in_trouble(server: PostgresServer) -> Iterator[None]:
    """Most connections in use, a transaction forgotten, another prepared, and six deadlocks."""
    with contextlib.ExitStack() as stack:
        admin = stack.enter_context(psycopg.connect(server.admin_url, autocommit=True))
        if value(server.admin_url, "SELECT count(*) FROM pg_prepared_xacts") == 0:
            admin.execute("BEGIN")
            admin.execute("SELECT pg_advisory_xact_lock(1)")
            admin.execute("PREPARE TRANSACTION 'order-4711'")
        deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = 'shop'"
        while value(server.admin_url, deadlocks) < 6:
            conflicts.deadlock(admin, lambda: psycopg.connect(server.admin_url, autocommit=True), 5)
            admin.execute("SELECT pg_stat_force_next_flush()")
        for _ in range(7):
            stack.enter_context(psycopg.connect(str(server.monitor_url), autocommit=True))
        idle = stack.enter_context(psycopg.connect(str(server.monitor_url)))
        idle.execute("SELECT 1")
        yield


TABLE_LOCK = b"LOCK TABLE waited_for IN ACCESS EXCLUSIVE MODE"
ADVISORY_LOCK = b"SELECT pg_advisory_xact_lock(4711)"


@contextlib.contextmanager
def waiting(server: PostgresServer, lock: bytes = TABLE_LOCK) -> Iterator[None]:
    """A session that waits for another's lock."""
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        admin.execute("CREATE TABLE IF NOT EXISTS waited_for (id int)")
    with psycopg.connect(server.admin_url) as holder, psycopg.connect(server.admin_url) as waiter:
        holder.execute(lock)
        thread = threading.Thread(target=waiter.execute, args=(lock,), daemon=True)
        thread.start()
        locks = "SELECT count(*) FROM pg_locks WHERE NOT granted AND waitstart IS NOT NULL"
        until(lambda: value(server.admin_url, locks) == 1)
        try:
            yield
        finally:
            holder.rollback()
            thread.join()
            waiter.rollback()
            holder.execute("DROP TABLE waited_for")
            holder.commit()


def stuck(box: Sandbox) -> PostgresServer:
    """Its certificate ends soon, it takes old TLS, and its archive was filled until just now."""
    settings = {
        "archive_mode": "on",
        "archive_command": "test ! -e full && test -f %p",
        "ssl_min_protocol_version": "TLSv1",
        "deadlock_timeout": "1min",
    }
    sql = ("CREATE EXTENSION pg_stat_statements", "SELECT pg_switch_wal()")
    server = box.start(
        "postgres", tls="expiring", settings=settings, sql=sql, initdb=("--wal-segsize=1",)
    )
    if not (server.data / "full").exists():
        archived = "SELECT archived_count FROM pg_stat_archiver"
        until(lambda: value(server.admin_url, archived) > 0)
        (server.data / "full").touch()
        for _ in range(14):
            message = "pg_logical_emit_message(false, 'test', 'x')"
            value(server.admin_url, f"SELECT pg_switch_wal() FROM (SELECT {message}) m")
        failed = "SELECT failed_count FROM pg_stat_archiver"
        until(lambda: value(server.admin_url, failed) > 0)
    return server


@contextlib.contextmanager
def damaged(box: Sandbox) -> Iterator[PostgresServer]:
    """A server that met a damaged block, and has used up four fifths of its transaction ids."""
    server = box.fresh(
        "postgres",
        initdb=("--data-checksums",),
        sql=("CREATE TABLE orders AS SELECT generate_series(1, 5000) AS id",),
    )
    file = server.data / str(value(server.admin_url, "SELECT pg_relation_filepath('orders')"))
    server.stop()
    with file.open("r+b") as table:
        table.seek(8192 + 4000)
        table.write(b"damage")
    _many_transactions(box, server)
    with restarted(server):
        until(lambda: probe_of("postgres", url=server.url).observation.failure is None, 30)
        with contextlib.suppress(psycopg.errors.DataCorrupted):
            value(server.admin_url, "SELECT count(*) FROM orders")
        yield server


def _many_transactions(box: Sandbox, server: PostgresServer) -> None:
    from tests.catalogue.postgres_exemplary import place_of

    place = place_of(box, server)
    place.run([str(server.bin / "pg_resetwal"), "-x", "1800000000", str(server.data)])
    # What became of the transaction, in the segment of the log that its number falls into.
    log = place.write("06B4", "\0" * 262144)
    log.rename(Path(server.data) / "pg_xact" / "06B4")
