"""Every byte that a run writes, and every form of a secret that could stand in it."""

from __future__ import annotations

import base64
import html
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote, quote_plus

from pytest_readiness.reports import FORMATS

REPOSITORY = Path(__file__).parents[2]
OURS = (".py", ".pyc", ".toml", ".ini", ".pem")
"""What a test has written itself, and what Python makes of its modules."""

LOUD = ("-vv", "--showlocals", "--tb=long", "-rA", "--setup-show", "--durations=5")
LIVE = ("--capture=no", "-o", "log_cli=true", "--log-level=DEBUG", "--log-file=run.log")


def forms(secret: str, user: str = "app") -> set[str]:
    """A secret as the wire, a log or a report may write it."""
    login = base64.b64encode(f"{user}:{secret}".encode()).decode()
    percent = quote(secret, safe="")
    return {
        secret,
        percent,
        percent.lower(),
        quote_plus(secret),
        quote(quote(secret, safe=""), safe=""),
        repr(secret)[1:-1],
        ascii(secret)[1:-1],
        json.dumps(secret)[1:-1],
        html.escape(secret),
        html.escape(secret, quote=False),
        login,
        # What follows it changes the last character, unless it ends with one.
        base64.b64encode(secret.encode()).decode()[: len(secret.encode()) * 8 // 6],
    }


class Traces:
    """What one run left: its output, and the files it made, by name."""

    def __init__(self) -> None:
        self.places: dict[str, bytes] = {}
        self.status = -1

    def leaks(self, secrets: Iterable[str]) -> list[str]:
        """Each secret with the place and the form in which it was found."""
        return [
            f"{secret!r} as {form!r} in {place}: …{_around(text, form.encode())}…"
            for secret in secrets
            for form in sorted(forms(secret))
            for place, text in self.places.items()
            if form.encode(errors="surrogatepass") in text
        ]

    @property
    def out(self) -> str:
        return (self.places["stdout"] + self.places["stderr"]).decode(errors="replace")


def _around(text: bytes, form: bytes) -> str:
    at = text.find(form)
    return repr(text[max(0, at - 60) : at + len(form) + 20])


def pytest_run(
    folder: Path, *args: str, env: Mapping[str, str] | None = None, timeout: float = 240
) -> Traces:
    """Run pytest --readiness in a folder and gather every byte that it writes."""
    temporary = folder.with_name(f"{folder.name}-tmp")
    temporary.mkdir(exist_ok=True)
    found = Traces()
    command = [sys.executable, "-m", "pytest", "--readiness", "-p", "no:valkey"]
    command += ["--junitxml=j.xml", "-o", "junit_logging=all", "--readiness-report=r.json"]
    command += [f"--readiness-report=r{extension}" for extension in FORMATS if extension != ".json"]
    given = {**os.environ, "TMPDIR": str(temporary), **(env or {})}
    summary = folder / "summary.md"
    summary.touch()
    given["GITHUB_STEP_SUMMARY"] = str(summary)
    # The hostile texts are a module of this repository.
    given["PYTHONPATH"] = os.pathsep.join(filter(None, [given.get("PYTHONPATH"), str(REPOSITORY)]))
    with watched(temporary, found.places):
        done = subprocess.run(
            [*command, *args], cwd=folder, capture_output=True, env=given, timeout=timeout
        )
    found.places |= {"stdout": done.stdout, "stderr": done.stderr}
    found.status = done.returncode
    for path in (p for root in (folder, temporary) for p in root.rglob("*")):
        # Names of files and folders, too: pytest makes them of the ids of tests.
        name = str(path.relative_to(folder.parent))
        found.places[f"name {name}"] = name.encode(errors="surrogateescape")
        if path.is_file() and path.suffix not in OURS:
            found.places[name] = path.read_bytes()
    return found


@contextmanager
def watched(folder: Path, places: dict[str, bytes]) -> Iterator[None]:
    """Keep a copy of every file that appears in a folder, however soon it goes again."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.01):
            # A folder or a file may be gone in the meantime; the next look sees what is left.
            with suppress(OSError):
                for path in folder.rglob("*"):
                    name = f"temporary {path.name}"
                    with suppress(OSError):
                        places[name] = path.read_bytes() if path.is_file() else b""

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
