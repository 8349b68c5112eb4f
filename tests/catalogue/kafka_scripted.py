"""States of Kafka that a small cluster cannot be brought into, told by a scripted broker."""

from __future__ import annotations

from pytest_readiness.systems.kafka import GroupIntent, TopicIntent
from tests.catalogue.kafka_claims import CLUSTER, INTENT, TOPICS
from tests.catalogue.kafka_servers import scripted
from tests.catalogue.states import Said, state
from tests.sandbox import Sandbox
from tests.sandbox.ports import free_port
from tests.sandbox.scripted_kafka import Replicas, Script

_LED: list[Replicas] = [(1, (1, 2, 3), (1, 2, 3))]
_ZOOKEEPER = {"DescribeQuorum": -1}
_OPEN = {"authentication_required", "encrypted"}


@state(
    "kafka",
    failed={"log_dirs_healthy", "disk_headroom"},
    passed={
        "auto_create_off",
        "brokers_alike",
        "brokers_expected",
        "brokers_unfenced",
        "leaders_balanced",
        "min_insync_replicas",
        "partitions_online",
        "quorum_lag",
        "quorum_voters",
        "racks_spread",
        "reassignments_done",
        "replication_factor",
        "unclean_election_off",
        "upgrade_finished",
    },
    # Brokers that tell one setting only, as imitations of Kafka do.
    blocked={"broker_defaults", "plaintext_listeners", "retention_bounded"},
    not_applicable=INTENT,
)
def disks_broken_and_full(box: Sandbox) -> Said:
    dirs = [("/a", 0, 1000, 500), ("/b", 56, -1, -1), ("/c", 0, 1000, 99)]
    return scripted(Script(log_dirs=dirs))


@state(
    "kafka",
    failed={"quorum_voters", "quorum_lag", "racks_spread"},
    passed={"brokers_unfenced", "log_dirs_healthy", "disk_headroom", "partitions_online"},
)
def four_controllers_without_a_leader_in_one_rack(box: Sandbox) -> Said:
    quorum = dict.fromkeys((1, 2, 3, 4), (100, 60000))
    return scripted(Script(quorum=quorum, quorum_leader=-1, racks={1: "a", 2: "a", 3: "a"}))


@state(
    "kafka",
    failed={"advertised_reachable", "brokers_expected"},
    passed={"partitions_online", "quorum_voters", "reachable", "replication_factor"},
    blocked={"auto_create_off", "brokers_alike", "disk_headroom", "log_dirs_healthy"},
)
def a_broker_at_a_wrong_address(box: Sandbox) -> Said:
    """What any broker can tell is told all the same, and what that one could is not made up."""
    return scripted(Script(brokers={1: None, 2: ("127.0.0.1", free_port())}))


@state("kafka", failed={"quorum_lag"}, passed={"quorum_voters"})
def a_controller_that_lags(box: Sandbox) -> Said:
    return scripted(Script(quorum={1: (5000, 60_000), 2: (5000, 60_000), 3: (100, 59_000)}))


@state("kafka", failed={"quorum_lag"}, passed={"quorum_voters"})
def a_controller_that_stopped(box: Sandbox) -> Said:
    return scripted(Script(quorum={1: (100, 60_000), 2: (100, 60_000), 3: (90, 48_000)}))


@state("kafka", failed={"quorum_lag"}, passed={"quorum_voters"})
def a_controller_that_never_came_up_on_a_young_cluster(box: Sandbox) -> Said:
    return scripted(Script(quorum={1: (500, 60_000), 2: (500, 60_000), 3: (-1, -1)}))


@state("kafka", failed={"retention_bounded"})
def topics_without_any_cleanup_policy(box: Sandbox) -> Said:
    policy = {"cleanup.policy": "", "retention.ms": "604800000", "retention.bytes": "-1"}
    return scripted(Script(topic_configs={**Script().topic_configs, **policy}))


@state("kafka", failed={"racks_spread", "reassignments_done", "brokers_unfenced"})
def moving_out_of_a_rack(box: Sandbox) -> Said:
    topics: dict[str, list[Replicas]] = {"orders": [*_LED, (1, (1, 2), (1, 2))]}
    racks = {1: "a", 2: "a", 3: "b"}
    return scripted(Script(topics=topics, racks=racks, reassigning={"orders": [1]}, fenced=(4,)))


