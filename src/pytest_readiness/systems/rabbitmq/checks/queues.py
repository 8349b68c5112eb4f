"""RabbitMQ: the queues the service lives by, and what they are made of."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_least, readiness
from pytest_readiness.outcomes import not_applicable
from pytest_readiness.systems import common
from pytest_readiness.systems.rabbitmq.declared import declared, matched
from pytest_readiness.systems.rabbitmq.facts import Queue
from pytest_readiness.systems.rabbitmq.intents import is_pattern
from pytest_readiness.systems.rabbitmq.probe import RabbitProbe

_REPLICATED = ("quorum", "stream")
_BOUNDS = ("max-length", "max-length-bytes", "message-ttl", "expires", "max-age")


@readiness.high(
    category="configuration",
    effort="minutes",
    source="the team's own settings",
    remedy="Declare the queues the service lives by: queues.NAME = { min_consumers = 1, … }.",
    demand="intent",
)
def intent_declared(rabbitmq_probe: RabbitProbe) -> None:
    """Is it declared which queues must be there, so that delivery can be judged?"""
    _ = rabbitmq_probe.facts
    assert measure("queues declared", len(rabbitmq_probe.intent)) >= 1


@readiness.blocker(
    category="delivery",
    effort="minutes",
    source="go-live checklists",
    remedy="Have the release declare its queues before it publishes: what is published to an "
    "exchange without them is dropped. rabbitmqctl list_queues -p VHOST name shows what is there.",
)
def queues_declared(rabbitmq_probe: RabbitProbe) -> None:
    """Do the declared queues exist?"""
    if not rabbitmq_probe.intent:
        not_applicable("no queue is declared: queues.NAME in the target's settings")
    for name in rabbitmq_probe.intent:
        if is_pattern(name):
            found = len(matched(rabbitmq_probe, name))
            assert measure(f"queues that match {name}", found) >= 1
        else:
            queue = rabbitmq_probe.queue(name)
            assert measure(f"queue {name}", "present" if queue.exists else "missing") == "present"


@readiness.blocker(
    category="durability",
    effort="hours",
    source="RabbitMQ production checklist, data safety",
    privilege="monitoring tag, and access to the vhost",
    remedy="Declare it durable, neither exclusive nor auto-delete; an existing one must be deleted "
    "first: rabbitmqctl delete_queue NAME.",
)
def queues_durable(rabbitmq_probe: RabbitProbe) -> None:
    """Are the declared queues there to stay?"""
    for name, _, queue in declared(rabbitmq_probe):
        for trait, wanted in (("durable", True), ("auto_delete", False), ("exclusive", False)):
            assert measure(f"{name}: {trait}", getattr(queue, trait)) == wanted


@readiness.blocker(
    category="delivery",
    effort="hours",
    source="RabbitMQ monitoring guide, queues",
    privilege="monitoring tag, and access to the vhost",
    remedy="Bring back the node the queue lives on, or a majority of its replicas.",
)
def queues_running(rabbitmq_probe: RabbitProbe) -> None:
    """Are the declared queues served?"""
    for name, _, queue in declared(rabbitmq_probe):
        for broken in ("down", "minority", "crashed", "stopped"):
            assert measure(f"{name}: state", queue.state) != broken


@readiness.high(
    category="configuration",
    effort="days",
    source="the team's own settings",
    privilege="monitoring tag, and access to the vhost",
    remedy="Declare a new queue of that type and move consumers, then publishers.",
)
def queues_of_declared_type(rabbitmq_probe: RabbitProbe) -> None:
    """Are the declared queues of the type they should be?"""
    for name, intent, queue in declared(rabbitmq_probe, lambda intent: intent.type, "type"):
        assert measure(f"{name}: type", queue.type) == intent.type


@readiness.high(
    category="topology",
    effort="hours",
    source="RabbitMQ quorum queues guide",
    privilege="monitoring tag, and access to the vhost",
    remedy="Bring the missing nodes back, or add replicas: rabbitmq-queues add_member -p VHOST "
    "QUEUE NODE, or rabbitmq-queues grow NODE all.",
    demand="topology",
    thresholds=[at_least("replicas", 3, unit="replicas", source="RabbitMQ quorum queues")],
)
def queues_replicated(rabbitmq_probe: RabbitProbe, limits: SimpleNamespace) -> None:
    """Do the declared quorum queues and streams survive the loss of a node?"""
    for name, queue in _of_type(rabbitmq_probe, _REPLICATED):
        online = measure(f"{name}: online", _online(rabbitmq_probe, queue), unit="replicas")
        assert online >= limits.replicas


@readiness.high(
    category="delivery",
    effort="hours",
    source="RabbitMQ dead letter exchanges guide",
    privilege="monitoring tag, and access to the vhost",
    remedy="rabbitmqctl set_policy NAME '^QUEUE$' '{\"dead-letter-exchange\": \"DLX\"}' "
    "--apply-to queues, and bind a durable queue to the exchange.",
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


@readiness.medium(
    category="delivery",
    effort="minutes",
    source="RabbitMQ quorum queues guide, poison message handling",
    privilege="monitoring tag, and access to the vhost",
    remedy="rabbitmqctl set_policy NAME '^QUEUE$' '{\"delivery-limit\": 20}' --apply-to queues: a "
    "message that its consumer dies of then goes to the dead letters, not round for ever.",
    demand="limits",
)
def redeliveries_bounded(rabbitmq_probe: RabbitProbe) -> None:
    """Is a message that no consumer survives taken out of the declared quorum queues?"""
    # A limit of 20 is the default from RabbitMQ 4 on, and -1 takes it off.
    default = 20 if common.numbers(rabbitmq_probe.facts.version) >= (4,) else None
    for name, queue in _of_type(rabbitmq_probe, ("quorum",)):
        limit = queue.setting("delivery-limit")
        limit = default if limit is None else limit
        shown = "none" if limit is None or limit < 0 else str(limit)
        assert measure(f"{name}: delivery limit", shown) != "none"


@readiness.low(
    category="capacity",
    effort="minutes",
    source="RabbitMQ queue length limit guide",
    privilege="monitoring tag, and access to the vhost",
    remedy="rabbitmqctl set_policy NAME '^QUEUE$' '{\"max-length\": 1000000, "
    '"overflow": "reject-publish"}\' --apply-to queues; for a stream max-length-bytes or max-age.',
    demand="limits",
    optional=True,
)
def queues_bounded(rabbitmq_probe: RabbitProbe) -> None:
    """Do the declared queues stop growing before the broker's memory and disk are gone?"""
    for name, _, queue in declared(rabbitmq_probe):
        bounds = ", ".join(bound for bound in _BOUNDS if queue.setting(bound) is not None)
        assert measure(f"{name}: limits", bounds or "none") != "none"


def _online(probe: RabbitProbe, queue: Queue) -> int:
    """Replicas on nodes that run: what a queue tells of itself is late by up to ten seconds."""
    facts = probe.facts
    down = {n.name for n in facts.nodes if not n.running} if facts.sees("nodes") else set()
    return len(set(queue.online) - down)


def _of_type(probe: RabbitProbe, types: tuple[str, ...]) -> list[tuple[str, Queue]]:
    found = [(name, queue) for name, _, queue in declared(probe) if queue.type in types]
    if not found:
        not_applicable(f"no declared queue is a {' or a '.join(types)}")
    return found
