"""What AMQP alone shows: who answers, the declared queues, whether guest gets in."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable, Iterable, Iterator

import msgspec

from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.net import Link
from pytest_readiness.systems.rabbitmq import frames, greeting, handshake, login
from pytest_readiness.systems.rabbitmq.frames import Arguments, Malformed, Method
from pytest_readiness.systems.rabbitmq.handshake import Start
from pytest_readiness.systems.rabbitmq.login import Entered
from pytest_readiness.systems.rabbitmq.talk import Ended, Talk, closed, plainly, reason
from pytest_readiness.systems.urls import Url
from pytest_readiness.systems.watch import DeadlineExceeded, Watch

_ACCESS_REFUSED, _NOT_FOUND, _RESOURCE_LOCKED = 403, 404, 405
_AT_ONCE = 200
"""Queues that are asked about in one breath: neither side must have to wait for room."""


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """What a passive declaration tells of a queue, as it is now."""

    exists: bool
    ready: int | None = None
    consumers: int | None = None
    down: bool = False
    """It exists, but the node it lives on does not serve it."""


class Broker(msgspec.Struct, frozen=True, kw_only=True):
    """What AMQP alone shows."""

    link: Link
    product: str
    version: str
    cluster: str | None
    counted: dict[str, Counted]


@contextlib.contextmanager
def seen(
    way: Url,
    vhost: str,
    tls: ssl.SSLContext | None,
    queues: Iterable[str],
    watch: Watch,
    greeted: Callable[[Start], object] = lambda start: None,
    *,
    stays: bool = False,
) -> Iterator[tuple[Broker, Entered]]:
    """Log in as the URL says, and count the named queues.

    The questions about queues go with the request for the vhost, and the farewell too unless
    more is to be asked. A queue that does not answer closes the channel: those after it are asked
    about once more, on a second connection if farewell was said, each time for a round trip.

    Args:
        way, vhost, tls, watch, greeted: as :func:`login.entered` has them.
        queues: names of queues.
        stays: something may be asked on this connection later.

    Raises:
        Unreachable: the cause in plain words.
    """
    named = list(queues)
    asked = _Questions([name for name in named if _is_name(name)])
    first = asked.first()
    entry = login.entered(way, vhost, tls, watch, lambda start: first, greeted, stays=stays)
    with entry as entered:
        counted = _counted(entered.talk, asked, way, watch)
        if asked.left:
            again = asked.first()
            with login.entered(way, vhost, tls, watch, lambda start: again, stays=True) as more:
                counted |= _counted(more.talk, asked, way, watch)
        # What no queue can be called does not exist.
        counted |= {name: Counted(exists=False) for name in named if not _is_name(name)}
        yield _broker(entered, counted), entered


def _broker(entered: Entered, counted: dict[str, Counted]) -> Broker:
    start = entered.start
    return Broker(
        link=entered.link,
        product=start.word("product", "RabbitMQ"),
        version=start.word("version"),
        cluster=start.word("cluster_name") or None,
        counted=counted,
    )


def _is_name(name: str) -> bool:
    return len(name.encode("utf-8", "surrogatepass")) <= frames.LONGEST_NAME


class _Questions:
    """Queues still to be asked about, and those that were asked about and not yet answered."""

    def __init__(self, names: list[str]) -> None:
        self.left = names
        self.asked: list[str] = []

    def first(self) -> bytes:
        """What goes with the login."""
        return frames.opened_channel() + self.next() if self.left else b""

    def next(self) -> bytes:
        """The next questions, all on one channel."""
        self.asked, self.left = self.left[:_AT_ONCE], self.left[_AT_ONCE:]
        return b"".join(frames.looked_up(name) for name in self.asked)

    def ignored(self) -> None:
        """What is not answered yet never will be, as its channel is closed."""
        self.asked, self.left = [], self.asked + self.left

    def reopened(self) -> bytes:
        """The next questions, on a new channel."""
        done = frames.method(frames.CHANNEL_CLOSE_OK, channel=frames.CHANNEL)
        return done + self.first()


def _counted(talk: Talk, questions: _Questions, way: Url, watch: Watch) -> dict[str, Counted]:
    """What the broker answers, in the order of the questions."""
    watch.at("counting the declared queues")
    found: dict[str, Counted | None] = {}
    with plainly(way, watch):
        while questions.asked:
            said = talk.method()
            if said.name == frames.CLOSE:
                raise closed(said, way, watch)
            if said.name == frames.CLOSE_OK:
                # RabbitMQ answers all that came before a farewell; who knows of others.
                questions.ignored()
            elif said.name == frames.DECLARE_OK:
                found[questions.asked.pop(0)] = _figures(said)
            elif said.name == frames.CHANNEL_CLOSE:
                found[questions.asked.pop(0)] = _refused(said)
                questions.ignored()
            if not questions.asked and not talk.over:
                refused = said.name == frames.CHANNEL_CLOSE
                talk.send(questions.reopened() if refused else questions.next())
    return {name: one for name, one in found.items() if one is not None}


def _figures(said: Method) -> Counted:
    arguments = Arguments(said.arguments)
    arguments.short_text()
    ready, consumers = arguments.number("I"), arguments.number("I")
    return Counted(exists=True, ready=ready, consumers=consumers)


def _refused(said: Method) -> Counted | None:
    code, words = reason(said)
    if code == _NOT_FOUND:
        # The same code says that the node it lives on is down.
        down = "down or inaccessible" in words
        return Counted(exists=down, down=down)
    return Counted(exists=True) if code == _RESOURCE_LOCKED else None


def guest_accepted(way: Url, vhost: str, tls: ssl.SSLContext | None, watch: Watch) -> bool | None:
    """Whether guest, password guest, is let in from here; None if it could not be told.

    A connection of its own, of one round trip: nobody keeps these credentials secret, so they go
    with the header.
    """
    try:
        with login.reached(way, tls, watch) as (sock, _):
            heard = greeting.heard(sock, watch, handshake.start_ok("guest", "guest"))
            start = handshake.told(heard.first)
            if not handshake.offers_passwords(start):
                return False
            return _let_in(Talk(sock, watch, heard.rest), start, vhost)
    except (Unreachable, DeadlineExceeded, TimeoutError, Ended, Malformed):
        return None


def _let_in(talk: Talk, start: Start, vhost: str) -> bool | None:
    try:
        said = talk.method()
    except Ended:
        # What cannot tell why it refuses a login hangs up.
        return None if start.capabilities.get(greeting.FAREWELL) else False
    if said.name == frames.TUNE:
        # Only after the password was accepted is the vhost looked at. A proper end to it.
        with contextlib.suppress(Ended, TimeoutError):
            talk.leave(handshake.tune_ok(said), handshake.request(vhost))
            talk.part()
        return True
    if said.name == frames.CLOSE and reason(said)[0] == _ACCESS_REFUSED:
        return False
    return None
