"""Partitions: leaders, replicas, and whether a write is safe at this moment."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_least, readiness
from pytest_readiness.outcomes import blocked, not_applicable
from pytest_readiness.systems.kafka.answers import grant
from pytest_readiness.systems.kafka.judged import hidden, in_sight, named, replicas_told
from pytest_readiness.systems.kafka.probe import KafkaProbe

_KEEPERS = ("__consumer_offsets", "__transaction_state", "__share_group_state")
"""Kafka's own topics: with one of them the place of every consumer, or transaction, is lost."""


@readiness.blocker(
    category="durability",
    effort="hours",
    source="Kafka operations guide, monitoring: OfflinePartitionsCount; Strimzi alerts",
    remedy="Bring the brokers that hold the replicas back; kafka-leader-election "
    "--election-type unclean loses records and comes last.",
    privilege="Describe on the topics",
)
def partitions_online(kafka_probe: KafkaProbe) -> None:
    """Has every partition a leader?"""
    topics = in_sight(kafka_probe)
    bad = [name for topic in topics for name in topic.leaderless]
    total = sum(topic.partitions for topic in topics)
    what = named("partitions without a leader", bad)
    assert measure(what, len(bad), unit=f"of {total}") == 0
    hidden(kafka_probe)


@readiness.high(
    category="durability",
    effort="hours",
    source="Kafka operations guide, monitoring: UnderReplicatedPartitions; Strimzi alerts",
    remedy="Find the broker that is down or lags: kafka-topics --describe "
    "--under-replicated-partitions",
    privilege="Describe on the topics",
)
def under_replicated(kafka_probe: KafkaProbe) -> None:
    """Are all replicas in sync?"""
    replicas_told(kafka_probe)
    topics = in_sight(kafka_probe)
    bad = [name for topic in topics for name in topic.under_replicated]
    total = sum(topic.partitions for topic in topics)
    what = named("partitions that lack replicas in sync", bad)
    assert measure(what, len(bad), unit=f"of {total}") == 0
    hidden(kafka_probe)


@readiness.blocker(
    category="durability",
    effort="hours",
    source="Kafka operations guide, monitoring: UnderMinIsrPartitionCount",
    remedy="Writes with acks=all fail there: bring replicas back, see kafka-topics --describe "
    "--under-min-isr-partitions",
    privilege="Describe and DescribeConfigs on the topics",
)
def under_min_isr(kafka_probe: KafkaProbe) -> None:
    """Have all partitions the replicas in sync that a safe write needs?"""
    replicas_told(kafka_probe)
    topics, capped = in_sight(kafka_probe), kafka_probe.facts.min_isr_capped
    # Where all replicas are in sync, a broker that caps the setting asks for no more.
    doubtful = [topic for topic in topics if topic.under_replicated or not capped]
    known = [topic for topic in doubtful if topic.sees("configs")]
    bad = [name for topic in known for name in topic.under_min_isr(capped)]
    total = sum(topic.partitions for topic in topics)
    what = named("partitions below min.insync.replicas", bad)
    assert measure(what, len(bad), unit=f"of {total}") == 0
    for topic in doubtful:
        _ = topic.configs
    hidden(kafka_probe)


@readiness.high(
    category="durability",
    effort="hours",
    source="Kafka operations guide; offsets.topic.replication.factor",
    remedy="Give them more replicas: kafka-reassign-partitions --execute "
    "--reassignment-json-file …; and set offsets.topic.replication.factor=3, "
    "transaction.state.log.replication.factor=3 for the next cluster.",
    privilege="Describe on the topics",
    thresholds=[at_least("replicas", 3, unit="replicas", source="Kafka's own default")],
    demand="topology",
    managed=True,
)
def internal_topics_replicated(kafka_probe: KafkaProbe, limits: SimpleNamespace) -> None:
    """Have Kafka's own topics, which know where each consumer is, enough replicas?"""
    facts = kafka_probe.facts
    found = [facts.topics[n] for n in _KEEPERS if n in facts.topics and facts.topics[n].exists]
    if not found and not facts.all_topics:
        needed = grant(facts.principal, "Describe", "--topic '*'")
        blocked(f"none of Kafka's own topics is in sight of {facts.principal}: {needed}")
    if not found:
        not_applicable("Kafka has made none of its own topics yet; broker_defaults judges how")
    for topic in found:
        factor = f"replication factor of {topic.name}"
        assert measure(factor, topic.replication_factor) >= limits.replicas


@readiness.medium(
    category="operations",
    effort="hours",
    source="Kafka operations guide, expanding your cluster",
    remedy="Wait for the move, or end it: kafka-reassign-partitions --verify, or --cancel, "
    "--reassignment-json-file …",
    since="2.4",
    privilege="Describe on the cluster",
    managed=True,
    optional=True,
)
def reassignments_done(kafka_probe: KafkaProbe) -> None:
    """Is no partition being moved to other brokers at this moment?"""
    moving = kafka_probe.facts.reassigning
    assert measure(named("partitions on the move", moving), len(moving)) == 0


@readiness.low(
    category="performance",
    effort="minutes",
    source="Kafka operations guide, balancing leadership: leader.imbalance.per.broker.percentage",
    remedy="kafka-leader-election --election-type preferred --all-topic-partitions",
    privilege="Describe on the topics",
    thresholds=[at_least("preferred", 90, unit="%", source="Kafka rebalances at 10 % by itself")],
    optional=True,
)
def leaders_balanced(kafka_probe: KafkaProbe, limits: SimpleNamespace) -> None:
    """Do the brokers lead the partitions that they were meant to?"""
    topics = in_sight(kafka_probe)
    elsewhere = [name for topic in topics for name in topic.led_elsewhere]
    total = sum(topic.partitions for topic in topics)
    if not total:
        blocked("no partition was seen")
    share = 100 * (total - len(elsewhere)) / total
    what = named("partitions led by their preferred broker, not", elsewhere)
    assert measure(what, round(share, 1), unit="%") >= limits.preferred
