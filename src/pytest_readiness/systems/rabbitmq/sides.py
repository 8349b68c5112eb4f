"""One target from both sides: what AMQP showed of it, and what its management API did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from pytest_readiness.systems.rabbitmq import RabbitSettings
from pytest_readiness.systems.rabbitmq.amqp import Broker, Counted
from pytest_readiness.systems.rabbitmq.facts import Queue, RabbitFacts
from pytest_readiness.systems.rabbitmq.management import Managed

NO_URL = "only monitor_url is given: the application's own way in, url, was not seen"


def facts_of(
    settings: RabbitSettings, broker: Broker | None, guest: bool | None, managed: Managed
) -> RabbitFacts:
    """The facts of a target.

    Args:
        settings: what it is declared to be.
        broker: what AMQP showed; None if there was no way in over it.
        guest: whether guest is let in; None if it could not be told.
        managed: what the management API showed, and the alarms.
    """
    fields, unseen = dict(managed.fields), dict(managed.unseen)
    if broker is None:
        unseen |= dict.fromkeys(("link", "guest_accepted"), NO_URL)
    else:
        said = {"product": broker.product, "version": broker.version, "cluster": broker.cluster}
        fields |= {name: value for name, value in said.items() if value}
        if settings.url is not None:
            fields["link"] = broker.link
        if guest is not None:
            fields["guest_accepted"] = guest
        unseen |= {"link": NO_URL, "guest_accepted": "the login of guest was not answered"}
    if settings.application is not None:
        fields["credential_length"] = len(settings.application.password or "guest")
    unseen.setdefault("credential_length", NO_URL)
    return RabbitFacts(
        vhost=settings.vhost,
        management=managed.management,
        queues=_queues(settings, broker.counted if broker else {}, managed),
        queues_unread=managed.queues.unread,
        unseen=unseen,
        **fields,
    )


def _queues(
    settings: RabbitSettings, counted: Mapping[str, Counted], managed: Managed
) -> dict[str, Queue]:
    """What the API listed, with the live counts of AMQP for what is declared."""
    queues = dict(managed.queues.found)
    for name, found in counted.items():
        why = managed.queues.unread or f"queue {name} came or went while it was looked at"
        queue = queues.get(name) or Queue(
            name=name, vhost=settings.vhost, exists=found.exists, unseen={"*": why}
        )
        live = {"messages_ready": found.ready, "consumers": found.consumers}
        if _is_stream(settings, queue):
            # Over AMQP every stream has no consumers, however many read it.
            del live["consumers"]
        changed: dict[str, Any] = {k: v for k, v in live.items() if v is not None}
        if found.down:
            changed["state"] = "down"
        queues[name] = msgspec.structs.replace(queue, exists=found.exists, **changed)
    return queues


def _is_stream(settings: RabbitSettings, queue: Queue) -> bool:
    if queue.sees("type"):
        return bool(queue.type == "stream")
    return queue.name in settings.queues and settings.queues[queue.name].type == "stream"
