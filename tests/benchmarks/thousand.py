"""A thousand targets, all of them ports of one process before a real Redis."""

from __future__ import annotations

import json
import math
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import PIPE

from pytest_readiness.redact import Redactor
from pytest_readiness.run.pool import Pool
from pytest_readiness.run.watcher import observe
from pytest_readiness.systems import registry
from tests.benchmarks.judging import EMPTY
from tests.benchmarks.round_trips import moved
from tests.benchmarks.running import folder, run
from tests.proxy import Proxy
from tests.sandbox import Sandbox

TARGETS = 1000
AT_ONCE = 64
LATENCY = 0.02
TURNS = 3


@contextmanager
def ports(upstream: int) -> Iterator[list[int]]:
    """A thousand ports of a process of its own, which must not take turns with ours."""
    command = (sys.executable, "-m", "tests.benchmarks.thousand", str(upstream))
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
        process.communicate("")


def serve(upstream: int) -> None:
    """Lead a thousand ports to one server, until the parent says that it is enough."""
    with Proxy(upstream, latency=LATENCY, ports=TARGETS) as proxy:
        print(json.dumps(proxy.ports), flush=True)
        sys.stdin.read()


def observed(system: str, urls: list[str], at_once: int) -> float:
    """Seconds until all are observed, as a run does it after collection."""
    kind, pool = registry()[system], Pool(at_once, at_once)
    start = time.perf_counter()
    pending = [
        pool.add(
            lambda url=url: observe(kind, kind.settings(url=url), Redactor([])), ("host",), 30.0
        )
        for url in urls
    ]
    for each in pending:
        assert each.result().failure is None, each.result().failure
    return time.perf_counter() - start


def main() -> None:
    """Print the wall time beside the ideal one, and what a whole run needs."""
    with Sandbox() as box:
        for system in ("postgres", "redis"):
            server = box.fresh(system)
            with ports(server.port) as found:
                urls = [moved(server.url, port) for port in found]
                _beside_the_ideal(system, urls)
        _whole(box.fresh("redis").url)


def _beside_the_ideal(system: str, urls: list[str]) -> None:
    observed(system, urls[:1], 1)
    one = statistics.median(observed(system, urls[:1], 1) for _ in range(9))
    took = statistics.median(observed(system, urls, AT_ONCE) for _ in range(TURNS))
    ideal = math.ceil(TARGETS / AT_ONCE) * one
    print(
        f"{TARGETS} targets of {system}, {AT_ONCE} at a time, at {1000 * LATENCY:g} ms:",
        f"{took:.2f} s, {took / ideal:.2f} times the ideal {ideal:.2f} s",
        f"({1000 * one:.0f} ms each); {threading.active_count()} threads are left",
    )


def _whole(url: str) -> None:
    text = "gate = 'never'\n" + "".join(
        f"[redis.t{number}]\nurl = '{url}'\n" for number in range(TARGETS)
    )
    with folder(readiness=text) as where:
        for arguments in (("-k", "reachable"), ()):
            cost = run(where, "--readiness", *arguments)
            said = cost.output.strip().splitlines()[-1]
            print(f"whole run: {cost.seconds:.1f} s, {cost.megabytes:.0f} MB; {said}")
    count = 50 * TARGETS
    with folder(test_empty=EMPTY.format(count=count)) as where:
        cost = run(where)
        print(f"plain pytest, {count} empty tests: {cost.seconds:.1f} s, {cost.megabytes:.0f} MB")


if __name__ == "__main__":
    serve(int(sys.argv[1])) if sys.argv[1:] else main()
