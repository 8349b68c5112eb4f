"""Whether the application gets in, and what it meets there."""

from __future__ import annotations

from pytest_readiness.markers import readiness
from pytest_readiness.systems import common
from pytest_readiness.systems.redis.probe import RedisProbe

UPGRADE = (
    "Upgrade to a supported line, see https://valkey.io/topics/releases; or declare who mends "
    'this one: vendor = "debian".'
)


@readiness.blocker(remedy="Start the server, or open the route from here to it.")
def reachable(redis_probe: RedisProbe) -> None:
    """Does the server answer within its deadline?"""
    common.reach(redis_probe)


@readiness.medium(remedy=UPGRADE)
def version_supported(redis_probe: RedisProbe) -> None:
    """Is the version still supported by its makers?"""
    server = redis_probe.facts.server
    common.supported(server.engine, server.version, redis_probe.declared.vendor, grace_days=0)


@readiness.high(remedy=UPGRADE)
def version_abandoned(redis_probe: RedisProbe) -> None:
    """Is the version less than a year out of support?"""
    server = redis_probe.facts.server
    common.supported(server.engine, server.version, redis_probe.declared.vendor, grace_days=365)


@readiness.high(remedy="Upgrade the server to minimum_version or later.")
def version_minimum(redis_probe: RedisProbe) -> None:
    """Is the version at least the one the team accepts?"""
    common.at_least_version(redis_probe.facts.server.version, redis_probe.declared.minimum_version)
