"""What the tests of Kafka share: ways in, consumed records, threads left behind."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import kafka

from pytest_readiness.systems.kafka.probe import KafkaProbe
from tests import judging
from tests.judging import Judged, judge
from tests.sandbox.kafka import KafkaServer
from tests.sandbox.scripted_kafka import Script, ScriptedKafka

RECORDS = 5


def probe_of(**settings: Any) -> KafkaProbe:
    probe = judging.probe_of("kafka", **settings)
    assert isinstance(probe, KafkaProbe)
    return probe


def outcomes(said: dict[str, Judged], outcome: str) -> set[str]:
    return {name for name, one in said.items() if one.outcome == outcome}


def until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < ends, "it did not come true within 20 s"
        time.sleep(0.1)


def threads() -> set[str]:
    """Threads that an observation or a client may leave behind."""
    return {t.name for t in threading.enumerate() if t.name.startswith(("kafka", "readiness"))}


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


def consumed(server: KafkaServer, topic: str, records: int) -> None:
    """Five records, of which group billing has committed so many."""
    options = server.client_options()
    producer = kafka.KafkaProducer(**options)
    for _ in range(RECORDS):
        producer.send(topic, b"x", partition=0)
    producer.close()
    admin = kafka.KafkaAdminClient(**options)
    partition = kafka.TopicPartition(topic, 0)
    offsets = {partition: kafka.OffsetAndMetadata(records, "", -1)}

    def committed() -> bool:
        try:
            return not admin.alter_group_offsets("billing", offsets)[partition].errno
        except kafka.errors.KafkaError:
            return False

    # The first to ask for a group has the brokers make their topic of groups.
    until(committed)
    admin.close()


@contextlib.contextmanager
def silent() -> Iterator[str]:
    """An address that accepts connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


def said_of(script: Script, **settings: Any) -> dict[str, Judged]:
    with ScriptedKafka(script) as broker:
        return judge(probe_of(url=broker.url, **settings), "kafka")
