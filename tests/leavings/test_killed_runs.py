"""Runs that are killed in the middle of a round trip, and runs that are asked to end there."""

from __future__ import annotations

import signal
import textwrap
from typing import Any, NamedTuple

import pytest
import redis

from tests.leavings.conftest import target
from tests.leavings.projects import Project, Ran
from tests.leavings.snapshots import SNAPSHOTS, changes, until_let_go, until_same
from tests.leavings.test_whole_runs import look

# The observation is over when the check is called: only the round trip meets the signal.
SIGNALLING = textwrap.dedent("""
    import importlib, os, time
    import pytest

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_call(item):
        module, name, word, number = os.environ["SPOT"].split()
        *outer, last = name.split(".")
        holder = importlib.import_module(module)
        for part in outer:
            holder = getattr(holder, part)
        original = getattr(holder, last)

        def signalling(*arguments, **options):
            if word != "*" and not any(word in str(a) for a in arguments):
                return original(*arguments, **options)
            setattr(holder, last, original)
            os.kill(os.getppid() if "TO_PARENT" in os.environ else os.getpid(), int(number))
            # Long enough to be told; a worker whose controller was told may go on.
            time.sleep(3)
            return original(*arguments, **options)

        setattr(holder, last, signalling)
""")


class Spot(NamedTuple):
    """A function that a round trip calls when it has written and has not yet removed."""

    module: str
    name: str
    word: str = "*"
    """What one of its arguments holds; ``*`` for any call."""


SPOTS = {
    "redis": Spot("redis", "Redis.get"),
    "postgres": Spot("psycopg", "Cursor.fetchone"),
    "rabbitmq": Spot("pika.adapters.blocking_connection", "BlockingChannel.basic_get"),
    "kafka": Spot("pytest_readiness.systems.kafka.roundtrip", "_Trip.read"),
    "mlflow": Spot("httpx", "Client.get", "mlflow-artifacts"),
}


def stopped(project: Project, system: str, number: int, *args: str, **environ: str) -> Ran:
    """A run whose round trip is met by a signal in the middle."""
    project.conftest(SIGNALLING)
    spot = f"{' '.join(SPOTS[system])} {int(number)}"
    chosen = (f"readiness::{system}::round_trip", "-p", "no:cacheprovider", "--junitxml=j.xml")
    return project.run(*chosen, *args, SPOT=spot, **environ)


@pytest.mark.parametrize("system", SPOTS)
def test_a_run_that_is_told_to_end_cleans_up(
    project: Project, servers: dict[str, Any], system: str
) -> None:
    server = servers[system]
    project.settings(target(system, server, writes=True))
    before, files = look(system, server, wrote=True), project.files()
    ran = stopped(project, system, signal.SIGTERM)
    assert (ran.exit, ran.card is not None) == (pytest.ExitCode.INTERRUPTED, True), ran.out
    assert ran.card is not None
    assert ran.card["verdict"] == "incomplete"
    assert ran.card["decided_by"] == "the run was ended by SIGTERM"
    until_let_go(server)
    until_same(lambda: look(system, server, wrote=True), before)
    assert project.new(files) == ["conftest.py", "j.xml", "r.json"]


@pytest.mark.parametrize("to", ["worker", "controller"])
def test_workers_that_are_told_to_end_clean_up(
    project: Project, servers: dict[str, Any], to: str
) -> None:
    """Whether a supervisor signals the process that it started, or one below it."""
    server = servers["redis"]
    project.settings(target("redis", server, writes=True))
    before, files = SNAPSHOTS["redis"](server), project.files()
    environ = {"TO_PARENT": "1"} if to == "controller" else {}
    ran = stopped(project, "redis", signal.SIGTERM, "-n", "1", **environ)
    assert ran.exit == pytest.ExitCode.INTERRUPTED, ran.out
    assert ran.card is not None
    assert ran.card["verdict"] == "incomplete"
    until_let_go(server)
    until_same(lambda: SNAPSHOTS["redis"](server), before)
    assert project.new(files) == ["conftest.py", "j.xml", "r.json"]


@pytest.mark.parametrize("system", ["postgres", "rabbitmq"])
def test_what_a_killed_run_leaves_goes_with_its_connection(
    project: Project, servers: dict[str, Any], system: str
) -> None:
    server = servers[system]
    project.settings(target(system, server, writes=True))
    before = SNAPSHOTS[system](server)
    ran = stopped(project, system, signal.SIGKILL)
    assert (ran.exit, ran.card) == (-signal.SIGKILL, None), ran.out
    until_let_go(server)
    until_same(lambda: SNAPSHOTS[system](server), before)


def test_a_key_that_a_killed_run_leaves_has_seconds_to_live(
    project: Project, servers: dict[str, Any]
) -> None:
    server = servers["redis"]
    project.settings(target("redis", server, writes=True))
    before = SNAPSHOTS["redis"](server)
    assert stopped(project, "redis", signal.SIGKILL).exit == -signal.SIGKILL
    until_let_go(server)
    with redis.Redis(port=server.port) as client:
        (key,) = client.keys("*")
        assert key.startswith(b"readiness-")
        assert 0 < client.ttl(key) <= 30
        client.delete(key)
    assert SNAPSHOTS["redis"](server) == before


def test_a_topic_that_a_killed_run_leaves_is_named_like_one(
    project: Project, servers: dict[str, Any]
) -> None:
    """A later run knows it by its name: see test_leftovers."""
    from kafka import KafkaAdminClient

    server = servers["kafka"]
    project.settings(target("kafka", server, writes=True))
    before = SNAPSHOTS["kafka"](server)
    assert stopped(project, "kafka", signal.SIGKILL).exit == -signal.SIGKILL
    until_let_go(server)
    admin: Any = KafkaAdminClient(**server.client_options("admin"))
    try:
        (left,) = set(admin.list_topics()) - set(before["topics"])
        assert left.startswith("readiness-")
        admin.delete_topics([left])
    finally:
        admin.close()
    until_same(lambda: SNAPSHOTS["kafka"](server), before)


def test_a_run_that_a_killed_run_leaves_is_tagged_as_one(
    project: Project, servers: dict[str, Any]
) -> None:
    server = servers["mlflow"]
    project.settings(target("mlflow", server, writes=True))
    before = SNAPSHOTS["mlflow"](server)
    assert stopped(project, "mlflow", signal.SIGKILL).exit == -signal.SIGKILL
    until_let_go(server)
    after = SNAPSHOTS["mlflow"](server)
    (artifact,) = set(after) - set(before)
    assert artifact.endswith("/readiness.txt"), changes(before, after)
    (server.folder / artifact).unlink()
