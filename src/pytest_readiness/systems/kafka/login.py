"""A login on a plain socket, for its cause: the client library loses the broker's answer when
the broker closes at once behind it, which is what brokers do after a wrong password."""

from __future__ import annotations

import struct
from typing import Any

from pytest_readiness.systems import net
from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.kafka import wire
from pytest_readiness.systems.kafka.way import Way
from pytest_readiness.systems.watch import Watch

_HANDSHAKE, _AUTHENTICATE = 17, 36
_UNSUPPORTED_MECHANISM, _ILLEGAL_STATE = 33, 34


def log_in(way: Way, address: tuple[str, int], watch: Watch) -> None:
    """Log in once, and hang up.

    Raises:
        Unreachable: the broker refused, in its own words.
    """
    where = net.at(*address)
    with wire.connected(*address, watch, way.tls()) as (sock, _):
        watch.at(f"logging in at {where}")
        sock.settimeout(watch.left())
        try:
            _mechanism(sock, way, where)
            _exchange(sock, way, address)
        except (OSError, ValueError, wire.Silence):
            raise Unreachable(f"{where} broke off the login of {way.principal}") from None


def _mechanism(sock: Any, way: Way, where: str) -> None:
    name = way.mechanism.encode()
    sock.sendall(wire.request(_HANDSHAKE, 1, 1, struct.pack(">h", len(name)) + name))
    answer = wire.frame(sock, 1)
    (code,) = struct.unpack_from(">h", answer)
    if code == _UNSUPPORTED_MECHANISM:
        raise Unreachable(
            f"{where} does not offer the SASL mechanism {way.mechanism}, but {_texts(answer[2:])}"
        )
    if code == _ILLEGAL_STATE:
        plain = way.protocol.removeprefix("SASL_")
        raise Unreachable(
            f"{where} takes no login on this port; security_protocol would be {plain}"
        )


def _exchange(sock: Any, way: Way, address: tuple[str, int]) -> None:
    from kafka.net.sasl import get_sasl_mechanism

    mechanism = get_sasl_mechanism(way.mechanism)(
        host=address[0],
        sasl_mechanism=way.mechanism,
        sasl_plain_username=way.username,
        sasl_plain_password=way.password,
    )
    number = 1
    while not mechanism.is_done():
        number += 1
        token = mechanism.auth_bytes()
        sock.sendall(wire.request(_AUTHENTICATE, 0, number, struct.pack(">i", len(token)) + token))
        answer = wire.frame(sock, number)
        code, size = struct.unpack_from(">hh", answer)
        said = answer[4 : 4 + max(size, 0)]
        if code:
            words = said.decode(errors="replace") or "no reason given"
            raise Unreachable(
                f"{net.at(*address)} refused the login of {way.principal} "
                f"by {way.mechanism}: {words}"
            )
        mechanism.receive(answer[4 + len(said) + 4 :])


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
