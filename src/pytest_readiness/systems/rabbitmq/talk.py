"""A conversation over AMQP on a socket of our own, frame by frame, and how it may end."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator

from pytest_readiness.systems import net
from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.rabbitmq import frames
from pytest_readiness.systems.rabbitmq.frames import Arguments, Malformed, Method
from pytest_readiness.systems.urls import Url
from pytest_readiness.systems.watch import DeadlineExceeded, Watch

FRAME = 131_072
"""Bytes of a frame that a broker may send, as most have it."""
_PARTING = 0.5
"""Seconds in which a broker says farewell; it mostly has by then."""
_LAST = (frames.CLOSE, frames.CLOSE_OK, frames.BLOCKED)
"""What nothing follows: a broker that blocks publishers reads not even a farewell."""


class Ended(Exception):
    """The other side has ended the conversation: it ``closed``, ``reset`` or ``broke`` it."""

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how


class Talk:
    """Sends and reads frames on a connected socket, up to a moment."""

    def __init__(self, sock: socket.socket, watch: Watch, said: bytes = b"") -> None:
        self._sock = sock
        self._watch = watch
        self._said = bytearray(said)
        self.over = False
        """Whether farewell was said: nothing more can be asked."""
        self.channel_open = False
        """Whether the one channel is open, by what has been read."""
        self._done = False
        self.ends = time.monotonic() + watch.left()

    def send(self, *frames: bytes) -> None:
        """Send frames at once.

        Raises:
            TimeoutError, Ended: they could not be sent.
        """
        self._sock.settimeout(self._left())
        with _ending():
            self._sock.sendall(b"".join(frames))

    def leave(self, *asked: bytes) -> None:
        """Say farewell, with last questions before it.

        Raises:
            TimeoutError, Ended: it could not be sent.
        """
        self.over = True
        self.send(*asked, frames.FAREWELL)

    def part(self) -> None:
        """Say farewell if nobody has yet, and hear the broker's own, if it comes soon.

        One whose client is gone before it has closed its channels logs that as a crash.
        """
        self.ends = min(self.ends, time.monotonic() + _PARTING)
        with contextlib.suppress(TimeoutError, Ended, Malformed, DeadlineExceeded):
            if not self.over:
                self.leave()
            while not self._done:
                self.method()

    def method(self) -> Method:
        """The next method that the broker sends, on whatever channel.

        Raises:
            TimeoutError, Ended, Malformed: there is none.
        """
        while True:
            frame = frames.split(self._said, FRAME)
            if frame is None:
                self._said += self._read()
                continue
            found = frames.method_in(frame)
            if found is not None:
                self._done |= found.name in _LAST
                if found.name in (frames.CHANNEL_OPEN_OK, frames.CHANNEL_CLOSE):
                    self.channel_open = found.name == frames.CHANNEL_OPEN_OK
                return found
            # Heartbeats without end must not be waited for without one.
            self._left()

    def _read(self) -> bytes:
        self._sock.settimeout(self._left())
        with _ending():
            more = self._sock.recv(FRAME)
        if not more:
            raise Ended("closed")
        return more

    def _left(self) -> float:
        left = self.ends - time.monotonic()
        if left <= 0:
            # At the deadline itself the watch has better words.
            self._watch.left()
            raise TimeoutError
        return left


@contextlib.contextmanager
def _ending() -> Iterator[None]:
    try:
        yield
    except TimeoutError:
        raise
    except ConnectionError:
        raise Ended("reset") from None
    except OSError:
        raise Ended("broke") from None


def reason(close: Method) -> tuple[int, str]:
    """Code and words of a farewell: ``NOT_ALLOWED - vhost none not found``."""
    arguments = Arguments(close.arguments)
    code, words = arguments.number("H"), arguments.short_text()
    return code, words.partition(" - ")[2] or words or f"code {code}"


@contextlib.contextmanager
def plainly(way: Url, watch: Watch) -> Iterator[None]:
    """What goes wrong on a connection that is open already, in plain words.

    Raises:
        Unreachable: the cause.
        DeadlineExceeded: the time is over.
    """
    where = net.at(way.host, way.port)
    try:
        yield
    except TimeoutError:
        raise DeadlineExceeded(watch.describe()) from None
    except Ended as ended:
        # At the deadline sockets are shut down, which looks as if the peer had hung up.
        watch.left()
        raise Unreachable(f"{where} {ended.how} the connection ({watch.phase})") from None
    except Malformed:
        raise Unreachable(f"{where} sent what is not AMQP ({watch.phase})") from None


def closed(close: Method, way: Url, watch: Watch) -> Unreachable:
    """A broker that said why it closes a connection, as what to raise."""
    where = net.at(way.host, way.port)
    return Unreachable(f"{where} closed the connection: {reason(close)[1]} ({watch.phase})")
