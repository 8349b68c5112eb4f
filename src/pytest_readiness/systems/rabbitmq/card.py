"""A RabbitMQ cluster and the application's vhost in a few words."""

from __future__ import annotations

from collections import Counter

from pytest_readiness.systems.cards import lines
from pytest_readiness.systems.rabbitmq.facts import Queue, RabbitFacts
from pytest_readiness.systems.units import counted, part, size


def card(facts: RabbitFacts) -> dict[str, str]:
    """Its nodes, and what its queues hold."""
    queues = [queue for queue in facts.queues.values() if queue.exists]
    return lines(
        nodes=lambda: _nodes(facts),
        queues=lambda: _queues(facts, queues),
        messages=lambda: _total(facts, queues, "messages"),
        consumers=lambda: _total(facts, queues, "consumers"),
        memory=lambda: _memory(facts),
    )


def _nodes(facts: RabbitFacts) -> str:
    running = sum(node.running for node in facts.nodes)
    return f"{running} of {len(facts.nodes)} running"


def _queues(facts: RabbitFacts, queues: list[Queue]) -> str | None:
    unread = facts.queues_unread is not None
    if not queues and unread:
        return None
    kinds = Counter(queue.type for queue in queues if queue.sees("type"))
    each = ", ".join(f"{number:,} {kind}" for kind, number in sorted(kinds.items()))
    shown = f" ({each})" if each else ""
    return f"{'at least ' if unread else ''}{len(queues):,} in vhost {facts.vhost}{shown}"


def _total(facts: RabbitFacts, queues: list[Queue], name: str) -> str | None:
    """A figure of all queues together; those that were not seen, or not counted, may have more."""
    figures = [getattr(queue, name) for queue in queues if queue.sees(name)]
    whole = len(figures) == len(queues) and facts.queues_unread is None
    if not whole and not sum(figures):
        return None
    return f"{'' if whole else 'at least '}{sum(figures):,}"


def _memory(facts: RabbitFacts) -> str | None:
    """Of the node that is nearest to its limit."""
    seen = [node for node in facts.nodes if node.sees("mem_used") and node.sees("mem_limit")]
    if not seen:
        return None
    fullest = max(seen, key=lambda node: node.mem_used / max(1, node.mem_limit))
    used, limit = fullest.mem_used, fullest.mem_limit
    where = f" on the fullest of {counted(len(seen), 'node')}" if len(seen) > 1 else ""
    return f"{size(used)} of {size(limit)} {part(used, limit)}{where}"
