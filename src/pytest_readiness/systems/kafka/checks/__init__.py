"""Kafka: what a launch has failed on, in the order in which it is reported."""

# The order below is the order of the report.
# isort: off
from pytest_readiness.systems.kafka.checks.entry import (
    reachable,
    advertised_reachable,
    version_minimum,
    encrypted,
    encrypted_across_public_network,
    certificate_valid,
)
from pytest_readiness.systems.kafka.checks.access import (
    authentication_required,
    plaintext_listeners,
    authorizer_on,
    open_acls,
    app_rights_limited,
    scram_iterations,
)
from pytest_readiness.systems.kafka.checks.cluster import (
    brokers_expected,
    brokers_unfenced,
    quorum_voters,
    quorum_lag,
    racks_spread,
    log_dirs_healthy,
    disk_headroom,
)
from pytest_readiness.systems.kafka.checks.partitions import (
    partitions_online,
    under_replicated,
    under_min_isr,
    internal_topics_replicated,
    reassignments_done,
    leaders_balanced,
)
from pytest_readiness.systems.kafka.checks.broker_settings import (
    auto_create_off,
    broker_defaults,
    brokers_alike,
    upgrade_finished,
)
from pytest_readiness.systems.kafka.checks.service import (
    intent_declared,
    topics_declared,
    partition_count,
    replication_factor,
    min_insync_replicas,
    unclean_election_off,
    topic_retention,
    retention_bounded,
    message_size,
)
from pytest_readiness.systems.kafka.checks.delivery import (
    groups_declared,
    group_members,
    group_lag,
    group_offsets_in_range,
    dead_letter_depth,
    round_trip,
)

__all__ = [
    "advertised_reachable",
    "app_rights_limited",
    "authentication_required",
    "authorizer_on",
    "auto_create_off",
    "broker_defaults",
    "brokers_alike",
    "brokers_expected",
    "brokers_unfenced",
    "certificate_valid",
    "dead_letter_depth",
    "disk_headroom",
    "encrypted",
    "encrypted_across_public_network",
    "group_lag",
    "group_members",
    "group_offsets_in_range",
    "groups_declared",
    "intent_declared",
    "internal_topics_replicated",
    "leaders_balanced",
    "log_dirs_healthy",
    "message_size",
    "min_insync_replicas",
    "open_acls",
    "partition_count",
    "partitions_online",
    "plaintext_listeners",
    "quorum_lag",
    "quorum_voters",
    "racks_spread",
    "reachable",
    "reassignments_done",
    "replication_factor",
    "retention_bounded",
    "round_trip",
    "scram_iterations",
    "topic_retention",
    "topics_declared",
    "unclean_election_off",
    "under_min_isr",
    "under_replicated",
    "upgrade_finished",
    "version_minimum",
]
