"""Redis and Valkey: what a launch has failed on, in the order in which it is reported."""

from __future__ import annotations

# The order below is the order of the report.
# isort: off
from pytest_readiness.systems.redis.checks.arrival import (
    reachable,
    version_supported,
    version_abandoned,
    version_minimum,
)
from pytest_readiness.systems.redis.checks.access import (
    password_required,
    app_user_limited,
    encrypted,
    encrypted_across_public_network,
    certificate_valid,
)
from pytest_readiness.systems.redis.checks.safety import (
    role_declared,
    persistence,
    last_save_ok,
    backups,
)
from pytest_readiness.systems.redis.checks.headroom import (
    memory_headroom,
    maxmemory_set,
    eviction_policy,
    connections_headroom,
)
from pytest_readiness.systems.redis.checks.replication import (
    replication_link,
    accepts_writes,
    replicas_online,
)
from pytest_readiness.systems.redis.checks.work import (
    round_trip,
)

__all__ = [
    "accepts_writes",
    "app_user_limited",
    "backups",
    "certificate_valid",
    "connections_headroom",
    "encrypted",
    "encrypted_across_public_network",
    "eviction_policy",
    "last_save_ok",
    "maxmemory_set",
    "memory_headroom",
    "password_required",
    "persistence",
    "reachable",
    "replicas_online",
    "replication_link",
    "role_declared",
    "round_trip",
    "version_abandoned",
    "version_minimum",
    "version_supported",
]
