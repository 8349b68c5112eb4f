"""A login over AMQP on a socket of our own: as many round trips as the handshake has, no more.

What is asked of the broker goes with the request for the vhost, and what goes wrong is told by
the conversation itself, so that no second connection is needed to find out.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec

from pytest_readiness.systems import net
from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.net import Link
from pytest_readiness.systems.rabbitmq import frames, greeting
from pytest_readiness.systems.rabbitmq.frames import Malformed, Method
from pytest_readiness.systems.rabbitmq.handshake import (
    Start,
    offers_passwords,
    request,
    start_ok,
    told,
    tune_ok,
)
from pytest_readiness.systems.rabbitmq.talk import Ended, Talk, reason
from pytest_readiness.systems.urls import Url
from pytest_readiness.systems.watch import Watch

_SHARE = 0.9
"""Part of the time left that a login may take; the rest is for saying why it did not come."""
_ACCESS_REFUSED, _NOT_ALLOWED = 403, 530


class Entered(NamedTuple):
    """A login that has succeeded; what was asked with it is still to be read."""

    talk: Talk
    start: Start
    link: Link


@contextlib.contextmanager
def entered(
    way: Url,
    vhost: str,
    tls: ssl.SSLContext | None,
    watch: Watch,
    asked: Callable[[Start], bytes] = lambda start: b"",
    greeted: Callable[[Start], object] = lambda start: None,
    stays: bool = False,
) -> Iterator[Entered]:
    """Log in, and ask something in the same breath as for the vhost.

    Args:
        way: where, and as whom.
        vhost: the virtual host.
        tls: verifies the broker; None for a plain connection.
        watch: bounds it all.
        asked: the frames that are sent with the request for the vhost.
        greeted: is told what the broker says of itself, as soon as it is there.
        stays: there is more to ask; without, the farewell is sent with the request too.

    Raises:
        Unreachable: the cause in plain words.
    """
    with reached(way, tls, watch) as (sock, link):
        watch.at(f"AMQP login at {net.at(way.host, way.port)}")
        login = _Login(way, vhost, watch, watch.remaining)
        heard = _greeted(sock, login)
        start = _start(heard, login)
        greeted(start)
        talk = Talk(sock, watch, heard.rest)
        _log_in(talk, start, login, lambda: asked(start), stays=stays)
        try:
            yield Entered(talk, start, link)
        finally:
            talk.part()


@contextlib.contextmanager
def reached(
    way: Url, tls: ssl.SSLContext | None, watch: Watch
) -> Iterator[tuple[socket.socket, Link]]:
    """A connection to a broker, over TLS where a context is given.

    Raises:
        Unreachable: the cause in plain words.
    """
    with net.opened(way.host, way.port, watch) as (sock, link):
        # Frames that follow each other must not wait for an acknowledgement of the first.
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is None:
            yield sock, link
            return
        with net.handshaken(sock, way.host, watch, tls) as (secured, shown):
            yield secured, msgspec.structs.replace(shown, connect_ms=link.connect_ms)


def _greeted(sock: socket.socket, login: _Login) -> greeting.Heard:
    heard = greeting.heard(sock, login.watch)
    if not heard.is_amqp:
        raise Unreachable(greeting.meaning(heard, login.where, login.spent))
    return heard


def _start(heard: greeting.Heard, login: _Login) -> Start:
    if not heard.is_whole:
        raise Unreachable(login.broken_off(heard.end))
    try:
        return told(heard.first)
    except Malformed:
        raise Unreachable(login.garbled()) from None


class _Login(NamedTuple):
    """A login that is under way, for the words about it."""

    way: Url
    vhost: str
    watch: Watch
    began: float
    """Seconds that were left then."""

    @property
    def where(self) -> str:
        return net.at(self.way.host, self.way.port)

    @property
    def who(self) -> str:
        return self.way.user or "guest"

    @property
    def spent(self) -> float:
        return self.began - self.watch.remaining

    def broken_off(self, end: str) -> str:
        """What to say of a broker that goes silent, hangs up or resets."""
        if end == "silent":
            within = f"the login of user {self.who} within {self.spent:.3g} s"
            return f"{self.where} speaks AMQP, but did not answer {within}"
        return f"{self.where} {end} the connection during the login of user {self.who}"

    def garbled(self) -> str:
        """What to say of one that sends something else."""
        return f"{self.where} sent what is not AMQP during the login of user {self.who}"

    def refusal(self, close: Method, *, known: bool) -> str:
        """Why the broker ends the login, before and after it knows who it is."""
        code, said = reason(close)
        if not known and code == _ACCESS_REFUSED:
            return (
                f"{self.where} refuses user {self.who}: "
                "wrong password, unknown user, or loopback only"
            )
        if known and code in (_ACCESS_REFUSED, _NOT_ALLOWED):
            if "limit" in said:
                return f"{self.where} takes no more connections: {said}"
            return f"{self.where} refuses vhost {self.vhost}: {said}"
        return f"{self.where} ends the login: {said}"


def _log_in(
    talk: Talk, start: Start, login: _Login, asked: Callable[[], bytes], *, stays: bool
) -> None:
    if not offers_passwords(start):
        offered = " ".join(start.mechanisms)
        raise Unreachable(f"{login.where} lets nobody in by password: it offers {offered}")
    known = False
    whole, talk.ends = talk.ends, time.monotonic() + _SHARE * login.watch.left()
    try:
        talk.send(start_ok(login.who, login.way.password or "guest"))
        tune = _answer(talk, frames.TUNE, login, known=False)
        known = True
        flight = (tune_ok(tune), request(login.vhost), asked())
        (talk.send if stays else talk.leave)(*flight)
        _answer(talk, frames.OPEN_OK, login, known=True)
    except Ended as ended:
        login.watch.left()
        dumb = not known and not start.capabilities.get(greeting.FAREWELL)
        hint = ", which this kind of broker does at a wrong password"
        raise Unreachable(
            login.broken_off(ended.how) + (hint if dumb and ended.how == "closed" else "")
        ) from None
    except TimeoutError:
        raise Unreachable(login.broken_off("silent")) from None
    except Malformed:
        raise Unreachable(login.garbled()) from None
    talk.ends = whole


def _answer(talk: Talk, name: tuple[int, int], login: _Login, *, known: bool) -> Method:
    found = talk.method()
    if found.name == frames.CLOSE:
        raise Unreachable(login.refusal(found, known=known))
    if found.name != name:
        raise Malformed
    return found
