"""PostgreSQL: for every check a state on which it fails, one on which it passes, one on neither."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from unittest import mock

import psycopg

from pytest_readiness.systems.postgres import Dumps, Pool
from tests.catalogue.postgres_kept import ALL
from tests.catalogue.postgres_servers import (
    ADVISORY_LOCK,
    CLERK,
    both,
    careless,
    damaged,
    in_trouble,
    judged,
    plain,
    stuck,
    waiting,
)
from tests.catalogue.states import Said, proof_of, state
from tests.judging import judge, probe_of
from tests.sandbox import Sandbox
from tests.sandbox.ports import free_port


@state("postgres", failed={"reachable"}, blocked=ALL - {"reachable"})
def nobody_listens(box: Sandbox) -> Said:
    declared = {"extensions": ("pgcrypto",), "tables": ("orders",), "alembic": "alembic.ini"}
    url = f"postgresql://app@127.0.0.1:{free_port()}/shop"
    more = {"max_size": "1GB", "pool": Pool(size=5), "minimum_version": "15"}
    return judge(probe_of("postgres", url=url, **declared, **more), "postgres", writes=True)


@state(
    "postgres",
    failed={"encrypted", "backups_configured", "statement_timeout", "lock_timeout"}
    | {"idle_in_transaction_timeout", "checksums_enabled", "replicas_streaming"}
    | {"slowness_logged", "memory_configured", "statements_counted", "intent_declared"}
    | {"connecting_bounded", "lock_wait_ends"},
    passed={"reachable", "accepts_writes", "password_required", "app_role_plain"}
    | {"password_strong", "passwords_scrambled", "durable_writes", "slots_in_use", "autovacuum_on"}
    | {"no_long_lock_waits", "no_orphaned_prepared", "round_trip", "duplicate_refused"}
    | {"deadlock_broken", "wal_within_bounds", "encoding_utf8", "no_pending_restart"},
    not_applicable={"certificate_valid", "server_verified", "plaintext_refused", "tls_recent"}
    | {"encrypted_across_public_network", "version_minimum", "no_checksum_failures"}
    | {"archiver_healthy", "archive_backlog", "replication_lag", "slot_wal_bounded"}
    | {"extensions_installed", "tables_present", "migrations_at_head", "pools_fit"}
    | {"size_within_budget", "sequences_headroom", "deadlocks_rare", "vacuum_keeps_up"}
    | {"tables_have_keys", "collation_current", "cache_hits", "statements_quick"},
    blocked={"host_rules_strict"},
)
def as_its_makers_deliver_it(box: Sandbox) -> Said:
    # One that nobody else has asked anything: it has seen no traffic.
    server = box.fresh("postgres")
    try:
        return judged(server, writes=True, timeout=2)
    finally:
        server.stop()


@state(
    "postgres",
    failed={"plaintext_refused", "slowness_logged"},
    passed={"version_supported", "public_schema_closed", "superusers_few", "tls_recent"},
    not_applicable={"slot_wal_bounded", "no_checksum_failures"},
)
def a_newer_version(box: Sandbox) -> Said:
    return judged(box.start("postgres", binary="wheel", tls=True))


@state(
    "postgres",
    failed={"replicas_streaming"},
    passed={"password_required", "app_role_plain", "no_long_lock_waits", "durable_writes"},
    blocked={"long_transactions", "no_pending_restart", "wal_within_bounds"}
    | {"statements_counted", "host_rules_strict"},
    not_applicable={"replication_lag", "statements_quick"},
)
def with_the_rights_of_the_application_alone(box: Sandbox) -> Said:
    return judge(probe_of("postgres", url=plain(box).url), "postgres")


@state(
    "postgres",
    passed={"durable_writes", "long_transactions", "no_pending_restart", "wal_within_bounds"},
    blocked={"encrypted", "app_role_plain", "password_required", "password_strong"}
    | {"passwords_scrambled", "role_not_expiring", "public_schema_closed", "accepts_writes"}
    | {"commits_wait_for_disk", "statement_timeout", "lock_timeout", "pools_fit"}
    | {"idle_in_transaction_timeout", "sequences_headroom", "autovacuum_on", "vacuum_keeps_up"}
    | {"no_invalid_objects", "deadlocks_rare", "encoding_utf8", "connecting_bounded"}
    | {"round_trip", "duplicate_refused", "lock_wait_ends", "deadlock_broken"}
    | {"server_verified", "plaintext_refused", "tables_have_keys", "cache_hits"},
)
def with_the_role_that_looks_alone(box: Sandbox) -> Said:
    monitor_url = plain(box).monitor_url
    probe = probe_of("postgres", monitor_url=monitor_url, pool=Pool(size=5))
    return judge(probe, "postgres", writes=True)


@state(
    "postgres",
    passed={"reachable", "password_required", "app_role_plain", "encoding_utf8", "round_trip"},
    blocked={"durable_writes", "superusers_few", "host_rules_strict", "checksums_enabled"}
    | {"no_checksum_failures", "backups_configured", "archiver_healthy", "archive_backlog"}
    | {"replicas_streaming", "replication_lag", "slots_in_use", "slot_wal_bounded"}
    | {"connections_headroom", "xid_headroom", "wal_within_bounds", "long_transactions"}
    | {"no_long_lock_waits", "no_orphaned_prepared", "autovacuum_on", "no_pending_restart"}
    | {"slowness_logged", "memory_configured", "statements_counted", "statements_quick"}
    | {"passwords_scrambled"},
)
def a_role_that_looks_and_is_not_let_in(box: Sandbox) -> Said:
    server = plain(box)
    wrong = f"postgresql://monitor:guessed@127.0.0.1:{server.port}/shop"
    return judged(server, writes=True, monitor_url=wrong)


@state(
    "postgres",
    failed={"accepts_writes", "password_required", "app_role_plain", "role_not_expiring"}
    | {"superusers_few", "public_schema_closed", "host_rules_strict", "passwords_scrambled"}
    | {"durable_writes", "commits_wait_for_disk", "backups_configured", "archiver_healthy"}
    | {"slots_in_use", "slot_wal_bounded", "connections_headroom", "sequences_headroom"}
    | {"statement_timeout", "lock_timeout", "idle_in_transaction_timeout", "long_transactions"}
    | {"no_orphaned_prepared", "deadlocks_rare", "autovacuum_on", "vacuum_keeps_up"}
    | {"no_invalid_objects", "tables_have_keys", "collation_current", "no_pending_restart"}
    | {"slowness_logged", "memory_configured", "cache_hits", "wal_within_bounds"}
    | {"round_trip", "duplicate_refused"},
    blocked={"archive_backlog", "lock_wait_ends"},
    not_applicable={"password_strong"},
)
def careless_and_in_trouble(box: Sandbox) -> Said:
    server = careless(box)
    with in_trouble(server):
        probe = both(server, monitor_url=server.admin_url)
        # Nobody waits here until a transaction is five minutes old and a gigabyte is written.
        return judge(probe, "postgres", writes=True, age=0, idle=0, times=0.05)


@state("postgres", failed={"password_strong"}, blocked={"sequences_headroom"})
def a_password_that_everybody_guesses(box: Sandbox) -> Said:
    server = careless(box)
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        admin.execute("GRANT INSERT ON tickets TO clerk")
    url = f"postgresql://clerk:{CLERK}@127.0.0.1:{server.port}/shop"
    return judge(probe_of("postgres", url=url), "postgres")


@state("postgres", failed={"encoding_utf8"})
def a_database_that_does_not_know_its_encoding(box: Sandbox) -> Said:
    server = careless(box)
    return judge(probe_of("postgres", url=server.url_for("app", "old")), "postgres")


@state("postgres", failed={"no_long_lock_waits"})
def a_session_that_waits(box: Sandbox) -> Said:
    server = plain(box)
    with waiting(server):
        return judge(both(server), "postgres", seconds=0)


@state("postgres", passed={"no_long_lock_waits"})
def a_session_that_waits_to_lead(box: Sandbox) -> Said:
    server = plain(box)
    with waiting(server, ADVISORY_LOCK):
        return judge(both(server), "postgres", seconds=0)


@state(
    "postgres",
    failed={"certificate_valid", "archiver_healthy", "archive_backlog", "backups_configured"}
    | {"tls_recent", "plaintext_refused", "deadlock_broken", "statements_counted"},
    passed={"encrypted", "server_verified"},
    blocked={"statements_quick"},
)
def an_archive_that_is_full(box: Sandbox) -> Said:
    return judged(stuck(box), writes=True, timeout=1.5)


@state(
    "postgres",
    failed={"server_verified", "certificate_valid"},
    passed={"encrypted"},
)
def encrypted_for_whoever_answers(box: Sandbox) -> Said:
    url = stuck(box).url.partition("?")[0] + "?sslmode=require"
    return judge(probe_of("postgres", url=url), "postgres")


@state("postgres", failed={"no_checksum_failures", "xid_headroom"}, passed={"checksums_enabled"})
def damaged_and_used_up(box: Sandbox) -> Said:
    with damaged(box) as server:
        return judged(server)


@state(
    "postgres",
    failed={"extensions_installed", "tables_present", "migrations_at_head", "pools_fit"}
    | {"size_within_budget", "version_minimum", "backups_configured"},
    passed={"intent_declared"},
    not_applicable={"replicas_streaming"},
)
def less_than_was_declared(box: Sandbox) -> Said:
    versions = box.folder / "versions"
    versions.mkdir(exist_ok=True)
    (versions / "first.py").write_text("revision = 'a1'\ndown_revision = None\n")
    ini = box.folder / "alembic.ini"
    ini.write_text(f"[alembic]\nscript_location = x\nversion_locations = {versions}\n")
    return judged(
        plain(box),
        extensions=("pgcrypto",),
        tables=("orders",),
        alembic=str(ini),
        pool=Pool(size=20, overflow=10, instances=4),
        max_size="1MB",
        minimum_version="99",
        replicas=0,
        dumps=Dumps(files=str(box.folder / "*.dump")),
    )


@state("postgres", blocked={"migrations_at_head"})
def migrations_that_are_not_at_hand(box: Sandbox) -> Said:
    return judged(plain(box), alembic=str(Path("nowhere") / "alembic.ini"))


@state(
    "postgres",
    failed={"version_supported"},
    passed={"version_abandoned"},
)
def a_version_out_of_support(box: Sandbox) -> Said:
    return _at(box, dt.date(2028, 3, 1))


@state(
    "postgres",
    failed={"version_abandoned"},
    not_applicable={"version_supported"},
)
def a_version_that_nobody_mends(box: Sandbox) -> Said:
    return _at(box, dt.date(2029, 3, 1))


@state("postgres", not_applicable={"version_supported", "version_abandoned"})
def a_version_that_its_distribution_mends(box: Sandbox) -> Said:
    return _at(box, dt.date(2029, 3, 1), vendor="debian")


def _at(box: Sandbox, day: dt.date, **more: str) -> Said:
    with mock.patch("pytest_readiness.clock.today", return_value=day):
        return judged(box.start("postgres", binary="debian"), **more)


test_state = proof_of("postgres")
