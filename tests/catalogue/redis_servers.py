"""Redis servers in the states that the catalogue's proof needs, and how they get there."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import redis

from pytest_readiness.run.catalogue import _checks_of
from pytest_readiness.systems import registry
from pytest_readiness.systems.redis import RedisSettings
from tests.judging import Judged, judge, probe_of
from tests.recipes import blocks
from tests.sandbox import Sandbox
from tests.sandbox.ports import HOST, free_port
from tests.sandbox.redis import RedisServer

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

EXAMPLE = Path(__file__).parents[2] / "examples" / "production" / "redis"
PASSWORDS = {
    name: f"{name.lower()}-of-the-catalogue-41c7"
    for name in ("ADMIN_PASSWORD", "REPLICA_PASSWORD", "APP_PASSWORD", "MONITOR_PASSWORD")
}
ALL = frozenset(c.id.partition(".")[2] for c in _checks_of(registry()["redis"]))


def judged(
    server: RedisServer | str | None = None,
    limits: dict[str, float] | None = None,
    **settings: Any,
) -> dict[str, Judged]:
    """What every check says of a server; settings as they stand in a file."""
    url = server.url if isinstance(server, RedisServer) else server
    given = {"url": url, **settings} if url else settings
    typed = msgspec.convert(given, RedisSettings)
    fields = {name: getattr(typed, name) for name in given}
    return judge(probe_of("redis", **fields), "redis", writes=True, **(limits or {}))


def admin(server: RedisServer, url: str | None = None) -> Any:
    """A client who may do anything."""
    return redis.Redis.from_url(url or server.admin_url, decode_responses=True, protocol=2)


def until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + 15
    while not holds():
        assert time.monotonic() < ends, "it did not come true within 15 s"
        time.sleep(0.02)


def filled(text: str) -> str:
    for name, password in PASSWORDS.items():
        text = text.replace(name, password)
    return text


def url_of(server: RedisServer, user: str) -> str:
    """The way in of one of the example's users."""
    password = PASSWORDS[f"{user.upper()}_PASSWORD"]
    authority = server.certificate.ca if server.certificate else None
    scheme = "rediss" if authority else "redis"
    query = f"?ssl_ca_certs={authority}" if authority else ""
    return f"{scheme}://{user}:{password}@{HOST}:{server.port}/0{query}"


def example_nodes(box: Sandbox) -> tuple[RedisServer, list[RedisServer]]:
    """A master and two replicas, configured as the example is."""
    conf, users = ((EXAMPLE / name).read_text() for name in ("redis.conf", "users.acl"))
    replica = (EXAMPLE / "replica.conf").read_text()
    common: dict[str, Any] = {"tls": True, "files": {"users.acl": filled(users)}}
    # Lines after those of the example: paths and ports of this machine.
    here = {"aclfile": "users.acl"}
    master = box.fresh("redis", conf=filled(conf), settings=here, **common)
    there = {**here, "replicaof": f"{HOST} {master.port}"}
    replicas = [
        box.fresh("redis", conf=filled(conf + replica), settings=there, **common) for _ in "ab"
    ]
    return master, replicas


def declared(server: RedisServer) -> dict[str, Any]:
    """What the example's readiness.toml says of its target, with the addresses of this machine."""
    target = tomllib.loads((EXAMPLE / "readiness.toml").read_text())["redis"]["jobs"]
    return {
        **target,
        "url": url_of(server, "app"),
        "monitor_url": url_of(server, "monitor"),
    }


def apply_recipe(client: Any) -> None:
    """Make the monitoring user as docs/privileges/redis.md says."""
    for line in filled(blocks("redis")[0]).splitlines():
        client.execute_command(*line.split())


@contextlib.contextmanager
def occupied(server: RedisServer, seconds: float) -> Iterator[None]:
    """A server that is busy with one command for some time."""
    busy = socket.create_connection((HOST, server.port))
    with busy:
        busy.sendall(f"DEBUG SLEEP {seconds}\r\n".encode())
        # It must have begun before anybody else asks.
        time.sleep(0.05)
        yield
        busy.recv(16)


@contextlib.contextmanager
def reading(url: str, stream: str, group: str) -> Iterator[None]:
    """A consumer at work in a group, until the block ends."""
    stop = threading.Event()

    def read() -> None:
        with redis.Redis.from_url(url, protocol=2) as client:
            while not stop.is_set():
                client.xreadgroup(group, "worker-1", {stream: ">"}, block=50)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(5)


def nowhere() -> str:
    """The URL of a server that is not there."""
    return f"redis://{HOST}:{free_port()}/0"
