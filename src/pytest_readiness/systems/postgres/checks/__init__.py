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
    encrypted,
    encrypted_across_public_network,
    certificate_valid,
)
from pytest_readiness.systems.postgres.checks.safety import (
    durable_writes,
    backups_configured,
    archiver_healthy,
    archive_backlog,
)
from pytest_readiness.systems.postgres.checks.headroom import (
    connections_headroom,
    xid_headroom,
)
from pytest_readiness.systems.postgres.checks.work import (
    statement_timeout,
    long_transactions,
    round_trip,
)

__all__ = [
    "accepts_writes",
    "app_role_plain",
    "archive_backlog",
    "archiver_healthy",
    "backups_configured",
    "certificate_valid",
    "connections_headroom",
    "durable_writes",
    "encrypted",
    "encrypted_across_public_network",
    "long_transactions",
    "password_required",
    "reachable",
    "round_trip",
    "statement_timeout",
    "version_abandoned",
    "version_minimum",
    "version_supported",
    "xid_headroom",
]
