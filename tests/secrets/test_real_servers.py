"""Distinct secrets at real servers and every way to fail there, and no byte of them written."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox import Sandbox
from tests.secrets.settings_secrets import SCHEMES, planted, toml
from tests.secrets.traces import LIVE, LOUD, forms, pytest_run

OPTIONS: dict[str, dict[str, Any]] = {
    "redis": {"password": "staging-81c2f9a0b7d3"},
    "postgres": {},
    "rabbitmq": {},
    "kafka": {"sasl": True},
    "mlflow": {"auth": True},
}

CONFTEST = """
from importlib import import_module
import pytest
from pytest_readiness.systems import registry

BUG = 7.5

def buggy(observe):
    def wrapped(cls, settings, watch):
        if settings.timeout == BUG:
            everything = {name: getattr(settings, name) for name in settings.__struct_fields__}
            raise ValueError(f"a bug with {everything} and {settings.secrets()}")
        return observe.__func__(cls, settings, watch)
    return classmethod(wrapped)

for system in registry().values():
    kind = system.probe_type()
    kind.observe = buggy(kind.__dict__["observe"])
"""

OWN = """
import logging
import pytest
from pytest_readiness import measure, readiness

@readiness.low
@pytest.mark.parametrize("system", ["redis", "postgres", "rabbitmq", "kafka", "mlflow", "http"])
def test_shout(system, request):
    raise RuntimeError(system)
"""
for _name in ("redis", "postgres", "rabbitmq", "kafka", "mlflow", "http"):
    OWN += f"""
@readiness.low
def test_{_name}({_name}_probe):
    settings = {_name}_probe._settings
    everything = {{name: getattr(settings, name) for name in settings.__struct_fields__}}
    logging.getLogger("own").warning("settings %s of %r", everything, settings)
    print(settings.secrets(), everything)
    client = {_name}_probe.client
    assert measure("everything", everything) == [repr(client), vars(client), settings.secrets()]
"""

STATES = ("refused", "silent", "garbage", "other", "tls", "hurried", "bug", "wrong")


@pytest.fixture(scope="module")
def servers(box: Sandbox) -> dict[str, Any]:
    """One of each kind that asks for a login."""
    with ThreadPoolExecutor() as pool:
        pending = {s: pool.submit(box.start, s, **o) for s, o in OPTIONS.items()}
        return {system: future.result() for system, future in pending.items()}


@pytest.fixture(scope="module")
def strange() -> Iterator[dict[str, int]]:
    """Ports of servers that say nothing, or nothing that makes sense."""
    with contextlib.ExitStack() as stack:
        silent, garbage = (
            stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in "12"
        )
        threading.Thread(target=_babble, args=(garbage,), daemon=True).start()
        with socket.create_server(("127.0.0.1", 0)) as gone:
            refused = gone.getsockname()[1]
        yield {
            "silent": silent.getsockname()[1],
            "garbage": garbage.getsockname()[1],
            "refused": refused,
        }


def _babble(server: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = server.accept()
            with connection, contextlib.suppress(OSError):
                heard = connection.recv(4096)
                # Also what it was told: some servers quote the line that they do not understand.
                connection.sendall(b"-ERR \x00\x1b[31m what is " + heard + b"\r\n")


def target(system: str, state: str, secret: str, port: int, other: int) -> dict[str, Any]:
    """Settings of a target that fails in one way."""
    at = {"other": other}.get(state, port)
    field = "password" if system == "kafka" else "url"
    settings = planted(system, field, secret, at)
    if system == "rabbitmq":
        settings["management_url"] = SCHEMES["http"].format(user="app", secret=secret, port=at)
    if system == "http":
        settings |= {"headers": {"X-Api-Key": f"{secret}-header"}}
    if state == "tls":
        _encrypted(system, settings)
    timeouts = {"hurried": 0.002, "bug": 7.5, "silent": 0.6, "wrong": 10}
    return {**settings, "timeout": timeouts.get(state, 2)}


def _encrypted(system: str, settings: dict[str, Any]) -> None:
    url = settings["url"]
    if system == "postgres":
        settings["url"] = f"{url}?sslmode=verify-full"
    elif system == "kafka":
        settings["security_protocol"] = "SASL_SSL"
    else:
        settings["url"] = url.replace("://", "s://", 1)


def right(system: str, server: Any) -> dict[str, Any]:
    """Settings of a target that is judged in full."""
    found: dict[str, Any] = {"url": server.url, "timeout": 20}
    if system == "mlflow":
        found["url"] = SCHEMES["mlflow"].format(
            user="app", secret=server.passwords["app"], port=server.port
        )
    if system == "kafka":
        found |= {"username": "app", "password": server.passwords["app"]}
        found["security_protocol"] = server.security_protocol
    if getattr(server, "monitor_url", None) and system != "kafka":
        found["monitor_url"] = server.monitor_url
    if system == "rabbitmq":
        found["management_url"] = server.management_url
    return found


def project(folder: Path, tables: list[str]) -> None:
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_own.py").write_text(OWN)
    (folder / "readiness.toml").write_text('environment = "production"\n' + "".join(tables))


def test_every_way_to_fail(
    servers: dict[str, Any], strange: dict[str, int], tmp_path: Path
) -> None:
    tables, secrets = [], []
    names = [*servers, "http"]
    for number, system in enumerate(names):
        ports = {name: servers[name].port for name in servers} | {"http": servers["mlflow"].port}
        other = ports[names[(number + 1) % 5]]
        for state in STATES:
            secret = f"pl4nted-{system}-{state}"
            secrets += [secret, f"{secret}-header"] if system == "http" else [secret]
            port = strange.get(state, ports[system])
            tables.append(toml(system, state, target(system, state, secret, port, other)))
    project(tmp_path, tables)
    found = pytest_run(tmp_path, *LOUD, "-n", "2", "-k", "reachable or test_own")
    assert found.leaks(secrets) == []
    facts = [place for place in found.places if place.endswith((".facts", ".lock"))]
    assert len(facts) >= len(tables)
    count = sum(len(forms(secret)) for secret in secrets) * len(found.places)
    print(f"{len(secrets)} secrets in {len(found.places)} places, {count} searches")


def test_full_runs_at_good_servers(servers: dict[str, Any], tmp_path: Path) -> None:
    """Every check, with all that a run can be made to say."""
    targets = {system: right(system, server) for system, server in servers.items()}
    targets["http"] = {**targets["mlflow"], "headers": {"X-Api-Key": "pl4nted-header"}}
    project(tmp_path, [toml(system, "main", given) for system, given in targets.items()])
    secrets = {"pl4nted-header", str(OPTIONS["redis"]["password"])}
    for server in servers.values():
        secrets |= {w for w in dict(getattr(server, "passwords", {})).values() if len(w) > 7}
    found = pytest_run(tmp_path, *LOUD, *LIVE, "--readiness-writes")
    assert found.leaks(secrets) == []
    assert found.out.count("PASSED") > 100, found.out
    print(f"{len(secrets)} secrets in {len(found.places)} places")
