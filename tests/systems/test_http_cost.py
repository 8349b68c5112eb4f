"""What an observation over HTTP costs: its requests, its connections, its contexts of TLS."""

from __future__ import annotations

import ssl
from typing import Any
from unittest import mock

import pytest

from pytest_readiness.systems import net
from pytest_readiness.systems.http import DEBUG_PAGES, PRIVATE_FILES, look, runs
from tests.judging import probe_of
from tests.proxy import Proxy
from tests.systems.http_servers import book

REQUESTS, BURST = 2, 10
LIVE = 1
SINGLE = ("ready", "page", "metrics", "stranger", "unknown page", "foreign origin")
"""Asked once, at the same time."""
CLOSED = (*DEBUG_PAGES, *PRIVATE_FILES)
WARMING = 1

LATENCY = 0.05
"""Seconds that an answer is late, so that no connection is done before another has begun."""


def observed(url: str, **settings: Any) -> Any:
    probe = probe_of("http", url=url, requests=REQUESTS, burst=BURST, timeout=20.0, **settings)
    assert probe.observation.failure is None, probe.observation.failure
    return probe.facts


DECLARED = {"ready": "/", "page": "/", "metrics": "/metrics", "protected": ("/admin",)}


def test_connections_are_kept_from_one_question_to_the_next() -> None:
    with book() as (where, requests):
        port = int(where.rpartition(":")[2])
        with Proxy(port, latency=LATENCY) as proxy:
            facts = observed(f"http://127.0.0.1:{proxy.port}", **DECLARED)
            runs_of_it = WARMING + REQUESTS + BURST
            assert proxy.turns == LIVE + len(SINGLE) + len(CLOSED) + runs_of_it == len(requests)
            assert len(proxy.conversations) == look.AT_ONCE == 6
    assert facts.latency.connections == 1
    assert runs.AT_ONCE < look.AT_ONCE


def test_who_keeps_no_connection_is_asked_on_new_ones() -> None:
    with book(version="HTTP/1.0") as (where, _), Proxy(int(where.rpartition(":")[2])) as proxy:
        facts = observed(f"http://127.0.0.1:{proxy.port}")
        assert len(proxy.conversations) == proxy.turns
    assert facts.latency.connections == WARMING + REQUESTS


def test_no_authorities_are_read_for_plain_http() -> None:
    with book() as (where, _), mock.patch.object(ssl, "SSLContext", side_effect=AssertionError):
        observed(f"http://{where}")


def test_the_authorities_of_the_system_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = net.shared_context(None, ("http/1.1",))
    assert made.verify_mode is ssl.CERT_REQUIRED
    assert made.check_hostname
    assert net.shared_context(None, ("http/1.1",)) is made
    assert net.shared_context() is not made
    # Told otherwise, OpenSSL looks elsewhere.
    monkeypatch.setenv("SSL_CERT_DIR", "/nowhere")
    assert net.shared_context(None, ("http/1.1",)) is not made
