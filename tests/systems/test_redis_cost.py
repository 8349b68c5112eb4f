"""What a look at Redis costs the network, and that it needs no client library."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from pytest_readiness.systems.base import ClientMissing, Probe
from pytest_readiness.systems.redis import GroupIntent, ListIntent, StreamIntent
from tests.judging import judge, probe_of
from tests.proxy import Proxy
from tests.sandbox import Sandbox
from tests.sandbox.redis import RedisServer
from tests.systems.test_redis import APP, admin
from tests.systems.test_redis_odd import mutual

ADMIN = "admin-2f81"
ACL = (f"user app on >{APP} ~* &* +@all",)


@pytest.fixture(scope="module")
def server(box: Sandbox) -> RedisServer:
    made: RedisServer = box.fresh("redis", password=ADMIN, acl=ACL)
    with admin(made) as client:
        client.xgroup_create("orders", "billing", mkstream=True)
    return made


@pytest.fixture
def proxy(server: RedisServer) -> Iterator[Proxy]:
    with Proxy(server.port) as standing:
        yield standing


def seen(proxy: Proxy, *, database: int = 0, monitored: bool = False, **more: Any) -> Any:
    where = f"127.0.0.1:{proxy.port}/{database}"
    if monitored:
        more["monitor_url"] = f"redis://:{ADMIN}@{where}"
    probe: Probe[Any, Any] = probe_of("redis", url=f"redis://app:{APP}@{where}", **more)
    assert probe.observation.failure is None
    return probe


BILLING, AT_WORK = {"billing": GroupIntent()}, {"bil*": GroupIntent(min_consumers=1)}
NAMES = {"lists": {"jobs": ListIntent()}, "streams": {"orders": StreamIntent(groups=BILLING)}}
PATTERN = {"streams": {"ord*": StreamIntent(groups=BILLING)}}
GROUPS = {"streams": {"ord*": StreamIntent(groups=AT_WORK)}}


@pytest.mark.parametrize(
    ("settings", "connections", "round_trips"),
    [
        # A stranger's PING, the login, and all that is asked, at once.
        ({}, 1, 1),
        # SELECT goes with them.
        ({"database": 3}, 1, 1),
        # What was declared by name does, too.
        (NAMES, 1, 1),
        # SCAN tells which names a pattern stands for; they are asked for afterwards.
        (PATTERN, 1, 2),
        # Groups by pattern are known once the streams have answered; their consumers come last.
        (GROUPS, 1, 3),
        # Another user is another login.
        ({"monitored": True}, 2, 2),
    ],
    ids=["login", "database", "names", "pattern", "groups by pattern", "monitor_url"],
)
def test_connections_and_round_trips(
    proxy: Proxy, settings: dict[str, Any], connections: int, round_trips: int
) -> None:
    seen(proxy, **settings)
    assert (len(proxy.conversations), proxy.turns) == (connections, round_trips)


def test_the_checks_of_a_run_without_writes_open_no_connection(proxy: Proxy) -> None:
    said = judge(seen(proxy), "redis")
    assert said["reachable"].outcome == said["password_required"].outcome == "passed"
    assert len(proxy.conversations) == 1


def test_a_certificate_that_lets_in_costs_a_look_without_it(box: Sandbox) -> None:
    url, client = mutual(box, plaintext=False)
    port = client.connection_pool.connection_kwargs["port"]
    with client, Proxy(port) as proxy:
        # Shown by the URL, it may be what lets in; a stranger without it is a second connection.
        client.config_set("tls-auth-clients", "yes")
        probe = probe_of("redis", url=url.replace(f":{port}", f":{proxy.port}"))
        # The server is another test's, too.
        client.config_set("tls-auth-clients", "optional")
        assert probe.facts.anonymous == "refused without a certificate"
        assert len(proxy.conversations) == 2


def test_only_a_live_client_takes_redis_py(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [one for one in sys.modules if one.partition(".")[0] == "redis"]:
        monkeypatch.delitem(sys.modules, name)
    probe = seen(proxy)
    assert not [one for one in sys.modules if one.partition(".")[0] == "redis"]
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(ClientMissing, match=r'pip install "pytest-readiness\[redis\]"'):
        _ = probe.client
    said = judge(probe, "redis", writes=True)
    assert {name for name, one in said.items() if one.outcome == "error"} == {"round_trip"}
