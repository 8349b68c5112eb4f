"""`python -m tests.sandbox.demo [-- PYTEST ARGUMENTS]`: a shop is judged, and may not go live.

Starts embedded servers on 127.0.0.1, without root or Docker, deploys examples/shop to them and
runs `pytest --readiness` there. The reports are left in the folder the demo was started in.
"""

from __future__ import annotations

import argparse
import json
import shlex
import signal
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from textwrap import fill
from typing import Any

from . import demo_shop
from .__main__ import CANNOT_START, _systems, _terminated
from .box import Sandbox
from .demo_servers import CLIENTS, STARTERS, Running
from .errors import SandboxError

_PIP = 'pip install -e ".[all]" -r tests/sandbox/requirements.txt'


@dataclass
class Cast:
    """Who plays: the servers that run, and why others do not."""

    servers: dict[str, Running] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


def main(arguments: Sequence[str] | None = None) -> int:
    """Start, deploy, judge, explain; 0 when the run delivered a verdict."""
    given = _parse(arguments)
    signal.signal(signal.SIGTERM, _terminated)
    absent = [name for name in CLIENTS if find_spec(name) is None]
    if absent:
        print(f"not installed: {', '.join(absent)}: {_PIP}", file=sys.stderr)
        return CANNOT_START
    into = Path(given.into).resolve()
    into.mkdir(parents=True, exist_ok=True)
    with Sandbox() as box:
        try:
            return _play(box, given, into)
        except SandboxError as error:
            print(error, file=sys.stderr)
            return CANNOT_START


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    summary = (__doc__ or "").partition("\n\n")[2]
    parser = argparse.ArgumentParser(prog="python -m tests.sandbox.demo", description=summary)
    parser.add_argument("--into", default=".", metavar="DIR", help="where the reports go")
    parser.add_argument(
        "--stop",
        type=_systems,
        default=[],
        metavar="SYSTEMS",
        help=f"stop some of {','.join(STARTERS)} before judging: what a dead server looks like",
    )
    parser.add_argument("pytest", nargs="*", metavar="PYTEST", help="arguments of pytest, after --")
    return parser.parse_args(arguments)


def _play(box: Sandbox, given: argparse.Namespace, into: Path) -> int:
    print("Servers for a shop, on 127.0.0.1, each slightly wrong on purpose:", flush=True)
    cast = _start_all(box)
    if not cast.servers:
        raise SandboxError(f"no server can be started on this machine: {_PIP}")
    environ = demo_shop.environment(cast.servers, box.ca)
    began = time.monotonic()
    demo_shop.deploy(cast.servers, environ)
    _say("shop", "schema, queues, topic, a model, two orders", time.monotonic() - began)
    for system in given.stop:
        if system in cast.servers:
            cast.servers[system].server.stop()
            _say(system, "stopped again, to see what a dead server looks like")
    reports = {kind: into / f"readiness.{kind}" for kind in ("html", "json", "xml")}
    for path in reports.values():
        # Or else an earlier run's verdict could be taken for this one's.
        path.unlink(missing_ok=True)
    files = [f"--readiness-report={reports[kind]}" for kind in ("html", "json")]
    files.append(f"--junitxml={reports['xml']}")
    config = demo_shop.settings(cast.missing, box.folder)
    typed = shlex.join(["pytest", "--readiness", *given.pytest])
    print(f"\n$ cd examples/shop && {typed}", flush=True)
    status = demo_shop.judge([*config, *files, *given.pytest], environ)
    return _explain(status, cast, reports)


def _start_all(box: Sandbox) -> Cast:
    """All servers in parallel, a line for each as soon as it is there, or is known not to be."""
    cast, began = Cast(), time.monotonic()
    with ThreadPoolExecutor(len(STARTERS)) as pool:
        futures = {pool.submit(start, box): system for system, start in STARTERS.items()}
        try:
            for future in as_completed(futures):
                system = futures[future]
                try:
                    running = cast.servers[system] = future.result()
                except SandboxError as error:
                    cast.missing[system] = str(error).partition("\n")[0]
                    _say(system, cast.missing[system])
                    continue
                _say(system, _name(running), time.monotonic() - began)
        except BaseException:
            # Interrupted: what is starting dies, or else the pool would wait for it.
            box.close()
            raise
    return cast


def _say(who: str, what: str, seconds: float | None = None) -> None:
    took = "" if seconds is None else f"{seconds:6.1f} s"
    print(f"  {who:<9} {what:<48}{took}".rstrip(), flush=True)


def _name(running: Running) -> str:
    imitated = running.stands_in_for
    return f"{running.what}, a stand-in for {imitated}" if imitated else running.what


def _explain(status: int, cast: Cast, reports: dict[str, Path]) -> int:
    """Say what was seen; 0 when there is a verdict, else pytest's own status."""
    verdict = _verdict(reports["json"])
    if status not in (0, 1) or verdict is None:
        print(f"\npytest ended with {status} and without a verdict.", file=sys.stderr)
        return status
    print("\nReports:", *(_short(path) for path in reports.values() if path.exists()))
    for line in _actors(cast):
        print(fill(line, 79, subsequent_indent="  ", break_on_hyphens=False))
    gate = "a CI job would stop here" if status else "a CI job would go on"
    print(f"The verdict was {verdict}, pytest's exit status {status}: {gate}.")
    print("Your own servers: DATABASE_URL=… REDIS_URL=… python -m pytest --readiness")
    print("A dead one: python -m tests.sandbox.demo --stop redis")
    return 0


def _short(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _verdict(report: Path) -> str | None:
    try:
        found: dict[str, Any] = json.loads(report.read_bytes())
    except (OSError, ValueError):
        return None
    return str(found["verdict"]).replace("_", " ").upper()


def _actors(cast: Cast) -> list[str]:
    real = [one.what for one in cast.servers.values() if one.stands_in_for is None]
    lines = [f"Real servers: {', '.join(real) or 'none'}."]
    lines += [f"Not the real one: {_name(s)}." for s in cast.servers.values() if s.stands_in_for]
    lines += [f"Not on this machine: {system} ({why})." for system, why in cast.missing.items()]
    return lines


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
