"""A record that is written and read in a topic of its own: ``readiness-<uuid>``, then deleted.

Topics that a killed round trip left are deleted by a later one (``leftovers``).
"""

from __future__ import annotations

import shlex
import time
import uuid
from typing import TYPE_CHECKING, Any

import msgspec

from pytest_readiness.outcomes import blocked
from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.kafka import leftovers
from pytest_readiness.systems.kafka.answers import TOPIC_REFUSED
from pytest_readiness.systems.kafka.client import close, keeping, options
from pytest_readiness.systems.kafka.words import plainly
from pytest_readiness.systems.watch import Watch

if TYPE_CHECKING:
    from pytest_readiness.systems.kafka.probe import KafkaProbe

LIFE_MS = 300_000
"""Milliseconds after which the broker drops the record, should we die before the topic is gone."""

_PAUSE = 0.05
_STEPS = 2
"""The whole trip may take this many times the target's timeout."""


class RoundTrip(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the record."""

    written: str
    done: str
    """``OK``, or what went wrong in Kafka's words."""
    read: str | None = None
    left: int | None = None
    """Topics of ours that are still there; None where none was made."""


def run(probe: KafkaProbe) -> RoundTrip:
    """Make a topic as the application, write a record with acks=all, read it, delete the topic.

    Raises:
        Blocked: the application's way in is not given, or its user may not use such a topic.
    """
    if probe.declared.url is None:
        blocked("no url is given, only monitor_url: writing is the application's right")
    import kafka.errors

    trip = _Trip(probe)
    try:
        trip.make()
        trip.write()
        trip.read()
    except _refusals():
        trip.refused = True
    except kafka.errors.KafkaError as error:
        trip.done = _words(error)
    except Unreachable as error:
        trip.done = str(error)
    finally:
        trip.delete()
    if trip.refused:
        stays = f"; topic {trip.topic} stays until somebody deletes it" if trip.left else ""
        blocked(f"{probe.way.principal} may not use a topic of its own: {_grants(probe)}{stays}")
    return RoundTrip(written=trip.value, done=trip.done, read=trip.got, left=trip.left)


class _Trip:
    def __init__(self, probe: KafkaProbe) -> None:
        self.probe = probe
        self.admin: Any = probe.client
        self.topic = leftovers.name()
        self.value = uuid.uuid4().hex
        self.watch = Watch(_STEPS * probe.timeout)
        self.offset = 0
        self.asked = False
        """Whether the topic was asked for, so that there may be one."""
        self.refused = False
        self.done = "OK"
        self.got: str | None = None
        self.left: int | None = None

    @property
    def ms(self) -> int:
        """Milliseconds that one step may take."""
        return max(100, int(1000 * min(self.watch.remaining, self.probe.timeout)))

    def make(self) -> None:
        import kafka.errors

        if not leftovers.sweep(self.admin, self.ms):
            raise kafka.errors.TopicAuthorizationFailedError
        copies = min(3, len(self.probe.facts.brokers))
        configs = {
            "retention.ms": str(LIFE_MS),
            "cleanup.policy": "delete",
            "min.insync.replicas": str(max(1, copies - 1)),
        }
        wanted = {"num_partitions": 1, "replication_factor": copies, "configs": configs}
        self.asked = True
        try:
            self.admin.create_topics({self.topic: wanted}, timeout_ms=self.ms)
        except _refusals():
            self.asked = False
            raise
        self._wait_until_led()

    def _wait_until_led(self) -> None:
        import kafka.errors

        while True:
            said = self.admin.describe_topics([self.topic])[0]
            if said["error_code"] == TOPIC_REFUSED:
                raise kafka.errors.TopicAuthorizationFailedError
            rows = said["partitions"] if not said["error_code"] else []
            if rows and all(r["leader_id"] >= 0 and not r["error_code"] for r in rows):
                return
            if not self.watch.remaining:
                raise Unreachable(f"topic {self.topic} was made and got no leader")
            time.sleep(_PAUSE)

    def write(self) -> None:
        from kafka import KafkaProducer

        opened: list[Any] = []
        try:
            producer = KafkaProducer(
                **self._options(opened),
                acks="all",
                # Idempotence needs a right of its own, and retries hide what we look for.
                enable_idempotence=False,
                retries=0,
                linger_ms=0,
                max_block_ms=self.ms,
                delivery_timeout_ms=self.ms + 100,
                allow_auto_create_topics=False,
            )
            try:
                sent = producer.send(self.topic, value=self.value.encode(), partition=0)
                self.offset = sent.get(timeout=self.ms / 1000).offset
            finally:
                producer.close(timeout=self.ms / 1000)
        finally:
            close(opened)

    def read(self) -> None:
        from kafka import KafkaConsumer, TopicPartition

        opened: list[Any] = []
        try:
            # Without a group: no offsets to commit, nothing to rebalance, nothing to remove.
            consumer = KafkaConsumer(
                **self._options(opened),
                group_id=None,
                enable_auto_commit=False,
                allow_auto_create_topics=False,
            )
            try:
                partition = TopicPartition(self.topic, 0)
                consumer.assign([partition])
                consumer.seek(partition, self.offset)
                while self.got is None and self.watch.remaining:
                    for records in consumer.poll(timeout_ms=min(200, self.ms)).values():
                        self.got = records[0].value.decode(errors="replace")
            finally:
                consumer.close(timeout_ms=self.ms)
        finally:
            close(opened)

    def delete(self) -> None:
        """Delete the topic and wait until it is gone, as long as the target's timeout."""
        import kafka.errors

        if not self.asked:
            return
        ends = time.monotonic() + self.probe.timeout
        ms = int(1000 * self.probe.timeout)
        try:
            said = self.admin.delete_topics([self.topic], timeout_ms=ms, raise_errors=False)
            self.left = 1
            self.refused = self.refused or leftovers.refused(said)
            while self.left and not self.refused and time.monotonic() < ends:
                code = self.admin.describe_topics([self.topic])[0]["error_code"]
                self.left = int(code == 0)
                if self.left:
                    time.sleep(_PAUSE)
        except kafka.errors.KafkaError as error:
            self.done = f"{self.done}; deleting {self.topic}: {_words(error)}"
            self.left = 1

    def _options(self, opened: list[Any]) -> dict[str, Any]:
        probe = self.probe
        common = options(probe.way, probe.server, self.ms / 1000)
        return {**common, "bootstrap_timeout_ms": self.ms, "kafka_client": keeping(opened)}


def _refusals() -> tuple[type[Exception], ...]:
    from kafka import errors

    return errors.TopicAuthorizationFailedError, errors.ClusterAuthorizationFailedError


def _words(error: Exception) -> str:
    name = type(error).__name__.removesuffix("Error")
    text = str(error)
    if name in ("KafkaTimeout", "RequestTimedOut"):
        return "no answer in time"
    if name == "KafkaConnection":
        refused = "ECONNREFUSED" in text
        return "connection refused" if refused else "the connection broke before the answer came"
    # The library shows the whole request and response where the class says it all.
    return name if "failed with response" in text else plainly(error)


def _grants(probe: KafkaProbe) -> str:
    operations = " ".join(
        f"--operation {name}" for name in ("Create", "Describe", "Write", "Read", "Delete")
    )
    return (
        f"kafka-acls --add --allow-principal {shlex.quote(probe.way.principal)} {operations} "
        "--topic readiness- --resource-pattern-type prefixed"
    )
