"""Over what wire the application comes."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_least, readiness
from pytest_readiness.outcomes import not_applicable
from pytest_readiness.policy.environments import is_public
from pytest_readiness.systems import common
from pytest_readiness.systems.redis import address
from pytest_readiness.systems.redis.probe import RedisProbe

TLS = "Redis TLS guide"


@readiness.high(
    remedy="Serve TLS (tls-port, tls-cert-file, tls-key-file) and connect with rediss://.",
    category="security",
    effort="hours",
    source=TLS,
    demand="encryption",
)
def encrypted(redis_probe: RedisProbe) -> None:
    """Is the connection encrypted?"""
    assert measure("encryption", redis_probe.facts.link.tls or "none") != "none"


@readiness.blocker(
    remedy="Serve TLS and connect with rediss://, or use a private address.",
    category="security",
    effort="hours",
    source=TLS,
)
def encrypted_across_public_network(redis_probe: RedisProbe) -> None:
    """Is the connection encrypted where it crosses the open internet?"""
    facts = redis_probe.facts
    if not is_public(facts.peer):
        not_applicable(f"{facts.peer} is no address of the open internet")
    assert measure(f"encryption on the way to {facts.peer}", facts.link.tls or "none") != "none"


@readiness.high(
    remedy="Take ssl_cert_reqs=none and ssl_check_hostname=false out of the URL, and name the "
    "authority: ?ssl_ca_certs=/etc/ssl/redis-ca.pem",
    category="security",
    effort="minutes",
    source=TLS,
    demand="encryption",
)
def certificate_verified(redis_probe: RedisProbe) -> None:
    """Does the connection verify whom it speaks to?"""
    link = redis_probe.facts.link
    if link.tls is None:
        not_applicable("the connection is not encrypted")
    verified = address.verifies(redis_probe.declared.ways()[0])
    assert measure("the server's certificate", verified) == "verified"


@readiness.high(
    remedy="Renew the certificate, then CONFIG SET tls-cert-file … to load it.",
    thresholds=[at_least("days", 14, unit="days", source="renewal by ACME happens 30 days before")],
    category="security",
    effort="minutes",
    source="CA/Browser Forum lifetimes",
    demand="encryption",
    managed=True,
)
def certificate_valid(redis_probe: RedisProbe, limits: SimpleNamespace) -> None:
    """Is the certificate valid for some time to come?"""
    link = redis_probe.facts.link
    if link.tls is None:
        not_applicable("the connection is not encrypted")
    common.certificate_valid(link.expires, link.issued, limits.days)


@readiness.medium(
    remedy="When the last client speaks TLS: CONFIG SET port 0, CONFIG REWRITE.",
    category="security",
    effort="minutes",
    source=TLS,
    since="6.0",
    privilege="ACL +config|get",
    demand="encryption",
    managed=True,
)
def plaintext_port_closed(redis_probe: RedisProbe) -> None:
    """Is there no way around the encryption?"""
    facts = redis_probe.facts
    if facts.link.tls is None:
        not_applicable("the connection is not encrypted")
    if facts.config.sees("tls_port") and facts.config.tls_port == "0":
        not_applicable("something in front of the server ends the encryption")
    assert measure("port without encryption", facts.config.port) == "0"
