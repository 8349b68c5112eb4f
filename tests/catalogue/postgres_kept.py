"""States of the server of examples/production/postgres: as it should be, and what befalls it."""

from __future__ import annotations

import psycopg
from psycopg import sql

from tests.catalogue.postgres_exemplary import exemplary, on_standby, settings, streaming
from tests.catalogue.postgres_servers import both, plain, public
from tests.catalogue.states import Said, state
from tests.judging import judge, probe_of
from tests.sandbox import Sandbox
from tests.systems.test_postgres import until, value

_ALL = """
reachable accepts_writes version_supported version_abandoned version_minimum password_required
app_role_plain password_strong passwords_scrambled role_not_expiring superusers_few
public_schema_closed host_rules_strict encrypted certificate_valid server_verified
plaintext_refused tls_recent intent_declared extensions_installed tables_present
migrations_at_head durable_writes commits_wait_for_disk checksums_enabled no_checksum_failures
backups_configured archiver_healthy archive_backlog replicas_streaming replication_lag
slots_in_use slot_wal_bounded connections_headroom pools_fit xid_headroom sequences_headroom
size_within_budget wal_within_bounds statement_timeout lock_timeout idle_in_transaction_timeout
long_transactions no_long_lock_waits no_orphaned_prepared deadlocks_rare autovacuum_on
vacuum_keeps_up no_invalid_objects tables_have_keys collation_current encoding_utf8
no_pending_restart slowness_logged memory_configured statements_counted statements_quick
cache_hits connecting_bounded round_trip duplicate_refused lock_wait_ends deadlock_broken
"""
ALL = frozenset(_ALL.split())
"""But encrypted_across_public_network, which no server on this machine can be asked."""


@state("postgres", passed=ALL, not_applicable={"encrypted_across_public_network"})
def exemplary_production(box: Sandbox) -> Said:
    server = exemplary(box)
    return judge(probe_of("postgres", **settings(box, server)), "postgres", writes=True)


@state(
    "postgres",
    passed={"slots_in_use", "durable_writes", "migrations_at_head", "sequences_headroom"},
    blocked={"replicas_streaming", "replication_lag", "long_transactions", "tls_recent"}
    | {"no_pending_restart", "wal_within_bounds", "statements_counted", "host_rules_strict"},
)
def well_kept_but_seen_by_the_application_alone(box: Sandbox) -> Said:
    server = exemplary(box)
    declared = settings(box, server)
    return judge(probe_of("postgres", **{**declared, "monitor_url": None}), "postgres")


@state(
    "postgres",
    failed={"accepts_writes", "round_trip", "duplicate_refused"},
    passed={"replication_lag", "durable_writes", "checksums_enabled"},
    blocked={"backups_configured"},
    not_applicable={"replicas_streaming", "slots_in_use", "archiver_healthy", "archive_backlog"},
)
def a_standby_taken_for_the_primary(box: Sandbox) -> Said:
    return _of_standby(box)


@state(
    "postgres",
    not_applicable={"accepts_writes", "backups_configured", "round_trip", "duplicate_refused"},
    passed={"replication_lag", "reachable"},
)
def a_replica(box: Sandbox) -> Said:
    return _of_standby(box, role="replica")


def _of_standby(box: Sandbox, writes: bool = True, **more: str) -> Said:
    server = exemplary(box)
    declared = {**settings(box, server), **more}
    ways = {key: on_standby(server, declared[key]) for key in ("url", "monitor_url")}
    return judge(probe_of("postgres", **{**declared, **ways}), "postgres", writes=writes)


@state("postgres", failed={"replication_lag"}, passed={"replicas_streaming"})
def a_standby_that_does_not_keep_up(box: Sandbox) -> Said:
    server = exemplary(box)
    admin = on_standby(server, server.admin_url)
    value(admin, "SELECT pg_wal_replay_pause()")
    try:
        # Nobody waits here until a hundred megabytes are written.
        value(server.admin_url, "SELECT pg_logical_emit_message(false, '', repeat('x', 200000))")
        behind = "SELECT pg_last_wal_receive_lsn() - pg_last_wal_replay_lsn() > 100000"
        until(lambda: value(admin, behind))
        probe = probe_of("postgres", **settings(box, server))
        return judge(probe, "postgres", megabytes=0.1)
    finally:
        value(admin, "SELECT pg_wal_replay_resume()")


@state(
    "postgres",
    failed={"replication_lag"},
    passed={"durable_writes"},
)
def a_standby_that_lost_its_primary(box: Sandbox) -> Said:
    server = exemplary(box)
    admin = on_standby(server, server.admin_url)
    source = value(admin, "SHOW primary_conninfo")
    try:
        _follow(admin, "")
        until(lambda: value(admin, "SELECT count(*) FROM pg_stat_wal_receiver") == 0)
        return _of_standby(box, writes=False, role="replica")
    finally:
        _follow(admin, source)
        streaming(server)


def _follow(admin: str, source: str) -> None:
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(sql.SQL("ALTER SYSTEM SET primary_conninfo = {}").format(source))
        connection.execute("SELECT pg_reload_conf()")


@state("postgres", failed={"statements_quick"})
def a_statement_that_is_slow(box: Sandbox) -> Said:
    server = exemplary(box)
    with psycopg.connect(server.url, autocommit=True) as app:
        for _ in range(100):
            app.execute("SELECT pg_sleep(0.005)")
    # Nobody waits here until a hundred of them took a second each.
    return judge(probe_of("postgres", **settings(box, server)), "postgres", seconds=0.004)


@state("postgres", passed={"encrypted_across_public_network"})
def encrypted_across_the_internet(box: Sandbox) -> Said:
    return judge(public(both(plain(box)), "TLSv1.3"), "postgres")


@state("postgres", failed={"encrypted_across_public_network"})
def in_plaintext_across_the_internet(box: Sandbox) -> Said:
    return judge(public(both(plain(box)), None), "postgres")
