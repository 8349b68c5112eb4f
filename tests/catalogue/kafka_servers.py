"""The clusters that the states of Kafka are made of, started once and shared."""

from __future__ import annotations

import contextlib
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from string import Template
from typing import Any
from unittest import mock

import kafka
import msgspec
from kafka.admin import ConfigResource, ConfigResourceType

from pytest_readiness.systems.kafka import KafkaSettings
from tests.judging import Judged, judge, probe_of
from tests.recipes import blocks
from tests.sandbox import Sandbox, kafka_commands
from tests.sandbox.kafka import KafkaServer
from tests.sandbox.scripted_kafka import Script, ScriptedKafka

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "production" / "kafka"
VALUES = {
    "KAFKA_ADMIN": "the administrator's client is given",
    "SHOP_PASSWORD": "secret-of-the-shop",
    "READINESS_PASSWORD": "secret-of-the-monitor",
}
SAFE = {"min.insync.replicas": "2"}
UNSAFE = {"min.insync.replicas": "3", "unclean.leader.election.enable": "true"}
FOR_EVER = {"retention.ms": "-1"}
DEAD_LETTERS = 11

_prepared: set[str] = set()


def said(**settings: Any) -> dict[str, Judged]:
    """What all checks say of a target, optional ones and round trips too."""
    limits = {key: settings.pop(key) for key in ("free", "seconds") if key in settings}
    probe = probe_of("kafka", **{"timeout": 15, **settings})
    return judge(probe, "kafka", writes=True, **limits)


def scripted(script: Script, **settings: Any) -> dict[str, Judged]:
    """What the checks say of a broker that follows a script; it takes no writes."""
    with ScriptedKafka(script) as broker:
        return judge(probe_of("kafka", url=broker.url, **settings), "kafka")


def until(holds: Callable[[], bool]) -> None:
    """Wait for what brokers agree on a little later."""
    ends = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < ends, "it did not come true within 20 s"
        time.sleep(0.1)


def once(server: KafkaServer) -> bool:
    """Whether a server is seen for the first time, and so is to be prepared."""
    new = server.url not in _prepared
    _prepared.add(server.url)
    return new


def laptop(box: Sandbox) -> KafkaServer:
    """Kafka as it comes."""
    server: KafkaServer = box.start("kafka")
    return server


def way(server: KafkaServer, user: str = "app", role: str = "") -> dict[str, Any]:
    """Settings of one role's way in."""
    return {
        f"{role}url": server.url,
        f"{role}username": user,
        f"{role}password": server.passwords[user],
        "ca_file": str(server.certificate.ca) if server.certificate else None,
        "sasl_mechanism": server.mechanism,
        "security_protocol": server.security_protocol,
    }


def strict(box: Sandbox) -> KafkaServer:
    """One broker with logins, ACLs, a certificate that ends soon, and much amiss in its topics.

    Group billing has committed 2 of 5 records; group lost has committed what was deleted since.
    """
    topics = {
        "orders": {"configs": {"cleanup.policy": "compact"}},
        "gone": {},
        "letters.dead": {},
        "log": {"configs": FOR_EVER},
    }
    server: KafkaServer = box.start(
        "kafka", sasl="SCRAM-SHA-256", tls="expiring", authorize=True, topics=topics
    )
    if once(server):
        options = server.client_options()
        _send(options, "orders", 5)
        _send(options, "gone", 5)
        _send(options, "letters.dead", DEAD_LETTERS)
        with admin_of(options) as admin:
            _commit(admin, "billing", "orders", 2)
            _commit(admin, "lost", "gone", 1)
            admin.delete_records({kafka.TopicPartition("gone", 0): 4})
    return server


