"""Whole runs of pytest against faulty targets, and what they wrote and left."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WATCHER = '''
"""Writes down how long each target was looked at, and what is left when the run ends."""

import gc, json, os, socket, threading, time
from pathlib import Path
from pytest_readiness.run import observe as observing

HERE = Path(__file__).parent
SECONDS = {}
original = observing.observe

def timed(system, settings, redactor):
    start = time.monotonic()
    try:
        return original(system, settings, redactor)
    finally:
        SECONDS[settings.url or settings.monitor_url] = time.monotonic() - start

observing.observe = timed

def sockets():
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            link = os.readlink(f"/proc/self/fd/{name}")
        except OSError:
            continue
        if link.startswith("socket:"):
            found.append(link)
    return found

def children():
    path = Path(f"/proc/self/task/{os.getpid()}/children")
    return path.read_text().split()

def threads():
    return [t.name for t in threading.enumerate() if t.name != "MainThread"]

BEFORE = {"sockets": sockets(), "threads": threads(), "children": children()}

def left():
    gc.collect()  # what only waits to be collected keeps nobody
    now = {"sockets": sockets(), "threads": threads(), "children": children()}
    return {what: [x for x in found if x not in BEFORE[what]] for what, found in now.items()}

def pytest_runtest_call(item):
    (HERE / f"{item.name}.called").touch()

def pytest_sessionfinish(session):
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    if worker == "main" and session.config.getoption("numprocesses", None):
        return  # its workers are its children, and still there
    # A thread that was told to end may need a moment to do so.
    ends = time.monotonic() + 5
    while any(left().values()) and time.monotonic() < ends:
        time.sleep(0.01)
    # Not getrusage(), whose figure outlives exec: the process that started this one may be larger.
    status = Path("/proc/self/status").read_text().splitlines()
    memory = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    said = {"seconds": SECONDS, "left": left(), "memory": memory}
    (HERE / f"left-{worker}.json").write_text(json.dumps(said))
'''

STARTUP = 30.0
"""Seconds that starting Python and workers may take on a busy machine, beside the deadline."""


@dataclass(frozen=True)
class Seen:
    """One run from all its sides."""

    name: str
    exit: int
    out: str
    card: dict[str, Any]
    junit: ET.Element
    seconds: dict[str, float]
    """Seconds that each target was looked at, by its URL."""
    left: dict[str, dict[str, list[str]]]
    """What each process still held at its end."""
    memory: int
    """Most memory that a process took, in kB."""
    duration: float
    targets: dict[str, dict[str, Any]]

    def findings(self, target: str) -> dict[str, dict[str, Any]]:
        """What was found on a target, by the check's id."""
        return {f["check"]: f for f in self.card["findings"] if f["target"] == target}

    def case(self, target: str, check: str) -> ET.Element:
        """JUnit's case of a check on a target."""
        system, _, name = check.partition(".")
        wanted = (f"readiness.{system}.{target}", name)
        cases = self.junit.iter("testcase")
        return next(c for c in cases if (c.get("classname"), c.get("name")) == wanted)


def run(folder: Path, system: str, targets: dict[str, dict[str, Any]], *args: str) -> Seen:
    """Judge the targets in a process of its own."""
    tables = (_table(f"{system}.{name}", table) for name, table in targets.items())
    (folder / "readiness.toml").write_text('environment = "production"\n' + "\n".join(tables))
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "conftest.py").write_text(WATCHER)
    command = [sys.executable, "-m", "pytest", "--readiness", "--readiness-writes", "-vv"]
    start = time.monotonic()
    done = subprocess.run(
        [*command, "--readiness-report=r.json", "--junitxml=j.xml", "--showlocals", *args],
        cwd=folder,
        # A run inside a worker of ours must not take its own controller for that worker.
        env={k: v for k, v in os.environ.items() if not k.startswith("PYTEST_XDIST")},
        capture_output=True,
        text=True,
        timeout=STARTUP + sum(table["timeout"] for table in targets.values()),
    )
    duration = time.monotonic() - start
    assert (folder / "r.json").exists(), done.stdout + done.stderr
    said = {p.stem: json.loads(p.read_text()) for p in folder.glob("left-*.json")}
    return Seen(
        name=folder.name,
        exit=done.returncode,
        out=done.stdout + done.stderr,
        card=json.loads((folder / "r.json").read_bytes()),
        junit=ET.parse(folder / "j.xml").getroot(),
        seconds={url: s for one in said.values() for url, s in one["seconds"].items()},
        left={worker: one["left"] for worker, one in said.items()},
        memory=max(one["memory"] for one in said.values()),
        duration=duration,
        targets=targets,
    )


def _table(name: str, values: dict[str, Any]) -> str:
    # JSON's texts, numbers and truth values are TOML's too.
    lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    return "\n".join([f"[{name}]", *lines, ""])
