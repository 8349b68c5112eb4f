"""Who is let in, with what rights, over what wire."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_least, readiness
from pytest_readiness.outcomes import blocked, not_applicable
from pytest_readiness.policy.environments import is_public
from pytest_readiness.systems import common
from pytest_readiness.systems.postgres.facts import Login, PostgresFacts
from pytest_readiness.systems.postgres.probe import PostgresProbe


@readiness.blocker(
    remedy="Replace trust by scram-sha-256 in pg_hba.conf, then SELECT pg_reload_conf();",
    category="security",
    effort="minutes",
    source="CIS PostgreSQL Benchmark 5; dev-sec postgres-14",
    demand="authentication",
)
def password_required(postgres_probe: PostgresProbe) -> None:
    """Does the server ask who is there before it lets the application's role in?"""
    facts = postgres_probe.facts
    asks = facts.login.asks
    if facts.login.socket and asks == "nothing":
        asks = _known_by_socket(facts)
    assert measure(f"asked of {facts.login.host} before login", asks) != "nothing"


def _known_by_socket(facts: PostgresFacts) -> str:
    # Over a socket the operating system vouches for the user with peer, and nobody with trust.
    if facts.number < 160000:
        blocked(
            "over a Unix socket peer and trust look alike before PostgreSQL 16; see pg_hba.conf"
        )
    return facts.session.authenticated_by or "nothing"


@readiness.high(
    remedy="ALTER ROLE app NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS; "
    "REVOKE the memberships named.",
    category="security",
    effort="hours",
    source="CIS PostgreSQL Benchmark 4; dev-sec postgres-08",
    demand="authentication",
)
def app_role_plain(postgres_probe: PostgresProbe) -> None:
    """Has the application's role no powers beyond its data?"""
    role = postgres_probe.facts.role
    assert measure(f"powers of role {role.name}", ", ".join(role.powers)) == ""


@readiness.high(
    remedy="Set ssl = on on the server and sslmode=verify-full in the url; the default, prefer, "
    "falls back to plaintext in silence.",
    category="security",
    effort="hours",
    source="CIS PostgreSQL Benchmark 6.8",
    demand="encryption",
)
def encrypted(postgres_probe: PostgresProbe) -> None:
    """Is the application's connection encrypted?"""
    _encrypted(_over_network(postgres_probe))


@readiness.blocker(
    remedy="Set ssl = on on the server and sslmode=verify-full in the url, or take a private "
    "route.",
    category="security",
    effort="hours",
    source="CIS PostgreSQL Benchmark 6.8",
)
def encrypted_across_public_network(postgres_probe: PostgresProbe) -> None:
    """Is a connection across a public network encrypted?"""
    login = _over_network(postgres_probe)
    if not is_public(login.peer):
        not_applicable(f"{login.peer} is no public address")
    _encrypted(login)


def _over_network(probe: PostgresProbe) -> Login:
    login = probe.facts.login
    if login.socket:
        not_applicable("a Unix socket does not leave the machine")
    return login


def _encrypted(login: Login) -> None:
    assert measure(f"connection to {login.peer}", login.tls or "plaintext") != "plaintext"


@readiness.high(
    remedy="Renew the certificate, SELECT pg_reload_conf(); and automate the renewal.",
    thresholds=[at_least("days", 14, unit="days", source="renewal by ACME happens 30 days before")],
    category="security",
    effort="hours",
    source="renewal by ACME happens 30 days before the end",
    demand="encryption",
)
def certificate_valid(postgres_probe: PostgresProbe, limits: SimpleNamespace) -> None:
    """Is the server's certificate valid for a while yet?"""
    certificate = postgres_probe.facts.certificate
    if certificate is None:
        not_applicable("no way in is encrypted, so there is no certificate; see encrypted")
    common.certificate_valid(certificate.expires, certificate.issued, limits.days)
