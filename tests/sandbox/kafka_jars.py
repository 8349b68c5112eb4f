"""Apache Kafka's jars, fetched once by Maven into the user's cache."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path

from .errors import MissingError, SandboxError

_POM = Path(__file__).parent / "kafka_pom" / "pom.xml"
_HOW = "python -m tests.sandbox.install"
_FETCH_SECONDS = 600

_lock = threading.Lock()


def version() -> str:
    """The version of Kafka that the POM names."""
    found = re.search(r"kafka_2\.13</artifactId>\s*<version>([^<]+)<", _POM.read_text())
    if found is None:
        raise SandboxError(f"{_POM} names no version of Kafka")
    return found.group(1)


def java() -> str:
    """The Java program; an error that says how to get it when there is none."""
    found = shutil.which("java")
    if found is None:
        raise MissingError("Java 17", _HOW)
    return found


def folder() -> Path:
    """Where the jars are, or will be."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "pytest-readiness-sandbox" / f"kafka-{version()}"


def jars() -> Path:
    """The folder with the jars, fetched first if need be."""
    target = folder()
    with _lock:
        if not target.is_dir():
            _fetch(target)
    return target


def _fetch(target: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise MissingError("Maven, which fetches Kafka,", _HOW)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as name:
        fresh = Path(name) / "jars"
        goal = ["dependency:copy-dependencies", "-DincludeScope=runtime"]
        command = [maven, "-q", "-B", "-f", str(_POM), *goal, f"-DoutputDirectory={fresh}"]
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_FETCH_SECONDS,
        )
        if done.returncode:
            raise SandboxError(f"Maven could not fetch Kafka:\n{done.stdout[-2000:]}")
        try:
            # All jars or none: a half-filled folder never has the final name.
            fresh.rename(target)
        except OSError:
            # Another process was quicker.
            if not target.is_dir():
                raise
