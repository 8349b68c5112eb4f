"""Round trips that fail in the middle: what they had made by then is gone all the same."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import redis

from tests.leavings.conftest import target
from tests.leavings.projects import Project, Ran, table
from tests.leavings.snapshots import SNAPSHOTS, until_let_go, until_same
from tests.leavings.test_whole_runs import look
from tests.sandbox import Sandbox


def trip(project: Project, system: str, server: Any, **more: Any) -> Ran:
    """A run of the round trip alone."""
    project.settings(target(system, server, writes=True, **more))
    return project.run(f"readiness::{system}::round_trip", "-p", "no:cacheprovider")


@contextlib.contextmanager
def unchanged(system: str, server: Any) -> Iterator[None]:
    """Hold the server against what it was before the block."""
    before = look(system, server, wrote=True)
    yield
    until_let_go(server)
    until_same(lambda: look(system, server, wrote=True), before)


@contextlib.contextmanager
def redis_settings(server: Any, **settings: str) -> Iterator[None]:
    """Settings of a Redis for the time of the block."""
    with redis.Redis(port=server.port) as client:
        before = {name: client.config_get(name)[name] for name in settings}
        for name, value in settings.items():
            client.config_set(name, value)
        try:
            yield
        finally:
            for name, value in before.items():
                client.config_set(name, value)


def test_redis_without_memory(project: Project, servers: dict[str, Any]) -> None:
    server = servers["redis"]
    with unchanged("redis", server), redis_settings(server, maxmemory="1"):
        ran = trip(project, "redis", server)
        assert ran.outcomes("redis.round_trip") == ["failed"], ran.out


@pytest.mark.parametrize(("right", "left"), [("-get", 0), ("-exists", 0), ("-del", 1)])
def test_redis_without_a_right(
    project: Project, servers: dict[str, Any], right: str, left: int
) -> None:
    """Who may write and not remove leaves a key, for as long as a killed run's."""
    server = servers["redis"]
    with redis.Redis(port=server.port) as client:
        client.acl_setuser(
            "shop", True, passwords=["+secret-1"], keys="*", commands=["+@all", right]
        )
        try:
            url = f"redis://shop:secret-1@127.0.0.1:{server.port}/0"
            ran = trip(project, "redis", server, url=url)
            assert ran.outcomes("redis.round_trip") == ["blocked"], ran.out
            keys = client.keys("*")
            assert len(keys) == left
            assert all(key.startswith(b"readiness-") and 0 < client.ttl(key) <= 30 for key in keys)
        finally:
            client.flushall()
            client.acl_deluser("shop")


def test_redis_that_is_a_replica(project: Project, servers: dict[str, Any], box: Sandbox) -> None:
    server = box.start("redis", replica_of=servers["redis"])
    before = SNAPSHOTS["redis"](server)
    ran = trip(project, "redis", server)
    assert ran.outcomes("redis.round_trip") == ["failed"], ran.out
    until_same(lambda: SNAPSHOTS["redis"](server)["db0"], before["db0"])
    server.stop()


@pytest.mark.parametrize(
    ("broken", "mended"),
    [
        (
            "ALTER ROLE app SET default_transaction_read_only = on",
            "ALTER ROLE app RESET default_transaction_read_only",
        ),
        (
            "REVOKE TEMPORARY ON DATABASE shop FROM public, app",
            "GRANT TEMPORARY ON DATABASE shop TO public",
        ),
        # So short that a session which waits for a lock gives up at once.
        (
            "ALTER ROLE app SET lock_timeout = '1ms'",
            "ALTER ROLE app RESET lock_timeout",
        ),
    ],
    ids=["read-only", "no right", "timeouts"],
)
def test_postgres(project: Project, servers: dict[str, Any], broken: str, mended: str) -> None:
    server = servers["postgres"]
    with psycopg.connect(server.admin_url, autocommit=True) as client:
        client.execute("ALTER DATABASE shop OWNER TO postgres")
        client.execute(broken)  # type: ignore[call-overload]  # no text of a stranger
        try:
            project.settings(target("postgres", server, writes=True))
            client.close()
            with unchanged("postgres", server):
                assert project.run("-p", "no:cacheprovider").card is not None
        finally:
            with psycopg.connect(server.admin_url, autocommit=True) as again:
                again.execute(mended)  # type: ignore[call-overload]  # likewise
                again.execute("ALTER DATABASE shop OWNER TO app")


