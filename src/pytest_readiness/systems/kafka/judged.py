"""Which topics a check judges, and how it names what it found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from pytest_readiness.outcomes import blocked, not_applicable
from pytest_readiness.systems.kafka.answers import grant
from pytest_readiness.systems.kafka.facts import Topic

if TYPE_CHECKING:
    from pytest_readiness.systems.kafka.probe import KafkaProbe

_SHOWN = 5


def named(what: str, items: Sequence[str]) -> str:
    """What was counted, with the first of them: ``partitions without a leader (orders-3, …)``."""
    if not items:
        return what
    more = ", …" if len(items) > _SHOWN else ""
    return f"{what} ({', '.join(items[:_SHOWN])}{more})"


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
    for name in probe.declared.topics:
        _ = probe.facts.topics[name].layout


def judged(probe: KafkaProbe) -> list[Topic]:
    """The declared topics that are there, or may be; without declared ones, the service's own.

    Raises:
        Blocked: none was seen, and some may be hidden; or no declared one exists.
        NotApplicable: there is none.
    """
    topics = probe.facts.topics
    if probe.declared.topics:
        declared = [topics[name] for name in probe.declared.topics]
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
