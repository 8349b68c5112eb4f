"""RabbitMQ out of reach: one failure with its cause in plain words, within the deadline."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from pytest_readiness.systems.base import Probe
from pytest_readiness.systems.rabbitmq import QueueIntent, amqp
from tests.judging import judge, probe_of
from tests.sandbox import Sandbox
from tests.sandbox.rabbitmq import RabbitServer
from tests.systems.rabbitmq_brokers import (
    DEADLINE,
    ORDERS,
    bad_order,
    ca_of,
    good_order,
    outcomes,
    port_of,
    well,
)


@pytest.fixture(scope="module")
def good(box: Sandbox) -> Iterator[RabbitServer]:
    """A broker in good order."""
    with good_order(box) as server:
        yield server


@pytest.fixture(scope="module")
def bad(box: Sandbox) -> RabbitServer:
    """A broker in bad order."""
    return bad_order(box)


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that accepts and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


def _closed() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _observed(**settings: Any) -> tuple[Probe[Any, Any], float]:
    start = time.monotonic()
    probe = probe_of("rabbitmq", timeout=DEADLINE, **settings)
    return probe, time.monotonic() - start


def _only_reachable_fails(probe: Probe[Any, Any], cause: str) -> None:
    judged = judge(probe, "rabbitmq", writes=True)
    assert outcomes(judged, "failed") == {"reachable"}
    assert cause in judged["reachable"].message
    others = {said.outcome for name, said in judged.items() if name != "reachable"}
    assert others <= {"blocked", "not_applicable"}


@pytest.mark.parametrize("scheme", ["amqp", "amqps"])
def test_silent_port(silent: int, scheme: str) -> None:
    probe, seconds = _observed(url=f"{scheme}://app:secret-word@127.0.0.1:{silent}")
    _only_reachable_fails(probe, "answer")
    assert seconds < DEADLINE + 1


def test_closed_port() -> None:
    probe, _ = _observed(url=f"amqp://app:secret-word@127.0.0.1:{_closed()}")
    _only_reachable_fails(probe, "connection refused")


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("amqp://app:secret-word@127.0.0.1:{plain}", "refuses user app: wrong password"),
        ("amqp://app:{app}@127.0.0.1:{plain}/none", "refuses vhost none: vhost none not found"),
        ("amqp://app:{app}@127.0.0.1:{tls}", "speaks TLS on this port: amqps:// reaches it"),
        ("amqps://app:{app}@127.0.0.1:{plain}", "does not speak TLS on this port"),
        ("amqps://app:{app}@127.0.0.1:{tls}", "certificate"),
        ("amqp://app:{app}@127.0.0.1:{http}", "speaks HTTP on this port, not AMQP"),
    ],
)
def test_cause_in_plain_words(good: RabbitServer, url: str, cause: str) -> None:
    app, http = good.passwords["app"], port_of(good.management_url)
    plain, tls = port_of(good.plain_url), good.port
    probe, seconds = _observed(url=url.format(app=app, plain=plain, tls=tls, http=http))
    _only_reachable_fails(probe, cause)
    assert probe.observation.failure is not None
    assert "secret-word" not in probe.observation.failure
    assert seconds < DEADLINE + 1


def test_a_frozen_broker(bad: RabbitServer) -> None:
    bad.pause()
    try:
        probe, seconds = _observed(url=bad.url)
    finally:
        bad.resume()
    _only_reachable_fails(probe, "answer")
    assert seconds < DEADLINE + 1


@pytest.mark.parametrize("scheme", ["amqp", "amqps"])
def test_a_broker_that_freezes_after_the_login(
    good: RabbitServer, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    count, ask = amqp._counted, amqp._Questions.first

    def held_back(questions: Any) -> bytes:
        # They go with the login, and would be answered before anybody could freeze. So would the
        # farewell, but for a target that declares no management API.
        ask(questions)
        return b""

    def freeze(*arguments: Any) -> Any:
        good.pause()
        return count(*arguments)

    monkeypatch.setattr(amqp._Questions, "first", held_back)
    monkeypatch.setattr(amqp, "_counted", freeze)
    try:
        ways = {"amqp": good.plain_url, "amqps": good.url}
        probe, seconds = _observed(
            url=ways[scheme],
            ca_file=str(ca_of(good)),
            queues=ORDERS,
        )
    finally:
        good.resume()
    _only_reachable_fails(probe, "no answer within 1 s (counting the declared queues)")
    assert seconds < DEADLINE + 1


@pytest.mark.parametrize("port", ["closed", "silent", "broker", "wrong password"])
def test_management_out_of_reach(bad: RabbitServer, silent: int, port: str) -> None:
    where = {"closed": _closed(), "silent": silent, "broker": bad.port}
    at = where.get(port, port_of(bad.management_url))
    queues = {"orders": QueueIntent()}
    monitor = f"http://monitor:secret-word@127.0.0.1:{at}"
    probe, seconds = _observed(url=bad.url, monitor_url=monitor, queues=queues)
    judged = judge(probe, "rabbitmq")
    assert judged["reachable"].outcome == "passed"
    assert judged["management_reachable"].outcome == "failed"
    assert judged["nodes_running"].outcome == judged["memory_headroom"].outcome == "blocked"
    assert (
        judged["no_alarms"].message
        == "alarms is disk space on a node, memory on a node, must be none"
    )
    assert judged["queue_backlog"].outcome == "passed"
    assert judged["queues_durable"].outcome == "blocked"
    assert "secret-word" not in str(judged)
    assert seconds < DEADLINE + 1


def test_a_management_api_that_drips(bad: RabbitServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_drip, args=(listener,), daemon=True).start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        probe, seconds = _observed(url=bad.url, management_url=address)
    assert "no answer" in probe.facts.management.state
    assert seconds < DEADLINE + 1


def _drip(listener: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            sock, _ = listener.accept()
            with sock, contextlib.suppress(OSError):
                for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 100:
                    sock.sendall(bytes([byte]))
                    time.sleep(0.1)


class _Older(BaseHTTPRequestHandler):
    """A management API from before the health checks."""

    answers: ClassVar[dict[str, object]] = {
        "/api/whoami": {"name": "m", "tags": "administrator,management"},
        "/api/nodes": [{"name": "a", "running": True, "mem_alarm": True, "disk_free_alarm": False}],
    }

    def do_GET(self) -> None:
        answer = self.answers.get(self.path.partition("?")[0])
        body = json.dumps(answer).encode()
        self.send_response(404 if answer is None else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


def test_an_older_management_api(bad: RabbitServer) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Older) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        probe, _ = _observed(
            url=bad.url, management_url=f"http://m:n@127.0.0.1:{server.server_port}"
        )
        server.shutdown()
    judged = judge(probe, "rabbitmq")
    assert probe.facts.management.tags == ("administrator", "management")
    assert judged["no_alarms"].message == "alarms is memory on a, must be none"
    assert judged["memory_headroom"].message.startswith("node a gives no figures")
    assert judged["vhosts_running"].message == "needs RabbitMQ >= 3.8.10"
    assert judged["file_descriptors"].message.startswith("node a gives no figures")


def test_no_thread_and_no_socket_is_left(good: RabbitServer, silent: int) -> None:
    before = len(os.listdir("/proc/self/fd"))
    well(good)
    _observed(url=f"amqp://127.0.0.1:{silent}")
    _observed(url=good.plain_url, management_url=f"http://127.0.0.1:{silent}")
    ends = time.monotonic() + 3
    while any(t.name.startswith("readiness") for t in threading.enumerate()):
        assert time.monotonic() < ends, threading.enumerate()
        time.sleep(0.02)
    assert len(os.listdir("/proc/self/fd")) <= before
