"""Who is let in, with what rights, over what wire."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_least, readiness
from pytest_readiness.outcomes import not_applicable
from pytest_readiness.policy.environments import is_public
from pytest_readiness.systems import common
from pytest_readiness.systems.redis.probe import RedisProbe


@readiness.blocker(
    remedy="CONFIG SET requirepass …, or ACL SETUSER default off; then CONFIG REWRITE.",
    demand="authentication",
)
def password_required(redis_probe: RedisProbe) -> None:
    """Is a client without credentials refused?"""
    assert measure("client without credentials", redis_probe.facts.anonymous) == "refused"


@readiness.medium(
    remedy="Give the application a user of its own: "
    "ACL SETUSER app on >… ~app:* +@all -@admin -@dangerous",
    demand="authentication",
)
def app_user_limited(redis_probe: RedisProbe) -> None:
    """Does the application log in as a user of its own, with fewer than all rights?"""
    facts = redis_probe.facts
    if facts.sees("server") and common.numbers(facts.server.version) < (6,):
        not_applicable("users came with Redis 6")
    app = facts.app
    assert measure("the application's user", app.user) != "default"
    commands = "all" if app.unlimited else "some"
    assert measure(f"commands that user {app.user} may run", commands) != "all"


@readiness.high(
    remedy="Serve TLS (tls-port, tls-cert-file, tls-key-file) and connect with rediss://.",
    demand="encryption",
)
def encrypted(redis_probe: RedisProbe) -> None:
    """Is the connection encrypted?"""
    assert measure("encryption", redis_probe.facts.link.tls or "none") != "none"


@readiness.blocker(remedy="Serve TLS and connect with rediss://, or use a private address.")
def encrypted_across_public_network(redis_probe: RedisProbe) -> None:
    """Is the connection encrypted where it crosses the open internet?"""
    facts = redis_probe.facts
    if not is_public(facts.peer):
        not_applicable(f"{facts.peer} is no address of the open internet")
    assert measure(f"encryption on the way to {facts.peer}", facts.link.tls or "none") != "none"


@readiness.high(
    remedy="Renew the certificate, then CONFIG SET tls-cert-file … to load it.",
    thresholds=[at_least("days", 14, unit="days", source="renewal by ACME happens 30 days before")],
    demand="encryption",
    managed=True,
)
def certificate_valid(redis_probe: RedisProbe, limits: SimpleNamespace) -> None:
    """Is the certificate valid for some time to come?"""
    link = redis_probe.facts.link
    if link.tls is None:
        not_applicable("the connection is not encrypted")
    common.certificate_valid(link.expires, link.issued, limits.days)
