"""Observe a RabbitMQ once, over AMQP and over its management API at the same time."""

from __future__ import annotations

import ssl
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
    card,
    connection,
    guest,
    management,
)
from pytest_readiness.systems.rabbitmq.aside import Aside, Later, bounded
from pytest_readiness.systems.rabbitmq.facts import ANSWERING, Queue, RabbitFacts
from pytest_readiness.systems.rabbitmq.guest import is_guest
from pytest_readiness.systems.rabbitmq.handshake import Start
from pytest_readiness.systems.rabbitmq.intents import is_pattern
from pytest_readiness.systems.rabbitmq.login import Entered
from pytest_readiness.systems.rabbitmq.management import Managed
from pytest_readiness.systems.rabbitmq.sides import NO_URL, facts_of
from pytest_readiness.systems.rabbitmq.trust import Trust
from pytest_readiness.systems.urls import Url
from pytest_readiness.systems.watch import DeadlineExceeded, Watch

_SHARE = 0.85
"""Part of the time that the management API may take: a broker whose API is slow still answers."""


class RabbitProbe(Probe[RabbitSettings, RabbitFacts]):
    """A RabbitMQ as a check sees it."""

    facts_type = RabbitFacts

    @classmethod
    def observe(cls, settings: RabbitSettings, watch: Watch) -> RabbitFacts:
        """Log in and count what is declared, and ask the management API meanwhile.

        What it costs a target in good order that declares its management API:

        - over AMQP one connection, and on it the handshake (what the broker is, the login, the
          vhost): the counts of queues and the farewell go with the request for the vhost;
        - over HTTP seven connections at most: who we are, and then one batch of thirteen questions,
          among them what the API says to guest and to the application, in two turns on each.
          Each declared queue adds one question, and its dead letters two for each exchange.

        More, where it is forced: a second login over AMQP as guest, beside all this, where the
        API cannot tell that guest is refused (it is down or another broker's, or RabbitMQ 4 that
        may keep users of its own for it); a round trip for a declared queue that does not
        answer, which closes the channel; one for the alarms, where the API does not show them,
        and with it a second connection, if the API was declared.

        Raises:
            Unreachable: the cause in plain words.
        """
        trust = Trust(settings.ca_file)

        def aside(own: Watch) -> Managed:
            return management.seen(settings, trust, own)

        with Aside(aside, _SHARE * watch.left(), "readiness-management") as beside:
            way = settings.broker
            if way is not None:
                return _observed(settings, way, trust, beside, watch)
            managed = _managed(settings, beside)
            if managed.management.state != ANSWERING:
                raise Unreachable(managed.management.state)
            return facts_of(settings, None, None, managed)

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
            blocked(NO_URL)
        tls = connection.context(way, self._settings.ca_file)
        with connection.connected(way, self._settings.vhost, tls, watch) as connected:
            yield connected

    def card(self) -> dict[str, str]:
        return card.card(self.facts)

    def connect(self) -> Any:
        """A ``pika.BlockingConnection`` as the application's user (as the monitor without url).

        Raises:
            Blocked: it cannot be made, though the target was observed.
        """
        way = self._settings.broker
        if way is None:
            blocked(NO_URL)
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


def _observed(
    settings: RabbitSettings, way: Url, trust: Trust, beside: Aside[Managed], watch: Watch
) -> RabbitFacts:
    tls, greeted = trust.context(way), Later[Start]()
    named = [name for name in settings.queues if not is_pattern(name)]

    def as_guest(own: Watch) -> bool | None:
        return is_guest(way) or guest.accepted(settings, tls, greeted, beside, own)

    # Without an API that was declared, it is this connection that will be asked about alarms.
    stays = not settings.management_declared
    seen = amqp.seen(way, settings.vhost, tls, named, watch, greeted.put, stays=stays)
    with Aside(as_guest, _SHARE * watch.left(), "readiness-guest") as trying:
        with seen as (broker, entered):
            managed = _managed(settings, beside)
            managed = _with_alarms(settings, managed, entered, tls, watch)
        return facts_of(settings, broker, _guest(trying), managed)


def _managed(settings: RabbitSettings, beside: Aside[Managed]) -> Managed:
    try:
        return beside.result()
    except DeadlineExceeded as error:
        # It was busy with an answer that does not end; AMQP has nothing to do with that.
        return management.lost(settings, str(error))


def _guest(trying: Aside[bool | None]) -> bool | None:
    try:
        return trying.result()
    except DeadlineExceeded:
        return None


def _with_alarms(
    settings: RabbitSettings,
    managed: Managed,
    entered: Entered,
    tls: ssl.SSLContext | None,
    watch: Watch,
) -> Managed:
    """What the API showed; the alarms as a publisher meets them, if it did not show them."""
    way = settings.broker
    if way is None or "alarms" in managed.fields:
        return managed
    try:
        if entered.talk.over:
            found = alarms.met(way, settings.vhost, tls, watch)
        else:
            found = alarms.met_on(entered, way, watch)
    except (Unreachable, DeadlineExceeded) as error:
        why = f"{managed.unseen.get('alarms')}; over AMQP: {error}"
        return msgspec.structs.replace(managed, unseen={**managed.unseen, "alarms": why})
    return msgspec.structs.replace(managed, fields={**managed.fields, "alarms": found})
