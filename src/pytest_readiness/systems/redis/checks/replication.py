"""Masters and replicas."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_least, readiness
from pytest_readiness.outcomes import not_applicable
from pytest_readiness.systems.redis.probe import RedisProbe

ALERTS = "awesome-prometheus-alerts"


@readiness.blocker(remedy="Repair the way to the master and masterauth; or REPLICAOF host port.")
def replication_link(redis_probe: RedisProbe) -> None:
    """Is a replica connected to its master?"""
    replication = redis_probe.facts.replication
    if replication.role == "master":
        not_applicable("it is a master")
    assert measure("link to the master", replication.link) == "up"


@readiness.blocker(remedy="Use the master's address (ask Sentinel), or declare replica = true.")
def accepts_writes(redis_probe: RedisProbe) -> None:
    """Is it a master, which takes writes?"""
    replication = redis_probe.facts.replication
    if redis_probe.declared.replica:
        not_applicable("it is declared to be a replica")
    assert measure("role", replication.role) == "master"


@readiness.high(
    remedy="Start a replica, or repair it: REPLICAOF host port, masterauth, the route.",
    thresholds=[at_least("replicas", 1, source=ALERTS)],
    demand="topology",
)
def replicas_online(redis_probe: RedisProbe, limits: SimpleNamespace) -> None:
    """Has a store's master a replica in sync?"""
    replication = redis_probe.facts.replication
    if redis_probe.declared.role != "store":
        not_applicable("its role is not store")
    if replication.role != "master":
        not_applicable("it is a replica itself")
    assert measure("replicas in sync", replication.online) >= limits.replicas