@state(
    "kafka",
    failed=_OPEN | {"intent_declared"},
    passed={"app_rights_limited", "authorizer_on", "brokers_expected", "upgrade_finished"},
    blocked=(CLUSTER | TOPICS | {"racks_spread"}) - {"scram_iterations"},
    not_applicable=INTENT,
)
def a_cluster_that_refuses(box: Sandbox) -> Said:
    return scripted(Script(topics={}, acls=31, cluster=31))


@state(
    "kafka",
    passed={"authorizer_on", "intent_declared", "log_dirs_healthy", "quorum_voters"},
    blocked=TOPICS
    | {
        "dead_letter_depth",
        "message_size",
        "open_acls",
        "partition_count",
        "topic_retention",
        "topics_declared",
    },
)
def topics_that_may_not_be_seen(box: Sandbox) -> Said:
    script = Script(topics={}, refused_topics=("orders",), acls=31)
    wanted = TopicIntent(partitions=1, retention="1d", max_message_bytes=1, max_records=1)
    return scripted(script, topics={"orders": wanted})


@state(
    "kafka",
    passed={"log_dirs_healthy", "partitions_online", "replication_factor"},
    blocked={"disk_headroom"},
    not_applicable={
        "brokers_unfenced",
        "quorum_lag",
        "quorum_voters",
        "scram_iterations",
        "upgrade_finished",
    },
)
def an_old_cluster_with_zookeeper(box: Sandbox) -> Said:
    lower = {"DescribeLogDirs": 3, "DescribeCluster": 0, "DescribeAcls": 2, "ListGroups": 3}
    return scripted(Script(highest={**_ZOOKEEPER, **lower}, features={}))


@state(
    "kafka",
    passed={"disk_headroom", "reassignments_done"},
    not_applicable={"brokers_unfenced", "quorum_lag", "quorum_voters", "upgrade_finished"},
)
def a_recent_cluster_with_zookeeper(box: Sandbox) -> Said:
    return scripted(Script(highest={**_ZOOKEEPER, "DescribeLogDirs": 4}, features={}))


@state(
    "kafka",
    passed={"auto_create_off", "log_dirs_healthy", "min_insync_replicas", "partitions_online"},
    blocked={"quorum_lag", "quorum_voters", "reassignments_done"},
)
def a_silent_controller(box: Sandbox) -> Said:
    """What waits for a leader of the controllers costs nothing but itself."""
    return scripted(Script(silent=("DescribeQuorum",)), timeout=2.0)


@state(
    "kafka",
    passed={"groups_declared"},
    blocked={"group_lag", "group_members", "group_offsets_in_range"},
)
def groups_of_the_new_protocol(box: Sandbox) -> Said:
    groups = {"billing": GroupIntent(min_members=2), "m*": GroupIntent()}
    script = Script(groups={"billing": ("Stable", "consumer"), "mail": ("Stable", "consumer")})
    return scripted(script, groups=groups)


@state("kafka", passed={"group_members"}, blocked={"group_lag"})
def one_member_of_the_new_protocol(box: Sandbox) -> Said:
    script = Script(groups={"mail": ("Stable", "consumer")})
    return scripted(script, groups={"m*": GroupIntent()})


@state("kafka", not_applicable={"retention_bounded"}, passed={"min_insync_replicas"})
def topics_that_are_kept_on_purpose(box: Sandbox) -> Said:
    return scripted(Script(), topics={"orders": TopicIntent(retention="forever")})


@state("kafka", blocked={"group_lag", "group_members", "groups_declared", "topics_declared"})
def patterns_that_may_match_what_is_hidden(box: Sandbox) -> Said:
    script = Script(acls=31, groups={"mail": ("Stable", "classic")})
    return scripted(script, topics={"no*": TopicIntent()}, groups={"b*": GroupIntent()})


@state("kafka", passed={"open_acls"})
def idempotence_granted_to_everybody(box: Sandbox) -> Said:
    """As was usual before Kafka 2.8; nobody can write by it."""
    return scripted(Script(acls=0, bindings=[(4, "kafka-cluster", "User:*", 12, 3)]))
