"""Redis' protocol by hand: what is sent, and what is made of any bytes that come."""

from __future__ import annotations

import socket
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.systems.redis.resp import (
    HungUp,
    NotRedis,
    Reader,
    ReplyError,
    is_error,
    packed,
)


class Pieces:
    """A socket that hands out bytes in pieces, and then has ended."""

    def __init__(self, data: bytes, size: int) -> None:
        self._left = [data[i : i + size] for i in range(0, len(data), size)]

    def recv(self, most: int) -> bytes:
        return self._left.pop(0) if self._left else b""


def reader(data: bytes, size: int = 1 << 16) -> Reader:
    return Reader(cast(socket.socket, Pieces(data, size)))


VALUES = st.recursive(
    st.none() | st.binary(max_size=20) | st.integers(-(2**63), 2**63 - 1),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=10,
)


def sent(value: Any) -> bytes:
    """A reply as a server sends it."""
    if value is None:
        return b"$-1\r\n"
    if isinstance(value, int):
        return b":%d\r\n" % value
    if isinstance(value, bytes):
        return b"$%d\r\n%b\r\n" % (len(value), value)
    return b"*%d\r\n%b" % (len(value), b"".join(map(sent, value)))


@given(st.lists(VALUES, min_size=1, max_size=4), st.integers(1, 7))
def test_replies_are_read_however_they_are_cut(values: list[Any], size: int) -> None:
    whole = reader(b"".join(map(sent, values)), size)
    assert [whole.reply() for _ in values] == values


@given(st.binary(max_size=60), st.integers(1, 7))
def test_any_bytes_are_a_reply_or_none(data: bytes, size: int) -> None:
    cut = reader(data, size)

    def everything() -> None:
        while True:
            cut.reply()

    with pytest.raises((NotRedis, HungUp)):
        everything()


@pytest.mark.parametrize(
    "data",
    [
        *(b"$99999999999\r\n", b"*99999999\r\n", b"$-2\r\n", b":12x\r\n", b"$1\r\nxyz", b"\r\n"),
        *(b"*1\r\n" * 5000, b"+" + b"x" * 200_000, b":" + b"9" * 5000 + b"\r\n", b"HTTP/1.1 200"),
    ],
)
def test_what_no_server_sends_is_not_waited_for(data: bytes) -> None:
    with pytest.raises(NotRedis):
        reader(data).reply()


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("ERR unknown command 'X'", "ERR", "unknown command 'X'"),
        ("NOPERM User a has no permissions", "NOPERM", "User a has no permissions"),
        ("WRONGTYPE Operation against a key", "WRONGTYPE", "WRONGTYPE Operation against a key"),
        ("NOAUTH", "NOAUTH", ""),
    ],
)
def test_an_error_reads_as_its_words(line: str, code: str, said: str) -> None:
    error = reader(f"-{line}\r\n".encode()).reply()
    assert isinstance(error, ReplyError)
    assert is_error(error, code)
    assert str(error) == said


def test_commands_are_arrays() -> None:
    # The second holds a byte of an environment variable that is no text.
    assert packed([("PING",), ("AUTH", "ä\udcff")]) == (
        b"*1\r\n$4\r\nPING\r\n*2\r\n$4\r\nAUTH\r\n$3\r\n\xc3\xa4\xff\r\n"
    )


def test_the_first_line_is_anybodys() -> None:
    first = reader(b"+PONG\r\n+OK\r\n", 3)
    assert (first.first(), first.reply()) == (b"+PONG", b"OK")
    assert reader(b"\x15\x03\x01\x00\x02\x02\x50").first().startswith(b"\x15\x03")
    assert reader(b"").first() == b""
