"""Alarms as a publisher meets them: over AMQP, where the management API shows nothing."""

from __future__ import annotations

import ssl
import uuid

from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.rabbitmq import frames, login
from pytest_readiness.systems.rabbitmq.facts import Alarm
from pytest_readiness.systems.rabbitmq.frames import Arguments
from pytest_readiness.systems.rabbitmq.handshake import Start
from pytest_readiness.systems.rabbitmq.login import Entered
from pytest_readiness.systems.rabbitmq.talk import Talk, closed, plainly, reason
from pytest_readiness.systems.urls import Url
from pytest_readiness.systems.watch import Watch

SOMEWHERE = "a node"
"""The node of such an alarm: a publisher is not told which one it is."""

_REFUSED, _NOT_FOUND = 403, 404
_RESOURCES = {"disk": "disk space"}


def met(way: Url, vhost: str, tls: ssl.SSLContext | None, watch: Watch) -> tuple[Alarm, ...]:
    """The alarms in effect anywhere in the cluster, seen by trying to publish.

    The exchange does not exist: nothing is made, routed or kept, and no right is needed. The
    broker closes the channel for it, and before that says whether it blocks publishers.

    Raises:
        Unreachable: it cannot be told; the cause in plain words.
    """
    with login.entered(way, vhost, tls, watch, _message) as entered:
        return _seen(entered.talk, way, watch)


def met_on(entered: Entered, way: Url, watch: Watch) -> tuple[Alarm, ...]:
    """As :func:`met`, on a connection that is open, and is not afterwards.

    Raises:
        Unreachable: it cannot be told; the cause in plain words.
    """
    message = _message(entered.start, opened=entered.talk.channel_open)
    with plainly(way, watch):
        entered.talk.leave(message)
    return _seen(entered.talk, way, watch)


def _message(start: Start, *, opened: bool = False) -> bytes:
    if not start.capabilities.get("connection.blocked"):
        raise Unreachable("this broker does not tell publishers whether it blocks them")
    message = frames.published(f"readiness-{uuid.uuid4()}")
    return message if opened else frames.opened_channel() + message


def _seen(talk: Talk, way: Url, watch: Watch) -> tuple[Alarm, ...]:
    watch.at("seeing whether publishers are blocked")
    with plainly(way, watch):
        return _answered(talk, way, watch)


def _answered(talk: Talk, way: Url, watch: Watch) -> tuple[Alarm, ...]:
    while True:
        said = talk.method()
        if said.name == frames.BLOCKED:
            return _alarms(Arguments(said.arguments).short_text())
        if said.name == frames.CLOSE_OK:
            # A broker that blocks publishers reads nothing more, not even a farewell.
            return ()
        if said.name == frames.CLOSE:
            raise closed(said, way, watch)
        if said.name == frames.CHANNEL_CLOSE:
            code, words = reason(said)
            if code not in (_REFUSED, _NOT_FOUND):
                raise Unreachable(f"a message was not taken: {words}")


def _alarms(reason: str) -> tuple[Alarm, ...]:
    """Of the broker's words: ``low on memory``, ``low on disk & memory``."""
    words = reason.removeprefix("low on ").split(" & ")
    return tuple(Alarm(node=SOMEWHERE, resource=_RESOURCES.get(word, word)) for word in words)
