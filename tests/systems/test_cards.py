"""What is told of real servers first: role, size, what they hold, and no more requests for it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
import redis

from tests.judging import probe_of
from tests.sandbox import Sandbox
from tests.systems.test_postgres_use import restarted

NGINX = """
events {}
http {
    ssl_certificate @CERTIFICATE@;
    ssl_certificate_key @KEY@;
    server {
        listen 127.0.0.1:@TLS_PORT@ ssl;
        location / { return 200; }
        location = /ready { default_type application/json; return 200 '{"status": "UP"}'; }
    }
}
"""


def told(system: str, **settings: Any) -> tuple[str | None, dict[str, str]]:
    """Version and card of a target, observed now."""
    probe = probe_of(system, **settings)
    assert probe.observation.failure is None, probe.observation.failure
    return probe.shown_version, probe.card()


def until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < ends, "it did not come true within 30 s"
        time.sleep(0.1)


def fits(pattern: str, text: str | None) -> None:
    assert text is not None and re.fullmatch(pattern, text), text


def test_redis(box: Sandbox) -> None:
    server = box.fresh("redis", settings={"maxmemory": "64mb", "appendonly": "yes", "save": '""'})
    client: Any = redis.Redis.from_url(server.url)
    client.mset({f"key{n}": n for n in range(1200)})
    client.set("short", 1, ex=3600)
    version, card = told("redis", url=server.url)
    fits(r"\d+\.\d+\.\d+", version)
    assert list(card) == ["role", "memory", "keys", "persistence", "clients"]
    fits(r"[\d.]+ [KM]iB of 64 MiB \(\d+ %\)", card.pop("memory"))
    fits(r"\d+ of 10,000", card.pop("clients"))
    assert card == {
        "role": "master, no replica",
        "keys": "1,201, 1 of them with a time to live",
        "persistence": "append-only file",
    }


def test_redis_and_its_replica(box: Sandbox) -> None:
    master = box.fresh("redis", settings={"save": "3600 1"})
    replica = box.fresh("redis", replica_of=master)
    until(lambda: "1 of 1" in told("redis", url=master.url)[1]["role"])
    _, card = told("redis", url=master.url)
    assert card["role"] == "master, 1 of 1 replica in sync"
    assert (card["keys"], card["persistence"]) == ("none", "snapshots")
    fits(r"[\d.]+ [KM]iB, no maxmemory", card["memory"])
    assert told("redis", url=replica.url)[1]["role"] == "replica, link up"


@pytest.mark.parametrize("monitored", [True, False])
def test_postgres(box: Sandbox, monitored: bool) -> None:
    server = box.start(
        "postgres",
        settings={"archive_mode": "on", "archive_command": "test -f %p"},
        sql=["CREATE TABLE orders (id int PRIMARY KEY)", "GRANT ALL ON orders TO app"],
    )
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        admin.execute("SELECT pg_switch_wal()")
    own = {"monitor_url": server.monitor_url} if monitored else {}
    until(lambda: "last" in told("postgres", url=server.url, **own)[1]["archiving"])
    version, card = told("postgres", url=server.url, max_size="10GB", **own)
    fits(r"\d+\.\d+", version)
    assert list(card) == ["role", "database", "tables", "connections", "archiving"]
    fits(r"shop, [\d.]+ MiB", card["database"])
    fits(r"\d+ of \d+ \(\d+ %\)", card["connections"])
    fits(r"on, last \d+ (s|min) ago", card["archiving"])
    assert (card["role"], card["tables"]) == ("primary, no standby", "1")
    # How large it is, is asked only of those whose settings want to know.
    assert told("postgres", url=server.url, **own)[1]["database"] == "shop"


@pytest.mark.parametrize(("mode", "said"), [("on", "left to the primary"), ("always", "on, .*")])
def test_a_standby_archives_only_where_it_is_told_to(box: Sandbox, mode: str, said: str) -> None:
    settings = {"archive_mode": mode, "archive_command": "test -f %p"}
    server = box.fresh("postgres", settings=settings)
    server.stop()
    (server.data / "standby.signal").touch()
    with restarted(server):
        until(lambda: probe_of("postgres", url=server.url).observation.failure is None)
        _, card = told("postgres", url=server.url)
    assert card["role"] == "standby"
    fits(said, card["archiving"])


def test_rabbitmq(box: Sandbox) -> None:
    queues = [
        {"name": "orders", "durable": True},
        {"name": "audit", "durable": True, "arguments": {"x-queue-type": "quorum"}},
    ]
    server = box.fresh("rabbitmq", definitions={"queues": queues})
    settings = {"url": server.url, "monitor_url": server.management_admin_url}
    # What it counts is there some seconds after its start.
    until(lambda: "messages" in told("rabbitmq", **settings)[1])
    until(lambda: "at least" not in told("rabbitmq", **settings)[1]["messages"])
    version, card = told("rabbitmq", **settings)
    fits(r"\d+\.\d+\.\d+", version)
    assert list(card) == ["nodes", "queues", "messages", "consumers", "memory"]
    fits(r"[\d.]+ MiB of [\d.]+ [MG]iB \(\d+ %\)", card.pop("memory"))
    assert card == {
        "nodes": "1 of 1 running",
        "queues": "2 in vhost / (1 classic, 1 quorum)",
        "messages": "0",
        "consumers": "0",
    }
    # Without the management API there is its version, and nothing is made up.
    alone = probe_of("rabbitmq", url=server.url, management_url="http://127.0.0.1:9")
    assert (alone.shown_version, alone.card()) == (version, {})


def test_kafka(box: Sandbox) -> None:
    topics = {"orders": {"partitions": 2}, "audit": {"partitions": 3}}
    server = box.start("kafka", topics=topics)
    version, card = told("kafka", url=server.url)
    fits(r"\d+\.\d+( or later)?", version)
    assert list(card) == ["brokers", "controllers", "topics", "groups", "protocol"]
    fits(r"\d+", card.pop("groups"))
    fits(r"2 with 5 partitions(, and \d+ internal)?", card.pop("topics"))
    assert card == {"brokers": "1", "controllers": "KRaft, 1 voter", "protocol": "PLAINTEXT"}


def test_mlflow(box: Sandbox) -> None:
    server = box.start("mlflow", models={"churn": {"aliases": ["champion"]}})
    version, card = told("mlflow", url=server.url, timeout=15)
    fits(r"\d+\.\d+\.\d+", version)
    # Older servers do not tell where they keep their records.
    assert card.pop("backend", "SQL database") == "SQL database"
    assert card == {
        "experiments": "1",
        "registered models": "1",
        "running": "0",
        "artifacts": "mlflow-artifacts",
    }


def test_mlflow_denies_nothing_that_a_user_is_not_shown(box: Sandbox) -> None:
    server = box.start(
        "mlflow",
        auth=True,
        auth_settings={"default_permission": "NO_PERMISSIONS"},
        models={"churn": {"aliases": ["champion"]}},
    )
    place = server.url.partition("//")[2]

    def seen_by(user: str) -> dict[str, str]:
        url = f"http://{user}:{server.passwords[user]}@{place}"
        return told("mlflow", url=url, timeout=15)[1]

    card = seen_by("admin")
    assert (card["experiments"], card["registered models"]) == ("1", "1")
    assert not {"experiments", "registered models", "running"} & seen_by("app").keys()


def test_http(box: Sandbox) -> None:
    server = box.start("http", nginx=NGINX, tls="valid")
    settings = {"ca_file": str(server.ca), "ready": "/ready", "requests": 20}
    version, card = told("http", url=server.url, **settings)
    fits(r"nginx/[\d.]+", version)
    assert list(card) == ["live", "ready", "latency", "TLS"]
    fits(r"status 200 in [\d.]+ m?s", card["live"])
    assert card["ready"] == "status 200, says up"
    fits(r"95 % within [\d.e-]+ m?s, of \d+ answers", card["latency"])
    fits(r"TLSv1\.\d, certificate until \d{4}-\d\d-\d\d", card["TLS"])
    _, strange = told("http", url=server.url)
    fits(r"TLSv1\.\d, certificate until \d{4}-\d\d-\d\d, not trusted", strange["TLS"])
    bare = box.start("http")
    version, card = told("http", url=bare.url)
    assert (version, card["TLS"], card["server"]) == (None, "none, plaintext", "app")
    assert "ready" not in card


def test_whoever_is_down_has_no_card(box: Sandbox) -> None:
    server = box.fresh("redis")
    assert probe_of("redis", url=server.url).card()
    server.stop()
    assert probe_of("redis", url=server.url).observation.failure is not None
