"""RabbitMQ: the queues the service lives by, and whether messages come through."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_most, readiness
from pytest_readiness.outcomes import blocked, not_applicable
from pytest_readiness.systems.rabbitmq.declared import declared
from pytest_readiness.systems.rabbitmq.probe import RabbitProbe
from pytest_readiness.systems.rabbitmq.roundtrip import travel


@readiness.high(
    remedy="Declare the queues the service lives by: queues.NAME = { min_consumers = 1, … }.",
    demand="intent",
)
def intent_declared(rabbitmq_probe: RabbitProbe) -> None:
    """Is it declared which queues must be there, so that delivery can be judged?"""
    _ = rabbitmq_probe.facts
    assert measure("queues declared", len(rabbitmq_probe.intent)) >= 1


@readiness.blocker(
    remedy="Declare it durable, neither exclusive nor auto-delete; an existing one must be deleted "
    "first: rabbitmqctl delete_queue NAME."
)
def queues_durable(rabbitmq_probe: RabbitProbe) -> None:
    """Are the declared queues there, and there to stay?"""
    if not rabbitmq_probe.intent:
        not_applicable("no queue is declared: queues.NAME in the target's settings")
    for name in rabbitmq_probe.intent:
        queue = rabbitmq_probe.queue(name)
        assert measure(f"queue {name}", "present" if queue.exists else "missing") == "present"
        for trait, wanted in (("durable", True), ("auto_delete", False), ("exclusive", False)):
            assert measure(f"{name}: {trait}", getattr(queue, trait)) == wanted


@readiness.blocker(remedy="Bring back the node the queue lives on, or a majority of its replicas.")
def queues_running(rabbitmq_probe: RabbitProbe) -> None:
    """Are the declared queues served?"""
    for name, _, queue in declared(rabbitmq_probe, lambda intent: True):
        for broken in ("down", "minority", "crashed", "stopped"):
            assert measure(f"{name}: state", queue.state) != broken


@readiness.high(remedy="Declare a new queue of that type and move consumers, then publishers.")
def queues_of_declared_type(rabbitmq_probe: RabbitProbe) -> None:
    """Are the declared queues of the type they should be?"""
    for name, intent, queue in declared(rabbitmq_probe, lambda intent: intent.type, "type"):
        assert measure(f"{name}: type", queue.type) == intent.type


@readiness.high(
    remedy="rabbitmqctl set_policy NAME '^QUEUE$' '{\"dead-letter-exchange\": \"DLX\"}' "
    "--apply-to queues, and bind a durable queue to the exchange."
)
def queues_dead_lettered(rabbitmq_probe: RabbitProbe) -> None:
    """Do rejected messages of the declared queues end up where they should?"""
    asking = declared(rabbitmq_probe, lambda intent: intent.dead_letter, "dead_letter")
    for name, intent, queue in asking:
        exchange, queues = queue.dead_letter_exchange, queue.dead_letter_queues
        shown = "none" if exchange is None else exchange or "the default exchange"
        assert measure(f"{name}: dead-letter exchange", shown) != "none"
        assert measure(f"{name}: durable queues that dead letters reach", len(queues)) >= 1
        assert intent.dead_letter in measure(f"{name}: dead letters go to", [exchange, *queues])


@readiness.high(
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


@readiness.blocker(
    remedy="Start the service that reads it; rabbitmqctl list_consumers -p VHOST shows who does."
)
def queue_consumers(rabbitmq_probe: RabbitProbe) -> None:
    """Does somebody listen to the declared queues?"""
    asking = declared(rabbitmq_probe, lambda intent: intent.min_consumers, "min_consumers")
    for name, intent, queue in asking:
        assert measure(f"{name}: consumers", queue.consumers) >= intent.min_consumers


@readiness.blocker(
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
