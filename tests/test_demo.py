"""The demo keeps its promises: one run, from nothing to a verdict, and nothing left behind."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.sandbox import SYSTEMS, demo_shop, kafka_jars
from tests.sandbox.ports import is_open

ROOT = Path(__file__).resolve().parents[1]

# What place.password() makes, and what stands before the host in a URL.
SECRET = re.compile(r"(?<![0-9a-f])[0-9a-f]{24}(?![0-9a-f])|//[^/\s:@]+:[^/\s@]+@")


@dataclass(frozen=True)
class Run:
    """One run of the demo."""

    status: int
    output: str
    folder: Path
    temporary: Path

    @property
    def card(self) -> dict[str, Any]:
        """The JSON report."""
        found: dict[str, Any] = json.loads((self.folder / "readiness.json").read_bytes())
        return found

    def finding(self, check: str) -> dict[str, Any]:
        """What the report says of a check that has one target."""
        [found] = [f for f in self.card["findings"] if f["check"] == check]
        return found


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """The demo, run once; servers and all that they write are in a folder of its own."""
    # Not pytest's, which its owner alone may enter: servers run as an ordinary user.
    temporary = Path(tempfile.mkdtemp(prefix="demo-"))
    temporary.chmod(0o711)
    folder = tmp_path_factory.mktemp("reports")
    done = subprocess.run(
        [sys.executable, "-m", "tests.sandbox.demo", "--into", str(folder)],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temporary), "REDIS_URL": "redis://nowhere.invalid"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
    )
    yield Run(done.returncode, done.stdout, folder, temporary)
    shutil.rmtree(temporary)


def test_it_delivers_a_verdict(demo: Run) -> None:
    assert demo.status == 0, demo.output
    assert demo.card["verdict"] == "not_ready"
    assert demo.card["complete"] is True
    assert demo.card["counts"]["error"] == 0, demo.output
    assert "The verdict was NOT READY, pytest's exit status 1" in demo.output


def test_junit_agrees(demo: Run) -> None:
    suite = ElementTree.parse(demo.folder / "readiness.xml").getroot()[0]
    [verdict] = [c for c in suite.iter("testcase") if c.get("name") == "verdict"]
    failure = verdict.find("failure")
    assert failure is not None
    assert "NOT READY" in f"{failure.get('message')}"
    stated = {p.get("name"): p.get("value") for p in suite.iter("property")}
    assert stated["readiness.verdict"] == "NOT READY"
    assert float(f"{stated['readiness.score']}") == demo.card["score"]


def test_all_systems_of_this_machine_are_judged(demo: Run) -> None:
    judged = {target["system"] for target in demo.card["about"]["targets"]}
    absent = {system for system in SYSTEMS if f"Not on this machine: {system}" in demo.output}
    assert judged == set(SYSTEMS) - absent
    for system in judged:
        assert demo.finding(f"{system}.reachable")["outcome"] == "passed"


def test_what_is_wrong_on_purpose_is_found(demo: Run) -> None:
    wrong = {
        "redis": "redis.persistence",
        "postgres": "postgres.statement_timeout",
        # Not its replication factor: a stand-in does not tell it in every run.
        "kafka": "kafka.authentication_required",
        "mlflow": "mlflow.model_alias",
        "rabbitmq": "checks/test_orders.py::test_orders_are_dead_lettered",
    }
    for target in demo.card["about"]["targets"]:
        assert demo.finding(wrong[target["system"]])["outcome"] == "failed"


def test_what_people_wrote_down_is_judged(demo: Run) -> None:
    assert "ticked, but measured otherwise (1)" in demo.output
    assert demo.finding("checklist.baskets-survive-a-restart")["outcome"] == "failed"
    assert demo.finding("attestation.rollback")["outcome"] == "attested"
    assert "loose dependencies is " in demo.finding("command.loose")["message"]


def test_readme_shows_what_people_wrote_down() -> None:
    """The sample is a part of the output; what is not bound to a machine is in it to the letter."""
    readme = (ROOT / "README.md").read_text("utf-8")
    settings = (demo_shop.FOLDER / "readiness.toml").read_text("utf-8")
    checklist = (demo_shop.FOLDER / "docs" / "GO_LIVE.md").read_text("utf-8")
    line = next(i for i, text in enumerate(checklist.splitlines(), 1) if "Baskets" in text)
    assert f"docs/GO_LIVE.md:{line} Baskets survive a restart\n" in readme
    assert 'title = "Was a rollback rehearsed with real orders?"' in settings
    assert "attestation.rollback: Was a rollback rehearsed with real orders?\n" in readme


def test_most_is_well(demo: Run) -> None:
    counts = demo.card["counts"]
    assert counts["passed"] > 3 * counts["failed"]


def test_a_stand_in_is_called_one(demo: Run) -> None:
    real = kafka_jars.folder().is_dir()
    assert ("a stand-in for Apache Kafka" in demo.output) is not real


def test_no_secret_is_told(demo: Run) -> None:
    told = {path.name: path.read_text() for path in demo.folder.iterdir()}
    assert set(told) == {"readiness.html", "readiness.json", "readiness.xml"}
    for name, text in {"output": demo.output, **told}.items():
        assert SECRET.findall(text) == [], name


def test_nothing_is_left_behind(demo: Run) -> None:
    assert list(demo.temporary.iterdir()) == []
    for target in demo.card["about"]["targets"]:
        host, _, port = target["address"].rpartition(":")
        assert not is_open(int(port), host), target
    commands = Path("/proc").glob("[0-9]*/cmdline")
    assert [c for c in map(_read, commands) if str(demo.temporary).encode() in c] == []


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        # It ended while we looked.
        return b""


def test_settings_lose_the_tables_of_missing_systems_only() -> None:
    text = (demo_shop.FOLDER / "readiness.toml").read_text()
    left = demo_shop.without(text, {"kafka"})
    assert "kafka." not in left
    assert [line for line in text.splitlines() if line not in left.splitlines()] == [
        line for line in text.splitlines() if "kafka" in line.lower() or _of_kafka(line)
    ]


def _of_kafka(line: str) -> bool:
    return line.startswith(("orders = { partitions", "analytics ="))
