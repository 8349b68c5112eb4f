"""Redis behind faults."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import replace
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.faults import proxy
from tests.faults.cases import SHORT, Case, Lab, anywhere, certificates, servers, wired
from tests.faults.proof import Proof
from tests.sandbox import Sandbox
from tests.sandbox.redis import RedisServer
from tests.systems.test_redis import until

SYSTEM = "redis"
ACL = ("user app on >app-secret ~* &* +@all", "user narrow on >narrow-secret ~* +ping")


def start(
    box: Sandbox, *, fresh: bool = False, port: int | None = None, **settings: str
) -> RedisServer:
    """A server with passwords."""
    options: dict[str, Any] = {"password": "admin-secret", "acl": ACL, "settings": settings}
    return (box.fresh if fresh else box.start)("redis", **options)


def route(
    box: Sandbox,
    server: RedisServer,
    port: int,
    *,
    tls: bool = False,
    login: str = "app:app-secret",
    **more: Any,
) -> dict[str, Any]:
    """The application's way in."""
    query = f"?ssl_ca_certs={box.ca}" if tls else ""
    return {"url": f"redis{'s' * tls}://{login}@127.0.0.1:{port}/0{query}", **more}


def another(lab: Lab, **settings: str) -> tuple[RedisServer, redis.Redis]:
    """A server with settings of its own, and its administrator."""
    server = start(lab.box, fresh=True, **settings)
    # It need not end in good order.
    lab.stack.callback(server.kill)
    return server, lab.stack.enter_context(client_of(server))


def client_of(server: RedisServer) -> redis.Redis:
    """An administrator who waits as long as it takes, and asks once."""
    once = Retry(NoBackoff(), 0)
    return redis.Redis(port=server.port, password="admin-secret", socket_timeout=None, retry=once)


def wrong_password(lab: Lab) -> dict[str, Any]:
    return lab.route(lab.server.port, login="app:wrong-secret", timeout=SHORT)


def missing_right(lab: Lab) -> dict[str, Any]:
    return lab.route(lab.server.port, login="narrow:narrow-secret", timeout=SHORT)


def crowded(lab: Lab) -> dict[str, Any]:
    server, admin = another(lab, maxclients="1")
    admin.ping()
    return lab.route(server.port, server, timeout=SHORT)


def out_of_memory(lab: Lab) -> dict[str, Any]:
    server, admin = another(lab)
    admin.config_set("maxmemory", "1")
    return lab.route(server.port, server, timeout=SHORT)


def loading(lab: Lab) -> dict[str, Any]:
    """A server that takes minutes to load what it has."""
    slow = {"key-load-delay": "1000", "loading-process-events-interval-bytes": "1024"}
    server, admin = another(lab, **slow, **{"enable-debug-command": "local"})
    admin.execute_command("DEBUG", "POPULATE", "150000")

    def reload() -> None:
        # It is killed before it has done so.
        with contextlib.suppress(redis.RedisError):
            admin.execute_command("DEBUG", "RELOAD")

    thread = threading.Thread(target=reload, daemon=True)
    thread.start()
    lab.stack.callback(thread.join)
    lab.stack.callback(server.kill)
    with client_of(server) as client:
        until(lambda: is_loading(client))
    return lab.route(server.port, server, timeout=SHORT)


def is_loading(client: redis.Redis) -> bool:
    try:
        client.ping()
    except redis.BusyLoadingError:
        return True
    return False


def asked_twice(case: Case) -> Case:
    """All is asked at once, but for what a pattern stands for: then a server can be struck
    between its answers."""

    def settings(lab: Lab) -> dict[str, Any]:
        return {**case.settings(lab), 'lists."jobs:*".max_length': 100}

    return replace(case, settings=settings) if "in an answer" in case.name else case


CASES = [
    *anywhere(handshake=3, answer=400, slow=("redis.answer_time",)),
    *certificates(),
    *map(asked_twice, servers(answer=20)),
    Case("wrong password", wrong_password, "refuses the password of user app"),
    Case(
        "missing right",
        missing_right,
        r"ACL SETUSER narrow \+info",
        check="memory_headroom",
        moved=("redis.app_user_limited",),
    ),
    Case("no connection left", crowded, "max number of clients"),
    Case(
        "out of memory",
        out_of_memory,
        "maxmemory",
        check="round_trip",
        moved=("redis.maxmemory_set",),
    ),
    Case("loading", loading, "is loading its data set"),
    wired("endless text", proxy.endless(b"$999999999999\r\n", b"x"), "."),
    wired("endless line", proxy.endless(b"+", b"x"), "."),
    wired("endless list", proxy.endless(b"*999999999\r\n", b":1\r\n"), "."),
    # 34 bytes say that a password is wanted; what follows is the answer to the login.
    wired(
        "huge login", proxy.after(34, proxy.endless(b"$999999999999\r\n", b"x", first=True)), "."
    ),
]


class TestRedis(Proof):
    """Redis behind faults."""
