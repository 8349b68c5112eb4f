"""Targets that accept a connection and never say a word: one deadline, however many they are."""

from __future__ import annotations

import socket
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from pytest_readiness.redact import Redactor
from pytest_readiness.run.pool import Pool
from pytest_readiness.run.watcher import observe
from pytest_readiness.systems import registry
from tests.benchmarks.running import folder, run

COUNTS = (5, 50)
TURNS = 3
DEADLINE = 5.0
URLS = (
    ("redis", "redis://127.0.0.1:{port}"),
    ("postgres", "postgresql://app:planted-word@127.0.0.1:{port}/shop"),
    ("rabbitmq", "amqp://app:planted-word@127.0.0.1:{port}"),
    ("kafka", "127.0.0.1:{port}"),
    ("mlflow", "http://127.0.0.1:{port}"),
)


@contextmanager
def silent(count: int) -> Iterator[list[tuple[str, str]]]:
    """So many targets: system and URL."""
    with ExitStack() as stack:
        found = []
        for number in range(count):
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=64))
            system, url = URLS[number % len(URLS)]
            found.append((system, url.format(port=listener.getsockname()[1])))
        yield found


def observed(targets: list[tuple[str, str]]) -> float:
    """Seconds until the last of them is given up, as a run does it after collection."""
    systems, pool = registry(), Pool(64, 64)
    start = time.perf_counter()
    pending = []
    for name, url in targets:
        system = systems[name]
        settings = system.settings(url=url, timeout=DEADLINE)
        work = lambda system=system, settings=settings: observe(system, settings, Redactor([]))  # noqa: E731  # one a target
        pending.append(pool.add(work, ("127.0.0.1",), 3 * DEADLINE))
    for each in pending:
        assert each.result().failure is not None
    return time.perf_counter() - start


def main() -> None:
    """Print a line a count."""
    for count in COUNTS:
        with silent(count) as targets:
            given_up = statistics.median(observed(targets) for _ in range(TURNS))
            text = "gate = 'never'\n" + "".join(
                f"[{system}.t{number}]\ntimeout = {DEADLINE}\nurl = '{url}'\n"
                for number, (system, url) in enumerate(targets)
            )
            with folder(readiness=text) as where:
                whole = [run(where, "--readiness") for _ in range(TURNS)]
            seconds = statistics.median(cost.seconds for cost in whole)
            print(
                f"{count} silent targets with a deadline of {DEADLINE:g} s: the last is given up",
                f"after {given_up:.2f} s; whole process {seconds:.2f} s:",
                whole[0].output.strip().splitlines()[-1],
            )


if __name__ == "__main__":
    main()
