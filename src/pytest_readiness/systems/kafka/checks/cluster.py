"""The cluster: brokers, replicas, disks."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_least, readiness
from pytest_readiness.outcomes import blocked, not_applicable
from pytest_readiness.policy.environments import is_loopback
from pytest_readiness.systems.kafka.judged import hidden, in_sight, named
from pytest_readiness.systems.kafka.probe import KafkaProbe

SERVERLESS = ("msk-serverless", "confluent-cloud", "event-hubs")
"""Platforms whose customers see no disk; on the others a full disk is their customers' matter."""


@readiness.high(
    remedy="Start the missing brokers; three keep a topic writable while one is down.",
    thresholds=[at_least("brokers", 3, source="replication factor 3 needs three brokers")],
    demand="topology",
)
def brokers_expected(kafka_probe: KafkaProbe, limits: SimpleNamespace) -> None:
    """Are there as many brokers as the topics need to survive one?"""
    assert measure("brokers", len(kafka_probe.facts.brokers)) >= limits.brokers


@readiness.blocker(
    remedy="Set advertised.listeners of each broker to an address that clients can reach, "
    "and open the route to it."
)
def advertised_reachable(kafka_probe: KafkaProbe) -> None:
    """Can every broker be reached from here at the address it tells its clients?"""
    facts = kafka_probe.facts
    if not any(is_loopback(server.host) for server in facts.bootstrap):
        local = [f"{b.id}: {b.host}" for b in facts.brokers if is_loopback(b.host)]
        assert measure(named("brokers that tell clients a local address", local), len(local)) == 0
    for broker in facts.brokers:
        where = f"broker {broker.id} at {broker.host}:{broker.port}"
        assert measure(where, broker.problem or "reached") == "reached"


@readiness.blocker(
    remedy="Bring the brokers that hold the replicas back; kafka-leader-election "
    "--election-type unclean loses records and comes last."
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
    remedy="Find the broker that is down or lags: kafka-topics --describe "
    "--under-replicated-partitions"
)
def under_replicated(kafka_probe: KafkaProbe) -> None:
    """Are all replicas in sync?"""
    topics = in_sight(kafka_probe)
    bad = [name for topic in topics for name in topic.under_replicated]
    total = sum(topic.partitions for topic in topics)
    what = named("partitions that lack replicas in sync", bad)
    assert measure(what, len(bad), unit=f"of {total}") == 0
    hidden(kafka_probe)


@readiness.blocker(
    remedy="Writes with acks=all fail there: bring replicas back, see kafka-topics --describe "
    "--under-min-isr-partitions"
)
def under_min_isr(kafka_probe: KafkaProbe) -> None:
    """Have all partitions the replicas in sync that a safe write needs?"""
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


@readiness.blocker(
    remedy="Replace the disk, or repair the rights on the folder, and restart the broker.",
    managed=True,
)
def log_dirs_healthy(kafka_probe: KafkaProbe) -> None:
    """Do the brokers' disks work?"""
    brokers = kafka_probe.facts.brokers
    dirs = [(b, d) for b in brokers if b.sees("log_dirs") for d in b.log_dirs]
    bad = [f"broker {b.id}: {d.path} {d.error}" for b, d in dirs if d.error]
    assert measure(named("log directories offline", bad), len(bad), unit=f"of {len(dirs)}") == 0
    for broker in brokers:
        _ = broker.log_dirs


@readiness.high(
    remedy="Add disk, or keep less: kafka-configs --alter --entity-type topics --entity-name … "
    "--add-config retention.ms=…",
    thresholds=[at_least("free", 10, unit="%", source="KMinion; a full disk stops the broker")],
)
def disk_headroom(kafka_probe: KafkaProbe, limits: SimpleNamespace) -> None:
    """Is there room left on the brokers' disks?"""
    brokers = kafka_probe.facts.brokers
    if kafka_probe.declared.platform in SERVERLESS:
        not_applicable("disks are the provider's matter")
    dirs = [(b, d) for b in brokers if b.sees("log_dirs") for d in b.log_dirs if not d.error]
    told = [(100 * d.usable / d.total, b.id) for b, d in dirs if d.total and d.usable is not None]
    if told:
        free, broker = min(told)
        what = f"disk free (lowest: broker {broker})"
        assert measure(what, round(free, 1), unit="%") >= limits.free
    for broker_ in brokers:
        _ = broker_.log_dirs
    if len(told) < max(len(dirs), 1):
        blocked("brokers tell the size of their disks from Kafka 3.3 on, and of working ones")
