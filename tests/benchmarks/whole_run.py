"""A whole run over five real servers: near, far, and beside what people write by hand."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks.round_trips import through
from tests.benchmarks.running import Cost, Pair, folder, median, run
from tests.proxy import Proxy
from tests.sandbox import SYSTEMS, Sandbox

TURNS = 7
FAR = 0.1
"""Seconds: another continent."""
NEAR = 0.005
"""Seconds: another data centre of the same region."""

OURS = ("--readiness", "--readiness-gate=never")

CLIENTS = """
import httpx, kafka, pika, psycopg, pytest, redis
URLS = {urls!r}

def ask_redis():
    client = redis.Redis.from_url(URLS["redis"])
    assert client.ping()
    client.close()

def ask_postgres():
    with psycopg.connect(URLS["postgres"]) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)

def ask_rabbitmq():
    connection = pika.BlockingConnection(pika.URLParameters(URLS["rabbitmq"]))
    assert connection.channel().is_open
    connection.close()

def ask_kafka():
    client = kafka.KafkaAdminClient(bootstrap_servers=URLS["kafka"])
    assert client.describe_cluster()
    client.close()

def ask_mlflow():
    assert httpx.get(URLS["mlflow"] + "/health").status_code == 200
"""

FIVE = (
    CLIENTS
    + """
@pytest.mark.parametrize("ask", [ask_redis, ask_postgres, ask_rabbitmq, ask_kafka, ask_mlflow])
def test_answers(ask):
    ask()
"""
)

MANY = (
    CLIENTS
    + """
@pytest.mark.parametrize("number", range(28))
@pytest.mark.parametrize("ask", [ask_redis, ask_postgres, ask_rabbitmq, ask_kafka, ask_mlflow])
def test_holds(ask, number):
    ask()
"""
)


@contextmanager
def five(box: Sandbox) -> Iterator[tuple[dict[str, dict[str, Any]], list[Proxy]]]:
    """Settings of the five systems, each behind proxies, and the proxies."""
    with ExitStack() as stack:
        targets: dict[str, dict[str, Any]] = {}
        proxies: list[Proxy] = []
        for system in SYSTEMS:
            targets[system], own = stack.enter_context(through(box, system))
            proxies += own
        yield targets, proxies


def toml(targets: dict[str, dict[str, Any]]) -> str:
    """Settings of one target a system, with the full catalogue."""
    lines = ['catalogue = "full"']
    for system, settings in targets.items():
        lines += [f"[{system}.one]", *(f"{k} = {v!r}" for k, v in settings.items())]
    return "\n".join(lines) + "\n"


def later(proxies: list[Proxy], latency: float) -> None:
    """Make each answer so many seconds late from now on."""
    for proxy in proxies:
        proxy.latency = latency
        proxy.forget()


def _judged(cost: Cost) -> int:
    """Checks that a run judged, so that a benchmark of nothing is seen."""
    last = cost.output.strip().splitlines()[-1]
    return sum(int(word) for word in last.replace(",", " ").split() if word.isdigit())


def main() -> None:
    """Print each comparison."""
    with Sandbox() as box, five(box) as (targets, proxies):
        urls = {system: settings["url"] for system, settings in targets.items()}
        plain = {name: text.format(urls=urls) for name, text in (("five", FIVE), ("many", MANY))}
        with (
            folder(readiness=toml(targets)) as ours,
            folder(test_five=plain["five"]) as few,
            folder(test_many=plain["many"]) as many,
        ):
            _latency(ours, proxies)
            _beside(ours, few, proxies)
            _by_hand(ours, many, proxies)


def _latency(ours: Path, proxies: list[Proxy]) -> None:
    near, far = [], []
    run(ours, *OURS)  # compiles, and lets the servers warm up
    for _ in range(TURNS):
        later(proxies, 0)
        near.append(run(ours, *OURS).seconds)
        later(proxies, FAR)
        far.append(run(ours, *OURS).seconds)
    more = statistics.median(b - a for a, b in zip(near, far, strict=True))
    print(f"at {1000 * FAR:g} ms: {statistics.median(far):.2f} s,", end=" ")
    print(f"{more / FAR:.1f} latencies above the run at 0 ms ({statistics.median(near):.2f} s)")


def _beside(ours: Path, few: Path, proxies: list[Proxy]) -> None:
    later(proxies, 0)
    pair = Pair([], [])
    for _ in range(TURNS):
        pair.ours.append(run(ours, *OURS))
        pair.theirs.append(run(few))
    print(
        f"whole process, {_judged(pair.ours[0])} checks: {median(pair.ours):.2f} s;",
        f"five tests that ping: {median(pair.theirs):.2f} s;",
        f"ratio {pair.ratio:.2f} (processor {pair.cpu_ratio:.2f})",
    )


def _by_hand(ours: Path, many: Path, proxies: list[Proxy]) -> None:
    later(proxies, NEAR)
    pair = Pair([], [])
    for _ in range(3):
        pair.ours.append(run(ours, *OURS))
        pair.theirs.append(run(many))
    print(
        f"140 tests with a connection each, at {1000 * NEAR:g} ms:",
        f"{1 / pair.ratio:.1f} times as long as ours",
    )


if __name__ == "__main__":
    main()
