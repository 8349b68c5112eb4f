"""Passwords, roles and the rules that let people in."""

from __future__ import annotations

import re
from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_least, at_most, readiness
from pytest_readiness.outcomes import not_applicable
from pytest_readiness.systems.postgres.probe import PostgresProbe

DAY = 86400.0
VAULTS = r"v-.+-\w{20}-\d{10}"
"""Names of roles that HashiCorp Vault makes: a lease, twenty random characters, the time."""


@readiness.high(
    remedy="ALTER ROLE app PASSWORD '…' with a generated one (openssl rand -base64 24), not a "
    "name or a word; keep it in a vault, not in a file of the project.",
    thresholds=[at_least("length", 12, unit="characters", source="NIST SP 800-63B asks for 15")],
    category="security",
    effort="minutes",
    source="CIS PostgreSQL Benchmark 5; NIST SP 800-63B",
    demand="authentication",
)
def password_strong(postgres_probe: PostgresProbe, limits: SimpleNamespace) -> None:
    """Is the application's password long, and not to be guessed from what everybody knows?"""
    login, name = postgres_probe.facts.login, postgres_probe.facts.role.name
    if login.password is None:
        not_applicable(f"the server asked {name} for no password; see password_required")
    guess = "guessable" if login.password.guessable else "not guessable"
    assert measure(f"password of {name}", guess) == "not guessable"
    shown = measure(f"password of {name}", login.password.at_least, unit="characters or more")
    assert shown >= limits.length


@readiness.high(
    remedy="Set password_encryption = 'scram-sha-256', reload, then give each role its password "
    "anew: ALTER ROLE app PASSWORD '…'; and write scram-sha-256 for md5 in pg_hba.conf.",
    category="security",
    effort="hours",
    source="CIS PostgreSQL Benchmark 5; dev-sec postgres-07",
    demand="authentication",
)
def passwords_scrambled(postgres_probe: PostgresProbe) -> None:
    """Are passwords kept and asked for by SCRAM, not as MD5?"""
    facts = postgres_probe.facts
    assert measure("password_encryption", facts.setting("password_encryption")) == "scram-sha-256"
    asks = facts.login.asks
    assert measure(f"asked of {facts.role.name} before login", asks) != "an MD5 password"


@readiness.high(
    remedy="ALTER ROLE app VALID UNTIL 'infinity'; or a later date, with the password changed.",
    thresholds=[at_least("days", 14, unit="days", source="two weeks to rotate a password")],
    category="security",
    effort="minutes",
    source="CIS PostgreSQL Benchmark 5",
)
def role_not_expiring(postgres_probe: PostgresProbe, limits: SimpleNamespace) -> None:
    """Will the application's role still be let in next week?"""
    role = postgres_probe.facts.role
    if re.fullmatch(VAULTS, role.name):
        not_applicable("Vault made this role for a while, and makes another before its end")
    if role.expires_in is None:
        assert measure(f"end of the password of {role.name}", "never") == "never"
        return
    left = round(role.expires_in / DAY, 1)
    assert measure(f"password of {role.name} valid for", left, unit="days") >= limits.days


@readiness.medium(
    remedy="ALTER ROLE name NOSUPERUSER; and GRANT pg_monitor, pg_signal_backend or another "
    "predefined role for what it does.",
    thresholds=[at_most("superusers", 2, unit="roles", source="CIS PostgreSQL Benchmark 4")],
    category="security",
    effort="hours",
    source="CIS PostgreSQL Benchmark 4",
    demand="authentication",
    managed=True,
)
def superusers_few(postgres_probe: PostgresProbe, limits: SimpleNamespace) -> None:
    """Are there only a few superusers that may log in?"""
    names = sorted(postgres_probe.facts.superusers)
    shown = measure(f"superusers ({', '.join(names[:10])})", len(names), unit="roles")
    assert shown <= limits.superusers


@readiness.medium(
    remedy="REVOKE CREATE ON SCHEMA public FROM PUBLIC; (the default since version 15).",
    ref="https://www.postgresql.org/docs/current/ddl-schemas.html",
    category="security",
    effort="minutes",
    source="CIS PostgreSQL Benchmark 4; CVE-2018-1058",
    demand="authentication",
)
def public_schema_closed(postgres_probe: PostgresProbe) -> None:
    """May only those who were allowed to create objects in the schema public?"""
    open_to_all = postgres_probe.facts.role.creates_in_public
    if open_to_all is None:
        not_applicable("there is no schema public")
    assert measure("CREATE in schema public by PUBLIC", _allowed(open_to_all)) == "refused"


def _allowed(yes: bool) -> str:
    return "allowed" if yes else "refused"


@readiness.high(
    remedy="Write hostssl … scram-sha-256 with narrow addresses in pg_hba.conf, then SELECT "
    "pg_reload_conf();",
    category="security",
    effort="hours",
    source="CIS PostgreSQL Benchmark 5; dev-sec postgres-14",
    privilege="SELECT on pg_hba_file_rules",
    since="10",
    demand="authentication",
    managed=True,
    # What the application itself meets is judged by password_required without any grant.
    optional=True,
)
def host_rules_strict(postgres_probe: PostgresProbe) -> None:
    """Does no line of pg_hba.conf let other machines in by trust, password, md5 or ident?"""
    rules = "; ".join(postgres_probe.facts.weak_rules) or "none"
    assert measure("weak lines of pg_hba.conf", rules) == "none"