def broken(box: Sandbox) -> KafkaServer:
    """Three brokers without any safety, of which the third has stopped in the middle of a move."""
    topics = {
        "orders": {"partitions": 3, "replication_factor": 3, "configs": UNSAFE},
        "single": {"partitions": 3},
    }
    server: KafkaServer = box.start("kafka", brokers=3, topics=topics)
    if once(server):
        with admin_of(server.client_options()) as admin:
            setting = {"message.max.bytes": "2000000"}
            admin.alter_configs([ConfigResource(ConfigResourceType.BROKER, "1", setting)])
            server.children[2].stop()
            until(lambda: len(probe_of("kafka", url=server.url).facts.brokers) == 2)
            led = admin.describe_topics(["single"])[0]["partitions"]
            here = next(p for p in led if p["leader_id"] > 0)
            moved = kafka.TopicPartition("single", here["partition_index"])
            admin.alter_partition_reassignments({moved: [here["leader_id"], 3]})
    return server


def production(box: Sandbox) -> KafkaServer:
    """The cluster of examples/production/kafka, set up by its commands and the recipe's."""
    conf = str(EXAMPLE / "server.properties")
    server: KafkaServer = box.start("kafka", brokers=3, conf=conf)
    if once(server):
        with admin_of(server.admin_options()) as admin:
            for commands in ((EXAMPLE / "setup.sh").read_text("utf-8"), *blocks("kafka")):
                kafka_commands.run(admin, commands, VALUES)
            until(lambda: _settled(admin))
    return server


def _settled(admin: Any) -> bool:
    found = admin.describe_topics(["orders", "orders.dead"])
    return all(len(p["isr_nodes"]) == 3 for topic in found for p in topic["partitions"])


def example_settings(server: KafkaServer) -> dict[str, Any]:
    """The target of the example's readiness.toml."""
    assert server.certificate is not None
    values = {**VALUES, "KAFKA_SERVERS": server.url, "KAFKA_CA": str(server.certificate.ca)}
    text = Template((EXAMPLE / "readiness.toml").read_text("utf-8")).substitute(values)
    table = tomllib.loads(text)["kafka"]["events"]
    return msgspec.structs.asdict(msgspec.convert(table, KafkaSettings))


def shop_options(server: KafkaServer) -> dict[str, Any]:
    """What a client of the example's application needs."""
    login = {"sasl_plain_username": "shop", "sasl_plain_password": VALUES["SHOP_PASSWORD"]}
    return {**server.client_options(), **login}


@contextlib.contextmanager
def admin_of(options: dict[str, Any]) -> Iterator[Any]:
    """An administrator's client."""
    admin = kafka.KafkaAdminClient(**options)
    try:
        yield admin
    finally:
        admin.close()


@contextlib.contextmanager
def consuming(options: dict[str, Any], group: str, topic: str) -> Iterator[None]:
    """A consumer in a group that has read all there is, while the block runs."""
    _send(options, topic, 3)
    consumer = kafka.KafkaConsumer(
        topic,
        **options,
        group_id=group,
        auto_offset_reset="earliest",
        allow_auto_create_topics=False,
    )
    try:
        seen: list[Any] = []
        until(lambda: _polled(consumer, seen) >= 3)
        consumer.commit()
        yield
    finally:
        consumer.close()


def _polled(consumer: Any, seen: list[Any]) -> int:
    for records in consumer.poll(timeout_ms=200).values():
        seen.extend(records)
    return len(seen)


def _send(options: dict[str, Any], topic: str, records: int) -> None:
    producer = kafka.KafkaProducer(**options, allow_auto_create_topics=False)
    for number in range(records):
        producer.send(topic, key=str(number).encode(), value=b"x", partition=0)
    producer.close()


def _commit(admin: Any, group: str, topic: str, offset: int) -> None:
    partition = kafka.TopicPartition(topic, 0)
    offsets = {partition: kafka.OffsetAndMetadata(offset, "", -1)}

    def committed() -> bool:
        try:
            return not admin.alter_group_offsets(group, offsets)[partition].errno
        except kafka.errors.KafkaError:
            return False

    # The first to ask for a group has the brokers make their topic of groups.
    until(committed)


@contextlib.contextmanager
def known_as(host: str) -> Iterator[None]:
    """This machine under another name, such as one of the open internet."""
    found = socket.getaddrinfo

    def resolve(name: Any, *rest: Any, **more: Any) -> Any:
        return found("127.0.0.1" if name == host else name, *rest, **more)

    with mock.patch.object(socket, "getaddrinfo", resolve):
        yield
