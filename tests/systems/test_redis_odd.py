"""Redis and Valkey: sane servers that look odd, and odd ones that look sane."""

from __future__ import annotations

import re
import socket
import threading
from typing import Any

import msgspec
import pytest
import redis

from pytest_readiness.systems import registry
from pytest_readiness.systems.base import Observation
from pytest_readiness.systems.net import Link
from pytest_readiness.systems.redis import ListIntent, RedisSettings, facts
from pytest_readiness.systems.redis.probe import RedisProbe
from tests.judging import judge, probe_of
from tests.sandbox import Sandbox
from tests.systems.test_redis import admin, judged, until


def test_a_master_that_waits_for_its_replicas_takes_no_writes(box: Sandbox) -> None:
    server = box.start("redis", settings={"min-replicas-to-write": "1"})
    with admin(server) as client, pytest.raises(redis.ResponseError, match="NOREPLICAS"):
        client.set("readiness-none", "1", ex=1)
    said = judged(server.url)["accepts_writes"]
    assert said.outcome == "failed"
    assert "min-replicas-to-write" in said.message
    box.start("redis", replica_of=server)
    until(lambda: judged(server.url)["accepts_writes"].outcome == "passed")


def test_a_dangerous_command_that_was_renamed_away_cannot_be_run(box: Sandbox) -> None:
    acl = ("user app on >app-1234 ~app:* +@all -@dangerous +acl|dryrun",)
    server = box.start("redis", acl=acl, conf='rename-command FLUSHALL ""')
    assert judged(server.url)["dangerous_commands_denied"].outcome == "passed"
    said = judged(server.admin_url)["dangerous_commands_denied"]
    assert said.outcome == "failed"
    assert "FLUSHALL" not in said.message


def test_a_snapshot_is_not_forgotten_with_the_statistics(box: Sandbox) -> None:
    with admin(box.start("redis", settings={"save": '""', "databases": "3"})) as client:
        raw: Any = client.connection_pool.connection_kwargs
        client.set("readiness-one", "1", ex=60)
        # A snapshot within two seconds of the start cannot be told from the start.
        until(lambda: client.info("server")["uptime_in_seconds"] > 3)
        client.bgsave()
        until(lambda: client.info("persistence")["rdb_saves"] == 1)
        until(lambda: not client.info("persistence")["rdb_bgsave_in_progress"])
        client.set("readiness-two", "1", ex=60)
        client.config_resetstat()
        assert client.info("persistence")["rdb_saves"] == 0
        seen = probe_of("redis", url=f"redis://127.0.0.1:{raw['port']}", role="store")
    assert judge(seen, "redis")["backups"].outcome == "passed"


def test_a_selector_that_allows_everything_is_no_limit(box: Sandbox) -> None:
    acl = ("user app on >app-1234 ~app:* -@all +ping +acl|getuser +acl|whoami (+@all ~*)",)
    said = judged(box.start("redis", acl=acl).url)
    assert said["app_user_limited"].outcome == said["app_keys_limited"].outcome == "failed"
    limited = ("user app on >app-1234 ~app:* -@all +ping +acl|getuser +acl|whoami (+@read ~*)",)
    said = judged(box.start("redis", acl=limited).url)
    assert said["app_user_limited"].outcome == said["app_keys_limited"].outcome == "passed"


def mutual(box: Sandbox, plaintext: bool) -> tuple[str, redis.Redis]:
    """The URL of a client with a certificate, and a client with one."""
    # The sandbox itself shows none: the server asks for it once it is up.
    started = {"tls-auth-clients": "optional"}
    server = box.start("redis", tls=True, plaintext=plaintext, settings=started)
    made = server.certificate
    assert made is not None
    shown = f"ssl_ca_certs={made.ca}&ssl_certfile={made.file}&ssl_keyfile={made.key}"
    url = f"{server.url.partition('?')[0]}?{shown}"
    return url, redis.Redis.from_url(url, protocol=2)


@pytest.mark.parametrize("plaintext", [False, True])
def test_a_certificate_is_a_credential_where_it_is_asked_for(box: Sandbox, plaintext: bool) -> None:
    url, client = mutual(box, plaintext)
    with client:
        said = judged(url)["password_required"]
        assert (said.outcome, said.message[:26]) == ("failed", "client without credentials")
        client.config_set("tls-auth-clients", "yes")
    found = judged(url, writes=True)
    assert found["reachable"].outcome == found["round_trip"].outcome == "passed"
    # The port without TLS asks a stranger for nothing.
    assert found["password_required"].outcome == ("failed" if plaintext else "passed")


def test_a_sentinel_is_told_from_the_server_it_watches() -> None:
    info = b"# Server\r\nredis_version:7.0.15\r\nredis_mode:sentinel\r\n"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        told = b"$%d\r\n%s\r\n" % (len(info), info)
        thread = threading.Thread(target=_sentinel, args=(listener, told), daemon=True)
        thread.start()
        url = f"redis://127.0.0.1:{listener.getsockname()[1]}"
        said = judge(probe_of("redis", url=url, timeout=2), "redis")["reachable"]
        thread.join(5)
    assert said.outcome == "failed"
    assert "is a Sentinel" in said.message


