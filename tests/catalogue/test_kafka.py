"""Kafka: every check on clusters on which it fails, passes, and has nothing to say."""

from __future__ import annotations

from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
)

from pytest_readiness.systems.kafka import GroupIntent, TopicIntent
from tests.catalogue import kafka_entrances, kafka_scripted
from tests.catalogue import kafka_servers as servers
from tests.catalogue.kafka_claims import (
    ALL,
    ALONE,
    CLUSTER,
    INTENT,
    OPEN,
    SINGLE,
    SOUND,
    TOPICS,
)
from tests.catalogue.kafka_servers import said, way
from tests.catalogue.states import Said, proof_of, state
from tests.sandbox import Sandbox
from tests.sandbox.kafka import KafkaServer

__all__ = ["kafka_entrances", "kafka_scripted"]


@state(
    "kafka",
    passed=ALL - {"encrypted_across_public_network"},
    not_applicable={"encrypted_across_public_network"},
)
def exemplary(box: Sandbox) -> Said:
    """The example's own files, judged with the recipe's user, optional checks and all."""
    server = servers.production(box)
    with servers.consuming(servers.shop_options(server), "billing", "orders"):
        # How full this machine's disk is, is not the example's matter.
        return said(**servers.example_settings(server), free=0.01)


@state(
    "kafka",
    failed=OPEN | ALONE | {"auto_create_off", "intent_declared"},
    passed=SOUND | {"advertised_reachable", "round_trip", "upgrade_finished"},
    not_applicable=INTENT
    | TOPICS
    | {
        "app_rights_limited",
        "brokers_alike",
        "certificate_valid",
        "encrypted_across_public_network",
        "open_acls",
        "scram_iterations",
        "version_minimum",
    },
)
def a_laptop(box: Sandbox) -> Said:
    return said(url=servers.laptop(box).url)


@state(
    "kafka",
    failed=OPEN
    | {
        "auto_create_off",
        "broker_defaults",
        "brokers_alike",
        "brokers_expected",
        "brokers_unfenced",
        "disk_headroom",
        "leaders_balanced",
        "min_insync_replicas",
        "partition_count",
        "partitions_online",
        "quorum_lag",
        "racks_spread",
        "reassignments_done",
        "topics_declared",
        "unclean_election_off",
        "under_min_isr",
        "under_replicated",
        "version_minimum",
    },
    passed={
        "advertised_reachable",
        "intent_declared",
        "log_dirs_healthy",
        "quorum_voters",
        "reachable",
        "replication_factor",
        "retention_bounded",
        "round_trip",
        "upgrade_finished",
    },
    blocked={"groups_declared"},
    not_applicable={"group_lag", "group_members", "group_offsets_in_range"},
)
def three_brokers_one_stopped(box: Sandbox) -> Said:
    topics = {"orders": TopicIntent(partitions=6), "missing": TopicIntent()}
    wanted = {"topics": topics, "groups": {"billing": GroupIntent()}, "minimum_version": "99"}
    found: Said = {}

    def lagging() -> bool:
        # Right after the stop, the others have yet to see that a controller has fallen behind.
        nonlocal found
        found = said(url=servers.broken(box).url, **wanted, free=99.99, seconds=0.1)
        return found["quorum_lag"].outcome == "failed"

    servers.until(lagging)
    return found


@state(
    "kafka",
    failed=SINGLE | {"brokers_expected", "certificate_valid", "retention_bounded"},
    passed={
        "app_rights_limited",
        "authentication_required",
        "authorizer_on",
        "brokers_unfenced",
        "encrypted",
        "partitions_online",
        "round_trip",
        "unclean_election_off",
        "under_min_isr",
        "under_replicated",
    },
    blocked=CLUSTER
    | {
        "group_lag",
        "group_members",
        "group_offsets_in_range",
        "groups_declared",
        "version_minimum",
    },
)
def one_broker_as_the_application(box: Sandbox) -> Said:
    groups = {"nobody": GroupIntent()}
    return said(**way(servers.strict(box)), groups=groups, minimum_version="4.1.1")


@state(
    "kafka",
    failed=ALONE
    | SINGLE
    | {
        "app_rights_limited",
        "auto_create_off",
        "certificate_valid",
        "dead_letter_depth",
        "group_lag",
        "group_members",
        "group_offsets_in_range",
        "groups_declared",
        "internal_topics_replicated",
        "message_size",
        "plaintext_listeners",
        "retention_bounded",
        "scram_iterations",
        "topic_retention",
    },
    passed=SOUND | {"authorizer_on", "open_acls"},
    # A super user sees all, but no ACL tells so: what matches nothing may be hidden.
    blocked={"topics_declared"},
)
def one_broker_as_administrator(box: Sandbox) -> Said:
    orders = TopicIntent(retention="1d", cleanup_policy="delete", max_message_bytes=9_000_000)
    topics = {
        "orders": orders,
        "lo*": TopicIntent(),
        "nothing.*": TopicIntent(),
        "letters.*": TopicIntent(max_records=servers.DEAD_LETTERS - 1),
    }
    groups = {"billing": GroupIntent(max_lag=2), "lost": GroupIntent(), "nobody": GroupIntent()}
    return said(**way(servers.strict(box), "admin"), topics=topics, groups=groups)


@state(
    "kafka",
    failed={"open_acls", "topic_retention", "topics_declared"},
    passed={"app_rights_limited", "group_lag", "group_offsets_in_range", "groups_declared"},
    blocked={"round_trip"},
    not_applicable={"brokers_alike", "dead_letter_depth"},
)
def one_broker_with_a_right_for_everybody(box: Sandbox) -> Said:
    server = servers.strict(box)
    everybody = "User:*", "*", ACLOperation.WRITE, ACLPermissionType.ALLOW
    topics = {"nothing.*": TopicIntent(), "orders": TopicIntent(cleanup_policy="delete")}
    with servers.admin_of(server.client_options("admin")) as admin:
        admin.create_acls([ACL(*everybody, ResourcePattern(ResourceType.TOPIC, "orders"))])
        try:
            servers.until(lambda: _outcome(server, "open_acls") == "failed")
            groups = {"bill*": GroupIntent(max_lag=3)}
            return said(**way(server, "monitor"), topics=topics, groups=groups)
        finally:
            literal = ACLResourcePatternType.LITERAL
            pattern = ResourcePatternFilter(ResourceType.TOPIC, "orders", literal)
            admin.delete_acls([ACLFilter(*everybody, pattern)])


def _outcome(server: KafkaServer, check: str) -> str:
    return said(**way(server, "monitor"))[check].outcome


@state(
    "kafka",
    failed={"upgrade_finished"},
    passed={"authorizer_on", "open_acls"},
    blocked={
        "advertised_reachable",
        "app_rights_limited",
        "authentication_required",
        "certificate_valid",
        "encrypted",
        "encrypted_across_public_network",
        "round_trip",
    },
)
def an_upgrade_that_was_not_finished_seen_by_the_monitor_alone(box: Sandbox) -> Said:
    server = servers.strict(box)
    with servers.admin_of(server.client_options("admin")) as admin:
        level = admin.describe_features()["metadata.version"]["finalized"][1]
        admin.update_features({"metadata.version": ("SAFE_DOWNGRADE", level - 1)})
        try:
            servers.until(lambda: _outcome(server, "upgrade_finished") == "failed")
            return said(**way(server, "monitor", "monitor_"))
        finally:
            admin.update_features({"metadata.version": level})


test_state = proof_of("kafka")
