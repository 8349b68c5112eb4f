"""The wire: whether the right server is spoken to, and whether it insists on encryption."""

from __future__ import annotations

from pytest_readiness.evidence import measure
from pytest_readiness.markers import readiness
from pytest_readiness.outcomes import blocked, not_applicable
from pytest_readiness.systems import common
from pytest_readiness.systems.postgres.facts import Login
from pytest_readiness.systems.postgres.probe import PostgresProbe

VERIFIED = "verify-ca or verify-full"


# Medium, and not as grave as no encryption at all: it takes somebody in the middle, not on a tap.
@readiness.medium(
    remedy="Add sslmode=verify-full&sslrootcert=/path/to/ca.crt to the url; require encrypts, but "
    "talks to whoever answers.",
    ref="https://www.postgresql.org/docs/current/libpq-ssl.html",
    category="security",
    effort="hours",
    source="Azure Well-Architected, PostgreSQL",
    demand="encryption",
)
def server_verified(postgres_probe: PostgresProbe) -> None:
    """Does the application verify that it talks to the right server?"""
    mode = _encrypted(postgres_probe).sslmode
    assert measure("sslmode", VERIFIED if mode.startswith("verify-") else mode) == VERIFIED


@readiness.medium(
    remedy="Write hostssl for host in pg_hba.conf, then SELECT pg_reload_conf(); on a platform, "
    "enforce SSL (rds.force_ssl = 1).",
    category="security",
    effort="hours",
    source="dev-sec postgres-15; CIS PostgreSQL Benchmark 6",
    demand="encryption",
)
def plaintext_refused(postgres_probe: PostgresProbe) -> None:
    """Does the server refuse the application's role without encryption?"""
    login = _encrypted(postgres_probe)
    if login.plaintext is None:
        blocked(f"{login.host} did not say what becomes of a session without TLS")
    assert measure("session without TLS", login.plaintext) == "refused"


@readiness.medium(
    remedy="ALTER SYSTEM SET ssl_min_protocol_version = 'TLSv1.2'; SELECT pg_reload_conf();",
    category="security",
    effort="minutes",
    source="CIS PostgreSQL Benchmark 6",
    privilege="pg_monitor",
    since="12",
    demand="encryption",
    managed=True,
)
def tls_recent(postgres_probe: PostgresProbe) -> None:
    """Does the server refuse TLS older than 1.2?"""
    facts = postgres_probe.facts
    if facts.setting("ssl") != "on":
        not_applicable("ssl is off; see encrypted")
    oldest = facts.setting("ssl_min_protocol_version")
    # Empty means that any is taken.
    version = common.numbers(oldest.removeprefix("TLSv")) or (0,)
    assert measure("ssl_min_protocol_version", version) >= (1, 2)


def _encrypted(probe: PostgresProbe) -> Login:
    login = probe.facts.login
    if login.socket:
        not_applicable("a Unix socket does not leave the machine")
    if login.tls is None:
        not_applicable("the connection is not encrypted at all; see encrypted")
    return login
