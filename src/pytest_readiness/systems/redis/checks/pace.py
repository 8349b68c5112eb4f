"""Whether it is quick, and whether one would learn that it is not."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_least, at_most, readiness
from pytest_readiness.outcomes import blocked, not_applicable
from pytest_readiness.systems.redis.probe import RedisProbe

LATENCY = "Redis latency guide"

TRAFFIC = 1000
"""Commands after which a server without slow ones can be said to have none."""
LOOKUPS = 1000
"""Keys asked for after which the share of those found means something."""


@readiness.low(
    remedy="Look at them: SLOWLOG GET 10. Replace KEYS by SCAN, cut large reads and scripts.",
    thresholds=[at_most("ms", 100, unit="ms", source="all other clients wait that long")],
    category="performance",
    effort="days",
    source=LATENCY,
    privilege="ACL +slowlog",
)
def no_slow_commands(redis_probe: RedisProbe, limits: SimpleNamespace) -> None:
    """Was no command of the last hour slow?"""
    facts = redis_probe.facts
    slowest = max(facts.slow, key=lambda one: one.ms, default=None)
    if slowest is not None:
        name = f"slowest command of the last hour, {slowest.command}"
        assert measure(name, round(slowest.ms, 1), unit="ms") <= limits.ms
        return
    bound = int(facts.config.slowlog_log_slower_than)
    if not 0 <= bound <= 1000 * limits.ms:
        blocked("the slow log does not see it: CONFIG SET slowlog-log-slower-than 10000")
    if facts.stats.commands < TRAFFIC:
        not_applicable(f"no traffic yet: {facts.stats.commands} commands since the start")
    slow = f"commands above {bound / 1000:g} ms within the last hour"
    assert measure(slow, len(facts.slow)) == 0


@readiness.low(
    remedy="Smaller nodes or less data on one; transparent huge pages off.",
    thresholds=[at_most("ms", 500, unit="ms", source="all clients wait that long at each save")],
    category="performance",
    effort="days",
    source=LATENCY,
    privilege="ACL +info",
    optional=True,
)
def fork_quick(redis_probe: RedisProbe, limits: SimpleNamespace) -> None:
    """Does a save stop the server for a short time only?"""
    took = redis_probe.facts.stats.fork_us / 1000
    if not took:
        not_applicable("it has not forked yet")
    assert measure("latest fork", took, unit="ms") <= limits.ms


@readiness.low(
    remedy="CONFIG SET latency-monitor-threshold 100, CONFIG REWRITE; then LATENCY DOCTOR.",
    category="operations",
    effort="minutes",
    source=LATENCY,
    privilege="ACL +config|get",
    demand="monitoring",
    optional=True,
    managed=True,
)
def latency_monitored(redis_probe: RedisProbe) -> None:
    """Does the server note what made it slow?"""
    threshold = int(redis_probe.facts.config.latency_monitor_threshold)
    assert measure("latency-monitor-threshold", threshold, unit="ms") > 0


@readiness.low(
    remedy="Keep what is asked for: longer times to live, more memory, keys that are asked for "
    "as they were written.",
    thresholds=[at_least("hits", 80, unit="%", source="Datadog, Redis key metrics")],
    category="performance",
    effort="days",
    source="Datadog, Redis key metrics",
    privilege="ACL +info",
    # A cache of rare things is right to miss often.
    optional=True,
)
def cache_hits(redis_probe: RedisProbe, limits: SimpleNamespace) -> None:
    """Does a cache mostly have what it is asked for?"""
    facts = redis_probe.facts
    if redis_probe.declared.role != "cache":
        not_applicable("its role is not cache")
    asked = facts.stats.hits + facts.stats.misses
    if asked < LOOKUPS:
        not_applicable(f"no traffic yet: {asked} keys asked for since the start")
    hits = round(100 * facts.stats.hits / asked, 1)
    assert measure("keys found", hits, unit="% of those asked for") >= limits.hits
