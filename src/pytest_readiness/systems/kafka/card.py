"""A Kafka cluster in a few words."""

from __future__ import annotations

from pytest_readiness.systems.cards import lines
from pytest_readiness.systems.kafka.facts import KafkaFacts
from pytest_readiness.systems.units import counted


def card(facts: KafkaFacts) -> dict[str, str]:
    """Its brokers, and what they keep."""
    return lines(
        brokers=lambda: _brokers(facts),
        controllers=lambda: _controllers(facts),
        topics=lambda: _topics(facts),
        groups=lambda: _groups(facts),
        protocol=lambda: facts.protocol,
    )


def version(facts: KafkaFacts) -> str | None:
    """As far as it can be inferred: major and minor, and whether it may be a later one."""
    if not facts.sees("version"):
        return None
    told = ".".join(map(str, facts.version))
    return f"{told} or later" if facts.newest else told


def _brokers(facts: KafkaFacts) -> str:
    fenced = len(facts.fenced) if facts.sees("fenced") else 0
    return f"{len(facts.brokers)}{f', {fenced} fenced' if fenced else ''}"


def _controllers(facts: KafkaFacts) -> str:
    if facts.quorum is None:
        return "not KRaft"
    led = "" if facts.quorum.leader >= 0 else ", no leader"
    return f"KRaft, {counted(len(facts.quorum.voters), 'voter')}{led}"


def _topics(facts: KafkaFacts) -> str | None:
    seen = [t for t in facts.topics.values() if t.sees("layout") and t.layout]
    if not seen and not facts.all_topics:
        return None
    own = [topic for topic in seen if not topic.internal]
    partitions = counted(sum(topic.partitions for topic in own), "partition")
    # Kafka's own topics are nobody's concern here, but they are not denied either.
    internal = f", and {len(seen) - len(own)} internal" if len(own) < len(seen) else ""
    least = "" if facts.all_topics else "at least "
    return f"{least}{len(own):,} with {partitions}{internal}"


def _groups(facts: KafkaFacts) -> str | None:
    seen = sum(group.sees("exists") and group.exists for group in facts.groups.values())
    if not seen and facts.groups_hidden is not None:
        return None
    return f"{'' if facts.groups_hidden is None else 'at least '}{seen:,}"
