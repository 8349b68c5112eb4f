"""The declared queues, and the nodes that run, as checks go through them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pytest_readiness.outcomes import blocked, not_applicable
from pytest_readiness.systems.rabbitmq import QueueIntent
from pytest_readiness.systems.rabbitmq.facts import ANSWERING, Node, Queue
from pytest_readiness.systems.rabbitmq.intents import expanded, is_pattern, matching
from pytest_readiness.systems.rabbitmq.probe import RabbitProbe


def declared(
    probe: RabbitProbe,
    asks: Callable[[QueueIntent], object] = lambda intent: True,
    what: str = "a name",
) -> Iterator[tuple[str, QueueIntent, Queue]]:
    """Name, intent and facts of the declared queues whose intent asks for something.

    Args:
        probe: the target.
        asks: takes an intent, and tells whether it asks for what is judged.
        what: the key of the intent, for the case that no queue declares it.

    Raises:
        NotApplicable: no queue asks for it.
        Blocked: one does not exist, which ``queues_declared`` fails for, so that one cause is
            one failure.
    """
    asking = {name: intent for name, intent in probe.intent.items() if asks(intent)}
    if not asking:
        not_applicable(f"no queue is declared with {what}: queues.NAME in the target's settings")
    for pattern in filter(is_pattern, asking):
        if not matched(probe, pattern):
            blocked(f"no queue matches {pattern} in vhost {probe.facts.vhost}, see queues_declared")
    for name, intent in expanded(probe.intent, probe.facts.queues).items():
        if intent not in asking.values():
            continue
        queue = probe.queue(name)
        if not queue.exists:
            blocked(f"queue {name} does not exist in vhost {queue.vhost}, see queues_declared")
        yield name, intent, queue


def matched(probe: RabbitProbe, pattern: str) -> list[str]:
    """Names of the queues that match a pattern.

    Raises:
        Blocked: not all queues were read, so there may be others.
    """
    facts = probe.facts
    if facts.queues_unread is not None:
        blocked(f"which queues match {pattern} was not seen: {facts.queues_unread}")
    return matching(pattern, (name for name, queue in facts.queues.items() if queue.exists))


def running(probe: RabbitProbe) -> Iterator[Node]:
    """The nodes that run; those that do not give no figures, and ``nodes_running`` fails.

    Raises:
        NotApplicable: a managed platform keeps them to itself.
        Blocked: the nodes are not shown to the user who monitors, or none of them runs.
    """
    seen_by_provider(probe)
    nodes = [node for node in probe.facts.nodes if node.running]
    if not nodes:
        blocked("no node is said to run, though one answers: ask again in 5 s")
    yield from nodes


def seen_by_provider(probe: RabbitProbe) -> None:
    """End a check of nodes that a managed platform does not show to its customers.

    Raises:
        NotApplicable: it runs them, and its API answers this user, but not about them.
    """
    facts = probe.facts
    if probe.platform and facts.management.tags and not facts.sees("nodes"):
        who = facts.management.user
        not_applicable(f"{probe.platform} runs the nodes, and does not show them to {who}")


def watched(probe: RabbitProbe) -> Iterator[Node]:
    """The nodes that run, where the broker is meant to be watched or can be.

    Raises:
        NotApplicable: as :func:`watchable`.
        Blocked: as :func:`running`.
    """
    watchable(probe)
    yield from running(probe)


def watchable(probe: RabbitProbe) -> None:
    """End a check of what only a management API shows, where nobody declared one.

    Raises:
        NotApplicable: whether it should have one is the question of ``management_reachable``.
    """
    api = probe.facts.management
    if api.state != ANSWERING and not probe.management_declared:
        not_applicable("no management API is declared, and none answers; see management_reachable")
