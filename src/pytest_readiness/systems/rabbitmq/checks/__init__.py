"""RabbitMQ: what a launch has failed on, in the order in which it is reported."""

# The order below is the order of the report.
# isort: off
from pytest_readiness.systems.rabbitmq.checks.broker import (
    reachable,
    management_reachable,
    version_supported,
    version_abandoned,
    version_minimum,
    no_alarms,
    nodes_running,
    no_partitions,
    memory_headroom,
    disk_headroom,
    cluster_size,
)
from pytest_readiness.systems.rabbitmq.checks.entry import (
    guest_refused,
    guest_user_absent,
    app_not_administrator,
    encrypted,
    encrypted_across_public_network,
    certificate_valid,
)
from pytest_readiness.systems.rabbitmq.checks.queues import (
    intent_declared,
    queues_durable,
    queues_running,
    queues_of_declared_type,
    queues_dead_lettered,
    queue_backlog,
    queue_consumers,
    round_trip,
)

__all__ = [
    "app_not_administrator",
    "certificate_valid",
    "cluster_size",
    "disk_headroom",
    "encrypted",
    "encrypted_across_public_network",
    "guest_refused",
    "guest_user_absent",
    "intent_declared",
    "management_reachable",
    "memory_headroom",
    "no_alarms",
    "no_partitions",
    "nodes_running",
    "queue_backlog",
    "queue_consumers",
    "queues_dead_lettered",
    "queues_durable",
    "queues_of_declared_type",
    "queues_running",
    "reachable",
    "round_trip",
    "version_abandoned",
    "version_minimum",
    "version_supported",
]
