"""The topics that the service needs."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import TypeVar

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_least, readiness
from pytest_readiness.outcomes import blocked, not_applicable
from pytest_readiness.systems.kafka.answers import grant
from pytest_readiness.systems.kafka.intent import FOR_EVER, TopicIntent, unmatched
from pytest_readiness.systems.kafka.judged import each, judged, named, replicas_told
from pytest_readiness.systems.kafka.probe import KafkaProbe
from pytest_readiness.systems.kafka.topic_facts import Topic

T = TypeVar("T")

_STREAMS = "-repartition"
"""Topics of Kafka Streams, which deletes the records itself and so keeps them for ever."""


@readiness.high(
    category="configuration",
    effort="minutes",
    source="this tool: delivery is judged by what is declared",
    remedy="Declare what the service needs: topics.NAME = {partitions = 12, "
    "replication_factor = 3}, groups.NAME = {max_lag = 1000}.",
    demand="intent",
)
def intent_declared(kafka_probe: KafkaProbe) -> None:
    """Is it declared which topics and groups the service needs?"""
    declared = kafka_probe.declared
    _ = kafka_probe.facts
    count = len(declared.topics) + len(declared.groups)
    assert measure("topics and groups declared", count) >= 1


@readiness.blocker(
    category="delivery",
    effort="minutes",
    source="the team's own declaration",
    remedy="kafka-topics --create --topic … --partitions … --replication-factor 3",
    privilege="Describe on the topics",
)
def topics_declared(kafka_probe: KafkaProbe) -> None:
    """Do the declared topics exist?"""
    facts, declared = kafka_probe.facts, kafka_probe.declared.topics
    if not declared:
        not_applicable("no topic is declared")
    topics = [facts.topics[name] for name in kafka_probe.topic_intents]
    for topic in sorted(topics, key=lambda t: not t.sees("exists")):
        assert measure(f"topic {topic.name}", "there" if topic.exists else "missing") == "there"
    for pattern in unmatched(declared, [t.name for t in topics]):
        if not facts.all_topics:
            needed = grant(facts.principal, "Describe", "--topic '*'")
            blocked(f"no topic in sight of {facts.principal} matches {pattern}: {needed}")
        assert measure(f"topics that match {pattern}", 0) >= 1


def _declaring(
    probe: KafkaProbe, what: str, part: str, pick: str
) -> Iterator[tuple[Topic, TopicIntent]]:
    """Topics whose intent says something, those first of which the fact was seen.

    Raises:
        Blocked: none of them exists.
        NotApplicable: it is declared of none.
    """
    intents = {n: i for n, i in probe.topic_intents.items() if getattr(i, pick) is not None}
    if all(getattr(i, pick) is None for i in probe.declared.topics.values()):
        not_applicable(f"{what} is declared of no topic")
    topics = [probe.facts.topics[name] for name in intents]
    there = [topic for topic in topics if not topic.sees("exists") or topic.exists]
    if not there:
        blocked(f"none of the topics that {what} is declared of exists")
    for topic in sorted(there, key=lambda t: not t.sees(part)):
        yield topic, intents[topic.name]


@readiness.medium(
    category="capacity",
    effort="minutes",
    source="the team's own declaration",
    remedy="kafka-topics --alter --topic … --partitions …; keys then map to other partitions.",
    privilege="Describe on the topics",
)
def partition_count(kafka_probe: KafkaProbe) -> None:
    """Have the declared topics the partitions they are declared with?"""
    what = "a number of partitions"
    for topic, intent in _declaring(kafka_probe, what, "layout", "partitions"):
        assert measure(f"partitions of {topic.name}", topic.partitions) >= intent.partitions


@readiness.blocker(
    category="durability",
    effort="hours",
    source="Kafka operations guide; awesome-prometheus-alerts",
    remedy="Give the partitions more replicas: kafka-reassign-partitions --execute "
    "--reassignment-json-file …",
    privilege="Describe on the topics",
    thresholds=[
        at_least("replicas", 3, unit="replicas", source="two can be down without a record lost")
    ],
    demand="topology",
)
def replication_factor(kafka_probe: KafkaProbe, limits: SimpleNamespace) -> None:
    """Have the topics enough replicas?"""
    replicas_told(kafka_probe)
    factor = "replication factor"
    for topic, name in each(kafka_probe, factor, "layout", lambda t: t.replication_factor):
        wanted = max(limits.replicas, kafka_probe.intent(topic.name).replication_factor or 0)
        assert measure(name, topic.replication_factor) >= wanted


@readiness.high(
    category="durability",
    effort="minutes",
    source="Kafka producer configuration, acks; Confluent production checklist",
    remedy="kafka-configs --alter --entity-type topics --entity-name … "
    "--add-config min.insync.replicas=2, with replication factor 3.",
    privilege="DescribeConfigs on the topics",
    thresholds=[
        at_least(
            "replicas", 2, unit="replicas", source="with 1, acks=all waits for the leader alone"
        )
    ],
    demand="topology",
)
def min_insync_replicas(kafka_probe: KafkaProbe, limits: SimpleNamespace) -> None:
    """Does a safe write reach two replicas, and go on while one is down?"""
    replicas_told(kafka_probe)
    setting = "min.insync.replicas"
    for topic, name in each(kafka_probe, setting, "configs", lambda t: t.min_insync_replicas):
        wanted = max(limits.replicas, kafka_probe.intent(topic.name).min_insync_replicas or 0)
        assert measure(name, topic.min_insync_replicas) >= wanted
    spare = "spare replicas (beyond min.insync.replicas)"
    for topic, name in each(kafka_probe, spare, "configs", lambda t: t.spare_replicas):
        assert measure(name, topic.spare_replicas) >= 1


@readiness.high(
    category="durability",
    effort="minutes",
    source="Kafka operations guide, unclean leader election",
    remedy="kafka-configs --alter --entity-type topics --entity-name … "
    "--add-config unclean.leader.election.enable=false",
    privilege="DescribeConfigs on the topics",
)
def unclean_election_off(kafka_probe: KafkaProbe) -> None:
    """Can no replica that is behind become the leader, which loses records?"""
    replicas_told(kafka_probe)
    topics = judged(kafka_probe)
    known = [topic for topic in topics if topic.sees("configs")]
    bad = [topic.name for topic in known if topic.unclean_leader_election]
    what = named("topics with unclean leader election", bad)
    assert measure(what, len(bad), unit=f"of {len(topics)}") == 0
    for topic in topics:
        _ = topic.configs


@readiness.medium(
    category="configuration",
    effort="minutes",
    source="the team's own declaration",
    remedy="kafka-configs --alter --entity-type topics --entity-name … "
    "--add-config retention.ms=…,cleanup.policy=…",
    privilege="DescribeConfigs on the topics",
)
def topic_retention(kafka_probe: KafkaProbe) -> None:
    """Do the topics keep their records as long, and by the policy, that they are declared with?"""
    _ = kafka_probe.facts
    declared = kafka_probe.declared.topics.values()
    kept = any(i.retention is not None for i in declared)
    policy = any(i.cleanup_policy is not None for i in declared)
    if not kept and not policy:
        not_applicable("neither retention nor cleanup_policy is declared of a topic")
    if kept:
        for topic, intent in _declaring(kafka_probe, "retention", "configs", "retention"):
            what = f"retention.ms of {topic.name}"
            assert measure(what, topic.retention_ms, unit="ms") == intent.retention_ms
    if policy:
        for topic, intent in _declaring(kafka_probe, "a policy", "configs", "cleanup_policy"):
            what = f"cleanup.policy of {topic.name}"
            assert measure(what, _ordered(topic.cleanup_policy)) == _ordered(intent.cleanup_policy)


def _ordered(policy: str | None) -> str:
    return ",".join(sorted(part.strip() for part in (policy or "").split(",")))


@readiness.medium(
    category="capacity",
    effort="minutes",
    source="Kafka operations guide; Confluent production checklist",
    remedy="kafka-configs --alter --entity-type topics --entity-name … --add-config "
    'retention.ms=604800000; or declare that it is meant: topics.NAME = {retention = "forever"}.',
    privilege="DescribeConfigs on the topics",
)
def retention_bounded(kafka_probe: KafkaProbe) -> None:
    """Does no topic grow without end, but those that are declared to?"""
    topics = [t for t in judged(kafka_probe) if not t.name.endswith(_STREAMS)]
    meant = {n for n, i in kafka_probe.topic_intents.items() if i.retention == FOR_EVER}
    asked = [topic for topic in topics if topic.name not in meant]
    if not asked:
        not_applicable("every topic is declared to keep its records for ever")
    bad = [t.name for t in asked if t.sees("configs") and t.kept_for_ever]
    what = named("topics that keep every record for ever", bad)
    assert measure(what, len(bad), unit=f"of {len(asked)}") == 0
    for topic in asked:
        _ = topic.configs


@readiness.low(
    category="configuration",
    effort="minutes",
    source="Kafka topic configuration, max.message.bytes",
    remedy="kafka-configs --alter --entity-type topics --entity-name … --add-config "
    "max.message.bytes=…; and max.request.size of the producer.",
    privilege="DescribeConfigs on the topics",
)
def message_size(kafka_probe: KafkaProbe) -> None:
    """Do the topics take messages as large as the service sends?"""
    what = "max_message_bytes"
    for topic, intent in _declaring(kafka_probe, what, "configs", "max_message_bytes"):
        name = f"max.message.bytes of {topic.name}"
        assert measure(name, topic.max_message_bytes, unit="B") >= intent.max_message_bytes
