"""The whole path on five real servers: READY, the same with workers, and no client at all."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox import Sandbox, Server

SERVERS: dict[str, dict[str, Any]] = {
    "redis": {
        "settings": {"maxmemory": "64mb", "appendonly": "yes", "maxmemory-policy": "noeviction"},
        "password": "planted-redis-secret",
    },
    "postgres": {"sql": ["ALTER ROLE app SET statement_timeout = '30s'"]},
    "rabbitmq": {"definitions": {"queues": [{"name": "orders", "durable": True}]}},
    "kafka": {"topics": {"orders": {"partitions": 2}}},
    "mlflow": {"models": {"churn": {"aliases": ["champion"]}}},
}

OWN = """
from pytest_readiness import measure, readiness

@readiness.blocker(ref="FR-1", remedy="Create it.")
def test_orders(rabbitmq_probe):
    assert measure("durable", rabbitmq_probe.queue("orders").durable) == True

@readiness.high
def test_topic(kafka_probe):
    assert measure("partitions", kafka_probe.topic("orders").partitions) == 2

@readiness.high
def test_rows(postgres_probe):
    assert measure("answer", postgres_probe.query("SELECT 41 + 1 AS n")[0].n) == 42

@readiness.high
def test_model(mlflow_probe):
    assert "champion" in measure("aliases", list(mlflow_probe.model("churn").aliases))

@readiness.high
def test_live_client(redis_probe):
    assert measure("ping", redis_probe.client.ping()) == True
"""


@pytest.fixture(scope="module")
def servers(box: Sandbox) -> dict[str, Server]:
    """Five good servers of our own, since a test freezes one."""
    with ThreadPoolExecutor() as pool:
        started = {s: pool.submit(box.fresh, s, **options) for s, options in SERVERS.items()}
        return {system: future.result() for system, future in started.items()}


@pytest.fixture
def shop(servers: dict[str, Server], tmp_path: Path) -> Path:
    """A project that declares what the five servers are for."""
    rabbit: Any = servers["rabbitmq"]
    (tmp_path / "test_own.py").write_text(OWN)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "readiness.toml").write_text(f"""
service = "shop"
environment = "development"
[redis.cache]
url = "{servers["redis"].url}"
role = "store"
[postgres.db]
url = "{servers["postgres"].url}"
monitor_url = "{servers["postgres"].monitor_url}"
[rabbitmq.mq]
url = "{rabbit.url}"
management_url = "{rabbit.management_url}"
vendor = "debian"
queues.orders = {{}}
[kafka.events]
url = "{servers["kafka"].url}"
topics.orders = {{ partitions = 2 }}
[mlflow.models]
url = "{servers["mlflow"].url}"
timeout = 15
models.churn = {{ alias = "champion" }}
""")
    return tmp_path


def run(folder: Path, *args: str) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    report = folder / "r.json"
    command = [sys.executable, "-m", "pytest", "--readiness", "--junitxml=j.xml", "-p", "no:valkey"]
    done = subprocess.run(
        [*command, f"--readiness-report={report}", *args],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done, json.loads(report.read_bytes())


def test_ready_and_the_same_with_workers(shop: Path, servers: dict[str, Server]) -> None:
    # What RabbitMQ counts is there some seconds after its start; asking sooner is no fault.
    alone, card = run(shop, "--readiness-writes")
    for _ in range(20):
        if card["verdict"] == "ready":
            break
        time.sleep(1)
        alone, card = run(shop, "--readiness-writes")
    assert (card["verdict"], alone.returncode) == ("ready", 0), alone.stdout
    assert "READY for development: shop at cache, db, mq, events, models" in alone.stdout
    ours = {f["node"]: f["outcome"] for f in card["findings"] if f["node"].startswith("test_own")}
    assert len(ours) == 5
    shared, other = run(shop, "--readiness-writes", "-n", "2")
    assert shared.returncode == 0
    for key in ("verdict", "score", "coverage", "counts", "decided_by", "scope"):
        assert other[key] == card[key], shared.stdout
    assert [f["node"] for f in other["findings"]] == [f["node"] for f in card["findings"]]


OWN_WIRE = {"redis", "rabbitmq", "mlflow"}
"""Systems that are observed without their client library, which only what writes needs."""


def test_a_missing_client_is_an_error_that_names_the_extra(shop: Path) -> None:
    clients = ("redis", "psycopg", "pika", "kafka", "httpx")
    (shop / "conftest.py").write_text(
        f"import sys\nfor name in {clients}:\n    sys.modules[name] = None\n"
    )
    done, card = run(shop, "readiness::")
    seen = {f["system"]: f for f in card["findings"] if f["check"].endswith(".reachable")}
    for system in OWN_WIRE:
        assert seen[system]["outcome"] == "passed", seen[system]
    for system in set(seen) - OWN_WIRE:
        assert seen[system]["outcome"] == "error", seen[system]
        needed = f'python -m pip install "pytest-readiness[{system}]"'
        assert needed in seen[system]["message"]
    judged = [f for f in card["findings"] if f["system"] not in OWN_WIRE]
    others = {f["outcome"] for f in judged if not f["check"].endswith(".reachable")}
    assert others <= {"blocked", "not_applicable"}
    assert (len(seen), card["verdict"], done.returncode) == (5, "not_ready", 1)
