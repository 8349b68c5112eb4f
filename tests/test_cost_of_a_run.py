"""What a whole run over five real servers costs them: connections, counted at proxies."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.benchmarks.whole_run import five, later, toml
from tests.proxy import Proxy
from tests.sandbox import Sandbox

CONNECTIONS = {
    "redis": 1,
    "postgres": 1,
    # The login of guest is another one, where only AMQP can tell what becomes of it.
    "rabbitmq": 1,
    "rabbitmq's management API": 7,
    "kafka": 1,
    "mlflow": 12,
}
"""The most that a run without writes opens: those of HTTP are a bounded pool of kept ones."""

Costly = tuple[str, list[Proxy]]


@pytest.fixture(scope="module")
def costly(box: Sandbox) -> Iterator[Costly]:
    with five(box) as (targets, proxies):
        yield toml(targets), proxies


@pytest.mark.parametrize("workers", [(), ("-n", "2"), ("-n", "4")], ids=["alone", "two", "four"])
def test_each_target_is_looked_at_once_and_over_few_connections(
    costly: Costly, tmp_path: Path, workers: tuple[str, ...]
) -> None:
    text, proxies = costly
    (tmp_path / "readiness.toml").write_text(text)
    later(proxies, 0)
    command = (sys.executable, "-m", "pytest", "--readiness", "--readiness-report=r.json")
    plugins = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest")
    ran = subprocess.run((*command, *plugins, *workers), cwd=tmp_path, capture_output=True)
    card = json.loads((tmp_path / "r.json").read_text())
    assert card["complete"], ran.stdout
    assert not [f for f in card["findings"] if f["check"].endswith(".reachable") and f["points"]]
    opened = {
        name: len(proxy.conversations) for name, proxy in zip(CONNECTIONS, proxies, strict=True)
    }
    assert all(0 < opened[name] <= most for name, most in CONNECTIONS.items()), opened
    assert len(card["findings"]) >= 140
