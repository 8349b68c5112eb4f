"""States of Redis: masters, replicas, nodes of a cluster, and the example of production."""

from __future__ import annotations

import contextlib
from typing import Any

import redis

from tests.catalogue.redis_servers import (
    ALL,
    admin,
    apply_recipe,
    declared,
    example_nodes,
    judged,
    reading,
    until,
    url_of,
)
from tests.catalogue.states import Said, state
from tests.sandbox import Sandbox
from tests.sandbox.ports import HOST, free_port
from tests.sandbox.redis import RedisServer

NOT_OF_A_BROKER = {
    *("something_to_evict", "cache_hits", "replication_link", "replica_read_only"),
    *("cluster_state", "cluster_replicas", "encrypted_across_public_network"),
    # Debian mends the server: vendor = "debian".
    *("version_supported", "version_abandoned"),
}


@state("redis", passed=ALL - NOT_OF_A_BROKER, not_applicable=NOT_OF_A_BROKER)
def exemplary(box: Sandbox) -> Said:
    master, replicas = example_nodes(box)
    with admin(master, url_of(master, "admin")) as client:
        before = client.execute_command("ACL", "GETUSER", "monitor")
        apply_recipe(client)
        assert client.execute_command("ACL", "GETUSER", "monitor") == before
        until(lambda: _acknowledged(client))
        client.rpush("jobs:mail", "one")
        client.xadd("events", {"n": 1})
        client.xgroup_create("events", "billing", id="0")
        _traffic(client)
        client.bgsave()
        until(lambda: client.info("persistence")["rdb_saves"] >= 1)
        until(lambda: not client.info("persistence")["aof_rewrite_in_progress"])
        with reading(url_of(master, "admin"), "events", "billing"):
            until(lambda: client.xinfo_groups("events")[0]["consumers"] == 1)
            said = judged(**declared(master))
    for server in (*replicas, master):
        server.kill()
    return said


def _acknowledged(client: Any) -> bool:
    """Whether two replicas keep up: one that is online may still be busy with its first copy."""
    with contextlib.suppress(redis.ResponseError):
        client.set("app:hello", "1", ex=60)
        return bool(client.wait(2, 100) == 2)
    return False


def _traffic(client: Any) -> None:
    with client.pipeline(transaction=False) as flight:
        for _ in range(1000):
            flight.ping()
        flight.execute()


def replicated(box: Sandbox) -> tuple[RedisServer, list[RedisServer]]:
    """A master with two replicas in sync, without any settings of theirs."""
    master = box.start("redis", settings={"repl-ping-replica-period": "1"})
    lines = ({"replica-read-only": "yes"}, {"replica-read-only": "no"})
    replicas = [box.start("redis", replica_of=master, settings=line) for line in lines]
    with admin(master) as client:
        until(lambda: _acknowledged(client))
    return master, replicas


@state("redis", failed={"writes_need_a_replica"}, passed={"write_reaches_replicas"})
def a_master_that_would_write_alone(box: Sandbox) -> Said:
    master, _ = replicated(box)
    return judged(master, role="store", replicas=2)


@state(
    "redis",
    failed={"replicas_keep_up", "write_reaches_replicas"},
    passed={"replicas_online"},
)
def a_replica_that_hangs(box: Sandbox) -> Said:
    master, replicas = replicated(box)
    replicas[0].pause()
    try:
        with admin(master) as client:
            for n in range(12):
                client.set(f"bulk:{n}", "x" * 2**20)
        said = judged(master, role="store", replicas=2)
    finally:
        replicas[0].resume()
    assert f"replica 127.0.0.1:{replicas[0].port}" in said["replicas_keep_up"].message
    return said


@state("redis", passed={"replication_link", "replica_read_only"}, failed={"accepts_writes"})
def a_replica_in_the_place_of_its_master(box: Sandbox) -> Said:
    return judged(replicated(box)[1][0])


@state("redis", failed={"replica_read_only"}, not_applicable={"accepts_writes", "round_trip"})
def a_replica_that_takes_writes(box: Sandbox) -> Said:
    return judged(replicated(box)[1][1], replica=True)


@state("redis", failed={"replication_link", "accepts_writes", "round_trip"})
def a_replica_that_lost_its_master(box: Sandbox) -> Said:
    master = box.fresh("redis")
    replica = box.fresh("redis", replica_of=master)
    master.kill()
    with admin(replica) as client:
        until(lambda: client.info("replication")["master_link_status"] == "down")
    said = judged(replica)
    replica.stop()
    return said


def node(box: Sandbox) -> RedisServer:
    """A node that belongs to no cluster yet."""
    lines = {
        "cluster-enabled": "yes",
        # The default, 10000 above the other, may be taken.
        "cluster-port": str(free_port()),
        "cluster-node-timeout": "2000",
    }
    return box.start("redis", settings=lines)


@state("redis", failed={"cluster_state", "round_trip"}, blocked={"cluster_replicas"})
def a_cluster_without_slots(box: Sandbox) -> Said:
    return judged(node(box))


@state(
    "redis",
    failed={"cluster_replicas"},
    passed={"cluster_state", "round_trip"},
    blocked={"list_backlog"},
)
def a_cluster_of_one(box: Sandbox) -> Said:
    server = node(box)
    with admin(server) as client:
        client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        until(lambda: _serves(client))
    said = judged(server, lists={"jobs:*": {}})
    assert "this node of the cluster only" in said["list_backlog"].message
    return said


@state("redis", passed={"cluster_state", "cluster_replicas"})
def a_cluster_with_a_replica(box: Sandbox) -> Said:
    master, other = node(box), node(box)
    with admin(master) as client, admin(other) as follower:
        client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        me = client.execute_command("CLUSTER", "MYID")
        bus = client.config_get("cluster-port")["cluster-port"]
        follower.execute_command("CLUSTER", "MEET", HOST, master.port, bus)
        until(lambda: me in str(follower.execute_command("CLUSTER", "NODES")))
        until(lambda: _replicates(follower, me))
        until(lambda: _serves(client))
        until(lambda: "slave" in str(client.execute_command("CLUSTER", "NODES")))
    return judged(master)


def _serves(node: Any) -> bool:
    return "cluster_state:ok" in str(node.execute_command("CLUSTER", "INFO"))


def _replicates(node: Any, master: str) -> bool:
    # It hears of the other node before it knows that it is a master.
    with contextlib.suppress(redis.ResponseError):
        node.execute_command("CLUSTER", "REPLICATE", master)
        return True
    return False
