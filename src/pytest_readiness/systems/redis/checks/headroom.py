"""What is left before the server refuses to go on."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_least, at_most, readiness
from pytest_readiness.outcomes import not_applicable
from pytest_readiness.systems.redis.durability import per_hour
from pytest_readiness.systems.redis.probe import RedisProbe

ALERTS = "awesome-prometheus-alerts"
EVICTION = "Redis eviction guide"


@readiness.high(
    remedy="Give it more memory, or let keys expire: CONFIG SET maxmemory … / EXPIRE.",
    thresholds=[at_most("used", 90, unit="%", source=ALERTS)],
    category="capacity",
    effort="hours",
    source=ALERTS,
    privilege="ACL +info",
)
def memory_headroom(redis_probe: RedisProbe, limits: SimpleNamespace) -> None:
    """Is there memory left below maxmemory?"""
    memory = redis_probe.facts.memory
    if memory.maximum == 0:
        not_applicable("no maxmemory is set")
    # A cache makes room by itself; what does not know its role may be one.
    if redis_probe.declared.role in (None, "cache") and memory.policy != "noeviction":
        not_applicable(f"a cache that evicts ({memory.policy}) is meant to be full")
    used = round(100 * memory.used / memory.maximum, 1)
    assert measure("memory used", used, unit="% of maxmemory") <= limits.used


@readiness.high(
    remedy="Set it below what the machine or the container has: CONFIG SET maxmemory 2gb; "
    "CONFIG REWRITE.",
    thresholds=[at_most("share", 90, unit="%", source="a fork and buffers need the rest")],
    category="capacity",
    effort="minutes",
    source="Redis administration guide",
    privilege="ACL +info",
    # How much memory it is meant to take; a laptop and a staging box need no such plan.
    demand="limits",
    # The plan's size, which CONFIG SET cannot change and not every platform tells.
    managed=True,
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
    "not (noeviction); then CONFIG REWRITE.",
    category="configuration",
    effort="minutes",
    source=EVICTION,
    privilege="ACL +info",
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


@readiness.medium(
    remedy="Give keys a time to live (EXPIRE, SET … EX), or CONFIG SET maxmemory-policy "
    "allkeys-lru.",
    thresholds=[
        at_least("share", 10, unit="%", source="a tenth of the keys makes room for a while")
    ],
    category="capacity",
    effort="hours",
    source=EVICTION,
    privilege="ACL +info",
)
def something_to_evict(redis_probe: RedisProbe, limits: SimpleNamespace) -> None:
    """Has a cache that evicts only keys with a time to live such keys?"""
    facts = redis_probe.facts
    if redis_probe.declared.role != "cache":
        not_applicable("its role is not cache")
    if not facts.memory.policy.startswith("volatile-"):
        not_applicable(f"maxmemory-policy is {facts.memory.policy}")
    if not facts.keyspace.keys:
        not_applicable("it holds no keys yet")
    share = round(100 * facts.keyspace.expiring / facts.keyspace.keys, 1)
    assert measure("keys that may be evicted", share, unit="% of all keys") >= limits.share


@readiness.low(
    remedy="CONFIG SET activedefrag yes, or restart it, a replica first.",
    thresholds=[
        at_most("ratio", 1.5, unit="times", source="MEMORY DOCTOR says 1.4, above 10 MB of waste")
    ],
    category="capacity",
    effort="hours",
    source="MEMORY DOCTOR",
    since="4.0",
    privilege="ACL +info",
)
def fragmentation(redis_probe: RedisProbe, limits: SimpleNamespace) -> None:
    """Is little memory lost between the data?"""
    memory = redis_probe.facts.memory
    if memory.wasted > FRAGMENTS:
        unit = "times what is stored"
        assert measure("memory held", memory.fragmentation, unit=unit) <= limits.ratio
    else:
        assert measure("memory lost between the data", memory.wasted, unit="bytes") <= FRAGMENTS


FRAGMENTS = 10 * 2**20
"""Bytes lost below which MEMORY DOCTOR says nothing."""


@readiness.high(
    remedy="Pool connections in the application, or raise the limit: CONFIG SET maxclients …",
    thresholds=[at_most("used", 90, unit="%", source=ALERTS)],
    category="capacity",
    effort="hours",
    source=ALERTS,
    privilege="ACL +info",
)
def connections_headroom(redis_probe: RedisProbe, limits: SimpleNamespace) -> None:
    """Are there connections left below maxclients?"""
    clients = redis_probe.facts.clients
    if not clients.maximum:
        not_applicable("it sets no limit of its own to connections")
    used = round(100 * clients.connected / clients.maximum, 1)
    assert measure("connections used", used, unit="% of maxclients") <= limits.used


@readiness.medium(
    remedy="Pool connections in the application, CONFIG SET maxclients …, raise ulimit -n; "
    "CONFIG RESETSTAT once it is mended.",
    thresholds=[at_most("per_hour", 5, unit="connections an hour", source=ALERTS)],
    category="capacity",
    effort="hours",
    source=ALERTS,
    privilege="ACL +info",
)
def connections_not_rejected(redis_probe: RedisProbe, limits: SimpleNamespace) -> None:
    """Has maxclients turned hardly anybody away?"""
    facts = redis_probe.facts
    rate = per_hour(facts.stats.rejected, facts.server.uptime)
    assert measure("connections rejected", rate, unit="an hour since the start") <= limits.per_hour


@readiness.low(
    remedy="CONFIG SET tcp-keepalive 300, CONFIG REWRITE.",
    thresholds=[at_most("seconds", 300, unit="s", source="the server's default")],
    category="configuration",
    effort="minutes",
    source="Redis client handling guide",
    privilege="ACL +config|get",
    managed=True,
)
def dead_clients_dropped(redis_probe: RedisProbe, limits: SimpleNamespace) -> None:
    """Does the server find out that a client has gone?"""
    keepalive = int(redis_probe.facts.config.tcp_keepalive)
    assert measure("tcp-keepalive", keepalive, unit="s") > 0
    assert measure("tcp-keepalive", keepalive, unit="s") <= limits.seconds
