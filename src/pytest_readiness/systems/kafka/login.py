"""A login on a plain socket, in which the broker's own words are a refusal's cause: the client
library loses them when the broker closes at once behind them, as brokers do after a wrong password.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from pytest_readiness.systems import net
from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.kafka import library, wire
from pytest_readiness.systems.kafka.way import Way
from pytest_readiness.systems.watch import Watch

HANDSHAKE = 17
_AUTHENTICATE = 36
UNSUPPORTED_MECHANISM, _ILLEGAL_STATE = 33, 34

_NUMBER = 2
"""Of the handshake; the question for API versions, which it may go along with, is the first."""


class LoginFailed(Unreachable):
    """A broker of Kafka answers, and the login came to nothing; the text is the cause."""


def log_in(way: Way, address: tuple[str, int], watch: Watch) -> None:
    """Log in once, and hang up.

    Raises:
        LoginFailed: the broker refused, in its own words.
    """
    with wire.connected(*address, watch, way.tls()) as (sock, _):
        watch.at(f"logging in at {net.at(*address)}")
        login = Login(way, address)
        login.prove(sock, watch, opening=login.opening())


def handshake(way: Way, version: int = 1) -> bytes:
    """The request that names the mechanism."""
    name = way.mechanism.encode()
    return wire.request(HANDSHAKE, version, _NUMBER, struct.pack(">h", len(name)) + name)


class Login:
    """One login, on one connection."""

    def __init__(self, way: Way, address: tuple[str, int], *, framed: bool = True) -> None:
        """Prepare it.

        Args:
            way: the role's way in.
            address: the broker's.
            framed: whether proofs are requests, as from version 1 of the handshake on.
        """
        self._way = way
        self._address = address
        self._framed = framed
        self._mechanism = library.sasl()(way.mechanism)(
            host=address[0],
            sasl_mechanism=way.mechanism,
            sasl_plain_username=way.username,
            sasl_plain_password=way.password,
        )
        self._number = _NUMBER
        self._last = _NUMBER + (1 if way.mechanism == "PLAIN" else 2)
        self._under_way = False
        """Whether a proof was sent that is not answered."""

    def opening(self) -> bytes:
        """The mechanism, and what can be said before the broker has agreed to it.

        SCRAM begins with the user's name. PLAIN's password waits until the broker takes it.
        """
        if not self._framed:
            return handshake(self._way, 0)
        alone = self._way.encrypted or self._way.mechanism == "PLAIN"
        return handshake(self._way) + (b"" if alone else self._proof())

    def prove(
        self, sock: Any, watch: Watch, more: Callable[[], bytes] = bytes, *, opening: bytes = b""
    ) -> None:
        """Read the answer to the handshake, and prove who we are.

        Args:
            sock: a connection on which API versions, at most, were asked for.
            watch: bounds it.
            more: requests that go along with the last proof, to be answered behind it.
            opening: what opens the login, where it was not sent along with an earlier request.

        Raises:
            LoginFailed: the broker refused, in its own words.
        """
        where = net.at(*self._address)
        try:
            sock.settimeout(watch.left())
            sock.sendall(opening)
            self._agreed(wire.frame(sock, _NUMBER), where)
            self._exchange(sock, more)
        except (OSError, ValueError, LookupError, struct.error, wire.Silence) as error:
            stalled = getattr(error, "stalled", False)
            silent = stalled or isinstance(error, (TimeoutError, wire.Silence))
            if silent or not watch.remaining:
                raise LoginFailed(f"no answer from {where} in time while logging in") from None
            raise LoginFailed(f"{where} broke off the login of {self._way.principal}") from None
        if not self._mechanism.is_authenticated():
            raise LoginFailed(
                f"{where} did not end the login of {self._way.principal} by "
                f"{self._way.mechanism} as a broker that knows the password does"
            )

    def _proof(self) -> bytes:
        self._number += 1
        self._under_way = True
        token = self._mechanism.auth_bytes()
        data = struct.pack(">i", len(token)) + token
        return wire.request(_AUTHENTICATE, 0, self._number, data) if self._framed else data

    def _agreed(self, answer: bytes, where: str) -> None:
        (code,) = struct.unpack_from(">h", answer)
        way = self._way
        if code == UNSUPPORTED_MECHANISM:
            raise LoginFailed(
                f"{where} does not offer the SASL mechanism {way.mechanism}, "
                f"but {_texts(answer[2:])}"
            )
        if code == _ILLEGAL_STATE:
            plain = way.protocol.removeprefix("SASL_")
            raise LoginFailed(
                f"{where} takes no login on this port; security_protocol would be {plain}"
            )
        if code:
            raise ValueError(code)

    def _exchange(self, sock: Any, more: Callable[[], bytes]) -> None:
        while not self._mechanism.is_done():
            if not self._under_way:
                proof = self._proof()
                sock.sendall(proof + (more() if self._number == self._last else b""))
            if self._framed:
                told = _proved(wire.frame(sock, self._number), self._way, self._address)
            else:
                told = wire.raw(sock)
            self._mechanism.receive(told)
            self._under_way = False


def _proved(answer: bytes, way: Way, address: tuple[str, int]) -> bytes:
    """What the broker answers to a proof.

    Raises:
        LoginFailed: it refused, in its own words.
    """
    code, size = struct.unpack_from(">hh", answer)
    said = answer[4 : 4 + max(size, 0)]
    if code:
        words = said.decode(errors="replace") or "no reason given"
        raise LoginFailed(
            f"{net.at(*address)} refused the login of {way.principal} by {way.mechanism}: {words}"
        )
    return answer[4 + len(said) + 4 :]


def _texts(data: bytes) -> str:
    """A list of texts as the protocol writes it, for people."""
    try:
        (count,), at, found = struct.unpack_from(">i", data), 4, []
        for _ in range(min(count, 10)):
            (size,) = struct.unpack_from(">h", data, at)
            found.append(data[at + 2 : at + 2 + size].decode(errors="replace"))
            at += 2 + size
    except struct.error:
        return "others"
    return ", ".join(found) or "none"
