"""Whether the application gets in, and what it meets there."""

from __future__ import annotations

from pytest_readiness.evidence import measure
from pytest_readiness.markers import readiness
from pytest_readiness.outcomes import not_applicable
from pytest_readiness.systems import common
from pytest_readiness.systems.postgres.probe import PostgresProbe


@readiness.blocker(
    remedy="Start the server (systemctl start postgresql), mend the url, or open the route from "
    "here to it.",
    category="reachability",
    effort="minutes",
    source="check_postgres connection",
)
def reachable(postgres_probe: PostgresProbe) -> None:
    """Does the server let the application in within its deadline?"""
    common.reach(postgres_probe)


@readiness.medium(
    remedy="Plan the upgrade to a supported major version: pg_upgrade, or the provider's.",
    ref="https://www.postgresql.org/support/versioning/",
    category="operations",
    effort="days",
    source="postgresql.org versioning policy",
)
def version_supported(postgres_probe: PostgresProbe) -> None:
    """Is the major version still supported by its makers?"""
    _supported(postgres_probe, grace_days=0)


@readiness.high(
    remedy="Upgrade to a supported major version: pg_upgrade, or the provider's; or declare who "
    'mends this one: vendor = "debian".',
    ref="https://www.postgresql.org/support/versioning/",
    category="operations",
    effort="days",
    source="CIS PostgreSQL Benchmark 1; dev-sec postgres-02",
)
def version_abandoned(postgres_probe: PostgresProbe) -> None:
    """Is the major version not out of support for more than a year?"""
    _supported(postgres_probe, grace_days=365)


def _supported(probe: PostgresProbe, grace_days: float) -> None:
    version = probe.facts.version
    common.supported("postgres", version, probe.settings.vendor, grace_days=grace_days)


@readiness.high(
    remedy="Upgrade the server (pg_upgrade) to the version that minimum_version asks for.",
    category="operations",
    effort="days",
    source="the team's own minimum",
)
def version_minimum(postgres_probe: PostgresProbe) -> None:
    """Is the server as recent as the team demands?"""
    version = postgres_probe.facts.version
    common.at_least_version(version, postgres_probe.settings.minimum_version)


@readiness.blocker(
    remedy="Point the url at the primary, or add target_session_attrs=read-write to it; "
    "ALTER ROLE app RESET default_transaction_read_only.",
    category="reachability",
    effort="minutes",
    source="pgmetrics",
)
def accepts_writes(postgres_probe: PostgresProbe) -> None:
    """Does the application's url lead to a server that takes writes?"""
    session = postgres_probe.facts.session
    if postgres_probe.settings.role == "replica":
        not_applicable("declared a replica")
    assert measure("node", "standby" if session.in_recovery else "primary") == "primary"
    assert measure("session", "read-only" if session.read_only else "read-write") == "read-write"
