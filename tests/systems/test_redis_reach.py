"""Redis and Valkey: rights that are missing, causes in plain words, deadlines, the client."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from pytest_readiness.systems.base import Probe
from pytest_readiness.systems.redis import RedisSettings, reading
from tests.judging import judge, probe_of
from tests.sandbox import Sandbox
from tests.sandbox.redis import RedisServer
from tests.systems.test_redis import ACL, ADMIN, APP, GOOD, admin, secured


@pytest.fixture(scope="module")
def server(box: Sandbox) -> RedisServer:
    return box.start("redis", tls=True, password=ADMIN, acl=ACL, settings=GOOD, plaintext=True)


def plain_url(server: RedisServer, login: str = f"app:{APP}@") -> str:
    return f"redis://{login}127.0.0.1:{server.plain_port}/0"


def test_an_application_that_may_not_see_is_told_the_grant(server: RedisServer) -> None:
    said = judge(probe_of("redis", url=plain_url(server), role="store"), "redis", writes=True)
    for name in ("memory_headroom", "persistence", "accepts_writes", "version_minimum"):
        assert said[name].outcome == "blocked", name
        assert "ACL SETUSER app +info" in said[name].message
    assert said["app_user_limited"].outcome == "passed"
    assert said["password_required"].outcome == said["round_trip"].outcome == "passed"


def test_config_refused_uses_info_first(box: Sandbox) -> None:
    for appendonly, outcome in (("yes", "passed"), ("no", "blocked")):
        acl = ("user app on >app-1234 ~app:* +@all -config",)
        other = box.start("redis", acl=acl, settings={"appendonly": appendonly})
        said = judge(probe_of("redis", url=other.url, role="store"), "redis", writes=True)
        assert said["persistence"].outcome == outcome
        assert said["eviction_policy"].outcome == said["connections_headroom"].outcome == "passed"
        assert said["round_trip"].outcome == "blocked"
        assert "~readiness-*" in said["round_trip"].message
    assert "+config|get" in said["persistence"].message


def test_only_a_monitor(box: Sandbox, server: RedisServer) -> None:
    assert server.monitor_url
    probe = probe_of("redis", monitor_url=secured(server.monitor_url, box))
    said = judge(probe, "redis", writes=True)
    assert said["memory_headroom"].outcome == "passed"
    for name in ("app_user_limited", "round_trip"):
        assert said[name].outcome == "blocked"
        assert "no url is given" in said[name].message


def test_a_monitor_that_is_refused_costs_the_servers_facts_only(server: RedisServer) -> None:
    wrong = plain_url(server, "monitor:wrong-password@")
    probe = probe_of("redis", url=plain_url(server), monitor_url=wrong)
    said = judge(probe, "redis")
    assert said["reachable"].outcome == said["password_required"].outcome == "passed"
    assert said["memory_headroom"].outcome == "blocked"
    assert "monitor_url" in said["memory_headroom"].message
    assert "refuses the password of user monitor" in said["memory_headroom"].message


def unreachable(url: str, timeout: float = 1.0) -> str:
    """The cause, after seeing that one check failed within the deadline and the rest blocked."""
    threads, start = threading.active_count(), time.monotonic()
    probe: Probe[Any, Any] = probe_of("redis", url=url, timeout=timeout)
    assert time.monotonic() - start < timeout + 1
    said = judge(probe, "redis", writes=True)
    assert said.pop("reachable").outcome == "failed"
    assert {one.outcome for one in said.values()} == {"blocked"}
    assert threading.active_count() <= threads
    assert probe.observation.failure is not None
    assert not probe.observation.broken
    return probe.observation.failure


def test_credentials_and_tls_in_plain_words(box: Sandbox, server: RedisServer) -> None:
    tls = server.url
    assert unreachable(plain_url(server, "app:wrong-pw@")).endswith("the password of user app")
    assert unreachable(plain_url(server, "")).endswith(
        "asks for a password, and the URL gives none"
    )
    assert "refuses the session: DB index" in unreachable(plain_url(server)[:-1] + "99")
    assert "is not accepted" in unreachable(tls)
    assert "needs rediss://" in unreachable(tls.replace("rediss", "redis"))
    ca = f"?ssl_ca_certs={box.ca}"
    other = box.start("redis", tls="other-name").url + ca
    assert "is not accepted" in unreachable(other)
    assert probe_of("redis", url=other + "&ssl_check_hostname=false").facts.link.tls
    assert "cannot be read" in unreachable(tls + "?ssl_ca_certs=/nowhere.pem")


def test_tls_spoken_to_a_plaintext_port(server: RedisServer) -> None:
    cause = unreachable(plain_url(server).replace("redis://", "rediss://"))
    assert "TLS" in cause


def test_a_frozen_server(box: Sandbox) -> None:
    frozen = box.fresh("redis")
    frozen.pause()
    assert "no answer" in unreachable(frozen.url)
    frozen.resume()
    frozen.stop()
    assert "connection refused" in unreachable(frozen.url)


def test_no_connection_left(box: Sandbox) -> None:
    full = box.fresh("redis", settings={"maxclients": "1"})
    with admin(full) as client:
        client.ping()
        assert "max number of clients" in unreachable(full.url)
    full.stop()


@contextlib.contextmanager
def answering(*lines: bytes, every: float = 0.0) -> Iterator[str]:
    """The URL of a server that sends one line for each command it is sent, the last for ever."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, lines, every), daemon=True)
        thread.start()
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def _serve(listener: socket.socket, lines: tuple[bytes, ...], every: float) -> None:
    with contextlib.suppress(OSError):
        client, _ = listener.accept()
        with client:
            left = list(lines)
            while got := client.recv(65536):
                for _ in re.findall(rb"\*\d+\r\n|\APING", got):
                    line = left.pop(0) if len(left) > 1 else left[0]
                    for piece in (
                        [line] if not every else [line[i : i + 1] for i in range(len(line))]
                    ):
                        client.sendall(piece)
                        time.sleep(every)


