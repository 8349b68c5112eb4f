"""Readers of what servers answer: whatever the bytes are, a value or nothing, never a crash."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.common import numbers, support
from pytest_readiness.systems.http import metrics, words
from pytest_readiness.systems.http.reading import _hsts
from pytest_readiness.systems.kafka import login, wire
from pytest_readiness.systems.net import Link
from pytest_readiness.systems.postgres.words import fields
from pytest_readiness.systems.rabbitmq import greeting as amqp_greeting
from pytest_readiness.systems.rabbitmq.greeting import Heard
from pytest_readiness.systems.redis import greeting
from pytest_readiness.systems.redis.facts import RedisFacts
from pytest_readiness.systems.redis.reading import SERVER_COMMANDS, server_facts
from pytest_readiness.systems.redis.replies import Info
from pytest_readiness.systems.redis.wire import INFO
from tests.unit.generated import one_line

HUGE = "9" * 5000
"""More digits than Python makes a number of."""

LINK = Link(host="db1", port=6379, connect_ms=1.0)

# Fields that INFO has, with values that are like those it has: what a reader would trip over.
NAMES = st.sampled_from(
    [
        *("redis_version", "valkey_version", "role", "connected_slaves", "slave0", "slave1", "db0"),
        *("maxmemory", "maxclients", "rdb_last_save_time", "rdb_saves", "uptime_in_seconds"),
        *("server_time_usec", "allocator_frag_ratio", "redis_mode", "loading", "used_memory"),
        "master_link_down_since_seconds",
    ]
)
VALUES = st.one_of(
    st.text(max_size=12),
    st.integers().map(str),
    st.sampled_from(["--5", "-", "²", "٣", "nan", "inf", "1e999", "99999999999", HUGE, "cluster"]),
    st.sampled_from([f"state=online,lag={HUGE},offset=--1", "keys=1,expires=2", "=,=,"]),
)
INFOS = st.one_of(
    st.binary(max_size=200),
    st.lists(st.tuples(NAMES, VALUES), max_size=8).map(
        lambda pairs: "".join(f"{name}:{value}\r\n" for name, value in pairs).encode()
    ),
)
REPLIES = st.recursive(
    st.none() | st.binary(max_size=20) | st.integers() | st.just(ValueError("ERR no")) | INFOS,
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=10,
)


@given(INFOS)
@example(b"connected_slaves:99999999999999999999\r\n")
@example(f"maxmemory:{HUGE}\r\nmaxclients:--1\r\ndb0:keys={HUGE},expires=1\r\n".encode())
def test_info_of_redis(reply: bytes) -> None:
    info = Info(reply)
    for name in info.fields:
        info.whole(name), info.number(name), info.text(name)
    found, unseen = server_facts({**dict.fromkeys(SERVER_COMMANDS), INFO: reply}, "app")
    told = {**found, "link": LINK, "peer": "127.0.0.1", "unseen": unseen}
    msgspec.convert(msgspec.to_builtins(told), RedisFacts)


@given(st.dictionaries(st.sampled_from(SERVER_COMMANDS), REPLIES))
def test_replies_of_redis(replies: dict[Any, Any]) -> None:
    found, unseen = server_facts({**dict.fromkeys(SERVER_COMMANDS), **replies}, "app")
    told = {**found, "link": LINK, "peer": "127.0.0.1", "unseen": unseen}
    msgspec.convert(msgspec.to_builtins(told), RedisFacts)


@given(st.binary(max_size=100), st.booleans())
def test_first_line_of_redis(line: bytes, tls: bool) -> None:
    try:
        assert greeting.judged(line, "db1:6379", tls) in ("answered", "refused", None)
    except Unreachable as error:
        one_line(error)


@given(st.text() | st.from_regex(r"v?\d{1,3}(\.\d{1,3}){0,4}.{0,5}", fullmatch=True))
@example(HUGE)
@example(f"v7.{HUGE}")
def test_versions(text: str) -> None:
    assert all(isinstance(part, int) for part in numbers(text))
    for product in ("redis", "postgres", "nothing"):
        support(product, text)


@pytest.mark.parametrize("text", ["7.4.1", "v7.4.1", "7.4.1-rc1", " 7.4.1 (Debian 7.4.1)"])
def test_versions_are_read(text: str) -> None:
    assert numbers(text) == (7, 4, 1)


@given(st.binary(max_size=100))
def test_frames_of_kafka(data: bytes) -> None:
    wire._keys(data)
    login._texts(data)
    assert "\n" not in wire._stranger_words(data, "k1:9092")


@given(st.binary(max_size=100))
def test_greetings(data: bytes) -> None:
    fields(data)
    assert "\n" not in amqp_greeting.meaning(Heard(data, "open"), "mq1:5672", 1.0)


@given(st.text() | st.binary().map(lambda raw: raw.decode("utf-8", "replace")), st.booleans())
@example(f"up {HUGE}", False)
def test_metrics(text: str, cut: bool) -> None:
    read = metrics.parse(text, cut=cut)
    assert read.samples >= 0
    _hsts(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*words.STATES, "name", "db", "db:time"]) | st.text(max_size=4),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_words_of_readiness(body: Any) -> None:
    for name in ("db", "name", ""):
        word = words.named(body, name)
        assert word is None or isinstance(word, str)
    assert words.word_of(body) is None or words.good(str(words.word_of(body))) in (True, False)
