"""Settings of the brokers: what becomes of a topic that nobody configured."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_least, readiness
from pytest_readiness.outcomes import not_applicable
from pytest_readiness.systems.kafka.judged import each_broker, named
from pytest_readiness.systems.kafka.probe import KafkaProbe

_OWN = ("advertised.listeners", "listeners")
"""Settings in which brokers differ."""


@readiness.high(
    category="configuration",
    effort="minutes",
    source="Confluent production checklist; Kafka broker configuration",
    remedy="Set auto.create.topics.enable=false in server.properties of every broker, and create "
    "topics by kafka-topics --create: with it on, a typing error makes a topic.",
    privilege="DescribeConfigs on the cluster",
    demand="intent",
)
def auto_create_off(kafka_probe: KafkaProbe) -> None:
    """Does a producer's typing error make no topic?"""
    for broker in each_broker(kafka_probe, "configs"):
        what = f"auto.create.topics.enable of broker {broker.id}"
        assert measure(what, broker.config("auto.create.topics.enable")) == "false"
    _ = [broker.configs for broker in kafka_probe.facts.brokers]


@readiness.medium(
    category="durability",
    effort="minutes",
    source="Confluent production checklist; Kafka broker configuration",
    remedy="Set default.replication.factor=3, min.insync.replicas=2, "
    "unclean.leader.election.enable=false, offsets.topic.replication.factor=3 and "
    "transaction.state.log.replication.factor=3 in server.properties of every broker.",
    privilege="DescribeConfigs on the cluster",
    thresholds=[
        at_least("replicas", 3, unit="replicas", source="two can be down without a record lost"),
        at_least(
            "in_sync", 2, unit="replicas", source="with 1, acks=all waits for the leader alone"
        ),
    ],
    demand="topology",
)
def broker_defaults(kafka_probe: KafkaProbe, limits: SimpleNamespace) -> None:
    """Is a topic safe that is created without settings of its own, and are Kafka's own?"""
    lowest = {
        "default.replication.factor": limits.replicas,
        "offsets.topic.replication.factor": limits.replicas,
        "transaction.state.log.replication.factor": limits.replicas,
        "min.insync.replicas": limits.in_sync,
        "transaction.state.log.min.isr": limits.in_sync,
    }
    for broker in each_broker(kafka_probe, "configs"):
        for setting, wanted in lowest.items():
            what = f"{setting} of broker {broker.id}"
            assert measure(what, int(broker.config(setting))) >= wanted
        what = f"unclean.leader.election.enable of broker {broker.id}"
        assert measure(what, broker.config("unclean.leader.election.enable")) == "false"
    _ = [broker.configs for broker in kafka_probe.facts.brokers]


@readiness.low(
    category="configuration",
    effort="hours",
    source="Kafka operations guide, updating broker configs",
    remedy="Roll out one server.properties to all brokers, and see kafka-configs --describe "
    "--entity-type brokers --entity-name … --all for what was changed by hand.",
    privilege="DescribeConfigs on the cluster",
    managed=True,
    optional=True,
)
def brokers_alike(kafka_probe: KafkaProbe) -> None:
    """Have all brokers the same settings?"""
    brokers = each_broker(kafka_probe, "configs")
    _ = [broker.configs for broker in kafka_probe.facts.brokers]
    if len(brokers) < 2:
        not_applicable("there is one broker")
    keys = sorted({key for broker in brokers for key in broker.configs} - set(_OWN))
    differing = [key for key in keys if len({broker.configs.get(key) for broker in brokers}) > 1]
    what = named("settings in which brokers differ", differing)
    assert measure(what, len(differing), unit=f"of {len(keys)}") == 0


@readiness.low(
    category="operations",
    effort="minutes",
    source="Kafka upgrade guide, finalizing metadata.version",
    remedy="When all brokers run the new version: kafka-features upgrade --release-version …",
    since="3.3",
    managed=True,
    optional=True,
)
def upgrade_finished(kafka_probe: KafkaProbe) -> None:
    """Has the last upgrade been finished, so that the cluster uses what its brokers can?"""
    found = [f for f in kafka_probe.facts.features if f.name == "metadata.version"]
    if not found:
        not_applicable("the cluster has no metadata.version, as with ZooKeeper")
    assert measure("metadata.version", found[0].level) >= found[0].highest
