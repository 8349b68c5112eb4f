"""`python -m tests.sandbox [--only SYSTEMS] -- COMMAND...`: run a command beside servers."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from types import FrameType

from .box import SYSTEMS, Sandbox
from .errors import SandboxError
from .server import Server

VARIABLES = {
    "redis": "REDIS_URL",
    "postgres": "DATABASE_URL",
    "rabbitmq": "RABBITMQ_URL",
    "kafka": "KAFKA_BOOTSTRAP_SERVERS",
    "mlflow": "MLFLOW_TRACKING_URI",
}
CANNOT_START = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Start the servers, run the command, stop them; the command's exit status."""
    given = _parse(arguments)
    signal.signal(signal.SIGTERM, _terminated)
    with Sandbox() as box:
        servers, failures = _start_all(box, given.only)
        for failure in failures:
            print(failure, file=sys.stderr)
        if failures:
            return CANNOT_START
        return _run(given.command, servers)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.sandbox", description=__doc__)
    parser.add_argument(
        "--only",
        type=_systems,
        default=list(SYSTEMS),
        metavar="SYSTEMS",
        help=f"some of {','.join(SYSTEMS)}, with commas",
    )
    parser.add_argument("command", nargs="+", metavar="COMMAND", help="what to run, after --")
    return parser.parse_args(arguments)


def _systems(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    unknown = [name for name in names if name not in SYSTEMS]
    if unknown:
        raise argparse.ArgumentTypeError(f"no such system: {', '.join(unknown)}")
    return names


def _start_all(box: Sandbox, systems: Sequence[str]) -> tuple[dict[str, Server], list[str]]:
    """All servers in parallel, and a line for each that could not be started."""
    servers: dict[str, Server] = {}
    failures: list[str] = []
    with ThreadPoolExecutor(len(systems)) as pool:
        futures = {system: pool.submit(box.start, system) for system in systems}
        try:
            wait(futures.values())
        except BaseException:
            # Interrupted: what is starting dies, or else the pool would wait for it.
            box.close()
            raise
    for system, future in futures.items():
        try:
            servers[system] = future.result()
        except SandboxError as error:
            failures.append(f"{system}: {error}")
    return servers, failures


def _run(command: Sequence[str], servers: dict[str, Server]) -> int:
    urls = {VARIABLES[system]: server.url for system, server in servers.items()}
    management = getattr(servers.get("rabbitmq"), "management_url", None)
    if management is not None:
        urls["RABBITMQ_MANAGEMENT_URL"] = management
    try:
        child = subprocess.Popen(command, env={**os.environ, **urls})
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)
        return 127
    try:
        status = child.wait()
    except BaseException:
        # Ctrl-C went to the command too; a termination signal only to us.
        child.terminate()
        child.wait()
        raise
    return status if status >= 0 else 128 - status


def _terminated(number: int, frame: FrameType | None) -> None:
    """Leave by an exception, so that every server is stopped on the way out."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
