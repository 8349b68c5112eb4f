"""RabbitMQ: whether messages of the declared queues are read, kept and come through."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_least, at_most, readiness
from pytest_readiness.outcomes import blocked, not_applicable
from pytest_readiness.systems.rabbitmq.declared import declared
from pytest_readiness.systems.rabbitmq.facts import Consumer
from pytest_readiness.systems.rabbitmq.intents import expanded
from pytest_readiness.systems.rabbitmq.probe import RabbitProbe
from pytest_readiness.systems.rabbitmq.roundtrip import travel


@readiness.high(
    category="delivery",
    effort="hours",
    source="awesome-prometheus-alerts",
    remedy="Add consumers or stop the producer, and look at what the consumers wait for.",
    thresholds=[at_most("ready", 1000, unit="messages", source="awesome-prometheus-alerts")],
)
def queue_backlog(rabbitmq_probe: RabbitProbe, limits: SimpleNamespace) -> None:
    """Are the declared queues free of a backlog?"""
    # All that a stream keeps is ready in it, read or not.
    asking = declared(rabbitmq_probe, lambda intent: intent.type != "stream", "a type that drains")
    for name, intent, queue in asking:
        if queue.sees("type") and queue.type == "stream":
            blocked(f'all that the stream {name} keeps is ready: declare its type = "stream"')
        most = limits.ready if intent.max_ready is None else intent.max_ready
        assert measure(f"{name}: ready", queue.messages_ready, unit="messages") <= most


@readiness.medium(
    category="delivery",
    effort="hours",
    source="awesome-prometheus-alerts",
    privilege="monitoring tag, and access to the vhost",
    remedy="Look for consumers that hang or do not acknowledge, and lower their prefetch: "
    "rabbitmqctl list_consumers -p VHOST.",
    thresholds=[at_most("unacked", 1000, unit="messages", source="awesome-prometheus-alerts")],
)
def queue_unacknowledged(rabbitmq_probe: RabbitProbe, limits: SimpleNamespace) -> None:
    """Do the consumers of the declared queues acknowledge what they are given?"""
    for name, intent, queue in declared(rabbitmq_probe):
        most = limits.unacked if intent.max_unacked is None else intent.max_unacked
        out = measure(f"{name}: unacknowledged", queue.messages_unacknowledged, unit="messages")
        assert out <= most


@readiness.high(
    category="delivery",
    effort="hours",
    source="awesome-prometheus-alerts",
    privilege="monitoring tag, and access to the vhost",
    remedy="Look at why they were rejected (header x-death), mend that, and publish them anew or "
    "drop them; or declare what may lie there: queues.NAME = { max_ready = N }.",
    thresholds=[at_most("ready", 10, unit="messages", source="awesome-prometheus-alerts")],
)
def dead_letters_few(rabbitmq_probe: RabbitProbe, limits: SimpleNamespace) -> None:
    """Does somebody look after the messages that were dead-lettered?"""
    judged = 0
    for name in _dead_letter_queues(rabbitmq_probe):
        dead = rabbitmq_probe.queue(name)
        if dead.type != "stream":
            ready = measure(f"{name}: dead letters", dead.messages_ready, unit="messages")
            assert ready <= limits.ready
            judged += 1
    if not judged:
        not_applicable("dead letters go to streams, or to queues that declare max_ready themselves")


def _dead_letter_queues(probe: RabbitProbe) -> list[str]:
    """Where dead letters end up, but for queues whose own intent says how many may lie there."""
    intents = expanded(probe.intent, probe.facts.queues)
    found: set[str] = set()
    for name, intent, queue in declared(probe, lambda intent: intent.dead_letter, "dead_letter"):
        reached = queue.dead_letter_queues
        if not reached:
            blocked(f"dead letters of {name} reach no durable queue, see queues_dead_lettered")
        # Without a key of the queue's own every binding of an exchange counts, those that others
        # share it by too: then the queue that was declared is the one that is meant.
        meant = intent.dead_letter
        if meant in reached and queue.dead_letter_routing_key is None:
            reached = (meant,)
        found.update(reached)
    return sorted(n for n in found if n not in intents or intents[n].max_ready is None)


@readiness.blocker(
    category="delivery",
    effort="minutes",
    source="awesome-prometheus-alerts",
    remedy="Start the service that reads it; rabbitmqctl list_consumers -p VHOST shows who does.",
)
def queue_consumers(rabbitmq_probe: RabbitProbe) -> None:
    """Does somebody listen to the declared queues?"""
    asking = declared(rabbitmq_probe, lambda intent: intent.min_consumers, "min_consumers")
    for name, intent, queue in asking:
        assert measure(f"{name}: consumers", queue.consumers) >= intent.min_consumers


@readiness.high(
    category="delivery",
    effort="hours",
    source="RabbitMQ production checklist, acknowledgements",
    privilege="monitoring tag, and access to the vhost",
    remedy="Consume with auto_ack=False (noAck: false), and acknowledge when the work is done.",
)
def consumers_acknowledge(rabbitmq_probe: RabbitProbe) -> None:
    """Is a message that a consumer dies with delivered again?"""
    for name, reader in _readers(rabbitmq_probe):
        how = "manual" if reader.acknowledges else "automatic"
        what = f"{name}: acknowledgement by consumer {reader.tag} of {reader.user}"
        assert measure(what, how) == "manual"


@readiness.medium(
    category="performance",
    effort="minutes",
    source="RabbitMQ consumers guide, prefetch",
    privilege="monitoring tag, and access to the vhost",
    remedy="channel.basic_qos(prefetch_count=100) before basic_consume; without a limit the whole "
    "queue moves into one consumer's memory.",
    demand="limits",
    thresholds=[at_most("messages", 1000, unit="messages", source="RabbitMQ consumers guide")],
)
def consumers_prefetch(rabbitmq_probe: RabbitProbe, limits: SimpleNamespace) -> None:
    """Is what a consumer holds at once limited?"""
    asked = [(n, reader) for n, reader in _readers(rabbitmq_probe) if reader.acknowledges]
    if not asked:
        not_applicable("no consumer acknowledges, so a prefetch limits nothing")
    for name, reader in asked:
        what = f"{name}: prefetch of consumer {reader.tag} of {reader.user}"
        assert measure(what, reader.prefetch or "unlimited") != "unlimited"
        assert measure(what, reader.prefetch, unit="messages") <= limits.messages


def _readers(probe: RabbitProbe) -> Iterator[tuple[str, Consumer]]:
    found = []
    for name, _, queue in declared(probe):
        # A stream keeps what was read, and one who speaks its own protocol has no acknowledgements
        # and no prefetch: the broker tells of none.
        if queue.type == "stream":
            continue
        if queue.consumers and not queue.readers:
            blocked(f"{name} has consumers, but what they are like is not told yet: run again")
        found += [(name, reader) for reader in queue.readers]
    if not found:
        not_applicable("nobody consumes the declared queues (streams aside); see queue_consumers")
    yield from found


@readiness.high(
    category="durability",
    effort="hours",
    source="RabbitMQ production checklist, data safety",
    privilege="monitoring tag, and access to the vhost",
    remedy="Publish with delivery_mode = 2, or move to a quorum queue, which keeps every message.",
    thresholds=[at_least("percent", 100, unit="%", source="go-live checklists")],
)
def messages_persistent(rabbitmq_probe: RabbitProbe, limits: SimpleNamespace) -> None:
    """Do the messages of the declared classic queues survive a restart?"""
    held = [
        (name, queue)
        for name, _, queue in declared(rabbitmq_probe)
        if queue.type == "classic" and queue.messages
    ]
    if not held:
        not_applicable("no classic queue that is declared holds a message to look at")
    for name, queue in held:
        percent = 100 * min(queue.messages_persistent, queue.messages) / queue.messages
        assert measure(f"{name}: persistent messages", percent, unit="%") >= limits.percent


@readiness.blocker(
    category="delivery",
    effort="hours",
    source="go-live checklists",
    remedy="See which step failed: rabbitmqctl list_permissions, rabbitmq-diagnostics alarms.",
    writes=True,
    thresholds=[at_most("ms", 5000, unit="ms", source="the time an observation has")],
)
def round_trip(rabbitmq_probe: RabbitProbe, limits: SimpleNamespace) -> None:
    """Does a message come through: confirmed, read, rejected, dead-lettered, acknowledged?"""
    trip = travel(rabbitmq_probe)
    assert measure("message that was read", trip.read) == "unchanged"
    assert measure("reason of its dead-lettering", trip.dead_letter_reason) == "rejected"
    assert measure("messages left behind", trip.left, unit="messages") == 0
    assert measure("round trip", trip.ms, unit="ms") <= limits.ms
