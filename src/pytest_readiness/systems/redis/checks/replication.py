"""Masters, replicas, and the nodes of a cluster."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_least, at_most, readiness
from pytest_readiness.outcomes import blocked, not_applicable
from pytest_readiness.systems.redis.cluster import SLOTS
from pytest_readiness.systems.redis.facts import Cluster
from pytest_readiness.systems.redis.probe import RedisProbe

ALERTS = "awesome-prometheus-alerts"
REPLICATION = "Redis replication guide"
MIB = 2**20


@readiness.blocker(
    remedy="Repair the way to the master and masterauth; or REPLICAOF host port.",
    category="topology",
    effort="hours",
    source=ALERTS,
    privilege="ACL +info",
)
def replication_link(redis_probe: RedisProbe) -> None:
    """Is a replica connected to its master?"""
    replication = redis_probe.facts.replication
    if replication.role == "master":
        not_applicable("it is a master")
    assert measure("link to the master", replication.link) == "up"


@readiness.blocker(
    remedy="Use the master's address (ask Sentinel), or declare replica = true; NOREPLICAS wants "
    "its replicas back, or a lower min-replicas-to-write.",
    category="topology",
    effort="minutes",
    source=ALERTS,
    privilege="ACL +info",
)
def accepts_writes(redis_probe: RedisProbe) -> None:
    """Is it a master, which takes writes?"""
    replication = redis_probe.facts.replication
    if redis_probe.declared.replica:
        not_applicable("it is declared to be a replica")
    assert measure("role", replication.role) == "master"
    if replication.good is not None:
        # Told only where writes wait for a replica at least.
        config = redis_probe.facts.config
        least = config.min_replicas_to_write if config.sees("min_replicas_to_write") else "1"
        what = "replicas without which it refuses writes (min-replicas-to-write)"
        assert measure(what, replication.good) >= int(least)


@readiness.medium(
    remedy="CONFIG SET replica-read-only yes, CONFIG REWRITE.",
    category="configuration",
    effort="minutes",
    source=REPLICATION,
    privilege="ACL +info +config|get",
    managed=True,
)
def replica_read_only(redis_probe: RedisProbe) -> None:
    """Does a replica refuse writes, which its master would never see?"""
    facts = redis_probe.facts
    if facts.replication.role == "master":
        not_applicable("it is a master")
    assert measure("replica-read-only", facts.config.replica_read_only) == "yes"


@readiness.high(
    remedy="Start a replica, or repair it: REPLICAOF host port, masterauth, the route.",
    thresholds=[at_least("replicas", 1, unit="replicas", source=ALERTS)],
    category="topology",
    effort="hours",
    source=ALERTS,
    privilege="ACL +info",
    demand="topology",
)
def replicas_online(redis_probe: RedisProbe, limits: SimpleNamespace) -> None:
    """Has a master the replicas it was declared to have, or a store's one in sync?"""
    replication, declared = redis_probe.facts.replication, redis_probe.declared
    if declared.replicas is None and declared.role != "store":
        not_applicable("its role is not store, and no replicas are declared")
    if replication.role != "master":
        not_applicable("it is a replica itself")
    if declared.replicas == 0:
        not_applicable("it is declared to have no replicas")
    wanted = limits.replicas if declared.replicas is None else declared.replicas
    assert measure("replicas in sync", replication.online) >= wanted


@readiness.high(
    remedy="Look at the replica and its network; CONFIG SET repl-backlog-size 256mb helps it "
    "to catch up.",
    thresholds=[
        at_most("seconds", 10, unit="s", source="a replica acknowledges every second"),
        at_most("mib", 10, unit="MiB", source="check_redis, replication_delay"),
    ],
    category="durability",
    effort="hours",
    source="check_redis, replication_delay",
    privilege="ACL +info",
)
def replicas_keep_up(redis_probe: RedisProbe, limits: SimpleNamespace) -> None:
    """Do the replicas have what the master has?"""
    replication = redis_probe.facts.replication
    online = [one for one in replication.replicas if one.state == "online"]
    if not online:
        not_applicable("it has no replica in sync")
    for one in online:
        behind = None if one.offset is None else round((replication.offset - one.offset) / MIB, 1)
        unit = "MiB behind the master"
        assert measure(f"replica {one.address}", behind, unit=unit) <= limits.mib
        last = f"last word of replica {one.address}"
        assert measure(last, one.lag, unit="s ago") <= limits.seconds


@readiness.medium(
    remedy="CONFIG SET min-replicas-to-write 1, CONFIG REWRITE: a master that is cut off then "
    "takes no writes that nobody will see again.",
    category="durability",
    effort="minutes",
    source=REPLICATION,
    privilege="ACL +info +config|get",
    managed=True,
    demand="topology",
)
def writes_need_a_replica(redis_probe: RedisProbe) -> None:
    """Does a store's master stop taking writes when it is cut off from its replicas?"""
    facts = redis_probe.facts
    if redis_probe.declared.role not in ("store", "broker"):
        not_applicable("its role is neither store nor broker")
    # With a single replica, it would make both of them necessary.
    if facts.replication.role != "master" or facts.replication.online < 2:
        not_applicable("it is no master of two replicas or more")
    least = int(facts.config.min_replicas_to_write)
    assert measure("min-replicas-to-write", least) >= 1


@readiness.blocker(
    remedy="redis-cli --cluster check HOST:PORT, then --cluster fix, or bring back the node.",
    category="topology",
    effort="hours",
    source=ALERTS,
    since="3.0",
    privilege="ACL +cluster|info",
)
def cluster_state(redis_probe: RedisProbe) -> None:
    """Does the cluster serve all its slots?"""
    cluster = _cluster(redis_probe)
    assert measure("cluster_state", cluster.state) == "ok"
    assert measure("slots that are served", cluster.slots_ok) == SLOTS


@readiness.high(
    remedy="redis-cli --cluster add-node NEW:PORT ANY:PORT --cluster-slave",
    category="topology",
    effort="hours",
    source="Redis cluster guide",
    since="3.0",
    privilege="ACL +cluster|nodes",
    demand="topology",
)
def cluster_replicas(redis_probe: RedisProbe) -> None:
    """Has every master of the cluster a replica?"""
    cluster = _cluster(redis_probe)
    if cluster.lone_masters is None:
        blocked("CLUSTER NODES told nothing: ACL SETUSER NAME +cluster|nodes")
    if not cluster.masters:
        blocked("no node of the cluster holds slots")
    lone = ", ".join(cluster.lone_masters[:10]) or "none"
    assert measure("masters without a replica", lone) == "none"


def _cluster(probe: RedisProbe) -> Cluster:
    cluster = probe.facts.cluster
    if cluster is None:
        not_applicable("it is no node of a cluster")
    return cluster
