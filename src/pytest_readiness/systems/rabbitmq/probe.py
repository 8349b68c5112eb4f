"""Observe a RabbitMQ once, over AMQP and over its management API at the same time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec

from pytest_readiness.outcomes import blocked
from pytest_readiness.systems.base import Probe, Unreachable
from pytest_readiness.systems.rabbitmq import (
    QueueIntent,
    RabbitSettings,
    alarms,
    amqp,
    connection,
    management,
)
from pytest_readiness.systems.rabbitmq.amqp import Broker, Counted
from pytest_readiness.systems.rabbitmq.aside import Aside, bounded
from pytest_readiness.systems.rabbitmq.facts import ANSWERING, Queue, RabbitFacts
from pytest_readiness.systems.rabbitmq.intents import is_pattern
from pytest_readiness.systems.rabbitmq.management import Managed
from pytest_readiness.systems.watch import DeadlineExceeded, Watch

_SHARE = 0.85
"""Part of the time that the management API may take: a broker whose API is slow still answers."""

_NO_URL = "only monitor_url is given: the application's own way in, url, was not seen"


class RabbitProbe(Probe[RabbitSettings, RabbitFacts]):
    """A RabbitMQ as a check sees it."""

    facts_type = RabbitFacts

    @classmethod
    def observe(cls, settings: RabbitSettings, watch: Watch) -> RabbitFacts:
        """Log in, count what is declared, and ask the management API meanwhile.

        Raises:
            Unreachable: the cause in plain words.
            ClientMissing: pika or httpx is not installed.
        """

        def aside(own: Watch) -> Managed:
            return management.seen(settings, own)

        with Aside(aside, _SHARE * watch.left(), "readiness-management") as beside:
            way = settings.broker
            named = [name for name in settings.queues if not is_pattern(name)]
            broker = way and amqp.seen(way, settings.vhost, settings.ca_file, named, watch)
            try:
                managed = beside.result()
            except DeadlineExceeded as error:
                # It was busy with an answer that does not end; AMQP has nothing to do with that.
                managed = management.lost(settings, str(error))
        if broker is None and managed.management.state != ANSWERING:
            raise Unreachable(managed.management.state)
        return _facts(settings, broker or None, _with_alarms(settings, managed, watch))

    def queue(self, name: str) -> Queue:
        """A queue of the target's vhost, by name.

        One that does not exist comes back with ``exists`` False, and reading anything else of it
        fails the check: ``assert measure("backlog", probe.queue("orders").messages) <= 10`` then
        says that the queue does not exist.

        Raises:
            Blocked: it cannot be told whether it exists; the reason says what would show it.
        """
        facts = self.facts
        if name in facts.queues:
            return facts.queues[name]
        if facts.queues_unread is not None:
            blocked(f"queue {name} was not seen: {facts.queues_unread}")
        return Queue(name=name, vhost=facts.vhost, exists=False)

    @property
    def server_version(self) -> str | None:
        """The broker's version, which a check's ``since`` is held against."""
        return self.facts.version if self.facts.sees("version") else None

    @property
    def intent(self) -> Mapping[str, QueueIntent]:
        """What is declared of queues, by name and by pattern."""
        return self._settings.queues

    @property
    def nodes(self) -> int:
        """Nodes that the cluster is declared to have; 0 if nothing is declared."""
        return self._settings.nodes or 0

    @property
    def management_declared(self) -> bool:
        """Whether the settings name a management API, or somebody who monitors."""
        return self._settings.management_declared

    @property
    def platform(self) -> str | None:
        """Whose managed service it is."""
        return self._settings.platform

    @property
    def vendor(self) -> str | None:
        """Who patches the server beyond its makers' support."""
        return self._settings.vendor

    @property
    def minimum_version(self) -> str | None:
        """Lowest version the team accepts."""
        return self._settings.minimum_version

    @contextmanager
    def as_application(self, watch: Watch) -> Iterator[Any]:
        """A ``pika.BlockingConnection`` as the application's user, for a round trip.

        Raises:
            Blocked: the target was not reached, or only monitor_url is given.
            Unreachable: the cause in plain words.
        """
        _ = self.facts
        way = self._settings.application
        if way is None:
            blocked(_NO_URL)
        tls = connection.context(way, self._settings.ca_file)
        with connection.connected(way, self._settings.vhost, tls, watch) as connected:
            yield connected

    def connect(self) -> Any:
        """A ``pika.BlockingConnection`` as the application's user (as the monitor without url).

        Raises:
            Blocked: it cannot be made, though the target was observed.
        """
        way = self._settings.broker
        if way is None:
            blocked(_NO_URL)
        watch = Watch(self.timeout)
        try:
            tls = connection.context(way, self._settings.ca_file)
            return connection.connect(way, self._settings.vhost, tls, watch)
        except Unreachable as error:
            blocked(f"no connection for the check: {error}")

    def disconnect(self, client: Any) -> None:
        """Close what :meth:`connect` opened, within the timeout even if nobody answers."""
        with bounded(self.timeout) as watch, watch.closing(lambda: connection.hang_up(client)):
            connection.close(client)


def _with_alarms(settings: RabbitSettings, managed: Managed, watch: Watch) -> Managed:
    """What the API showed; the alarms as a publisher meets them, if it did not show them."""
    way = settings.broker
    if way is None or "alarms" in managed.fields:
        return managed
    try:
        found = alarms.met(way, settings.vhost, settings.ca_file, watch)
    except (Unreachable, DeadlineExceeded) as error:
        why = f"{managed.unseen.get('alarms')}; over AMQP: {error}"
        return msgspec.structs.replace(managed, unseen={**managed.unseen, "alarms": why})
    return msgspec.structs.replace(managed, fields={**managed.fields, "alarms": found})


def _facts(settings: RabbitSettings, broker: Broker | None, managed: Managed) -> RabbitFacts:
    fields, unseen = dict(managed.fields), dict(managed.unseen)
    if broker is None:
        unseen |= dict.fromkeys(("link", "guest_accepted"), _NO_URL)
    else:
        said = {"product": broker.product, "version": broker.version, "cluster": broker.cluster}
        fields |= {name: value for name, value in said.items() if value}
        if settings.url is not None:
            fields["link"] = broker.link
        if broker.guest_accepted is not None:
            fields["guest_accepted"] = broker.guest_accepted
        unseen |= {"link": _NO_URL, "guest_accepted": "the login of guest was not answered"}
    if settings.application is not None:
        fields["credential_length"] = len(settings.application.password or "guest")
    unseen.setdefault("credential_length", _NO_URL)
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
