"""Redis and Valkey: what a launch has failed on, in the order in which it is reported."""

from __future__ import annotations

# The order below is the order of the report.
# isort: off
from pytest_readiness.systems.redis.checks.arrival import (
    reachable,
    answer_time,
    version_supported,
    version_abandoned,
    version_minimum,
)
from pytest_readiness.systems.redis.checks.access import (
    password_required,
    passwords_not_guessable,
    users_have_passwords,
    app_user_limited,
    dangerous_commands_denied,
    debug_commands_closed,
    failed_logins,
    app_keys_limited,
)
from pytest_readiness.systems.redis.checks.encryption import (
    encrypted,
    encrypted_across_public_network,
    certificate_verified,
    certificate_valid,
    plaintext_port_closed,
)
from pytest_readiness.systems.redis.checks.safety import (
    role_declared,
    persistence,
    append_only_file_synced,
    last_save_ok,
    failed_saves_noticed,
    backups,
    nothing_evicted,
)
from pytest_readiness.systems.redis.checks.headroom import (
    memory_headroom,
    maxmemory_set,
    eviction_policy,
    something_to_evict,
    fragmentation,
    connections_headroom,
    connections_not_rejected,
    dead_clients_dropped,
)
from pytest_readiness.systems.redis.checks.pace import (
    no_slow_commands,
    fork_quick,
    latency_monitored,
    cache_hits,
)
from pytest_readiness.systems.redis.checks.replication import (
    replication_link,
    accepts_writes,
    replica_read_only,
    replicas_online,
    replicas_keep_up,
    writes_need_a_replica,
    cluster_state,
    cluster_replicas,
)
from pytest_readiness.systems.redis.checks.queues import (
    intent_declared,
    list_backlog,
    streams_exist,
    stream_length,
    group_lag,
    group_pending,
    group_consumers,
)
from pytest_readiness.systems.redis.checks.work import (
    round_trip,
    write_reaches_replicas,
)

__all__ = [
    "accepts_writes",
    "answer_time",
    "app_keys_limited",
    "app_user_limited",
    "append_only_file_synced",
    "backups",
    "cache_hits",
    "certificate_valid",
    "certificate_verified",
    "cluster_replicas",
    "cluster_state",
    "connections_headroom",
    "connections_not_rejected",
    "dangerous_commands_denied",
    "dead_clients_dropped",
    "debug_commands_closed",
    "encrypted",
    "encrypted_across_public_network",
    "eviction_policy",
    "failed_logins",
    "failed_saves_noticed",
    "fork_quick",
    "fragmentation",
    "group_consumers",
    "group_lag",
    "group_pending",
    "intent_declared",
    "last_save_ok",
    "latency_monitored",
    "list_backlog",
    "maxmemory_set",
    "memory_headroom",
    "no_slow_commands",
    "nothing_evicted",
    "password_required",
    "passwords_not_guessable",
    "persistence",
    "plaintext_port_closed",
    "reachable",
    "replica_read_only",
    "replicas_keep_up",
    "replicas_online",
    "replication_link",
    "role_declared",
    "round_trip",
    "something_to_evict",
    "stream_length",
    "streams_exist",
    "users_have_passwords",
    "version_abandoned",
    "version_minimum",
    "version_supported",
    "write_reaches_replicas",
    "writes_need_a_replica",
]