def test_rabbitmq_with_a_memory_alarm(project: Project, servers: dict[str, Any]) -> None:
    server = servers["rabbitmq"]
    with unchanged("rabbitmq", server):
        before = server.rabbitmqctl("eval", "vm_memory_monitor:get_vm_memory_high_watermark().")
        server.rabbitmqctl("set_vm_memory_high_watermark", "absolute", "1MB")
        try:
            ran = trip(project, "rabbitmq", server, timeout=3.0)
        finally:
            server.rabbitmqctl("set_vm_memory_high_watermark", before.strip())
        assert ran.outcomes("rabbitmq.round_trip") == ["failed"], ran.out


def test_rabbitmq_without_a_right(project: Project, servers: dict[str, Any]) -> None:
    """Who may declare and publish, but not read."""
    server = servers["rabbitmq"]
    with unchanged("rabbitmq", server):
        server.rabbitmqctl("set_permissions", "-p", "/", "app", ".*", ".*", "^$")
        try:
            ran = trip(project, "rabbitmq", server)
        finally:
            server.rabbitmqctl("set_permissions", "-p", "/", "app", ".*", ".*", ".*")
        assert ran.outcomes("rabbitmq.round_trip") == ["blocked"], ran.out


def test_kafka_that_takes_no_record(project: Project, servers: dict[str, Any]) -> None:
    """A record larger than the broker takes: the topic is made, and nothing gets into it."""
    from kafka import KafkaAdminClient
    from kafka.admin import ConfigResource, ConfigResourceType

    server = servers["kafka"]
    admin: Any = KafkaAdminClient(**server.client_options("admin"))

    limit = ConfigResource(ConfigResourceType.BROKER, "1", {"message.max.bytes": "1"})
    try:
        with unchanged("kafka", server):
            admin.alter_configs([limit])
            try:
                # A broker takes a setting over some time after it was changed.
                outcomes = lambda: trip(project, "kafka", server).outcomes("kafka.round_trip")  # noqa: E731  # asked again and again
                until_same(outcomes, ["failed"], 30)
            finally:
                admin.reset_configs([limit])
            admin.close()
    finally:
        admin.close()


def test_mlflow_without_a_place_for_artifacts(project: Project, servers: dict[str, Any]) -> None:
    server = servers["mlflow"]
    kept = server.folder / "artifacts"
    with unchanged("mlflow", server):
        kept.rename(server.folder / "aside")
        kept.write_text("no folder")
        try:
            ran = trip(project, "mlflow", server)
        finally:
            kept.unlink()
            (server.folder / "aside").rename(kept)
        assert ran.outcomes("mlflow.round_trip") == ["failed"], ran.out


def test_a_target_that_is_no_server_of_its_kind(project: Project, servers: dict[str, Any]) -> None:
    """Each system's probe at each other's port: nobody is left with a connection."""
    others = {"redis": "postgres", "postgres": "rabbitmq", "rabbitmq": "redis"}
    schemes = {"redis": "redis", "postgres": "postgresql", "rabbitmq": "amqp"}
    project.settings(
        *(
            table(s, url=f"{schemes[s]}://127.0.0.1:{servers[o].port}", timeout=3.0, writes=True)
            for s, o in others.items()
        )
    )
    ran = project.run("-p", "no:cacheprovider")
    for system, other in others.items():
        assert ran.outcomes(f"{system}.reachable") == ["failed"], ran.out
        until_let_go(servers[other])
