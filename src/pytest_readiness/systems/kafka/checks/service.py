"""What the service needs: its topics, its groups, and that a record gets through."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_least, at_most, readiness
from pytest_readiness.outcomes import blocked, not_applicable
from pytest_readiness.systems.kafka import roundtrip
from pytest_readiness.systems.kafka.judged import each, judged, named
from pytest_readiness.systems.kafka.probe import KafkaProbe


@readiness.high(
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


@readiness.blocker(remedy="kafka-topics --create --topic … --partitions … --replication-factor 3")
def topics_declared(kafka_probe: KafkaProbe) -> None:
    """Do the declared topics exist?"""
    facts, declared = kafka_probe.facts, kafka_probe.declared.topics
    if not declared:
        not_applicable("no topic is declared")
    topics = [facts.topics[name] for name in declared]
    for topic in sorted(topics, key=lambda t: not t.sees("exists")):
        assert measure(f"topic {topic.name}", "there" if topic.exists else "missing") == "there"


@readiness.medium(
    remedy="kafka-topics --alter --topic … --partitions …; keys then map to other partitions."
)
def partition_count(kafka_probe: KafkaProbe) -> None:
    """Have the declared topics the partitions they are declared with?"""
    facts, declared = kafka_probe.facts, kafka_probe.declared.topics
    wanted = {name: topic.partitions for name, topic in declared.items() if topic.partitions}
    if not wanted:
        not_applicable("no number of partitions is declared")
    topics = [facts.topics[name] for name in wanted]
    topics = [topic for topic in topics if not topic.sees("exists") or topic.exists]
    if not topics:
        blocked("none of the topics it is declared of exists")
    for topic in sorted(topics, key=lambda t: not t.sees("layout")):
        assert measure(f"partitions of {topic.name}", topic.partitions) >= wanted[topic.name]


@readiness.blocker(
    remedy="Give the partitions more replicas: kafka-reassign-partitions --execute "
    "--reassignment-json-file …",
    thresholds=[at_least("replicas", 3, source="two can be down without a record lost")],
    demand="topology",
)
def replication_factor(kafka_probe: KafkaProbe, limits: SimpleNamespace) -> None:
    """Have the topics enough replicas?"""
    factor = "replication factor"
    for topic, name in each(kafka_probe, factor, "layout", lambda t: t.replication_factor):
        wanted = max(limits.replicas, kafka_probe.intent(topic.name).replication_factor or 0)
        assert measure(name, topic.replication_factor) >= wanted


@readiness.high(
    remedy="kafka-configs --alter --entity-type topics --entity-name … "
    "--add-config min.insync.replicas=2, with replication factor 3.",
    thresholds=[at_least("replicas", 2, source="with 1, acks=all waits for the leader alone")],
    demand="topology",
)
def min_insync_replicas(kafka_probe: KafkaProbe, limits: SimpleNamespace) -> None:
    """Does a safe write reach two replicas, and go on while one is down?"""
    setting = "min.insync.replicas"
    for topic, name in each(kafka_probe, setting, "configs", lambda t: t.min_insync_replicas):
        wanted = max(limits.replicas, kafka_probe.intent(topic.name).min_insync_replicas or 0)
        assert measure(name, topic.min_insync_replicas) >= wanted
    spare = "spare replicas (beyond min.insync.replicas)"
    for topic, name in each(kafka_probe, spare, "configs", lambda t: t.spare_replicas):
        assert measure(name, topic.spare_replicas) >= 1


@readiness.high(
    remedy="kafka-configs --alter --entity-type topics --entity-name … "
    "--add-config unclean.leader.election.enable=false"
)
def unclean_election_off(kafka_probe: KafkaProbe) -> None:
    """Can no replica that is behind become the leader, which loses records?"""
    topics = judged(kafka_probe)
    known = [topic for topic in topics if topic.sees("configs")]
    bad = [topic.name for topic in known if topic.unclean_leader_election]
    what = named("topics with unclean leader election", bad)
    assert measure(what, len(bad), unit=f"of {len(topics)}") == 0
    for topic in topics:
        _ = topic.configs


@readiness.high(
    remedy="See what the consumers wait for: kafka-consumer-groups --describe --group …; "
    "start more of them, up to the number of partitions.",
    thresholds=[
        at_most("records", 1000, unit="records", source="Burrow, awesome-prometheus-alerts")
    ],
)
def group_lag(kafka_probe: KafkaProbe, limits: SimpleNamespace) -> None:
    """Do the declared groups keep up?"""
    facts, declared = kafka_probe.facts, kafka_probe.declared.groups
    if not declared:
        not_applicable("no group is declared")
    groups = [facts.groups[name] for name in declared]
    for group in sorted(groups, key=lambda g: not g.measured):
        wanted = declared[group.name].max_lag
        most = limits.records if wanted is None else wanted
        assert measure(f"lag of group {group.name}", group.lag, unit="records") <= most


@readiness.blocker(
    remedy="See the error: NotEnoughReplicas wants brokers back, a timeout the advertised address, "
    "PolicyViolation a topic policy that lets readiness-* pass.",
    writes=True,
)
def round_trip(kafka_probe: KafkaProbe) -> None:
    """Does a record that was written with acks=all come back, in a topic of its own?"""
    trip = roundtrip.run(kafka_probe)
    assert measure("writing and reading", trip.done) == "OK"
    assert measure("record read back", trip.read) == trip.written
    assert measure("topics left behind", trip.left) == 0
