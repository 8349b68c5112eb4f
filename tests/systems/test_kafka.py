"""Kafka: what the checks say of real clusters, good and bad."""

from __future__ import annotations

import kafka
import pytest
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ResourcePattern,
    ResourceType,
)

from pytest_readiness.outcomes import Blocked
from pytest_readiness.systems.kafka import GroupIntent, TopicIntent
from tests.judging import judge
from tests.sandbox import Sandbox
from tests.sandbox.kafka import KafkaServer
from tests.systems.kafka_clusters import (
    RECORDS,
    consumed,
    probe_of,
    threads,
    until,
    way,
)

SAFE = {"min.insync.replicas": "2"}
UNSAFE = {"min.insync.replicas": "3", "unclean.leader.election.enable": "true"}


@pytest.fixture(scope="module")
def good(box: Sandbox) -> KafkaServer:
    topics = {
        "orders": {"partitions": 3, "replication_factor": 3, "configs": SAFE},
        "secret": {"replication_factor": 3, "configs": SAFE},
    }
    server = box.start("kafka", brokers=3, sasl=True, tls=True, authorize=True, topics=topics)
    admin = kafka.KafkaAdminClient(**server.client_options("admin"))
    pattern = ResourcePattern(ResourceType.TOPIC, "secret")
    denied = ACLOperation.DESCRIBE, ACLPermissionType.DENY
    admin.create_acls([ACL("User:app", "*", *denied, pattern)])
    admin.close()
    consumed(server, "orders", RECORDS - 2)
    return server


@pytest.fixture(scope="module")
def bad(box: Sandbox) -> KafkaServer:
    topics = {
        "orders": {"replication_factor": 3, "configs": UNSAFE},
        "single": {"partitions": 3},
    }
    server = box.start("kafka", brokers=3, topics=topics)
    consumed(server, "orders", 0)
    server.children[2].stop()
    # A controlled shutdown takes its replicas out of sync before it ends; the others learn of it.
    until(lambda: len(probe_of(url=server.url).facts.brokers) == 2)
    return server


@pytest.fixture(scope="module")
def expiring(box: Sandbox) -> KafkaServer:
    return box.start("kafka", sasl="SCRAM-SHA-256", tls="expiring")


def test_what_a_monitor_and_the_application_see_is_one(good: KafkaServer) -> None:
    topics = {"orders": TopicIntent(partitions=3, replication_factor=3, min_insync_replicas=2)}
    probe = probe_of(
        **{**way(good), **way(good, "monitor", "monitor_")},
        topics=topics,
        groups={"billing": GroupIntent(max_lag=10)},
    )
    assert probe.group("billing").lag == 2
    assert probe.group("billing").state == "Empty"
    assert probe.group("billing").members == 0
    assert probe.facts.principal == "User:monitor"
    # What the application may do is asked as the application.
    assert probe.facts.app_operations == ()
    assert probe.server_version == "4.1"
    assert not threads()


def test_nothing_is_left_behind(good: KafkaServer) -> None:
    probe = probe_of(**way(good))
    said = judge(probe, "kafka", writes=True)["round_trip"]
    assert said.outcome == "passed"
    admin = kafka.KafkaAdminClient(**good.client_options("admin"))
    assert not [name for name in admin.list_topics() if name.startswith("readiness")]
    admin.close()
    assert not threads()


def test_an_application_is_told_the_grants(good: KafkaServer) -> None:
    topics = {"orders": TopicIntent(), "secret": TopicIntent(partitions=1)}
    groups = {"billing": GroupIntent(), "nobody": GroupIntent()}
    probe = probe_of(**way(good), topics=topics, groups=groups)
    said = judge(probe, "kafka")
    for name in ("log_dirs_healthy", "disk_headroom"):
        assert said[name].outcome == "blocked"
        assert "--allow-principal User:app --operation Describe --cluster" in said[name].message
    for name in (
        "topics_declared",
        "partition_count",
        "partitions_online",
        "under_replicated",
        "under_min_isr",
        "replication_factor",
        "min_insync_replicas",
        "unclean_election_off",
    ):
        assert said[name].outcome == "blocked", name
        assert "--operation Describe --topic secret" in said[name].message
    assert said["group_lag"].outcome == "blocked"
    assert "group nobody is not among those visible" in said["group_lag"].message
    assert said["brokers_expected"].outcome == said["encrypted"].outcome == "passed"


def test_a_role_that_may_not_write_is_told_the_grant(good: KafkaServer) -> None:
    said = judge(probe_of(**way(good, "monitor")), "kafka", writes=True)["round_trip"]
    assert said.outcome == "blocked"
    assert "--topic readiness- --resource-pattern-type prefixed" in said.message
    assert "--operation Create" in said.message


def test_a_monitor_that_is_refused_costs_the_servers_facts_only(good: KafkaServer) -> None:
    settings = {**way(good), **way(good, "monitor", "monitor_"), "monitor_password": "wrong-one"}
    said = judge(probe_of(**settings), "kafka")
    for name in ("reachable", "authentication_required", "brokers_expected", "certificate_valid"):
        assert said[name].outcome == "passed", name
    for name in ("partitions_online", "log_dirs_healthy", "replication_factor"):
        assert said[name].outcome == "blocked", name
        assert "monitor_url" in said[name].message
        assert "refused the login of User:monitor by PLAIN" in said[name].message
        assert "wrong-one" not in said[name].message


def test_without_intent_all_topics_are_judged(bad: KafkaServer) -> None:
    said = judge(probe_of(url=bad.url), "kafka", writes=True)
    assert said["intent_declared"].outcome == "failed"
    assert said["replication_factor"].message == (
        "replication factor of single (lowest of 2 topics) is 1, must be >= 3"
    )
    assert said["min_insync_replicas"].message.startswith("min.insync.replicas of single")
    # Two of three brokers still take a record.
    assert said["round_trip"].outcome == "passed"


def test_what_a_users_check_gets(bad: KafkaServer, good: KafkaServer) -> None:
    probe = probe_of(url=bad.url)
    orders = probe.topic("orders")
    assert (orders.partitions, orders.replication_factor, orders.min_insync_replicas) == (1, 3, 3)
    assert orders.cleanup_policy == "delete"
    assert orders.retention_ms == 604_800_000
    assert orders.unclean_leader_election
    missing = probe.topic("missing")
    assert (missing.exists, missing.partitions, missing.replication_factor) == (False, 0, 0)
    with pytest.raises(Blocked, match="topic missing does not exist"):
        _ = missing.min_insync_replicas
    # Not declared: its offsets are read now.
    assert probe.group("billing").lag == RECORDS
    assert probe.group("nobody").exists is False
    with pytest.raises(Blocked, match="no traffic yet"):
        _ = probe.group("nobody").lag
    assert "orders" in probe.client.list_topics()
    probe.close()
    hidden = probe_of(**way(good))
    with pytest.raises(Blocked, match="--operation Describe --topic secret"):
        _ = hidden.topic("secret").exists
    hidden.close()
    assert not threads()


def test_observing_makes_no_topic(expiring: KafkaServer) -> None:
    groups = {"nobody": GroupIntent()}
    for _ in range(2):
        topics = probe_of(**way(expiring), groups=groups).facts.topics
        assert "__consumer_offsets" not in topics
