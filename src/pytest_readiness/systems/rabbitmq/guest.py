"""Whether guest, password guest, is let in: as the management API tells it, or by trying."""

from __future__ import annotations

import ssl

from pytest_readiness.systems.rabbitmq import RabbitSettings, amqp
from pytest_readiness.systems.rabbitmq.aside import Aside, Later
from pytest_readiness.systems.rabbitmq.facts import ANSWERING
from pytest_readiness.systems.rabbitmq.handshake import Start
from pytest_readiness.systems.rabbitmq.management import GUEST, Managed
from pytest_readiness.systems.urls import Url
from pytest_readiness.systems.watch import Watch

_SHARE = 0.5
"""Part of the time left that the management API has to tell it; the rest is for trying."""
_PRODUCT = "RabbitMQ"
_APART = 4
"""From this version on, the API may know other users than AMQP: ``http_dispatch.auth_backends``."""


def is_guest(way: Url) -> bool:
    """Whether the application is guest itself."""
    return (way.user or "guest", way.password or "guest") == GUEST


def accepted(
    settings: RabbitSettings,
    tls: ssl.SSLContext | None,
    greeted: Later[Start],
    beside: Aside[Managed],
    watch: Watch,
) -> bool | None:
    """Whether guest logs in from here; None if it could not be told.

    A login as somebody else is a connection of its own. It is not made where the API of the same
    broker has refused these credentials for what they are, as it does to who asks it the same.
    """
    way = settings.broker
    start = greeted.within(watch) if way is not None else None
    if way is None or start is None:
        return None
    if _speaks_for_amqp(start):
        managed = beside.soon(_SHARE * watch.left())
        if managed is not None and _refuses(settings, way, start, managed):
            return False
    return amqp.guest_accepted(way, settings.vhost, tls, watch)


def _speaks_for_amqp(start: Start) -> bool:
    major = start.word("version").partition(".")[0]
    return start.word("product") == _PRODUCT and major.isdecimal() and int(major) < _APART


def _refuses(settings: RabbitSettings, way: Url, start: Start, managed: Managed) -> bool:
    cluster = start.word("cluster_name")
    same = settings.management.host == way.host and managed.fields.get("cluster") == cluster
    return (
        managed.management.state == ANSWERING and managed.guest_refused and bool(cluster) and same
    )
