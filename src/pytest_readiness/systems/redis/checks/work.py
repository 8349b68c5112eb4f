"""Whether it works, by a round trip."""

from __future__ import annotations

from pytest_readiness.evidence import measure
from pytest_readiness.markers import readiness
from pytest_readiness.outcomes import not_applicable
from pytest_readiness.systems.redis import roundtrip
from pytest_readiness.systems.redis.probe import RedisProbe


@readiness.blocker(
    remedy="See the error: READONLY wants the master, OOM memory, MISCONF a disk that takes saves.",
    category="delivery",
    effort="hours",
    source="Kubernetes readiness probes",
    privilege="the application's user: ~readiness-* +set +get +del +exists",
    writes=True,
)
def round_trip(redis_probe: RedisProbe) -> None:
    """Does a key that was written come back, and go away again?"""
    if redis_probe.declared.replica:
        not_applicable("it is declared to be a replica")
    trip = roundtrip.run(redis_probe)
    assert measure("writing and reading", trip.done) == "OK"
    assert measure("value read back", trip.read) == trip.written
    assert measure("keys left behind", trip.left) == 0


@readiness.high(
    remedy="INFO replication shows the replicas' state and lag; repair network or masterauth.",
    category="durability",
    effort="hours",
    source="Redis WAIT",
    privilege="the application's user: ~readiness-* +set +expire +del +wait",
    since="3.0",
    demand="topology",
    writes=True,
)
def write_reaches_replicas(redis_probe: RedisProbe) -> None:
    """Do the declared replicas have a write within half a second?"""
    _, declared = redis_probe.facts, redis_probe.declared
    if not declared.replicas:
        not_applicable("no replicas are declared: replicas = 1 in the target's settings")
    if declared.replica:
        not_applicable("it is declared to be a replica")
    written = roundtrip.replicated(redis_probe, declared.replicas)
    assert measure("writing", written.done) == "OK"
    assert measure("replicas that have the write", written.replicas) >= declared.replicas
