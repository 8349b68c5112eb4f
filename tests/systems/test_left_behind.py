"""What round trips leave on a server: nothing, and what a killed one leaves dies by itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from typing import Any

import httpx
import psycopg
import pytest
import redis

from pytest_readiness.systems.kafka import leftovers
from pytest_readiness.systems.mlflow import leftovers as mlflow_leftovers
from tests.judging import judge, probe_of
from tests.sandbox import Sandbox
from tests.sandbox.mlflow import MlflowServer

KILLED = textwrap.dedent("""
    import os, signal, sys, time
    from tests.judging import judge, probe_of
    system, url, module, name = sys.argv[1:]
    probe = probe_of(system, url=url, timeout=20)
    holder = __import__(module, fromlist=["x"])
    for part in name.split(".")[:-1]:
        holder = getattr(holder, part)
    def killed(*arguments, **options):
        os.kill(os.getpid(), signal.SIGKILL)
    setattr(holder, name.split(".")[-1], killed)
    judge(probe, system, writes=True)
""")


def kill_in_the_middle(system: str, url: str, module: str, name: str) -> None:
    """Run a round trip in a process of its own that is killed when it comes to a function."""
    command = [sys.executable, "-c", KILLED, system, url, module, name]
    done = subprocess.run(command, timeout=60, cwd=os.getcwd(), capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr


def until(done: Callable[[], bool], seconds: float) -> None:
    ends = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < ends
        time.sleep(0.2)


def test_redis(box: Sandbox) -> None:
    server = box.start("redis")
    client = redis.Redis(port=server.port)
    before = client.keys("*")
    assert (
        judge(probe_of("redis", url=server.url), "redis", writes=True)["round_trip"].outcome
        == "passed"
    )
    assert client.keys("*") == before
    kill_in_the_middle("redis", server.url, "redis", "Redis.get")
    left = [key for key in client.keys("readiness-*") if key not in before]
    assert len(left) == 1
    assert 0 < client.ttl(left[0]) <= 30
    client.delete(*left)
    client.close()


def test_postgres(box: Sandbox) -> None:
    server = box.start("postgres")
    asked = (
        "SELECT (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_namespace "
        "WHERE nspname !~ '^pg_(toast_)?temp')"
    )
    with psycopg.connect(server.admin_url, autocommit=True) as client:
        before = client.execute(asked).fetchall()
        said = judge(probe_of("postgres", url=server.url), "postgres", writes=True)["round_trip"]
        assert said.outcome == "passed"
        assert client.execute(asked).fetchall() == before
        kill_in_the_middle("postgres", server.url, "psycopg", "Cursor.fetchone")
        until(lambda: client.execute(asked).fetchall() == before, 10)


def test_rabbitmq(box: Sandbox) -> None:
    server = box.start("rabbitmq")

    def state() -> str:
        lists: list[tuple[str, ...]] = [("list_queues", "name"), ("list_exchanges", "name")]
        return "".join(server.rabbitmqctl("-q", *words) for words in lists)

    before = state()
    said = judge(probe_of("rabbitmq", url=server.url), "rabbitmq", writes=True)["round_trip"]
    assert said.outcome == "passed"
    assert state() == before
    kill_in_the_middle(
        "rabbitmq", server.url, "pika.adapters.blocking_connection", "BlockingChannel.basic_get"
    )
    until(lambda: state() == before, 10)


@pytest.fixture(scope="module")
def guarded(box: Sandbox) -> MlflowServer:
    return box.start("mlflow", auth=True)


def active(server: MlflowServer) -> list[str]:
    ids = [
        e["experiment_id"] for e in server.call("experiments/search?max_results=100")["experiments"]
    ]
    found = server.call("runs/search", {"experiment_ids": ids, "run_view_type": "ACTIVE_ONLY"})
    return [run["info"]["run_name"] for run in found.get("runs", [])]


def login(server: MlflowServer, user: str, password: str) -> str:
    return f"http://{user}:{password}@{server.host}:{server.port}"


def test_mlflow(guarded: MlflowServer, monkeypatch: pytest.MonkeyPatch) -> None:
    url = login(guarded, "app", guarded.passwords["app"])
    before = active(guarded)
    target = probe_of("mlflow", url=url, timeout=20)
    assert judge(target, "mlflow", writes=True)["round_trip"].outcome == "passed"
    assert active(guarded) == before
    module = "pytest_readiness.systems.mlflow.roundtrip"
    kill_in_the_middle("mlflow", url, module, "_artifact")
    assert len(active(guarded)) == len(before) + 1
    # Soon after, it may be another's, and is left alone.
    assert judge(target, "mlflow", writes=True)["round_trip"].outcome == "passed"
    assert len(active(guarded)) == len(before) + 1
    monkeypatch.setattr(mlflow_leftovers, "OLD", 0)
    assert judge(target, "mlflow", writes=True)["round_trip"].outcome == "passed"
    assert active(guarded) == before


def test_mlflow_makes_no_run_that_it_may_not_delete(guarded: MlflowServer) -> None:
    app = login(guarded, "app", guarded.passwords["app"])
    assert (
        judge(probe_of("mlflow", url=app, timeout=20), "mlflow", True)["round_trip"].outcome
        == "passed"
    )
    before = active(guarded)
    guarded.call("users/create", {"username": "editor", "password": "editor-password-1"})
    url = login(guarded, "editor", "editor-password-1")
    admin = httpx.Client(
        base_url=guarded.base, auth=("admin", guarded.passwords["admin"]), trust_env=False
    )
    found = admin.get("/api/2.0/mlflow/experiments/get-by-name?experiment_name=pytest-readiness")
    right = {
        "username": "editor",
        "resource_type": "experiment",
        "resource_id": found.json()["experiment"]["experiment_id"],
        "permission": "EDIT",
    }
    path = "/api/3.0/mlflow/users/permissions/"
    try:
        assert admin.post(f"{path}grant", json=right).is_success
        said = judge(probe_of("mlflow", url=url, timeout=20), "mlflow", writes=True)["round_trip"]
        assert said.outcome == "blocked"
        assert '"permission": "MANAGE"' in said.message
        assert active(guarded) == before
        assert admin.post(f"{path}revoke", json=right).is_success
        assert admin.post(f"{path}grant", json={**right, "permission": "MANAGE"}).is_success
        after = judge(probe_of("mlflow", url=url, timeout=20), "mlflow", writes=True)["round_trip"]
        assert after.outcome == "passed"
        assert active(guarded) == before
    finally:
        admin.close()
        guarded.call("users/delete", {"username": "editor"}, method="DELETE")


def test_kafka(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    from kafka import KafkaAdminClient

    server = box.start("kafka")
    admin: Any = KafkaAdminClient(**server.client_options("admin"))
    before = sorted(admin.list_topics())
    settings = {"url": server.url, "timeout": 20}
    assert (
        judge(probe_of("kafka", **settings), "kafka", writes=True)["round_trip"].outcome == "passed"
    )
    assert sorted(admin.list_topics()) == before
    module = "pytest_readiness.systems.kafka.roundtrip"
    kill_in_the_middle("kafka", server.url, module, "_Trip.write")
    assert len(admin.list_topics()) == len(before) + 1
    said = judge(probe_of("kafka", **settings), "kafka", writes=True)
    # Nobody else's topic is ours to judge, and ours are nobody's.
    assert "readiness-" not in str(said["min_insync_replicas"])
    assert said["round_trip"].outcome == "passed"
    assert len(admin.list_topics()) == len(before) + 1
    monkeypatch.setattr(leftovers, "OLD", 0)
    assert (
        judge(probe_of("kafka", **settings), "kafka", writes=True)["round_trip"].outcome == "passed"
    )
    until(lambda: sorted(admin.list_topics()) == before, 10)
    admin.close()


def test_which_topics_are_abandoned(monkeypatch: pytest.MonkeyPatch) -> None:
    young = leftovers.name()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - 700)
    old = leftovers.name()
    monkeypatch.undo()
    # Neither a topic that somebody named like ours, nor one with another kind of id.
    others = ["readiness-reports", "readiness-7c1b2f7e-5a0f-4d0b-9c55-0a4f6f1b2c3d", "orders"]
    assert leftovers.abandoned([young, old, *others]) == [old]
    assert leftovers.ours(young)
    assert not any(map(leftovers.ours, others))
