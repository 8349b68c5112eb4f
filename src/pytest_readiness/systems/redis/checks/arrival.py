"""Whether the application gets in, and what it meets there."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_most, readiness
from pytest_readiness.systems import common
from pytest_readiness.systems.redis.probe import RedisProbe

UPGRADE = (
    "Upgrade to a supported line, see https://valkey.io/topics/releases; or declare who mends "
    'this one: vendor = "debian".'
)


@readiness.blocker(
    remedy="Start the server, or open the route from here to it.",
    category="reachability",
    effort="minutes",
    source="Kubernetes readiness probes",
)
def reachable(redis_probe: RedisProbe) -> None:
    """Does the server answer within its deadline?"""
    common.reach(redis_probe)


@readiness.medium(
    remedy="See what keeps it busy: SLOWLOG GET, LATENCY DOCTOR; a script, KEYS, swapping.",
    category="performance",
    effort="hours",
    source="Redis latency guide",
    thresholds=[at_most("ms", 200, unit="ms", source="a hundred times a slow network's PING")],
)
def answer_time(redis_probe: RedisProbe, limits: SimpleNamespace) -> None:
    """Is PING answered without delay?"""
    assert measure("time to answer PING", redis_probe.facts.answer_ms, unit="ms") <= limits.ms


@readiness.medium(
    remedy=UPGRADE,
    category="operations",
    effort="days",
    source="Valkey release policy",
    privilege="ACL +info",
)
def version_supported(redis_probe: RedisProbe) -> None:
    """Is the version still supported by its makers?"""
    server = redis_probe.facts.server
    common.supported(server.engine, server.version, redis_probe.declared.vendor, grace_days=0)


@readiness.high(
    remedy=UPGRADE,
    category="operations",
    effort="days",
    source="Valkey release policy",
    privilege="ACL +info",
)
def version_abandoned(redis_probe: RedisProbe) -> None:
    """Is the version less than a year out of support?"""
    server = redis_probe.facts.server
    common.supported(server.engine, server.version, redis_probe.declared.vendor, grace_days=365)


@readiness.high(
    remedy="Upgrade the server to minimum_version or later.",
    category="operations",
    effort="days",
    source="the team's own minimum_version",
    privilege="ACL +info",
)
def version_minimum(redis_probe: RedisProbe) -> None:
    """Is the version at least the one the team accepts?"""
    common.at_least_version(redis_probe.facts.server.version, redis_probe.declared.minimum_version)
