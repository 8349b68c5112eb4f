"""Checks of Kafka that the states claim together."""

from __future__ import annotations

from pytest_readiness.run.catalogue import _checks_of
from pytest_readiness.systems import registry

ALL = frozenset(c.id.partition(".")[2] for c in _checks_of(registry()["kafka"]))
INTENT = frozenset(
    {
        "dead_letter_depth",
        "group_lag",
        "group_members",
        "group_offsets_in_range",
        "groups_declared",
        "message_size",
        "partition_count",
        "topic_retention",
        "topics_declared",
    }
)
"""What is not applicable where nothing is declared."""
TOPICS = frozenset(
    {
        "internal_topics_replicated",
        "leaders_balanced",
        "min_insync_replicas",
        "partitions_online",
        "replication_factor",
        "retention_bounded",
        "unclean_election_off",
        "under_min_isr",
        "under_replicated",
    }
)
"""What topics are looked at for."""
CLUSTER = frozenset(
    {
        "auto_create_off",
        "broker_defaults",
        "brokers_alike",
        "disk_headroom",
        "log_dirs_healthy",
        "open_acls",
        "plaintext_listeners",
        "quorum_lag",
        "quorum_voters",
        "reassignments_done",
        "scram_iterations",
    }
)
"""What takes a right on the cluster."""
OPEN = frozenset({"authentication_required", "authorizer_on", "encrypted", "plaintext_listeners"})
"""What fails where everybody is let in."""
ALONE = frozenset({"broker_defaults", "brokers_expected", "quorum_voters", "racks_spread"})
"""What fails where one broker is all."""
SINGLE = frozenset({"min_insync_replicas", "replication_factor"})
"""What fails on topics with one replica."""
SOUND = frozenset(
    {
        "brokers_unfenced",
        "disk_headroom",
        "log_dirs_healthy",
        "quorum_lag",
        "reachable",
        "reassignments_done",
    }
)
"""What passes on any cluster that works."""
