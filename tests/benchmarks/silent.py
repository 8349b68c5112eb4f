"""Targets that accept a connection and never say a word: one deadline, however many they are."""

from __future__ import annotations

import socket
import statistics
from contextlib import ExitStack

from tests.benchmarks.running import folder, run

COUNTS = (5, 50)
TURNS = 3
URLS = (
    ("redis", "redis://127.0.0.1:{port}"),
    ("postgres", "postgresql://app:planted-word@127.0.0.1:{port}/shop"),
    ("rabbitmq", "amqp://app:planted-word@127.0.0.1:{port}"),
    ("kafka", "127.0.0.1:{port}"),
    ("mlflow", "http://127.0.0.1:{port}"),
)
DEADLINE = 5.0


def seconds(count: int) -> float:
    """Median wall time of a whole run over so many silent targets."""
    with ExitStack() as stack:
        text = "gate = 'never'\n"
        for number in range(count):
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=64))
            system, url = URLS[number % len(URLS)]
            port = listener.getsockname()[1]
            text += f"[{system}.t{number}]\ntimeout = {DEADLINE}\n"
            text += f"url = '{url.format(port=port)}'\n"
        where = stack.enter_context(folder(readiness=text))
        return statistics.median(run(where, "--readiness").seconds for _ in range(TURNS))


def main() -> None:
    """Print a line a count."""
    none = seconds_of_nothing()
    for count in COUNTS:
        took = seconds(count)
        print(
            f"{count} silent targets: {took:.2f} s, which is the deadline of {DEADLINE:g} s",
            f"and {took - DEADLINE:.2f} s; pytest alone takes {none:.2f} s",
        )


def seconds_of_nothing() -> float:
    """Median wall time of pytest with one empty test."""
    with folder(test_empty="def test_empty(): pass\n") as where:
        return statistics.median(run(where).seconds for _ in range(TURNS))


if __name__ == "__main__":
    main()
