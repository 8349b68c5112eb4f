"""Prometheus and those who carry metrics to it, started for a test on 127.0.0.1."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

from tests.sandbox import process
from tests.sandbox.ports import HOST, free_port

_START = 30.0
"""Seconds that a start may take on a busy machine."""


@contextmanager
def started(name: str, folder: Path, *options: str) -> Iterator[str]:
    """The address of a program of Prometheus' family that listens until the block ends."""
    port = free_port()
    command = [name, f"--web.listen-address={HOST}:{port}", *options]
    child = process.start(name, command, folder=folder)
    try:
        child.wait_until(lambda: _answers(f"{HOST}:{port}"), _START)
        yield f"{HOST}:{port}"
    finally:
        child.discard()


@contextmanager
def node_exporter(folder: Path) -> Iterator[str]:
    """A node exporter that reads the text files of a folder, and nothing else."""
    with started(
        "prometheus-node-exporter",
        folder,
        "--collector.disable-defaults",
        "--collector.textfile",
        f"--collector.textfile.directory={folder}",
    ) as address:
        yield address


@contextmanager
def pushgateway(folder: Path) -> Iterator[str]:
    """A Pushgateway that keeps nothing on the disk, where Debian's keeps it for the machine."""
    with started("prometheus-pushgateway", folder, "--persistence.file=") as address:
        yield address


@contextmanager
def prometheus(folder: Path, scraped: str, rules: Path) -> Iterator[str]:
    """A Prometheus that scrapes an address, and evaluates a file of rules, every second."""
    settings = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(rules)],
        "scrape_configs": [{"job_name": "node", "static_configs": [{"targets": [scraped]}]}],
    }
    # JSON is YAML as well.
    (folder / "prometheus.yml").write_text(json.dumps(settings))
    with started(
        "prometheus",
        folder,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
    ) as address:
        yield address


def _answers(address: str) -> bool:
    """Whether it is ready: Prometheus answers 503 until it has read its own storage."""
    try:
        _read(urllib.request.Request(f"http://{address}/-/ready"))
    except urllib.error.HTTPError as error:
        # The node exporter has no such page, and is ready when it listens.
        return error.code == HTTPStatus.NOT_FOUND
    except OSError:
        return False
    return True


def asked(address: str, path: str, **parameters: str) -> Any:
    """What Prometheus' API answers."""
    url = f"http://{address}{path}?{urllib.parse.urlencode(parameters)}"
    answer = json.loads(_read(urllib.request.Request(url)))
    assert answer["status"] == "success", answer
    return answer["data"]


def page(address: str) -> str:
    """What there is to scrape."""
    return _read(urllib.request.Request(f"http://{address}/metrics"))


def pushed(address: str, path: str, content: bytes) -> None:
    """Put metrics into a Pushgateway in the place of those that are there."""
    url = f"http://{address}{path}"
    _read(urllib.request.Request(url, data=content, method="PUT"))


def _read(request: urllib.request.Request) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=_START) as answer:
        return str(answer.read(), "utf-8")
