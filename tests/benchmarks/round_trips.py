"""What one observation of each system costs the network, counted at a proxy before the server."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

from pytest_readiness.redact import Redactor
from pytest_readiness.run.watcher import observe
from pytest_readiness.systems import registry
from tests.proxy import Proxy
from tests.sandbox import SYSTEMS, Sandbox

LATENCY = 0.05
"""Seconds added to every answer: far above what the machine's noise adds."""

RUNS = 5


@contextmanager
def through(box: Sandbox, system: str) -> Iterator[tuple[dict[str, Any], list[Proxy]]]:
    """A real server's settings that lead through proxies, and the proxies."""
    with ExitStack() as stack:
        proxy = stack.enter_context(Proxy())
        proxies = [proxy]
        options: dict[str, Any] = {}
        if system == "kafka":
            # Its clients go on to the address that the broker tells them.
            options = {
                "properties": {"advertised.listeners": f"PLAINTEXT://127.0.0.1:{proxy.port}"}
            }
        server: Any = box.fresh(system, **options)
        proxy.upstream = server.port
        settings: dict[str, Any] = {"url": moved(server.url, proxy.port), "timeout": 20.0}
        if getattr(server, "management_url", None):
            api = stack.enter_context(Proxy(urlsplit(server.management_url).port or 0))
            settings["management_url"] = moved(server.management_url, api.port)
            proxies.append(api)
        yield settings, proxies
        server.stop()


def moved(url: str, port: int) -> str:
    """A URL with another port."""
    if "://" not in url:
        return f"{url.rpartition(':')[0]}:{port}"
    parts = urlsplit(url)
    return parts._replace(netloc=f"{parts.netloc.rpartition(':')[0]}:{port}").geturl()


def cost(system: str, settings: dict[str, Any], proxies: list[Proxy]) -> dict[str, float]:
    """Connections, round trips, longest chain of them, and milliseconds of one observation."""
    entry = registry()[system]
    typed = entry.settings(**settings)

    def seconds(latency: float) -> float:
        for proxy in proxies:
            proxy.latency = latency
            proxy.forget()
        start = time.perf_counter()
        seen = observe(entry, typed, Redactor([]))
        assert seen.failure is None, seen.failure
        return time.perf_counter() - start

    seconds(0)  # imports the client, and fills what the server keeps in memory
    near = statistics.median(seconds(0) for _ in range(RUNS))
    far = statistics.median(seconds(LATENCY) for _ in range(RUNS))
    return {
        "connections": sum(len(proxy.conversations) for proxy in proxies),
        "round trips": sum(proxy.turns for proxy in proxies),
        "chain": round((far - near) / LATENCY, 1),
        "ms": round(1000 * near, 1),
    }


def main() -> None:
    """Print a line a system."""
    with Sandbox() as box:
        for system in SYSTEMS:
            with through(box, system) as (settings, proxies):
                found = cost(system, settings, proxies)
            print(f"{system:<10}", ", ".join(f"{k} {v:g}" for k, v in found.items()), flush=True)


if __name__ == "__main__":
    main()
