"""Kafka: what a launch has failed on, in the order in which it is reported."""

# The order below is the order of the report.
# isort: off
from pytest_readiness.systems.kafka.checks.entry import (
    reachable,
    version_minimum,
    authentication_required,
    encrypted,
    encrypted_across_public_network,
    certificate_valid,
)
from pytest_readiness.systems.kafka.checks.cluster import (
    brokers_expected,
    advertised_reachable,
    partitions_online,
    under_replicated,
    under_min_isr,
    log_dirs_healthy,
    disk_headroom,
)
from pytest_readiness.systems.kafka.checks.service import (
    intent_declared,
    topics_declared,
    partition_count,
    replication_factor,
    min_insync_replicas,
    unclean_election_off,
    group_lag,
    round_trip,
)

__all__ = [
    "advertised_reachable",
    "authentication_required",
    "brokers_expected",
    "certificate_valid",
    "disk_headroom",
    "encrypted",
    "encrypted_across_public_network",
    "group_lag",
    "intent_declared",
    "log_dirs_healthy",
    "min_insync_replicas",
    "partition_count",
    "partitions_online",
    "reachable",
    "replication_factor",
    "round_trip",
    "topics_declared",
    "unclean_election_off",
    "under_min_isr",
    "under_replicated",
    "version_minimum",
]
