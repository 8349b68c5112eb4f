"""Kafka: causes in plain words, deadlines, states that a small healthy cluster cannot show."""

from __future__ import annotations

import contextlib
import http.server
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import kafka
import pytest

from pytest_readiness.outcomes import Blocked
from tests.judging import judge
from tests.sandbox import Sandbox
from tests.sandbox.kafka import KafkaServer
from tests.sandbox.ports import free_port
from tests.sandbox.scripted_kafka import Script, ScriptedKafka
from tests.systems.kafka_clusters import probe_of, said_of, silent, threads, until, way


@pytest.fixture(scope="module")
def secured(box: Sandbox) -> KafkaServer:
    return box.start("kafka", sasl="SCRAM-SHA-256", tls="expiring")


@contextlib.contextmanager
def web() -> Iterator[str]:
    """An HTTP server."""

    class Quiet(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def unreachable(timeout: float = 1.0, **settings: Any) -> str:
    """The cause, after seeing that one check failed within the deadline and the rest blocked."""
    start = time.monotonic()
    probe = probe_of(timeout=timeout, **settings)
    assert time.monotonic() - start < timeout + 1
    assert not threads()
    said = judge(probe, "kafka", writes=True)
    assert said.pop("reachable").outcome == "failed"
    assert {one.outcome for one in said.values()} == {"blocked"}
    assert probe.observation.failure is not None
    assert not probe.observation.broken, probe.observation.failure
    return probe.observation.failure


def test_down_silent_and_other_protocols() -> None:
    port = free_port()
    assert unreachable(url=f"127.0.0.1:{port}").startswith(
        f"connection refused at 127.0.0.1:{port}"
    )
    assert "no host" not in unreachable(url="no-such-host.invalid:9092")
    with silent() as address:
        assert "asking" in unreachable(url=address)
        assert "TLS handshake" in unreachable(url=f"SSL://{address}")
        assert "connection refused" in unreachable(url=f"127.0.0.1:{port},{address}")
    with web() as address:
        assert "not Kafka" in unreachable(url=address)
        assert "does not speak TLS" in unreachable(url=f"SSL://{address}")


def test_a_listener_of_another_protocol(secured: KafkaServer) -> None:
    good = way(secured)
    port = f"127.0.0.1:{secured.port}"
    assert f"{port} speaks TLS on this port" in unreachable(url=port)
    untrusted = unreachable(**{**good, "ca_file": None})
    assert f"the certificate of {port} is not accepted" in untrusted
    with ScriptedKafka() as plain:
        ca = good["ca_file"]
        assert "a plaintext listener" in unreachable(url=f"SSL://{plain.url}", ca_file=ca)


def test_refused_logins_in_the_brokers_words(secured: KafkaServer) -> None:
    good = way(secured)
    wrong = unreachable(timeout=3, **{**good, "password": "wrong-password"})
    assert "refused the login of User:app by SCRAM-SHA-256: Authentication failed" in wrong
    assert "wrong-password" not in wrong
    port, ca = f"127.0.0.1:{secured.port}", good["ca_file"]
    without = unreachable(url=f"SSL://{port}", ca_file=ca)
    assert without == f"{port} serves nobody without a login; security_protocol would be SASL_SSL"
    other = unreachable(timeout=3, **{**good, "sasl_mechanism": "PLAIN"})
    assert "does not offer the SASL mechanism PLAIN, but SCRAM-SHA-256" in other


def test_a_client_certificate(box: Sandbox) -> None:
    server = box.start("kafka", tls=True, properties={"ssl.client.auth": "required"})
    assert server.certificate is not None
    file, key, ca = (str(path) for path in vars(server.certificate).values())
    common: dict[str, Any] = {"url": f"SSL://{server.url}", "ca_file": ca}
    assert "asks for a client certificate" in unreachable(**common)
    assert "cannot be read" in unreachable(**common, cert_file="/nowhere.pem")
    said = judge(probe_of(**common, cert_file=file, key_file=key), "kafka", writes=True)
    assert said["authentication_required"].outcome == said["round_trip"].outcome == "passed"


def test_a_frozen_broker(secured: KafkaServer) -> None:
    secured.pause()
    try:
        assert "no answer" in unreachable(**way(secured))
    finally:
        secured.resume()


def test_an_answer_that_does_not_come_costs_its_own_facts() -> None:
    said = said_of(Script(silent=("DescribeLogDirs",)), timeout=2.0)
    assert said["log_dirs_healthy"].message == "DescribeLogDirs: no answer in time"
    assert said["partitions_online"].outcome == said["replication_factor"].outcome == "passed"
    with ScriptedKafka(Script(silent=("Metadata",))) as broker:
        assert "no answer" in unreachable(url=broker.url)


def test_one_dead_bootstrap_server_of_several() -> None:
    with ScriptedKafka() as broker, silent() as mute:
        dead = f"127.0.0.1:{free_port()}"
        probe = probe_of(url=f"{dead},{mute},{broker.url}", timeout=3)
        assert judge(probe, "kafka")["reachable"].outcome == "passed"
        first, second, third = probe.facts.bootstrap
        assert "refused" in str(first.problem)
        assert "no answer" in str(second.problem)
        assert third.problem is None
        assert probe.client.list_topics() == ["orders"]
        probe.close()
    assert not threads()


def test_many_targets_at_once() -> None:
    with ScriptedKafka() as broker, silent() as mute, ThreadPoolExecutor(8) as pool:
        urls = [broker.url, mute, broker.url, f"127.0.0.1:{free_port()}"] * 2
        probes = list(pool.map(lambda url: probe_of(url=url, timeout=2), urls))
        words = [probe.observation.failure or "" for probe in probes]
    assert [bool(word) for word in words] == [False, True, False, True] * 2
    assert all(mute in word for word in (words[1], words[5]))
    until(lambda: not threads())


def test_a_client_that_finds_nobody_is_blocked() -> None:
    with ScriptedKafka() as broker:
        probe = probe_of(url=broker.url)
    with pytest.raises(Blocked, match="takes no client now"):
        _ = probe.client
    assert not threads()


def test_warnings_made_errors_do_not_break_it() -> None:
    with ScriptedKafka() as broker:
        code = (
            "from tests.judging import probe_of; import sys; "
            "print(probe_of('kafka', url=sys.argv[1]).observation.failure)"
        )
        command = [sys.executable, "-W", "error", "-c", code, broker.url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.stdout == "None\n", done.stderr


def test_the_librarys_clients_are_there_for_who_asks_for_them() -> None:
    with ScriptedKafka() as broker:
        code = (
            "import sys; from tests.judging import probe_of; "
            "probe = probe_of('kafka', url=sys.argv[1]); "
            "assert probe.observation.failure is None; "
            "import kafka; "
            "print(kafka.__version__, kafka.errors.__name__, kafka.KafkaProducer.__name__, "
            "*probe.client.list_topics()); probe.close()"
        )
        command = [sys.executable, "-c", code, broker.url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.stdout == f"{kafka.__version__} kafka.errors KafkaProducer orders\n", done.stderr
