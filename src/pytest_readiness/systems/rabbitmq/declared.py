"""The declared queues, as checks go through them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pytest_readiness.outcomes import blocked, not_applicable
from pytest_readiness.systems.rabbitmq import QueueIntent
from pytest_readiness.systems.rabbitmq.facts import ANSWERING, Node, Queue
from pytest_readiness.systems.rabbitmq.probe import RabbitProbe


def declared(
    probe: RabbitProbe, asks: Callable[[QueueIntent], object], what: str = "a name"
) -> Iterator[tuple[str, QueueIntent, Queue]]:
    """Name, intent and facts of the declared queues whose intent asks for something.

    Args:
        probe: the target.
        asks: takes an intent, and tells whether it asks for what is judged.
        what: the key of the intent, for the case that no queue declares it.

    Raises:
        NotApplicable: no queue asks for it.
        Blocked: one does not exist, which ``queues_durable`` fails for, so that one cause is
            one failure.
    """
    asking = {name: intent for name, intent in probe.intent.items() if asks(intent)}
    if not asking:
        not_applicable(f"no queue is declared with {what}: queues.NAME in the target's settings")
    for name, intent in asking.items():
        queue = probe.queue(name)
        if not queue.exists:
            blocked(f"queue {name} does not exist in vhost {queue.vhost}, see queues_durable")
        yield name, intent, queue


def running(probe: RabbitProbe) -> Iterator[Node]:
    """The nodes that run; those that do not give no figures, and ``nodes_running`` fails.

    Raises:
        Blocked: the nodes are not shown to the user who monitors, or none of them runs.
    """
    nodes = [node for node in probe.facts.nodes if node.running]
    if not nodes:
        blocked("no node is said to run, though one answers: ask again in 5 s")
    yield from nodes


def watched(probe: RabbitProbe) -> Iterator[Node]:
    """The nodes that run, where the broker is meant to be watched or can be.

    Raises:
        NotApplicable: it has no management API that anybody declared; whether it should have
            one is the question of ``management_reachable``.
        Blocked: as :func:`running`.
    """
    api = probe.facts.management
    if api.state != ANSWERING and not probe.management_declared:
        not_applicable("no management API is declared, and none answers; see management_reachable")
    yield from running(probe)
