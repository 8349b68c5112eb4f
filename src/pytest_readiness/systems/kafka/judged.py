"""Which topics a check judges, and how it names what it found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from pytest_readiness.outcomes import blocked, not_applicable
from pytest_readiness.systems.kafka.answers import REFUSED, grant
from pytest_readiness.systems.kafka.facts import Broker
from pytest_readiness.systems.kafka.topic_facts import Topic

if TYPE_CHECKING:
    from pytest_readiness.systems.kafka.probe import KafkaProbe

SERVERLESS = ("msk-serverless", "confluent-cloud", "event-hubs")
"""Platforms whose customers see no disk and set up no broker; on the others that is theirs."""

UNREPLICATED = ("event-hubs",)
"""Platforms that keep replicas by other means: one broker is told of, and not a single replica."""

_SHOWN = 5


def named(what: str, items: Sequence[str]) -> str:
    """What was counted, with the first of them: ``partitions without a leader (orders-3, …)``."""
    if not items:
        return what
    more = ", …" if len(items) > _SHOWN else ""
    return f"{what} ({', '.join(items[:_SHOWN])}{more})"


def replicas_told(probe: KafkaProbe) -> None:
    """End a check of replicas on a platform that tells its clients of none.

    Raises:
        NotApplicable: on such a platform.
    """
    if probe.declared.platform in UNREPLICATED:
        not_applicable(f"{probe.declared.platform} keeps the replicas, and tells of none")


def in_sight(probe: KafkaProbe) -> list[Topic]:
    """All topics that were seen, Kafka's own too.

    Raises:
        Blocked: none was, and some may be hidden.
        NotApplicable: there is none.
    """
    facts = probe.facts
    found = [t for t in facts.topics.values() if t.sees("layout") and t.exists]
    if not found:
        _none(probe, "there is no topic")
    return found


def hidden(probe: KafkaProbe) -> None:
    """Block where a declared topic may not be seen; called when all that was seen is well.

    Raises:
        Blocked: with the grant that shows it.
    """
    for name in probe.topic_intents:
        _ = probe.facts.topics[name].layout


def judged(probe: KafkaProbe) -> list[Topic]:
    """The declared topics that are there, or may be; without declared ones, the service's own.

    Raises:
        Blocked: none was seen, and some may be hidden; or no declared one exists.
        NotApplicable: there is none.
    """
    topics = probe.facts.topics
    if probe.declared.topics:
        declared = [topics[name] for name in probe.topic_intents]
        found = [t for t in declared if not t.sees("exists") or t.exists]
        return found or blocked("no declared topic exists")
    found = [t for t in topics.values() if not t.internal]
    if not found:
        _none(
            probe, "there is no topic but Kafka's own; declare topics.NAME to judge what is to be"
        )
    return found


def each(
    probe: KafkaProbe, what: str, part: str, value: Callable[[Topic], int]
) -> Iterator[tuple[Topic, str]]:
    """Topics to judge by a number, with its name: every declared one, or else the lowest of all.

    Args:
        probe: the target.
        what: what is measured.
        part: the fact of a topic that it takes: ``layout``, ``configs``.
        value: the number.

    Raises:
        Blocked: after the last, where the fact of one was not seen.
    """
    topics = judged(probe)
    seen, note = [t for t in topics if t.sees(part)], ""
    if seen and not probe.declared.topics:
        note = f" (lowest of {len(seen)} topics)" if len(seen) > 1 else ""
        seen = [min(seen, key=value)]
    for topic in seen:
        yield topic, f"{what} of {topic.name}{note}"
    for topic in topics:
        if not topic.sees(part):
            value(topic)


def _none(probe: KafkaProbe, words: str) -> None:
    facts = probe.facts
    if facts.all_topics:
        not_applicable(words)
    needed = grant(facts.principal, "Describe", "--topic '*'")
    blocked(f"{words} in sight of {facts.principal}; this shows all: {needed}")


def each_broker(probe: KafkaProbe, part: str) -> list[Broker]:
    """The brokers of which a fact was seen: one at least.

    Raises:
        Blocked: it was seen of none.
        NotApplicable: on a platform whose customers have no brokers to set up.
    """
    if probe.declared.platform in SERVERLESS:
        not_applicable("the settings of brokers are the provider's matter")
    brokers = probe.facts.brokers
    found = [broker for broker in brokers if broker.sees(part)]
    if not found:
        reason = brokers[0].why(part) if brokers else "no broker was seen"
        kept_back(probe, reason)
        blocked(reason)
    return found


def kept_back(probe: KafkaProbe, reason: str) -> None:
    """End a check where a platform refuses to show what is its own: few of them grant it.

    Raises:
        NotApplicable: the reason, which names the grant, for those who can give it.
    """
    platform = probe.declared.platform
    if platform is not None and REFUSED in reason:
        not_applicable(f"{platform} does not show it to {probe.facts.principal}: {reason}")
