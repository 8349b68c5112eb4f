"""The cluster: brokers, controllers, disks."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_least, at_most, readiness
from pytest_readiness.outcomes import blocked, not_applicable
from pytest_readiness.systems.kafka.facts import Quorum
from pytest_readiness.systems.kafka.judged import (
    SERVERLESS,
    hidden,
    kept_back,
    named,
    replicas_told,
)
from pytest_readiness.systems.kafka.probe import KafkaProbe


@readiness.high(
    category="topology",
    effort="days",
    source="Kafka operations guide, datacenters and replication",
    remedy="Start the missing brokers; three keep a topic writable while one is down.",
    thresholds=[
        at_least("brokers", 3, unit="brokers", source="replication factor 3 needs three brokers")
    ],
    demand="topology",
)
def brokers_expected(kafka_probe: KafkaProbe, limits: SimpleNamespace) -> None:
    """Are there as many brokers as the topics need to survive one?"""
    replicas_told(kafka_probe)
    assert measure("brokers", len(kafka_probe.facts.brokers)) >= limits.brokers


@readiness.high(
    category="topology",
    effort="minutes",
    source="Kafka operations guide, KRaft monitoring: FencedBrokerCount",
    remedy="Start the broker and see its log for why it sends no heartbeat; one that is gone for "
    "good: kafka-cluster unregister --id …",
    since="4.0",
)
def brokers_unfenced(kafka_probe: KafkaProbe) -> None:
    """Do all registered brokers take part?"""
    fenced = [f"broker {number}" for number in kafka_probe.facts.fenced]
    total = len(kafka_probe.facts.brokers) + len(fenced)
    assert measure(named("fenced brokers", fenced), len(fenced), unit=f"of {total}") == 0


def _quorum(probe: KafkaProbe) -> Quorum:
    if probe.declared.platform is not None:
        not_applicable("controllers are the provider's matter")
    found = probe.facts.quorum
    if found is None:
        not_applicable("the cluster has no quorum of KRaft controllers")
    return found


@readiness.high(
    category="topology",
    effort="days",
    source="Kafka operations guide, KRaft: 3 or 5 controllers",
    remedy="Run three or five controllers (process.roles=controller) and list them in "
    "controller.quorum.bootstrap.servers; add one: kafka-metadata-quorum add-controller",
    since="3.3",
    privilege="Describe on the cluster",
    thresholds=[
        at_least("voters", 3, unit="voters", source="the smallest majority that survives one")
    ],
    demand="topology",
)
def quorum_voters(kafka_probe: KafkaProbe, limits: SimpleNamespace) -> None:
    """Are there enough controllers, and an odd number of them, to survive the loss of one?"""
    voters = len(_quorum(kafka_probe).voters)
    assert measure("voting controllers", voters) >= limits.voters
    # An even one more must be lost no less often for a majority to be gone.
    assert measure(f"controllers beyond an odd number, of {voters}", 1 - voters % 2) == 0


@readiness.high(
    category="topology",
    effort="hours",
    source="Kafka operations guide, KRaft monitoring",
    remedy="See kafka-metadata-quorum describe --replication; start the controller, or mend its "
    "disk or network.",
    since="3.3",
    privilege="Describe on the cluster",
    thresholds=[
        at_most("records", 1000, unit="records", source="Kafka operations guide"),
        at_most("seconds", 10, unit="s", source="controller.quorum.fetch.timeout.ms is 2 s"),
    ],
)
def quorum_lag(kafka_probe: KafkaProbe, limits: SimpleNamespace) -> None:
    """Do the controllers have a leader, and do all of them keep up with it?"""
    quorum = _quorum(kafka_probe)
    assert measure("leader of the controllers", quorum.leader) >= 0
    for voter in quorum.voters:
        who = f"controller {voter.id}"
        # On a young cluster all there is to fetch is less than the records that may be missing.
        fetches = "fetching" if voter.fetches else "silent since the leader was elected"
        assert measure(who, fetches) == "fetching"
        assert measure(f"metadata lag of {who}", voter.behind, unit="records") <= limits.records
        if voter.behind_ms is not None:
            since = round(voter.behind_ms / 1000, 1)
            assert measure(f"time since {who} kept up", since, unit="s") <= limits.seconds


@readiness.medium(
    category="topology",
    effort="hours",
    source="Kafka operations guide, balancing replicas across racks",
    remedy="Set broker.rack of every broker to its zone, restart, and move the replicas: "
    "kafka-reassign-partitions --generate",
    thresholds=[at_least("racks", 2, unit="racks", source="two zones survive the loss of one")],
    demand="topology",
    optional=True,
)
def racks_spread(kafka_probe: KafkaProbe, limits: SimpleNamespace) -> None:
    """Are the brokers, and the replicas of every topic, spread over several racks?"""
    racks = {broker.id: broker.rack for broker in kafka_probe.facts.brokers}
    without = [f"broker {number}" for number, rack in racks.items() if not rack]
    assert measure(named("brokers without broker.rack", without), len(without)) == 0
    assert measure("racks of the brokers", len(set(racks.values()))) >= limits.racks
    bad = [
        f"{topic.name}-{p.index}"
        for topic in kafka_probe.facts.topics.values()
        if topic.sees("layout")
        for p in topic.layout
        # A topic with a single replica is what replication_factor judges.
        if len(p.replicas) > 1 and len({racks.get(r) for r in p.replicas}) < 2
    ]
    assert measure(named("partitions with all replicas in one rack", bad), len(bad)) == 0
    hidden(kafka_probe)


@readiness.blocker(
    category="durability",
    effort="hours",
    source="Kafka operations guide, monitoring: OfflineLogDirectoryCount",
    remedy="Replace the disk, or repair the rights on the folder, and restart the broker.",
    privilege="Describe on the cluster",
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
    category="capacity",
    effort="hours",
    source="KMinion; a full disk stops the broker",
    remedy="Add disk, or keep less: kafka-configs --alter --entity-type topics --entity-name … "
    "--add-config retention.ms=…",
    privilege="Describe on the cluster",
    thresholds=[at_least("free", 10, unit="%", source="KMinion; a full disk stops the broker")],
)
def disk_headroom(kafka_probe: KafkaProbe, limits: SimpleNamespace) -> None:
    """Is there room left on the brokers' disks?"""
    brokers = kafka_probe.facts.brokers
    if kafka_probe.declared.platform in SERVERLESS:
        not_applicable("disks are the provider's matter")
    for broker_ in brokers:
        if not broker_.sees("log_dirs"):
            kept_back(kafka_probe, broker_.why("log_dirs"))
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
