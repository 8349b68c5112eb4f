"""States of Redis: what becomes of the data, and how much room is left."""

from __future__ import annotations

import contextlib
import datetime as dt
from unittest import mock

import redis

from pytest_readiness.systems import common
from tests.catalogue.redis_servers import admin, judged, until
from tests.catalogue.states import Said, state
from tests.sandbox import Sandbox


@state(
    "redis",
    failed={"persistence", "backups", "replicas_online", "version_minimum"},
    passed={
        *("role_declared", "eviction_policy", "nothing_evicted", "connections_headroom"),
        *("connections_not_rejected", "dead_clients_dropped", "debug_commands_closed"),
        *("fragmentation", "accepts_writes", "round_trip"),
    },
    not_applicable={
        *("last_save_ok", "append_only_file_synced", "failed_saves_noticed", "memory_headroom"),
        *("replication_link", "replica_read_only", "replicas_keep_up", "cluster_state"),
        *("cluster_replicas", "writes_need_a_replica"),
    },
)
def a_store_without_persistence(box: Sandbox) -> Said:
    server = box.start("redis", settings={"save": '""'})
    said = judged(server, role="store", minimum_version="99")
    assert said["backups"].message.startswith("snapshots is never made and not planned")
    return said


@state("redis", failed={"eviction_policy"}, not_applicable={"persistence", "nothing_evicted"})
def a_cache_that_does_not_evict(box: Sandbox) -> Said:
    return judged(box.start("redis", settings={"save": '""'}), role="cache")


@state(
    "redis",
    failed={"append_only_file_synced", "failed_saves_noticed"},
    passed={"persistence", "last_save_ok", "maxmemory_set", "memory_headroom"},
    blocked={"backups"},
)
def a_store_that_takes_its_chances(box: Sandbox) -> Said:
    lines = {"appendonly": "yes", "appendfsync": "no", "stop-writes-on-bgsave-error": "no"}
    server = box.start("redis", settings={**lines, "save": "3600 1", "maxmemory": "100mb"})
    with admin(server) as client:
        client.set("basket", "1")
    return judged(server, role="store")


@state(
    "redis",
    passed={"backups", "fork_quick", "append_only_file_synced", "failed_saves_noticed"},
)
def a_store_that_was_saved(box: Sandbox) -> Said:
    server = box.start("redis", settings={"appendonly": "yes", "save": "3600 1"})
    with admin(server) as client:
        client.bgsave()
        until(lambda: client.info("persistence")["rdb_saves"] >= 1)
        client.set("basket", "1")
    return judged(server, role="store")


@state("redis", failed={"fork_quick"})
def a_save_that_took_long(box: Sandbox) -> Said:
    server = box.start("redis", settings={"appendonly": "yes", "save": "3600 1"})
    with admin(server) as client:
        until(lambda: client.info("stats")["latest_fork_usec"] > 0)
    # A fork of half a second takes more memory than a test has: the bound is lowered.
    return judged(server, limits={"ms": 0.001}, role="store")


@state("redis", failed={"last_save_ok", "round_trip"})
def a_disk_that_takes_no_saves(box: Sandbox) -> Said:
    server = box.fresh("redis")
    (server.folder / "dump.rdb").mkdir()
    with admin(server) as client:
        client.bgsave()
        until(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "err")
    said = judged(server)
    assert "MISCONF" in said["round_trip"].message
    server.kill()
    return said


@state("redis", failed={"nothing_evicted", "eviction_policy", "memory_headroom"})
def a_broker_that_evicts(box: Sandbox) -> Said:
    server = box.start("redis", settings={"maxmemory": "4mb", "maxmemory-policy": "allkeys-lru"})
    with admin(server) as client, client.pipeline(transaction=False) as flight:
        for n in range(3000):
            flight.set(f"key:{n}", "x" * 2000)
        flight.execute()
    return judged(server, role="broker")


def volatile(box: Sandbox, life: int | None) -> Said:
    """A cache that evicts what has a time to live, after a thousand hits or misses."""
    name = "short-lived" if life else "immortal"
    server = box.start(
        "redis",
        settings={
            "maxmemory": "100mb",
            "maxmemory-policy": "volatile-lru",
            "proc-title-template": name,
        },
    )
    with admin(server) as client, client.pipeline(transaction=False) as flight:
        for n in range(1000):
            if life:
                flight.set(f"page:{n}", "x", ex=life)
            flight.get(f"page:{n}")
        flight.set("page", "x", ex=life)
        flight.execute()
    return judged(server, role="cache")


@state("redis", failed={"something_to_evict", "cache_hits"}, not_applicable={"memory_headroom"})
def a_cache_of_immortal_keys(box: Sandbox) -> Said:
    return volatile(box, None)


@state("redis", passed={"something_to_evict", "cache_hits", "eviction_policy", "no_slow_commands"})
def a_cache_at_work(box: Sandbox) -> Said:
    return volatile(box, 60)


@state("redis", failed={"connections_headroom", "connections_not_rejected"})
def a_server_without_connections_left(box: Sandbox) -> Said:
    server = box.start("redis", settings={"maxclients": "10"})
    with contextlib.ExitStack() as held:
        clients = [held.enter_context(admin(server)) for _ in range(20)]
        for client in clients:
            with contextlib.suppress(redis.ConnectionError):
                client.ping()
        # One is left, for those who look.
        clients[0].close()
        until(lambda: clients[1].info("clients")["connected_clients"] < 10)
        return judged(server)


@state("redis", failed={"fragmentation"})
def memory_full_of_holes(box: Sandbox) -> Said:
    server = box.start("redis", settings={"save": '""', "enable-debug-command": "local"})
    with admin(server) as client:
        client.execute_command("DEBUG", "POPULATE", 120_000, "hole", 150)
        with client.pipeline(transaction=False) as flight:
            for n in range(120_000):
                if n % 24:
                    flight.unlink(f"hole:{n}")
            flight.execute()
        until(lambda: float(client.info("memory")["allocator_frag_bytes"]) > 11 * 2**20)
    return judged(server)


def supported(box: Sandbox, ends: str) -> Said:
    """Valkey, as if the support of its line ended on a day: none of its lines has ended yet."""
    table = {"written": "2026-11-22", "products": {"valkey": {"9": ends}}}
    server = box.start("redis", binary="wheel")
    with (
        mock.patch.object(common, "_support_table", return_value=table),
        mock.patch.object(common.clock, "today", return_value=dt.date(2026, 11, 22)),
    ):
        return judged(server, minimum_version="7.2")


@state("redis", passed={"version_supported", "version_abandoned", "version_minimum", "round_trip"})
def valkey_that_is_supported(box: Sandbox) -> Said:
    return supported(box, "2999-01-01")


@state("redis", failed={"version_supported"}, passed={"version_abandoned"})
def valkey_out_of_support(box: Sandbox) -> Said:
    return supported(box, "2026-06-01")


@state("redis", failed={"version_abandoned"}, not_applicable={"version_supported"})
def valkey_long_out_of_support(box: Sandbox) -> Said:
    return supported(box, "2020-01-01")


@state("redis", passed={"latency_monitored"}, blocked={"no_slow_commands"})
def a_server_that_logs_nothing_slow(box: Sandbox) -> Said:
    lines = {"slowlog-log-slower-than": "-1", "latency-monitor-threshold": "100"}
    return judged(box.start("redis", settings=lines))
