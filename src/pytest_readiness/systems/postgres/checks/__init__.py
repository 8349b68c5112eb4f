"""PostgreSQL: what a launch has failed on, in the order in which it is reported."""

from __future__ import annotations

# The order below is the order of the report.
# isort: off
from pytest_readiness.systems.postgres.checks.arrival import (
    reachable,
    accepts_writes,
    version_supported,
    version_abandoned,
    version_minimum,
)
from pytest_readiness.systems.postgres.checks.access import (
    password_required,
    app_role_plain,
)
from pytest_readiness.systems.postgres.checks.security import (
    password_strong,
    passwords_scrambled,
    role_not_expiring,
    superusers_few,
    public_schema_closed,
    host_rules_strict,
)
from pytest_readiness.systems.postgres.checks.access import (
    encrypted,
    encrypted_across_public_network,
    certificate_valid,
)
from pytest_readiness.systems.postgres.checks.transport import (
    server_verified,
    plaintext_refused,
    tls_recent,
)
from pytest_readiness.systems.postgres.checks.intent import (
    intent_declared,
    extensions_installed,
    tables_present,
    migrations_at_head,
)
from pytest_readiness.systems.postgres.checks.safety import (
    durable_writes,
)
from pytest_readiness.systems.postgres.checks.durability import (
    commits_wait_for_disk,
    checksums_enabled,
    no_checksum_failures,
)
from pytest_readiness.systems.postgres.checks.safety import (
    backups_configured,
    archiver_healthy,
    archive_backlog,
)
from pytest_readiness.systems.postgres.checks.replication import (
    replicas_streaming,
    replication_lag,
    slots_in_use,
    slot_wal_bounded,
)
from pytest_readiness.systems.postgres.checks.headroom import (
    connections_headroom,
    pools_fit,
    xid_headroom,
    sequences_headroom,
    size_within_budget,
    wal_within_bounds,
)
from pytest_readiness.systems.postgres.checks.work import (
    statement_timeout,
    lock_timeout,
    idle_in_transaction_timeout,
    long_transactions,
)
from pytest_readiness.systems.postgres.checks.upkeep import (
    no_long_lock_waits,
    no_orphaned_prepared,
    deadlocks_rare,
    autovacuum_on,
    vacuum_keeps_up,
    no_invalid_objects,
    tables_have_keys,
    collation_current,
    encoding_utf8,
)
from pytest_readiness.systems.postgres.checks.setup import (
    no_pending_restart,
    slowness_logged,
    memory_configured,
    statements_counted,
    statements_quick,
    cache_hits,
    connecting_bounded,
)
from pytest_readiness.systems.postgres.checks.work import (
    round_trip,
)
from pytest_readiness.systems.postgres.checks.trips import (
    duplicate_refused,
    lock_wait_ends,
    deadlock_broken,
)

__all__ = [
    "accepts_writes",
    "app_role_plain",
    "archive_backlog",
    "archiver_healthy",
    "autovacuum_on",
    "backups_configured",
    "cache_hits",
    "certificate_valid",
    "checksums_enabled",
    "collation_current",
    "commits_wait_for_disk",
    "connecting_bounded",
    "connections_headroom",
    "deadlock_broken",
    "deadlocks_rare",
    "duplicate_refused",
    "durable_writes",
    "encoding_utf8",
    "encrypted",
    "encrypted_across_public_network",
    "extensions_installed",
    "host_rules_strict",
    "idle_in_transaction_timeout",
    "intent_declared",
    "lock_timeout",
    "lock_wait_ends",
    "long_transactions",
    "memory_configured",
    "migrations_at_head",
    "no_checksum_failures",
    "no_invalid_objects",
    "no_long_lock_waits",
    "no_orphaned_prepared",
    "no_pending_restart",
    "password_required",
    "password_strong",
    "passwords_scrambled",
    "plaintext_refused",
    "pools_fit",
    "public_schema_closed",
    "reachable",
    "replicas_streaming",
    "replication_lag",
    "role_not_expiring",
    "round_trip",
    "sequences_headroom",
    "server_verified",
    "size_within_budget",
    "slot_wal_bounded",
    "slots_in_use",
    "slowness_logged",
    "statement_timeout",
    "statements_counted",
    "statements_quick",
    "superusers_few",
    "tables_have_keys",
    "tables_present",
    "tls_recent",
    "vacuum_keeps_up",
    "version_abandoned",
    "version_minimum",
    "version_supported",
    "wal_within_bounds",
    "xid_headroom",
]
