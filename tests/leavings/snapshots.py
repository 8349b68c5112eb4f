"""What is on a server, told by the server itself or by the system it runs on."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import redis

from tests.sandbox import Server
from tests.sandbox.kafka import KafkaServer
from tests.sandbox.mlflow import MlflowServer
from tests.sandbox.postgres import PostgresServer
from tests.sandbox.rabbitmq import RabbitServer
from tests.sandbox.redis import RedisServer

Snapshot = dict[str, Any]

ESTABLISHED, CLOSE_WAIT = "01", "08"

OTHERS: dict[int, int] = {}
"""Connections that other tests held to a port when the present test began."""


def connections(port: int) -> int:
    """Connections that a port of this machine holds, whoever opened them."""
    held = 0
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        rows = [line.split() for line in Path(table).read_text().splitlines()[1:]]
        local = [row for row in rows if int(row[1].rpartition(":")[2], 16) == port]
        held += sum(row[3] in (ESTABLISHED, CLOSE_WAIT) for row in local)
    return held


def of_redis(server: RedisServer) -> Snapshot:
    """Keys of every database, users, settings, scripts, channels."""
    seen: Snapshot = {}
    for database in range(16):
        with redis.Redis(port=server.port, db=database) as client:
            keys = sorted(client.keys("*"))
            seen[f"db{database}"] = {key: client.dump(key) for key in keys}
    with redis.Redis(port=server.port) as client:
        seen["users"] = client.acl_list()
        seen["settings"] = client.config_get("*")
        seen["channels"] = client.pubsub_channels()
        seen["scripts"] = client.info("memory").get("number_of_cached_scripts")
        seen["clients"] = len(client.client_list()) - 1
    return seen


_LOOKING = (
    "ping hello auth client info config acl slowlog cluster select quit scan llen xlen xinfo type"
)


def writes_of_redis(server: RedisServer) -> Snapshot:
    """Commands that are no looking, and changes to the data, since the server's start."""
    with redis.Redis(port=server.port) as client:
        stats: Any = client.info("commandstats")
        calls = {name.removeprefix("cmdstat_"): told["calls"] for name, told in stats.items()}
        others = {n: c for n, c in calls.items() if n.partition("|")[0] not in _LOOKING.split()}
        others = {n: c for n, c in others.items() if n not in ("keys", "dump", "pubsub|channels")}
        changes: Any = client.info("persistence")
        return {"commands": others, "changes": changes["rdb_changes_since_last_save"]}


_POSTGRES = {
    "relations": "SELECT relname::text, relnamespace::int FROM pg_class ORDER BY 1, 2",
    "schemas": "SELECT nspname::text FROM pg_namespace ORDER BY 1",
    "roles": "SELECT rolname::text FROM pg_roles ORDER BY 1",
    "databases": "SELECT datname::text FROM pg_database ORDER BY 1",
    "settings": "SELECT setdatabase::int, setrole::int, setconfig FROM pg_db_role_setting",
    "extensions": "SELECT extname::text FROM pg_extension ORDER BY 1",
    "large objects": "SELECT count(*) FROM pg_largeobject_metadata",
    "prepared": "SELECT gid FROM pg_prepared_xacts",
    "slots": "SELECT slot_name::text FROM pg_replication_slots",
    "advisory locks": "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'",
    "sessions": "SELECT usename::text, application_name FROM pg_stat_activity "
    "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
}


def of_postgres(server: PostgresServer) -> Snapshot:
    """Relations and schemas, temporary ones too, roles, sessions, locks, slots."""
    with psycopg.connect(server.admin_url, autocommit=True) as client:
        return {what: client.execute(sql).fetchall() for what, sql in _POSTGRES.items()}


def writes_of_postgres(server: PostgresServer) -> Snapshot:
    """The next transaction id, which is given to none but a transaction that writes."""
    with psycopg.connect(server.admin_url, autocommit=True) as client:
        row = client.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text").fetchone()
        return {"next transaction": row}


_RABBITMQ = """
N = fun lists:sort/1,
Q = rabbit_amqqueue:list(),
io:format("~1000000p.~n", [[
    {queues, N([{element(4, amqqueue:get_name(X)), amqqueue:get_arguments(X)} || X <- Q])},
    {exchanges, N([element(2, X) || X <- rabbit_exchange:list()])},
    {bindings, N(rabbit_binding:list(<<"/">>))},
    {users, N([element(2, X) || X <- rabbit_auth_backend_internal:all_users()])},
    {permissions, N(rabbit_auth_backend_internal:list_permissions())},
    {policies, N(rabbit_policy:list())},
    {parameters, N(rabbit_runtime_parameters:list())},
    {vhosts, N(rabbit_vhost:list_names())},
    {connections, length(rabbit_networking:connections())},
    {channels, length(rabbit_channel:list())}]]).
"""