LOADING = b"-LOADING Redis is loading the dataset in memory\r\n"
INFO = b"loading:1\r\nloading_eta_seconds:42\r\n"


@pytest.mark.parametrize(
    ("lines", "cause"),
    [
        # PING as a stranger; then ACL WHOAMI, ACL GETUSER, INFO and the rest in one flight.
        (
            [
                LOADING,
                b"$3\r\napp\r\n",
                b"$-1\r\n",
                b"$%d\r\n%s\r\n" % (len(INFO), INFO),
                *[b"*0\r\n"] * (len(reading.SERVER_COMMANDS) - 1),
                LOADING,
            ],
            "is loading its data set, 42 s left",
        ),
        ([LOADING], "is loading its data set"),
        ([b"-MASTERDOWN Link with MASTER is down\r\n"], "has lost its master"),
        ([b"-DENIED Redis is running in protected mode\r\n"], "is in protected mode"),
        ([b"-BUSY Redis is busy running a script.\r\n"], "is busy with a script"),
        ([b"HTTP/1.1 400 Bad Request\r\n"], "is not Redis: it speaks HTTP"),
        ([b"SSH-2.0-OpenSSH_9.2\r\n"], "is not Redis: something else answers"),
    ],
)
def test_a_server_that_answers_and_cannot_serve(lines: list[bytes], cause: str) -> None:
    with answering(*lines) as url:
        assert cause in unreachable(url)


def test_a_server_that_drips_does_not_outlive_the_deadline() -> None:
    with answering(b"+PONG and more\r\n", every=0.2) as url:
        assert "no answer within 1 s" in unreachable(url)
    with answering(b"+PONG\r\n", b"$400\r\n" + b"x" * 400, every=0.05) as url:
        assert "no answer within 1 s" in unreachable(url)


def test_a_needless_password_does_not_hide_that_strangers_get_in(box: Sandbox) -> None:
    bare = box.start("redis", settings={"save": '""'})
    probe = probe_of("redis", url=bare.url.replace("://", "://:some-password@"))
    said = judge(probe, "redis", writes=True)
    assert said["password_required"].outcome == "failed"
    assert said["round_trip"].outcome == "passed"


def test_the_round_trip_leaves_nothing_behind(server: RedisServer) -> None:
    with redis.Redis.from_url(plain_url(server, f":{ADMIN}@"), protocol=2) as client:
        before = client.dbsize()
        probe = probe_of("redis", url=plain_url(server))
        assert judge(probe, "redis", writes=True)["round_trip"].outcome == "passed"
        assert client.dbsize() == before


def test_a_users_check_gets_a_live_client(box: Sandbox, server: RedisServer) -> None:
    probe = probe_of("redis", url=secured(server.url, box) + "&protocol=3&client_name=mine")
    assert probe.client.ping() is True
    assert probe.client.acl_whoami() == "app"
    assert probe.client.client_getname() == "mine"
    probe.close()


def test_no_secret_in_the_facts(server: RedisServer) -> None:
    probe = probe_of("redis", url=plain_url(server, f":{ADMIN}@"))
    assert ADMIN not in repr(probe.observation)
    assert "sha" not in repr(probe.facts)
    assert not re.search(r"[0-9a-f]{64}", repr(probe.observation))


@pytest.mark.parametrize("odd", [b"", b"\xff\n\n", 3, [], [b"x"], [[b"reason", b"auth"]], [[[]]]])
def test_replies_of_another_engine_cost_no_more_than_their_own_facts(odd: Any) -> None:
    replies = dict.fromkeys(reading.SERVER_COMMANDS, odd)
    replies[reading.INFO] = b"redis_version:7.2.4\r\nredis_mode:cluster\r\n"
    found, unseen = reading.server_facts(replies, "app")
    assert found["server"].version == "7.2.4"
    assert "users" in unseen
    assert "cluster" not in found
    # An empty log is a log without entries.
    assert ("failed_logins" in found) == ("slow" in found) == (odd == [])


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"url": "http://host"}, "url"),
        ({"url": "redis://host/0?ssl_cert_req=none"}, "url"),
        ({"url": "redis://host/zero"}, "url"),
        ({"url": "redis://host?db=one"}, "url"),
        ({"url": "rediss://host?ssl_cert_reqs=never"}, "url"),
        ({"url": "redis://host:port"}, "url"),
        ({"url": "redis://host", "memory_limit": "much"}, "memory_limit"),
        ({}, "url"),
    ],
)
def test_settings_that_cannot_be_used(settings: dict[str, Any], field: str) -> None:
    problem = RedisSettings(**settings).problem()
    assert problem is not None
    assert problem[0] == field
