"""Coming in to a broker: the connection that shows who it is is the one that asks all the rest.

On a way without a login, requests go along with the question for API versions, in versions that
are guessed. A broker that takes others hangs up; we come again then, and guess nothing.

On a way with a login, its beginning goes along with that question, but not over TLS: until a login
has ended, a broker there reads one request, and lets lie what came with it for 300 ms, as long as
its selector sleeps (seen with 4.1).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from typing import Any, NamedTuple

from pytest_readiness.systems import net
from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.kafka import library, topics, wire
from pytest_readiness.systems.kafka.beside import Beside
from pytest_readiness.systems.kafka.facts import Bootstrap
from pytest_readiness.systems.kafka.lane import Flight, Lane, closed
from pytest_readiness.systems.kafka.login import HANDSHAKE, Login
from pytest_readiness.systems.kafka.reach import Anonymous, first, stranger, told, wants_login
from pytest_readiness.systems.kafka.way import Door
from pytest_readiness.systems.kafka.words import LOOK, gone, words
from pytest_readiness.systems.watch import DeadlineExceeded, Watch

_GUESSED = {wire.METADATA: (7, 7)}
"""Taken by brokers from 2.1 on, which is also the oldest client that Kafka 4 takes. It does not
make the topics it asks for."""

_SHARE = 0.95
"""Of a server's time, what its answers may take: some is left to say what is wrong."""


class Entrance(NamedTuple):
    """The bootstrap server that let us in, and what it told."""

    address: tuple[str, int]
    tried: tuple[Bootstrap, ...]
    lane: Lane
    metadata: list[Any]
    """Answers to the requests for topics."""
    stranger: Beside[Anonymous | None] | None
    """What becomes of one; None where we are a stranger ourselves."""


def enter(
    door: Door, watch: Watch, wanted: Sequence[Sequence[str] | None], stack: ExitStack
) -> Entrance:
    """Come in at the first bootstrap server that lets us, and ask it for topics.

    Args:
        door: the role's way in.
        watch: bounds it.
        wanted: topics of each request for metadata; None for all.
        stack: closes the connections.

    Raises:
        Unreachable: none lets us in; the causes in plain words.
    """
    guessed = library.protocol()(api_versions=_GUESSED)
    requests = [topics.metadata(names) for names in wanted]
    looks: list[Beside[Anonymous | None]] = []

    def come(address: tuple[str, int], part: Watch) -> tuple[tuple[str, int], Lane, list[Any]]:
        def greeted() -> None:
            if door.way.logs_in or door.way.cert_file is not None:
                look = partial(stranger, door, address)
                looks.append(own.enter_context(Beside(look, part)))

        ends = time.monotonic() + _SHARE * part.left()
        with ExitStack() as own:
            own.enter_context(watch.closing(part.expire))
            with told(door.way, address, part):
                lane, flight = come_in(door, address, part, own, requests, guessed, greeted)
            lane.settle(flight, ends)
            _let_in(door, address, part, flight.answers[0])
            stack.push(own.pop_all())
            return address, lane, flight.answers

    (address, lane, answers), tried = first(door.way, watch, come)
    return Entrance(address, tried, lane, answers, looks[-1] if looks else None)


def _let_in(door: Door, address: tuple[str, int], watch: Watch, answer: Any) -> None:
    """Say why a broker that answered tells nothing of its topics.

    Raises:
        Unreachable: the cause in plain words.
    """
    if not isinstance(answer, Exception):
        return
    where, way = net.at(*address), door.way
    watch.left()
    if closed(answer) and not way.logs_in:
        login = False
        # A second look that comes to nothing leaves the cause that was met.
        with suppress(Unreachable, DeadlineExceeded):
            login = wants_login(way, address, watch)
        if login:
            raise Unreachable(
                f"{where} serves nobody without a login; "
                f"security_protocol would be SASL_{way.protocol}"
            )
    raise Unreachable(words(answer, way, where) + gone(address, LOOK * watch.seconds))


def come_in(
    door: Door,
    address: tuple[str, int],
    watch: Watch,
    stack: ExitStack,
    requests: Sequence[Any],
    assumed: Any,
    greeted: Callable[[], None] = lambda: None,
) -> tuple[Lane, Flight]:
    """A connection on which requests were sent, after a login where the way has one.

    Args:
        door: the role's way in.
        address: the broker's.
        watch: bounds the login; shuts the connection down when its owner says so.
        stack: closes the connection.
        requests: what to ask.
        assumed: the versions that the broker probably takes.
        greeted: called once the broker has shown that it is one.

    Raises:
        Unreachable: the cause in plain words.
    """
    with ExitStack() as own:
        sock, link = own.enter_context(wire.connected(*address, watch, door.tls))
        where = net.at(*address)
        if door.way.logs_in:
            login = Login(door.way, address)
            opening = login.opening()
            along, opening = (b"", opening) if door.way.encrypted else (opening, b"")
            spoken = wire.api_versions(sock, where, watch, along)
            greeted()
            if spoken.takes(HANDSHAKE, 1):
                lane = Lane(_versions(spoken)).over(sock, link)
                flight = lane.load(requests)
                login.prove(sock, watch, lane.first, opening=opening)
                stack.push(own.pop_all())
                return lane, flight
        else:
            lane = Lane(assumed).over(sock, link)
            flight = lane.load(requests)
            spoken = wire.api_versions(sock, where, watch, lane.first())
            greeted()
            if all(spoken.takes(sent.API_KEY, sent.API_VERSION) for sent in lane.sent):
                lane.versions = _versions(spoken)
                stack.push(own.pop_all())
                return lane, flight
    return _carefully(door, address, watch, stack, requests)


def _carefully(
    door: Door, address: tuple[str, int], watch: Watch, stack: ExitStack, requests: Sequence[Any]
) -> tuple[Lane, Flight]:
    """The same, one step after the other, each in a version that the broker takes."""
    with ExitStack() as own:
        sock, link = own.enter_context(wire.connected(*address, watch, door.tls))
        spoken = wire.api_versions(sock, net.at(*address), watch, nudge=False)
        if door.way.logs_in:
            framed = spoken.versions.get(HANDSHAKE, (0, 1))[1] > 0
            login = Login(door.way, address, framed=framed)
            login.prove(sock, watch, opening=login.opening())
        lane = Lane(_versions(spoken)).over(sock, link)
        flight = lane.load(requests)
        lane.send(time.monotonic() + watch.left())
        stack.push(own.pop_all())
        return lane, flight


def _versions(spoken: wire.Spoken) -> Any:
    return library.protocol()(api_versions=spoken.versions)