def of_rabbitmq(server: RabbitServer) -> Snapshot:
    """Queues, exclusive ones too, exchanges, bindings, users, policies, connections, channels."""
    return {"told": server.rabbitmqctl("eval", _RABBITMQ)}


def writes_of_rabbitmq(server: RabbitServer) -> Snapshot:
    """Messages that were received, and queues that were made and deleted, since the start."""
    counters = "{rabbit_global_counters:overview(), ets:tab2list(connection_churn_metrics)}."
    told = server.rabbitmqctl("eval", counters)
    churn = re.search(r"\[\{[^{}]*@[^{}]*\}\]", told)
    assert churn is not None, told
    # Node; connections and channels opened and closed; queues declared, made, deleted.
    *_, made, deleted = re.findall(r",(\d+)", churn[0].replace("\n", "").replace(" ", ""))
    received = re.findall(r"messages_received_total => (\d+)", told)
    assert received, told
    return {"received": received, "made": made, "deleted": deleted}


def of_kafka(server: KafkaServer) -> Snapshot:
    """Topics with their ends, groups, transactions, settings that are not the broker's own."""
    from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
    from kafka.admin import ConfigResource, ConfigResourceType

    options = server.client_options("admin")
    admin: Any = KafkaAdminClient(**options)
    consumer = KafkaConsumer(**options, group_id=None)
    try:
        topics = sorted(admin.list_topics())
        described = admin.describe_topics(topics)
        parts = [
            TopicPartition(t["name"], p["partition_index"])
            for t in described
            for p in t["partitions"]
        ]
        ends = {f"{p.topic}-{p.partition}": end for p, end in consumer.end_offsets(parts).items()}
        groups = sorted(str(group) for group in admin.list_groups())
        resources = [ConfigResource(ConfigResourceType.BROKER, "1")]
        told = {
            "settings": str(admin.describe_configs(resources)),
            "transactions": str(admin.list_transactions()),
        }
        return {"topics": topics, "ends": ends, "groups": groups, **told}
    finally:
        consumer.close()
        admin.close()


def of_mlflow(server: MlflowServer) -> Snapshot:
    """Files on the disk, and rows of every table of its databases but for deleted runs of ours."""
    seen: Snapshot = {}
    for path in sorted(server.folder.rglob("*")):
        name = str(path.relative_to(server.folder))
        if path.suffix == ".db":
            seen[name] = _rows(path)
        elif path.is_file() and path != server.log and not re.search(r"\.db-|__pycache__", name):
            seen[name] = path.stat().st_size
    return seen


def _rows(path: Path) -> dict[str, Any]:
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as client:
        names = [n for (n,) in client.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        return {
            name: client.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names
        }


SNAPSHOTS: dict[str, Callable[[Any], Snapshot]] = {
    "redis": of_redis,
    "postgres": of_postgres,
    "rabbitmq": of_rabbitmq,
    "kafka": of_kafka,
    "mlflow": of_mlflow,
}
WRITES: dict[str, Callable[[Any], Snapshot]] = {
    "redis": writes_of_redis,
    "postgres": writes_of_postgres,
    "rabbitmq": writes_of_rabbitmq,
    "kafka": of_kafka,
    "mlflow": of_mlflow,
}


def changes(before: Any, now: Any) -> str:
    """What differs between two snapshots, for people."""
    if not isinstance(before, dict):
        return f"{before!r} became {now!r}"
    names = [n for n in {**before, **now} if before.get(n) != now.get(n)]
    return "; ".join(f"{n}: {changes(before.get(n), now.get(n))}" for n in names)


def until_same(look: Callable[[], Any], before: Any, seconds: float = 10) -> None:
    """Wait until a look shows what it showed before: a server needs a moment to see a client go."""
    ends = time.monotonic() + seconds
    while (now := look()) != before and time.monotonic() < ends:
        time.sleep(0.1)
    assert now == before, changes(before, now)


def until_let_go(server: Server) -> None:
    """Wait until a server's port holds no more connections than before the test."""
    others = OTHERS.get(server.port, 0)
    until_same(lambda: max(connections(server.port), others), others)
