"""No false alarm: whole runs on sane set-ups end without a veto."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.sandbox import Sandbox

GRAVE = ("blocker", "high")
WRONG = ("failed", "error", "blocked")
TRUST = ("local all all trust", "host all all 127.0.0.1/32 trust")

Options = Mapping[str, Mapping[str, Any]]
Login = Callable[[str, Any], str]

LAPTOP: Options = {
    "redis": {},
    "postgres": {"hba": TRUST},
    "rabbitmq": {"keep_guest": True},
    "kafka": {},
    "mlflow": {},
}
"""What a compose file without a thought of security starts."""

STAGING: Options = {
    "redis": {"password": "staging-81c2f9a0b7d3"},
    "postgres": {},
    "rabbitmq": {},
    "kafka": {"sasl": True},
    "mlflow": {"auth": True},
}
"""One node of each, everybody logs in, nothing is encrypted or copied anywhere."""


def settings(environment: str, servers: Mapping[str, Any], url: Login) -> str:
    """A readiness.toml of all the servers."""
    tables = [f'environment = "{environment}"', "writes = true"]
    for system, server in servers.items():
        tables += [f"[{system}.main]", f'url = "{url(system, server)}"', "timeout = 15"]
        if system == "rabbitmq":
            tables += [f'management_url = "{server.management_url}"', 'vendor = "debian"']
        if system == "postgres" and environment != "development":
            tables += [f'monitor_url = "{server.monitor_url}"']
        if system == "kafka" and server.mechanism:
            tables += [
                'username = "app"',
                f'password = "{server.passwords["app"]}"',
                f'security_protocol = "{server.security_protocol}"',
            ]
    return "\n".join(tables) + "\n"


def started(box: Sandbox, options: Options) -> dict[str, Any]:
    with ThreadPoolExecutor() as pool:
        pending = {s: pool.submit(box.start, s, **o) for s, o in options.items()}
        return {system: future.result() for system, future in pending.items()}


def judged(folder: Path, text: str) -> dict[str, Any]:
    """The scorecard of a whole run."""
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "readiness.toml").write_text(text)
    command = [sys.executable, "-m", "pytest", "--readiness", "-p", "no:valkey"]
    done = subprocess.run(
        [*command, "--readiness-report=r.json", "--readiness-wait=20s"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
    card: dict[str, Any] = json.loads((folder / "r.json").read_bytes())
    card["exit"], card["out"] = done.returncode, done.stdout
    return card


def grave(card: Mapping[str, Any]) -> list[str]:
    """What a veto or a condition would stand on."""
    return [
        f"{f['severity']} {f['check']} {f['outcome']}: {f['message']}"
        for f in card["findings"]
        if f["severity"] in GRAVE and f["outcome"] in WRONG
    ]


def as_anybody(system: str, server: Any) -> str:
    if system == "postgres":
        return f"postgresql://postgres@127.0.0.1:{server.port}/shop"
    if system == "rabbitmq":
        return f"amqp://guest:guest@127.0.0.1:{server.port}/"
    return str(server.url)


def as_its_user(system: str, server: Any) -> str:
    if system == "mlflow":
        return f"http://app:{server.passwords['app']}@127.0.0.1:{server.port}"
    return str(server.url)


@pytest.mark.parametrize(
    ("environment", "options", "url"),
    [("development", LAPTOP, as_anybody), ("staging", STAGING, as_its_user)],
    ids=["laptop", "staging"],
)
def test_nothing_is_vetoed(
    box: Sandbox, tmp_path: Path, environment: str, options: Options, url: Login
) -> None:
    card = judged(tmp_path, settings(environment, started(box, options), url))
    assert grave(card) == [], card["out"]
    assert card["exit"] == 0
    assert card["score"] >= 80, card["out"]


@pytest.mark.parametrize("environment", ["production", "staging"])
def test_a_cache_and_a_broker_of_celery_are_not_vetoed(
    box: Sandbox, tmp_path: Path, environment: str
) -> None:
    """One password for all, inside one network: not the best there is, and no reason to stop."""
    limits = {"maxmemory": "64mb"}
    cache = {"save": '""', "maxmemory-policy": "allkeys-lru", **limits}
    broker = {"appendonly": "yes", "maxmemory-policy": "noeviction", **limits}
    password = "celery-51f0a8c2e7b94d36"
    caching = box.start("redis", settings=cache, password=password)
    queueing = box.start("redis", settings=broker, password=password)
    with redis.Redis.from_url(queueing.url, protocol=2) as client:
        # What Celery keeps there while it works: tasks, their bindings, and those not yet done.
        client.rpush("celery", *(f"task {i}" for i in range(20)))
        client.sadd("_kombu.binding.celery", "celery")
        client.hset("unacked", mapping={"tag": "task"})
        client.bgsave()
    common = 'vendor = "debian"\nsingle_node = true\nwrites = true\n'
    card = judged(
        tmp_path,
        f'environment = "{environment}"\n'
        f'[redis.cache]\nurl = "{caching.url}"\nrole = "cache"\n{common}'
        f'[redis.tasks]\nurl = "{queueing.url}"\nrole = "broker"\n{common}'
        "lists.celery = { max_length = 1000 }\n",
    )
    assert card["verdict"] in ("ready", "conditional"), card["out"]
    assert not [line for line in grave(card) if line.startswith("blocker")], card["out"]
    assert card["exit"] == 0
