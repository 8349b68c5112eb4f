"""Names and texts that real servers let in, and what none would send: judged, and harmless."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.hostile.outputs import HOSTILE, bounded, inert, well_formed
from tests.sandbox import Sandbox
from tests.secrets.traces import LOUD, pytest_run

NAMES = {k: v for k, v in HOSTILE.items() if not {"\0", "\ud800"} & set(v)}
"""What UTF-8 can have, without the sign that ends a text in C."""


SIGNS = ("\N{REPLACEMENT CHARACTER}", "add-mask", "task.setvariable", "alert(1)")
"""What is left of hostile names in a message that speaks of one."""


def quoted(name: str, sign: str) -> str:
    return sign + name.replace(sign, sign * 2) + sign


@pytest.fixture(scope="module")
def servers(box: Sandbox) -> dict[str, Any]:
    """Servers with hostile names in them."""
    # Identifiers end at 63 bytes; the number keeps the rest of two long ones apart.
    short = [
        f"{n}{name.encode()[:40].decode(errors='ignore')}" for n, name in enumerate(NAMES.values())
    ]
    tables = [f"CREATE TABLE {quoted(name, chr(34))} (a int)" for name in short]
    roles = [f"CREATE ROLE {quoted(name, chr(34))} SUPERUSER LOGIN" for name in short]
    queues = [{"name": name, "durable": False} for name in NAMES.values()]
    return {
        "redis": box.start(
            "redis", settings={"maxmemory": "64mb"}, password="a-long-password-of-redis"
        ),
        "postgres": box.start("postgres", sql=[*tables, *roles]),
        "rabbitmq": box.start("rabbitmq", definitions={"queues": queues}),
        "kafka": box.start("kafka", topics={"orders": {"partitions": 1}}),
        # MLflow refuses a slash and a colon.
        "mlflow": box.start("mlflow", models={n: {} for n in NAMES.values() if not {*"/:"} & {*n}}),
        "http": box.start("http", app=_answers()),
    }


def _answers() -> dict[str, Any]:
    status = {f"{name}": {"status": text} for name, text in NAMES.items()}
    header = NAMES["script"] + "\x1b[31mred \x9d"
    return {
        "/": {"headers": {"Server": f"nginx/1.2.3 {header}", "X-Powered-By": header}},
        "/ready": {"status": 503, "body": {"status": NAMES["lines"], "checks": status}},
        "/metrics": {"body": "".join(f"{text} 1\n" for text in NAMES.values())},
        "*": {"status": 200, "body": "".join(NAMES.values()) * 100},
    }


def _join_groups(url: str) -> None:
    """Groups of consumers may be called anything."""
    from kafka import KafkaConsumer, TopicPartition
    from kafka.structs import OffsetAndMetadata

    for name in NAMES.values():
        consumer = KafkaConsumer(bootstrap_servers=url, group_id=name, enable_auto_commit=False)
        partition = TopicPartition("orders", 0)
        consumer.assign([partition])
        consumer.commit({partition: OffsetAndMetadata(0, "", -1)})
        consumer.close()


@pytest.fixture
def project(servers: dict[str, Any], tmp_path: Path) -> Path:
    """Every server is a target, and all that it holds is declared by patterns."""
    with redis.Redis.from_url(servers["redis"].url, protocol=2) as client:
        for number, name in enumerate(NAMES.values()):
            client.rpush(f"jobs:{name}", *range(number + 1))
            client.xadd(f"events:{name}", {"a": "b"})
            client.xgroup_create(f"events:{name}", name)
    _join_groups(servers["kafka"].url)
    rabbit, postgres = servers["rabbitmq"], servers["postgres"]
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "readiness.toml").write_text(f"""
environment = "production"
catalogue = "full"
[redis.main]
url = "{servers["redis"].url}"
lists."jobs:*" = {{ max_length = 0 }}
streams."events:*" = {{ max_length = 0, groups."*" = {{ max_lag = 0, min_consumers = 1 }} }}
[postgres.main]
url = "{postgres.url}"
monitor_url = "{postgres.monitor_url}"
[rabbitmq.main]
url = "{rabbit.url}"
management_url = "{rabbit.management_url}"
queues."*" = {{ min_consumers = 1, dead_letter = "none" }}
[kafka.main]
url = "{servers["kafka"].url}"
groups."*" = {{ min_members = 1 }}
[mlflow.main]
url = "{servers["mlflow"].url}"
models."*" = {{ alias = "champion" }}
[http.main]
url = "{servers["http"].url}"
ready = "/ready"
dependencies = ["db"]
metrics = "/metrics"
metrics_names = ["up"]
""")
    return tmp_path


def test_names_that_servers_let_in(project: Path) -> None:
    found = pytest_run(project, *LOUD, env={"COLUMNS": "80"})
    card = well_formed(found, project)
    bounded(found, card)
    for system in ("redis", "postgres", "rabbitmq", "kafka", "mlflow", "http"):
        told = "".join(f["message"] for f in card["findings"] if f["system"] == system)
        assert any(sign in told for sign in SIGNS), system
    assert "error" not in {f["outcome"] for f in card["findings"]}, [
        f for f in card["findings"] if f["outcome"] == "error"
    ]


@pytest.fixture
def shouting() -> Iterator[int]:
    """A port at which everything hostile comes at once, a megabyte of it, whatever was asked."""
    text = "".join(HOSTILE.values()).encode("utf-8", "surrogatepass")
    head = b"HTTP/1.1 500 " + text.replace(b"\n", b"").replace(b"\r", b"") + b"\r\n\r\n"
    answers = [head + text * 2000, b"-ERR " + text * 2000, b"E" + text * 2000, text * 2000]
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_shout, args=(server, answers), daemon=True).start()
        yield server.getsockname()[1]


def _shout(server: socket.socket, answers: list[bytes]) -> None:
    number = 0
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        number += 1
        answer = answers[number % len(answers)]
        threading.Thread(target=_answer, args=(connection, answer), daemon=True).start()


def _answer(connection: socket.socket, answer: bytes) -> None:
    with connection:
        try:
            connection.settimeout(2)
            connection.recv(4096)
            connection.sendall(answer)
        except OSError:
            return


def test_a_server_that_sends_everything_hostile(shouting: int, tmp_path: Path) -> None:
    urls = {
        "redis": "redis://{}",
        "postgres": "postgresql://app@{}/shop",
        "rabbitmq": "amqp://{}",
        "kafka": "{}",
        "mlflow": "http://{}",
        "http": "http://{}",
    }
    tables = [
        f'[{system}.{system}{number}]\nurl = "{url.format(f"127.0.0.1:{shouting}")}"\ntimeout = 3\n'
        for system, url in urls.items()
        for number in range(4)
    ]
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "readiness.toml").write_text("".join(tables))
    found = pytest_run(tmp_path, "-vv", "-rA", "-k", "reachable", env={"COLUMNS": "80"})
    card = well_formed(found, tmp_path)
    bounded(found, card)
    assert len(card["findings"]) >= len(tables)
    assert len(found.out) < 100_000
    inert(found.out)
