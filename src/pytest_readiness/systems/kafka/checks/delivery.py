"""Delivery: consumer groups, dead letters, and that a record gets through."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_least, at_most, readiness
from pytest_readiness.outcomes import blocked, not_applicable
from pytest_readiness.systems.kafka import roundtrip
from pytest_readiness.systems.kafka.answers import grant
from pytest_readiness.systems.kafka.group_facts import Group
from pytest_readiness.systems.kafka.intent import limited, unmatched
from pytest_readiness.systems.kafka.judged import named
from pytest_readiness.systems.kafka.probe import KafkaProbe

START = "Start the consumers, and see kafka-consumer-groups --describe --group …"


@readiness.medium(
    category="delivery",
    effort="minutes",
    source="the team's own declaration; KMinion",
    remedy=START,
    privilege="Describe on the groups",
)
def groups_declared(kafka_probe: KafkaProbe) -> None:
    """Do the declared consumer groups exist?"""
    facts, declared = kafka_probe.facts, kafka_probe.declared.groups
    if not declared:
        not_applicable("no group is declared")
    groups = [facts.groups[name] for name in kafka_probe.group_intents]
    loose = unmatched(declared, [group.name for group in groups])
    if loose and facts.groups_hidden:
        blocked(f"no visible group matches {loose[0]}: {facts.groups_hidden}")
    missing = [g.name for g in groups if g.sees("exists") and not g.exists] + loose
    if missing and not any(_there(group) for group in facts.groups.values()):
        blocked(f"{', '.join(missing)}: nobody consumes on this cluster, no traffic yet")
    what = named("declared groups that do not exist", missing)
    assert measure(what, len(missing), unit=f"of {len(declared)}") == 0
    for group in groups:
        _ = group.exists


def _there(group: Group) -> bool:
    return group.sees("exists") and group.exists


def _present(probe: KafkaProbe) -> list[Group]:
    """The declared groups that exist, or may; one that does not is what groups_declared judges.

    Raises:
        Blocked: it may be hidden.
        NotApplicable: there is none.
    """
    intents = probe.group_intents
    if not probe.declared.groups:
        not_applicable("no group is declared")
    groups = [probe.facts.groups[name] for name in intents]
    found = [group for group in groups if not group.sees("exists") or group.exists]
    if not found and probe.facts.groups_hidden:
        blocked(f"no declared group is visible: {probe.facts.groups_hidden}")
    return found or not_applicable("no declared group exists, which groups_declared judges")


@readiness.high(
    category="delivery",
    effort="minutes",
    source="KMinion: empty groups",
    remedy=START,
    privilege="Describe on the groups",
    thresholds=[
        at_least(
            "members", 1, unit="members", source="KMinion: a group without a member reads nothing"
        )
    ],
    demand="monitoring",
)
def group_members(kafka_probe: KafkaProbe, limits: SimpleNamespace) -> None:
    """Is there somebody in the declared groups who consumes?"""
    declared = kafka_probe.group_intents
    asked = [n for n, i in declared.items() if i.min_members]
    absent = [g for g in (kafka_probe.facts.groups[n] for n in asked) if g.sees("exists")]
    for group in absent:
        if not group.exists:
            what = f"members of group {group.name}, which does not exist"
            assert measure(what, 0) >= declared[group.name].min_members
    groups = _present(kafka_probe)
    for group in sorted(groups, key=lambda g: not g.sees("members")):
        wanted = declared[group.name].min_members
        least = limits.members if wanted is None else wanted
        assert measure(f"members of group {group.name}", _members(group, least)) >= least


def _members(group: Group, least: float) -> int:
    """Members; one at least where they cannot be counted and the state says that there are."""
    working = ("Stable", "Assigning", "Reconciling")
    if not group.sees("members") and least <= 1 and group.sees("state") and group.state in working:
        return 1
    return group.members


@readiness.high(
    category="delivery",
    effort="hours",
    source="Burrow, awesome-prometheus-alerts",
    remedy="See what the consumers wait for: kafka-consumer-groups --describe --group …; "
    "start more of them, up to the number of partitions.",
    privilege="Describe on the groups and their topics",
    thresholds=[
        at_most("records", 1000, unit="records", source="Burrow, awesome-prometheus-alerts")
    ],
)
def group_lag(kafka_probe: KafkaProbe, limits: SimpleNamespace) -> None:
    """Do the declared groups keep up?"""
    declared = kafka_probe.group_intents
    for group in sorted(_present(kafka_probe), key=lambda g: not g.measured):
        wanted = declared[group.name].max_lag
        most = limits.records if wanted is None else wanted
        assert measure(f"lag of group {group.name}", group.lag, unit="records") <= most
    _nothing_hidden(kafka_probe)


@readiness.high(
    category="delivery",
    effort="hours",
    source="Burrow; Kafka consumer configuration, auto.offset.reset",
    remedy="Records were deleted before they were read, or the topic was made anew: keep them "
    "longer (retention.ms), and decide where the group goes on: kafka-consumer-groups "
    "--reset-offsets --group … --topic … --to-earliest --execute",
    privilege="Describe on the groups and their topics",
)
def group_offsets_in_range(kafka_probe: KafkaProbe) -> None:
    """Are the records still there at which the declared groups will go on?"""
    groups = _present(kafka_probe)
    measured = [group for group in groups if group.measured]
    for group in measured:
        lost = [f"{p.topic}-{p.partition}" for p in group.positions if p.lost]
        what = named(f"partitions in which group {group.name} is out of range", lost)
        assert measure(what, len(lost), unit=f"of {len(group.positions)}") == 0
    for group in groups:
        # Blocks with its reason: not seen, or nothing committed yet.
        _ = group.lag
    _nothing_hidden(kafka_probe)


def _nothing_hidden(probe: KafkaProbe) -> None:
    """End as blocked where a group may have offsets in topics that nobody was shown.

    Brokers leave out what the asker may not describe. The application may describe what it
    reads; another user, who looks in its place, must be shown all topics.
    """
    facts = probe.facts
    if probe.declared.monitor_url is not None and not facts.all_topics:
        needed = grant(facts.principal, "Describe", "--topic '*'")
        blocked(f"topics hidden from {facts.principal} may wait too; this shows all: {needed}")


@readiness.high(
    category="delivery",
    effort="hours",
    source="Confluent, error handling patterns; the team's own declaration",
    remedy="See what is in it (kafka-console-consumer --from-beginning --topic …), mend the cause, "
    "send the records again, then: kafka-delete-records --offset-json-file …",
    privilege="Describe on the topics",
    thresholds=[at_most("records", 10, unit="records", source="a handful is looked at by hand")],
)
def dead_letter_depth(kafka_probe: KafkaProbe, limits: SimpleNamespace) -> None:
    """Are there few records that nobody could process?"""
    facts, declared = kafka_probe.facts, kafka_probe.declared.topics
    intents = limited(declared, kafka_probe.topic_intents)
    if not intents and any(i.max_records is not None for i in declared.values()):
        blocked("none of the topics that max_records is declared of exists")
    if not intents:
        not_applicable("neither dead_letter nor max_records is declared of a topic")
    topics = [facts.topics[name] for name in intents]
    for topic in sorted(topics, key=lambda t: (not t.sees("exists"), not t.sees("records"))):
        there = "there" if topic.exists else "missing"
        assert measure(f"topic {topic.name}", there) == "there"
        most = limits.records if intents[topic.name] is None else intents[topic.name]
        assert measure(f"records in {topic.name}", topic.records, unit="records") <= most


@readiness.blocker(
    category="delivery",
    effort="hours",
    source="this tool: a record that was acknowledged comes back",
    remedy="See the error: NotEnoughReplicas wants brokers back, a timeout the advertised address, "
    "PolicyViolation a topic policy that lets readiness-* pass.",
    privilege="Create, Describe, Write, Read and Delete on topics readiness-*",
    writes=True,
)
def round_trip(kafka_probe: KafkaProbe) -> None:
    """Does a record that was written with acks=all come back, in a topic of its own?"""
    trip = roundtrip.run(kafka_probe)
    assert measure("writing and reading", trip.done) == "OK"
    assert measure("record read back", trip.read) == trip.written
    assert measure("topics left behind", trip.left) == 0
