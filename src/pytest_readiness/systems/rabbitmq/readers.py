"""Who consumes the declared queues, as the management API tells of one queue at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.rabbitmq.api import CONNECTIONS, Api, Unseen
from pytest_readiness.systems.rabbitmq.aside import together
from pytest_readiness.systems.rabbitmq.facts import Consumer, Queue
from pytest_readiness.systems.watch import DeadlineExceeded

_DETAILS = ("consumer_tag", "ack_required", "prefetch_count", "channel_details.user")
_COLUMNS = ",".join(f"consumer_details.{name}" for name in _DETAILS)


def with_readers(api: Api, queues: Iterable[Queue]) -> dict[str, Queue]:
    """The queues with their consumers, by name, all asked for at the same time.

    The list of all consumers is not used: it knows no pages. Nor is a queue's own count, which
    is late: a consumer that has just come would count as nobody.
    """
    found = {queue.name: queue for queue in queues}
    calls: dict[str, Callable[[], Any]] = {
        name: lambda queue=queue: _read(api, queue)  # type: ignore[misc]  # bound now, not later
        for name, queue in found.items()
    }
    read = together(calls, CONNECTIONS)
    return {name: _with(queue, read[name]) for name, queue in found.items()}


def _with(queue: Queue, read: Any) -> Queue:
    if isinstance(read, Exception):
        known = isinstance(read, (Unseen, Unreachable, DeadlineExceeded))
        why = str(read) if known else f"consumers could not be read: {type(read).__name__}: {read}"
        return msgspec.structs.replace(queue, unseen={**queue.unseen, "readers": why})
    return msgspec.structs.replace(queue, readers=read)


def _read(api: Api, queue: Queue) -> tuple[Consumer, ...]:
    said = api.need("queues", queue.vhost, queue.name, columns=_COLUMNS)
    rows = said.get("consumer_details") if isinstance(said, dict) else None
    if rows is None:
        raise Unseen(f"{api.where} tells nothing of who consumes queue {queue.name}")
    return tuple(_consumer(row) for row in rows)


def _consumer(row: dict[str, Any]) -> Consumer:
    channel = row.get("channel_details")
    return Consumer(
        tag=str(row.get("consumer_tag", "?")),
        user=str(channel.get("user", "?")) if isinstance(channel, dict) else "?",
        acknowledges=bool(row["ack_required"]),
        prefetch=int(row["prefetch_count"]),
    )
