"""RabbitMQ whose management API is behind faults, where AMQP is fine; and a broker in alarm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from tests.faults import proxy
from tests.faults.cases import CLOSED, HTTP, SHORT, SILENCE, SSH, Case, Lab
from tests.faults.proof import Proof
from tests.faults.proxy import Fault
from tests.faults.runs import Seen
from tests.faults.test_rabbitmq import NOBODY, OPTIONS, SYSTEM, figured, route, start

__all__ = ["SYSTEM", "route", "start"]


def api(name: str, at: Callable[[Lab], str], cause: str) -> Case:
    """A fault of the management API, where AMQP is fine."""

    def settings(lab: Lab) -> dict[str, Any]:
        # An address of its own for each target: the run's clock tells them apart by it.
        relay = lab.faulty(proxy.relayed())
        trusted = {"ca_file": str(lab.box.ca)}
        return lab.route(relay, timeout=SHORT, management_url=at(lab), **trusted)

    return Case(f"API: {name}", settings, cause, check="management_reachable")


def api_at(
    lab: Lab, port: int, *, login: str = "", scheme: str = "http", server: Any = None
) -> str:
    """The URL of a management API, who asks it included."""
    login = login or f"monitor:{(server or lab.server).passwords['monitor']}"
    return f"{scheme}://{login}@127.0.0.1:{port}"


def behind(fault: Fault) -> Callable[[Lab], str]:
    """The management API behind a fault."""
    return lambda lab: api_at(lab, lab.faulty(fault, port=api_port(lab)))


def api_port(lab: Lab) -> int:
    """Where the management API really is."""
    return int(urlsplit(lab.server.management_url).port or 0)


def _api_with(certificate: Any) -> Callable[[Lab], str]:
    def url(lab: Lab) -> str:
        tls = lab.certificate(certificate)
        port = lab.faulty(proxy.relayed(), tls=tls, port=api_port(lab))
        return api_at(lab, port, scheme="https")

    return url


def _api_tls_only(lab: Lab) -> str:
    tls = lab.certificate("valid")
    return api_at(lab, lab.faulty(proxy.relayed(), tls=tls, port=api_port(lab)))


OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
API = [
    api("refused", lambda lab: api_at(lab, lab.closed()), "connection refused"),
    api("silent", behind(proxy.silent), SILENCE),
    api("closed", behind(proxy.closed), CLOSED),
    api("reset", behind(proxy.reset), CLOSED),
    api("closed in an answer", behind(proxy.after(100, proxy.closed)), CLOSED),
    api("stalled in an answer", behind(proxy.after(100, proxy.stalled)), SILENCE),
    api("dripping", behind(proxy.dripping(0.05)), SILENCE),
    api("5,000 ms late", behind(proxy.late(5.0)), SILENCE),
    api("garbage", behind(proxy.saying(proxy.noise())), "not speak HTTP"),
    api("SSH's port", behind(proxy.saying(SSH, first=True)), "not speak HTTP.*SSH"),
    api("AMQP's port", lambda lab: api_at(lab, lab.server.port), "speaks AMQP"),
    api("another server over HTTP", behind(proxy.saying(HTTP)), "not RabbitMQ"),
    api("endless head", behind(proxy.endless(OK, b"X: y\r\n")), "."),
    api(
        "endless body", behind(proxy.endless(OK + b"Content-Length: 9999999999\r\n\r\n", b"x")), "."
    ),
    api(
        "endless chunks",
        behind(proxy.endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n")),
        ".",
    ),
    api(
        "wrong password", lambda lab: api_at(lab, api_port(lab), login="monitor:no"), "Login failed"
    ),
    api(
        "TLS to a plaintext port",
        lambda lab: api_at(lab, api_port(lab), scheme="https"),
        "does not speak TLS",
    ),
    api("plaintext to a TLS port", _api_tls_only, f"TLS|{CLOSED}"),
    api("certificate expired", _api_with("expired"), "certificate has expired"),
    api(
        "user without a tag",
        lambda lab: api_at(lab, api_port(lab), login="narrow:few-rights"),
        "set_user_tags narrow monitoring",
    ),
]


def alarmed(*, api: bool) -> Callable[[Lab], dict[str, Any]]:
    """Settings of a broker that is out of memory, with its management API or without."""

    def settings(lab: Lab) -> dict[str, Any]:
        conf = {**OPTIONS["conf"], "vm_memory_high_watermark.absolute": "20MB"}
        server = figured(lab.box.start("rabbitmq", **{**OPTIONS, "conf": conf}))
        relay = lab.faulty(proxy.relayed(), port=server.port)
        url = server.management_url if api else NOBODY
        return lab.route(relay, server, timeout=2 * SHORT, management_url=url)

    return settings


CASES = [
    *API,
    Case("memory alarm", alarmed(api=True), "memory", check="no_alarms"),
    Case("memory alarm, no API", alarmed(api=False), "memory", check="no_alarms"),
]

SHOWN = ("memory_headroom", "disk_headroom", "nodes_running", "no_partitions", "queues_durable")
"""Checks of what the management API alone shows."""


class TestRabbitmqApi(Proof):
    """RabbitMQ whose management API is behind faults."""

    def test_what_the_api_does_not_show_is_blocked(self, seen: Seen) -> None:
        for case in API:
            found = {
                check.partition(".")[2]: one for check, one in seen.findings(case.target).items()
            }
            assert found["reachable"]["outcome"] == "passed"
            for check in SHOWN:
                assert found[check]["outcome"] == "blocked", (case.name, found[check])
            # What AMQP shows is judged all the same.
            for check in ("queue_backlog", "round_trip", "no_alarms"):
                assert found[check]["outcome"] == "passed", (case.name, found[check])
