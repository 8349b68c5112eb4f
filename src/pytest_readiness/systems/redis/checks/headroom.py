"""What is left before the server refuses to go on."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_most, readiness
from pytest_readiness.outcomes import not_applicable
from pytest_readiness.systems.redis.probe import RedisProbe

ALERTS = "awesome-prometheus-alerts"


@readiness.high(
    remedy="Give it more memory, or let keys expire: CONFIG SET maxmemory … / EXPIRE.",
    thresholds=[at_most("used", 90, unit="%", source=ALERTS)],
)
def memory_headroom(redis_probe: RedisProbe, limits: SimpleNamespace) -> None:
    """Is there memory left below maxmemory?"""
    memory = redis_probe.facts.memory
    if memory.maximum == 0:
        not_applicable("no maxmemory is set")
    used = round(100 * memory.used / memory.maximum, 1)
    assert measure("memory used", used, unit="% of maxmemory") <= limits.used


@readiness.high(
    remedy="Set it below what the machine or the container has: CONFIG SET maxmemory 2gb; "
    "CONFIG REWRITE.",
    thresholds=[at_most("share", 90, unit="%", source="a fork and buffers need the rest")],
    # How much memory it is meant to take; a laptop and a staging box need no such plan.
    demand="limits",
)
def maxmemory_set(redis_probe: RedisProbe, limits: SimpleNamespace) -> None:
    """Is maxmemory set, and below what the machine or the container has?"""
    memory = redis_probe.facts.memory
    assert measure("maxmemory", memory.maximum, unit="bytes") > 0
    there, whose = redis_probe.declared.memory_limit_bytes, "memory_limit"
    if there is None:
        if not memory.sees("machine") or not memory.machine:
            return
        there, whose = memory.machine, "the machine's memory"
    share = round(100 * memory.maximum / there, 1)
    assert measure("maxmemory", share, unit=f"% of {whose}") <= limits.share


@readiness.high(
    remedy="A cache evicts (CONFIG SET maxmemory-policy allkeys-lru), a store or a broker must "
    "not (noeviction); then CONFIG REWRITE."
)
def eviction_policy(redis_probe: RedisProbe) -> None:
    """Does the eviction policy fit what the server is for?"""
    memory, role = redis_probe.facts.memory, redis_probe.declared.role
    if role is None:
        not_applicable("no role is declared")
    policy = measure(f"eviction policy of a {role}", memory.policy)
    if role == "cache":
        assert policy != "noeviction"
    else:
        assert policy == "noeviction"


@readiness.high(
    remedy="Pool connections in the application, or raise the limit: CONFIG SET maxclients …",
    thresholds=[at_most("used", 90, unit="%", source=ALERTS)],
)
def connections_headroom(redis_probe: RedisProbe, limits: SimpleNamespace) -> None:
    """Are there connections left below maxclients?"""
    clients = redis_probe.facts.clients
    used = round(100 * clients.connected / clients.maximum, 1)
    assert measure("connections used", used, unit="% of maxclients") <= limits.used
