"""A connection to one broker, on which requests go out together and answers come in their order.

The client library writes and reads the messages; the socket is ours, so that nothing waits for
its loop, its thread or its timers.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

from pytest_readiness.systems import net
from pytest_readiness.systems.kafka.wire import CLIENT_ID

_LONGEST = 16_000_000
"""Bytes of an answer: those of a cluster with a hundred thousand partitions stay below."""

_WINDOW = 65536
"""Bytes of requests under way: what both kernels hold, however long an answer nobody reads."""

_SIP = 65536


class Flight:
    """Requests that were asked together, and what came of each."""

    def __init__(self, count: int) -> None:
        self.answers: list[Any] = [None] * count

    @property
    def missing(self) -> list[int]:
        """Which ones have no answer."""
        return [number for number, answer in enumerate(self.answers) if answer is None]

    def give_up(self, error: Exception) -> None:
        """Put a reason in the place of every answer that did not come."""
        for number in self.missing:
            self.answers[number] = error


class Lane:
    """A connected socket, and the requests on it whose answers are still to come."""

    def __init__(self, versions: Any) -> None:
        from kafka.protocol.parser import KafkaProtocol

        self.versions = versions
        """``BrokerVersionData`` of the broker, or of the one that was asked first."""
        self.sent: list[Any] = []
        """Requests that were made ready, each with its version."""
        self.link: net.Link
        self.broken: Exception | None = None
        """Why no answer comes any more."""
        self._sock: socket.socket
        self._parser = KafkaProtocol(client_id=CLIENT_ID, receive_message_max_bytes=_LONGEST)
        self._ready: deque[bytes] = deque()
        self._under_way: deque[tuple[Flight, int, int]] = deque()

    def over(self, sock: socket.socket, link: net.Link) -> Lane:
        """The same lane, over a connected socket."""
        self._sock, self.link = sock, link
        return self

    def load(self, requests: Sequence[Any]) -> Flight:
        """Make requests ready to be sent; those that the broker does not know are answered."""
        from kafka.errors import IncompatibleBrokerVersion

        flight = Flight(len(requests))
        for number, request in enumerate(requests):
            try:
                request.API_VERSION = self.versions.api_version(request)
            except IncompatibleBrokerVersion as error:
                flight.answers[number] = error
                continue
            self.sent.append(request)
            self._parser.send_request(request)
            data: bytes = self._parser.send_bytes()
            self._ready.append(data)
            self._under_way.append((flight, number, len(data)))
        return flight

    def first(self) -> bytes:
        """What is sent next: as many requests as the window takes."""
        waiting = sum(size for *_, size in self._under_way) - sum(map(len, self._ready))
        out = b""
        while self._ready and (
            not waiting + len(out) or waiting + len(out) + len(self._ready[0]) <= _WINDOW
        ):
            out += self._ready.popleft()
        return out

    def ask(self, requests: Sequence[Any], ends: float) -> Flight:
        """Send requests, and read what is answered until a moment of the monotonic clock."""
        flight = self.load(requests)
        self.send(ends)
        return self.settle(flight, ends)

    def send(self, ends: float) -> None:
        """Send what the window takes."""
        data = self.first()
        if data and self.broken is None:
            try:
                self._sock.settimeout(max(0.01, ends - time.monotonic()))
                self._sock.sendall(data)
            except OSError as error:
                # What came before it broke may still be read.
                self._lost(error)

    def settle(self, flight: Flight, ends: float) -> Flight:
        """Read until all of a flight is answered, its time is over, or the connection broke."""
        from kafka.errors import KafkaTimeoutError

        while flight.missing and self.broken is None:
            left = ends - time.monotonic()
            if left <= 0:
                flight.give_up(KafkaTimeoutError())
                break
            self._sock.settimeout(left)
            with contextlib.suppress(TimeoutError, socket.timeout):
                self._read()
                self.send(ends)
        if self.broken is not None:
            flight.give_up(self.broken)
        return flight

    def _read(self) -> None:
        try:
            data = self._sock.recv(_SIP)
        except TimeoutError:
            raise
        except OSError as error:
            return self._lost(error)
        if not data:
            return self._lost(None)
        try:
            came = self._parser.receive_bytes(data)
        except Exception as error:  # whatever a hostile answer breaks in the library
            self.broken = error
            return None
        for _, answer in came:
            flight, number, _ = self._under_way.popleft()
            if flight.answers[number] is None:
                flight.answers[number] = answer
        return None

    def _lost(self, error: OSError | None) -> None:
        from kafka.errors import KafkaConnectionError

        self.broken = KafkaConnectionError(str(error or "closed"))


def closed(error: Any) -> bool:
    """Whether an answer did not come because the broker hung up."""
    from kafka.errors import KafkaConnectionError

    return isinstance(error, KafkaConnectionError)


def unanswered(error: Any) -> bool:
    """Whether an answer did not come, for whatever reason of the broker's or the network's."""
    from kafka.errors import KafkaTimeoutError

    return isinstance(error, KafkaTimeoutError) or closed(error)
