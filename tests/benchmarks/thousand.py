"""A thousand targets, all of them ports of one process before a real Redis."""

from __future__ import annotations

import math
import statistics
import threading
import time

from pytest_readiness.redact import Redactor
from pytest_readiness.run.pool import Pool
from pytest_readiness.run.watcher import observe
from pytest_readiness.systems import registry
from tests.benchmarks.running import folder, run
from tests.proxy import Proxy
from tests.sandbox import Sandbox

TARGETS = 1000
AT_ONCE = 64
LATENCY = 0.02
TURNS = 3


def observed(urls: list[str], at_once: int) -> float:
    """Seconds until all are observed, as a run does it after collection."""
    redis = registry()["redis"]
    pool = Pool(at_once, at_once)
    start = time.perf_counter()
    pending = [
        pool.add(
            lambda url=url: observe(redis, redis.settings(url=url), Redactor([])), ("host",), 30.0
        )
        for url in urls
    ]
    for each in pending:
        assert each.result().failure is None, each.result().failure
    return time.perf_counter() - start


def main() -> None:
    """Print the wall time beside the ideal one, and what a whole run needs."""
    with Sandbox() as box:
        server = box.fresh("redis")
        with Proxy(server.port, latency=LATENCY, ports=TARGETS) as proxy:
            urls = [f"redis://127.0.0.1:{port}/0" for port in proxy.ports]
            observed(urls[:1], 1)
            one = statistics.median(observed(urls[:1], 1) for _ in range(9))
            took = statistics.median(observed(urls, AT_ONCE) for _ in range(TURNS))
            ideal = math.ceil(TARGETS / AT_ONCE) * one
            print(
                f"{TARGETS} targets, {AT_ONCE} at a time, at {1000 * LATENCY:g} ms: {took:.2f} s,",
                f"{took / ideal:.2f} times the ideal {ideal:.2f} s ({1000 * one:.0f} ms each);",
                f"{threading.active_count()} threads are left",
            )
            _whole(urls)


def _whole(urls: list[str]) -> None:
    text = "gate = 'never'\n" + "".join(
        f"[redis.t{number}]\nurl = '{url}'\n" for number, url in enumerate(urls)
    )
    with folder(readiness=text) as where:
        cost = run(where, "--readiness")
        print(
            f"a whole run over them: {cost.seconds:.1f} s, {cost.megabytes:.0f} MB;",
            cost.output.strip().splitlines()[-1],
        )


if __name__ == "__main__":
    main()
