"""What a round trip says, makes and leaves where the application lacks one right after another."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import kafka
import kafka.admin
import pytest

from pytest_readiness.systems.kafka import GroupIntent, leftovers
from tests.judging import Judged, judge, probe_of
from tests.sandbox import Sandbox
from tests.sandbox.kafka import KafkaServer
from tests.systems.kafka_clusters import until

GRANT = "kafka-acls --add --allow-principal User:app --operation Create"


@pytest.fixture(scope="module")
def strict(box: Sandbox) -> Iterator[KafkaServer]:
    server = box.fresh("kafka", sasl=True, authorize=True)
    yield server
    server.stop()


@pytest.fixture
def admin(strict: KafkaServer) -> Iterator[Any]:
    """An administrator's client; the application has no right to begin with."""
    client = kafka.KafkaAdminClient(**strict.client_options("admin"))
    anything = kafka.admin.ResourcePatternFilter(
        kafka.admin.ResourceType.ANY, None, kafka.admin.ACLResourcePatternType.ANY
    )
    any_, all_ = kafka.admin.ACLOperation.ANY, kafka.admin.ACLPermissionType.ANY
    client.delete_acls([kafka.admin.ACLFilter("User:app", None, any_, all_, anything)])
    time.sleep(0.5)
    yield client
    client.close()


def allow(admin: Any, *operations: str) -> None:
    pattern = kafka.admin.ResourcePattern(
        kafka.admin.ResourceType.TOPIC, "readiness-", kafka.admin.ACLResourcePatternType.PREFIXED
    )
    kinds, allowed = kafka.admin.ACLOperation, kafka.admin.ACLPermissionType.ALLOW
    admin.create_acls(
        [kafka.admin.ACL("User:app", "*", getattr(kinds, o), allowed, pattern) for o in operations]
    )
    time.sleep(0.5)


def trip(server: KafkaServer) -> Judged:
    probe = probe_of(
        "kafka",
        url=server.url,
        username="app",
        password=server.passwords["app"],
        security_protocol="SASL_PLAINTEXT",
        timeout=10,
    )
    return judge(probe, "kafka", writes=True)["round_trip"]


def test_right_after_right(
    strict: KafkaServer, admin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted(admin.list_topics())
    said = trip(strict)
    assert (said.outcome, "stays" in said.message) == ("blocked", False)
    assert GRANT in said.message
    assert sorted(admin.list_topics()) == before
    for operations in (("CREATE",), ("DESCRIBE", "WRITE", "READ")):
        allow(admin, *operations)
        said = trip(strict)
        left = [topic for topic in admin.list_topics() if topic not in before]
        assert (said.outcome, len(left)) == ("blocked", 1)
        # It cannot be taken back, and so it is told.
        assert said.message.endswith(f"topic {left[0]} stays until somebody deletes it")
        before = sorted(admin.list_topics())
    monkeypatch.setattr(leftovers, "OLD", 0)
    assert trip(strict).outcome == "blocked"
    assert sorted(admin.list_topics()) == before, "no more are made where old ones must stay"
    allow(admin, "DELETE")
    assert trip(strict).outcome == "passed"
    assert not any(map(leftovers.ours, admin.list_topics()))


def looked(server: KafkaServer) -> Judged:
    """What is said of a group by a user who looks in the application's place."""
    probe = probe_of(
        "kafka",
        url=server.url,
        username="app",
        password=server.passwords["app"],
        monitor_url=server.url,
        monitor_username="monitor",
        monitor_password=server.passwords["monitor"],
        security_protocol="SASL_PLAINTEXT",
        groups={"billing": GroupIntent(max_lag=0)},
        timeout=10,
    )
    return judge(probe, "kafka")["group_lag"]


def describe(admin: Any, topic: str) -> None:
    pattern = kafka.admin.ResourcePattern(
        kafka.admin.ResourceType.TOPIC, topic, kafka.admin.ACLResourcePatternType.LITERAL
    )
    kinds, allowed = kafka.admin.ACLOperation, kafka.admin.ACLPermissionType.ALLOW
    admin.create_acls([kafka.admin.ACL("User:monitor", "*", kinds.DESCRIBE, allowed, pattern)])
    time.sleep(0.5)


def test_a_group_may_wait_in_a_topic_that_is_hidden(strict: KafkaServer, admin: Any) -> None:
    for topic in ("seen", "hidden"):
        admin.create_topics([kafka.admin.NewTopic(topic, 1, 1)])
    producer = kafka.KafkaProducer(**strict.client_options("admin"))
    producer.send("hidden", b"x", partition=0)
    producer.close()
    start = kafka.OffsetAndMetadata(0, "", -1)
    offsets = {kafka.TopicPartition(topic, 0): start for topic in ("seen", "hidden")}
    until(lambda: committed(admin, offsets))
    everything = kafka.admin.ResourcePatternFilter(
        kafka.admin.ResourceType.TOPIC, None, kafka.admin.ACLResourcePatternType.ANY
    )
    any_, all_ = kafka.admin.ACLOperation.ANY, kafka.admin.ACLPermissionType.ANY
    admin.delete_acls([kafka.admin.ACLFilter("User:monitor", None, any_, all_, everything)])
    describe(admin, "seen")
    said = looked(strict)
    assert (said.outcome, "--operation Describe --topic '*'" in said.message) == ("blocked", True)
    describe(admin, "*")
    said = looked(strict)
    assert (said.outcome, said.message) == (
        "failed",
        "lag of group billing is 1 records, must be <= 0",
    )


def committed(admin: Any, offsets: dict[Any, Any]) -> bool:
    try:
        answers = admin.alter_group_offsets("billing", offsets)
    except kafka.errors.KafkaError:
        # The first to ask for a group has the brokers make their topic of groups.
        return False
    return not any(answer.errno for answer in answers.values())
