"""Redis and Valkey: no false alarm on ordinary servers, where they belong."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_readiness.policy.environments import not_asked
from pytest_readiness.run.catalogue import _checks_of
from pytest_readiness.systems import registry
from pytest_readiness.systems.redis import lookup
from pytest_readiness.systems.redis.wire import Session
from tests.catalogue.redis_servers import admin, judged
from tests.sandbox import Sandbox

SECRET = "staging-of-the-catalogue-5b0e"
ACL = (f"user app on >{SECRET} ~* &* +@all -@admin -@dangerous +info",)
MANAGED = {f"rename-command {name}": '""' for name in ("CONFIG", "ACL", "SHUTDOWN", "REPLICAOF")}


def alarms(
    box: Sandbox, environment: str, server: dict[str, Any], **settings: Any
) -> dict[str, str]:
    """Checks that an environment asks and that do not hold, with severity and message."""
    started = box.start("redis", **server)
    said = judged(started, **settings)
    asked = {
        c.id.partition(".")[2]: c
        for c in _checks_of(registry()["redis"])
        if not (c.managed and "platform" in settings)
        and not c.optional
        and not_asked(c.demand, environment, settings.get("single_node", False)) is None
    }
    return {
        name: f"{check.severity.value}: {said[name].message}"
        for name, check in asked.items()
        if said[name].outcome in ("failed", "blocked", "error")
    }


def grave(found: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in found.items() if text.startswith(("blocker", "high"))}


@pytest.mark.parametrize("binary", [None, "wheel"])
@pytest.mark.parametrize("role", [None, "cache", "store", "broker"])
def test_a_laptop_with_all_defaults(box: Sandbox, binary: str | None, role: str | None) -> None:
    # A cache wants to evict: that much its own declaration asks for.
    lines = {"maxmemory-policy": "allkeys-lru"} if role == "cache" else {}
    settings = {"role": role} if role else {}
    server = {"settings": lines, **({"binary": binary} if binary else {})}
    assert alarms(box, "development", server, **settings) == {}


def test_a_staging_box_of_one_node(box: Sandbox) -> None:
    server = {"tls": True, "password": SECRET, "settings": {"appendonly": "yes"}}
    url = box.start("redis", **server).url + f"?ssl_ca_certs={box.ca}"
    assert grave(alarms(box, "staging", server, url=url, role="store", single_node=True)) == {}


@pytest.mark.parametrize("role", ["cache", "store"])
def test_a_managed_platform_that_refuses_config_and_acl(box: Sandbox, role: str) -> None:
    policy = "volatile-lru" if role == "cache" else "noeviction"
    lines = {**MANAGED, "maxmemory": "100mb", "maxmemory-policy": policy}
    server = {"tls": True, "password": SECRET, "settings": lines}
    url = box.start("redis", **server).url + f"?ssl_ca_certs={box.ca}"
    settings = {"url": url, "role": role, "platform": "elasticache", "single_node": True}
    assert grave(alarms(box, "production", server, **settings)) == {}


@pytest.mark.parametrize(
    ("declared", "flights"),
    [
        ({}, 1),
        ({"lists": {"jobs": {}}, "streams": {"orders": {"groups": {"b": {}}}}}, 1),
        # One SCAN for all patterns together, as there are few keys; one for groups by pattern.
        ({"lists": {"jobs:*": {}}, "streams": {"ord*": {"groups": {"b": {}}}}}, 2),
        ({"streams": {"ord*": {"groups": {"b*": {"min_consumers": 1}}}}}, 3),
    ],
)
def test_flights_after_the_login(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch, declared: dict[str, Any], flights: int
) -> None:
    server = box.start("redis")
    with admin(server) as client:
        client.delete("orders")
        client.xgroup_create("orders", "billing", mkstream=True)
    counted = []
    ask = Session.ask
    monkeypatch.setattr(Session, "ask", lambda *args: counted.append(args) or ask(*args))
    assert judged(server, **declared)["reachable"].outcome == "passed"
    assert len(counted) == flights


def test_too_many_keys_for_a_pattern(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was not looked through blocks; what was found in it and fails, fails."""
    server = box.start("redis", settings={"save": '""', "enable-debug-command": "local"})
    with admin(server) as client:
        client.execute_command("DEBUG", "POPULATE", 5000, "many", 10)
        client.rpush("jobs:1", *range(20))
    monkeypatch.setattr(lookup, "ROUNDS", 2)
    said = judged(server, lists={"nothing:*": {}}, streams={"no*": {}})
    assert "too many keys" in said["list_backlog"].message
    assert {said["list_backlog"].outcome, said["streams_exist"].outcome} == {"blocked"}
    monkeypatch.setattr(lookup, "ROUNDS", 100)
    assert judged(server, lists={"jobs:*": {}})["list_backlog"].outcome == "passed"
    assert judged(server, lists={"jobs:*": {"max_length": 9}})["list_backlog"].outcome == "failed"
    monkeypatch.setattr(lookup, "NAMES", 0)
    assert "more than 0 keys" in judged(server, lists={"jobs:*": {}})["list_backlog"].message
