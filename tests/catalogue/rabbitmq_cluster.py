"""A cluster deployed with the files of examples/production, and one of its nodes lost."""

from __future__ import annotations

from typing import Any

from pytest_readiness.systems.rabbitmq import QueueIntent
from tests.catalogue.rabbitmq_servers import cluster, consuming, example_settings, rows_of, until
from tests.catalogue.states import Said, state
from tests.judging import judge, probe_of
from tests.sandbox import Sandbox
from tests.sandbox.rabbitmq import RabbitServer
from tests.systems.rabbitmq_brokers import ca_of


def _counted(rows: Any) -> bool:
    return all("messages" in row and "policy" in row for row in rows)


def _waited(server: RabbitServer, path: str, holds: Any) -> dict[str, Any]:
    settings = example_settings(server)
    until(settings["monitor_url"], path, holds, ca_of(server))
    return settings


@state(
    "rabbitmq",
    passed={
        *("reachable", "management_reachable", "metrics_exported", "no_mirroring"),
        *("no_alarms", "nodes_running", "no_partitions", "vhosts_running", "memory_headroom"),
        *("disk_headroom", "disk_limit_set", "file_descriptors", "process_headroom"),
        *("cluster_size", "node_expendable", "guest_refused", "guest_user_absent"),
        *("app_not_administrator", "app_password_long", "encrypted", "plain_listener_closed"),
        *("clients_encrypted", "management_encrypted", "certificate_valid", "heartbeats_on"),
        *("intent_declared", "queues_declared", "queues_durable", "queues_running"),
        *("queues_of_declared_type", "queues_replicated", "queues_dead_lettered"),
        *("redeliveries_bounded", "queues_bounded", "queue_backlog", "queue_unacknowledged"),
        *("dead_letters_few", "queue_consumers", "consumers_acknowledge", "consumers_prefetch"),
        "round_trip",
    },
    not_applicable={
        # Debian's version, of which newer questions are not asked; every queue is a quorum queue.
        *("version_supported", "version_abandoned", "version_minimum", "nodes_in_service"),
        *("feature_flags_enabled", "no_deprecated_features", "anonymous_login_off"),
        *("encrypted_across_public_network", "messages_persistent"),
    },
)
def exemplary(box: Sandbox) -> Said:
    server = cluster(box)
    settings = example_settings(server)
    with consuming(server, settings["url"], "orders"):
        _waited(server, "queues", _counted)
        _waited(server, "connections", lambda rows: any("ssl" in row for row in rows))
        said = judge(probe_of("rabbitmq", **settings), "rabbitmq", writes=True)
    amiss = {n for n, one in said.items() if one.outcome not in ("passed", "not_applicable")}
    assert not amiss, {name: said[name].message for name in amiss}
    return said


@state(
    "rabbitmq",
    failed={
        *("nodes_running", "cluster_size", "node_expendable", "queues_replicated"),
        "queues_running",
    },
    passed={"reachable", "no_alarms", "queues_declared", "memory_headroom", "guest_refused"},
)
def a_cluster_that_has_lost_a_node(box: Sandbox) -> Said:
    server = cluster(box)
    settings = example_settings(server)
    name, node = _elsewhere(server)
    (child,) = (c for c in server.children if c.name == node.partition("@")[0])
    child.kill()
    _waited(server, "nodes", lambda rows: sum(not row["running"] for row in rows) == 1)
    intents = {**settings["queues"], name: QueueIntent()}
    return judge(probe_of("rabbitmq", **{**settings, "queues": intents}), "rabbitmq")


def _elsewhere(server: RabbitServer) -> tuple[str, str]:
    """A classic queue that lives on another node than the one that is asked, and that node."""
    settings = example_settings(server)
    operator = f"amqps://operator:{server.passwords['admin']}@{server.host}:{server.port}/%2F"
    with consuming(server, operator, "orders") as channel:
        for number in range(4):
            where = {"x-queue-master-locator": "min-masters"}
            channel.queue_declare(f"local.{number}", durable=True, arguments=where)
    rows = rows_of(settings["monitor_url"], "queues", ca_of(server))
    return next(
        (row["name"], row["node"])
        for row in rows
        if row["name"].startswith("local") and row["node"] != server.node
    )