def _sentinel(listener: socket.socket, info: bytes) -> None:
    client, _ = listener.accept()
    with client:
        while got := client.recv(65536):
            # As a proxy that reads arrays only.
            assert got.startswith(b"*")
            answers = {b"*1\r\n$4\r\nINFO": info, b"*1\r\n$4\r\nPING": b"+PONG\r\n"}
            for command in got.split(b"*")[1:]:
                found = [a for c, a in answers.items() if (b"*" + command).startswith(c)]
                client.sendall(found[0] if found else b"-ERR unknown command\r\n")


def test_a_server_without_a_limit_of_connections() -> None:
    seen = facts.RedisFacts(
        link=Link(host="db", port=1, connect_ms=1),
        peer="10.0.0.1",
        clients=facts.Clients(connected=3, maximum=0),
    )
    settings = RedisSettings(url="redis://db")
    probe = RedisProbe("main", settings, Observation(facts=msgspec.to_builtins(seen)))
    assert judge(probe, "redis")["connections_headroom"].outcome == "not_applicable"


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("redis://cache:6379/0", {"url": "redis://cache:6379/0"}),
        ("VALKEYS://cache", {"url": "VALKEYS://cache"}),
        ("unix:///run/redis.sock?db=1", "REDIS_URL is unix://: not judged"),
        ("redis+sentinel://one:26379/main", "REDIS_URL is redis+sentinel://: not judged"),
        # What is no URL at all is an error of the settings.
        ("cache:6379", {"url": "cache:6379"}),
        ("", None),
    ],
)
def test_a_variable_of_another_kind_is_a_note(url: str, found: object) -> None:
    assert registry()["redis"].from_environment({"REDIS_URL": url}) == found


def test_a_stranger_who_may_not_ping_is_told_from_one_who_is_refused(box: Sandbox) -> None:
    acl = ("user default on nopass ~* -@all +@read", "user app on >app-1234 ~* +@all")
    said = judged(box.start("redis", acl=acl).url)["password_required"]
    assert said.outcome == "blocked"
    assert "ACL SETUSER default off" in said.message


def test_a_list_whose_name_is_no_text_is_not_called_empty(box: Sandbox) -> None:
    server = box.start("redis", settings={"databases": "4"})
    lists = {"readiness-odd:*": ListIntent()}
    with admin(server) as client:
        client.rpush("readiness-odd:one", "1")
        assert judged(server.url, lists=lists)["list_backlog"].outcome == "passed"
        client.rpush(b"readiness-odd:\xff", *range(1500))
        said = judged(server.url, lists=lists)["list_backlog"]
        client.delete("readiness-odd:one", b"readiness-odd:\xff")
    assert said.outcome == "blocked"
    assert "no UTF-8" in said.message


@pytest.mark.parametrize(
    ("role", "stops", "aof", "outcome"),
    [
        ("cache", "no", False, "not_applicable"),
        ("cache", "no", True, "failed"),
        ("cache", "yes", False, "failed"),
        ("cache", msgspec.UNSET, False, "failed"),
        ("store", "no", False, "failed"),
    ],
)
def test_a_failed_save_is_a_failure_where_data_counts_or_writes_stop(
    role: Any, stops: Any, aof: bool, outcome: str
) -> None:
    seen = facts.RedisFacts(
        link=Link(host="db", port=1, connect_ms=1),
        peer="10.0.0.1",
        persistence=facts.Persistence(aof=aof, last_save="err"),
        config=facts.Config(save="3600 1", stop_writes_on_bgsave_error=stops),
    )
    settings = RedisSettings(url="redis://db", role=role)
    probe = RedisProbe("main", settings, Observation(facts=msgspec.to_builtins(seen)))
    assert judge(probe, "redis")["last_save_ok"].outcome == outcome


def test_a_server_that_knows_no_names_of_users(box: Sandbox) -> None:
    """Before Redis 6, AUTH takes a password alone, which redis-py finds out likewise."""
    old = b"-ERR wrong number of arguments for 'auth' command\r\n"
    server = box.start("redis", password="old-secret-3f1a")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_aged, args=(listener, server.port, old), daemon=True)
        thread.start()
        port = listener.getsockname()[1]
        probe = probe_of("redis", url=f"redis://default:old-secret-3f1a@127.0.0.1:{port}/0")
        thread.join(5)
    assert (probe.facts.anonymous, probe.facts.app.user) == ("refused", "default")


def _aged(listener: socket.socket, port: int, said: bytes) -> None:
    """Pass everything on, but for a login with a name: that gets another answer."""
    client, _ = listener.accept()
    with client, socket.create_connection(("127.0.0.1", port)) as server:
        named = re.compile(rb"\*3\r\n\$4\r\nAUTH\r\n(\$\d+\r\n.*?\r\n){2}")
        while asked := client.recv(65536):
            before, after = (*named.split(asked)[::2], b"")[:2]
            server.sendall(before)
            client.sendall(server.recv(65536))
            if named.search(asked):
                client.sendall(said)
                server.sendall(after)
                client.sendall(server.recv(65536))
