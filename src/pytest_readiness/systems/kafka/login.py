"""A login on a plain socket, in which the broker's own words are a refusal's cause: the client
library loses them when the broker closes at once behind them, as brokers do after a wrong password.
"""

from __future__ import annotations

import struct
from typing import Any

from pytest_readiness.systems import net
from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.kafka import wire
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
        prove(sock, way, address, watch, opening=handshake(way))


def handshake(way: Way, version: int = 1) -> bytes:
    """The request that names the mechanism."""
    name = way.mechanism.encode()
    return wire.request(HANDSHAKE, version, _NUMBER, struct.pack(">h", len(name)) + name)


def prove(
    sock: Any,
    way: Way,
    address: tuple[str, int],
    watch: Watch,
    more: bytes = b"",
    *,
    opening: bytes = b"",
    framed: bool = True,
) -> None:
    """Read the answer to the handshake, and prove who we are.

    Args:
        sock: a connection on which API versions, at most, were asked for.
        way: the role's way in.
        address: the broker's.
        watch: bounds it.
        more: requests that go along with the last proof, to be answered behind it. The password
            itself is never sent before the broker has said that it takes the mechanism.
        opening: the handshake, where it was not sent along with an earlier request.
        framed: whether proofs are requests of their own, as from version 1 of the handshake on.

    Raises:
        LoginFailed: the broker refused, in its own words.
    """
    where = net.at(*address)
    try:
        sock.settimeout(watch.left())
        sock.sendall(opening)
        _mechanism(wire.frame(sock, _NUMBER), way, where)
        _exchange(sock, way, address, more, framed)
    except (OSError, ValueError, LookupError, struct.error, wire.Silence) as error:
        silent = isinstance(error, (TimeoutError, wire.Silence)) or getattr(error, "stalled", False)
        if silent or not watch.remaining:
            raise LoginFailed(f"no answer from {where} in time while logging in") from None
        raise LoginFailed(f"{where} broke off the login of {way.principal}") from None


def _mechanism(answer: bytes, way: Way, where: str) -> None:
    (code,) = struct.unpack_from(">h", answer)
    if code == UNSUPPORTED_MECHANISM:
        raise LoginFailed(
            f"{where} does not offer the SASL mechanism {way.mechanism}, but {_texts(answer[2:])}"
        )
    if code == _ILLEGAL_STATE:
        plain = way.protocol.removeprefix("SASL_")
        raise LoginFailed(
            f"{where} takes no login on this port; security_protocol would be {plain}"
        )
    if code:
        raise ValueError(code)


def _exchange(sock: Any, way: Way, address: tuple[str, int], more: bytes, framed: bool) -> None:
    from kafka.net.sasl import get_sasl_mechanism

    mechanism = get_sasl_mechanism(way.mechanism)(
        host=address[0],
        sasl_mechanism=way.mechanism,
        sasl_plain_username=way.username,
        sasl_plain_password=way.password,
    )
    number, last = _NUMBER, _NUMBER + (1 if way.mechanism == "PLAIN" else 2)
    while not mechanism.is_done():
        number += 1
        token = mechanism.auth_bytes()
        along = more if number == last else b""
        size = struct.pack(">i", len(token))
        if framed:
            sock.sendall(wire.request(_AUTHENTICATE, 0, number, size + token) + along)
            mechanism.receive(_proved(wire.frame(sock, number), way, address))
        else:
            sock.sendall(size + token + along)
            mechanism.receive(wire.raw(sock))
    if not mechanism.is_authenticated():
        raise LoginFailed(
            f"{net.at(*address)} did not end the login of {way.principal} by {way.mechanism} "
            "as a broker that knows the password does"
        )


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
