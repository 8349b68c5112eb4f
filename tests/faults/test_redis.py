"""Redis behind faults."""

from __future__ import annotations

from typing import Any

from tests.faults import proxy
from tests.faults.cases import Case, Lab, anywhere, certificates, servers, wired
from tests.faults.proof import Proof
from tests.sandbox import Sandbox
from tests.sandbox.redis import RedisServer

SYSTEM = "redis"
ACL = ("user app on >app-secret ~* &* +@all", "user narrow on >narrow-secret ~* +ping")


def start(box: Sandbox, *, fresh: bool = False, port: int | None = None) -> RedisServer:
    """A server with passwords."""
    return (box.fresh if fresh else box.start)("redis", password="admin-secret", acl=ACL)


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


def wrong_password(lab: Lab) -> dict[str, Any]:
    return lab.route(lab.server.port, login="app:wrong-secret", timeout=2.0)


CASES = [
    *anywhere(handshake=3, answer=400, slow=("redis.answer_time",)),
    *certificates(),
    *servers(answer=20),
    Case("wrong password", wrong_password, "refuses the password of user app"),
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
