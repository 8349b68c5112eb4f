"""A broker without a management API, or one just started: what can be told all the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pytest_readiness.policy.environments import not_asked
from pytest_readiness.run.catalogue import _checks_of
from pytest_readiness.systems import registry
from pytest_readiness.systems.rabbitmq import QueueIntent
from pytest_readiness.systems.rabbitmq.handshake import Start
from tests.judging import Judged, judge, probe_of
from tests.sandbox import Sandbox
from tests.sandbox.rabbitmq import RabbitServer
from tests.systems.rabbitmq_brokers import address_of, bad_order, good_order, outcomes, queue

DEMANDS = {c.id.partition(".")[2]: c.demand for c in _checks_of(registry()["rabbitmq"])}


@pytest.fixture(scope="module")
def good(box: Sandbox) -> Iterator[RabbitServer]:
    with good_order(box) as server:
        yield server


@pytest.fixture(scope="module")
def bad(box: Sandbox) -> RabbitServer:
    return bad_order(box)


def alone(server: RabbitServer, **settings: Any) -> dict[str, Judged]:
    """Judged as one without the plugin: nobody serves the port it would have."""
    return judge(probe_of("rabbitmq", url=server.plain_url, **settings), "rabbitmq")


def test_no_check_vetoes_a_laptop(good: RabbitServer) -> None:
    judged = alone(good)
    asked = {n for n in judged if not_asked(DEMANDS[n], "development", False) is None}
    vetoes = (outcomes(judged, "failed") | outcomes(judged, "blocked")) & asked
    assert vetoes == {"version_abandoned"}, "Debian's version is old, and nothing else is wrong"
    assert judged["no_alarms"].outcome == "passed"


def test_production_asks_for_what_was_not_seen(good: RabbitServer) -> None:
    judged = alone(good)
    asked = {n for n in judged if not_asked(DEMANDS[n], "production", False) is None}
    assert {"nodes_running", "no_partitions"} <= outcomes(judged, "blocked") & asked
    assert judged["management_reachable"].outcome == "failed"
    assert judged["management_reachable"].message.startswith("management API: connection refused")
    assert judged["memory_headroom"].message.endswith("see management_reachable")


def test_one_that_was_declared_is_missed(good: RabbitServer) -> None:
    judged = alone(good, management_url="http://127.0.0.1:9")
    assert {"memory_headroom", "disk_headroom"} <= outcomes(judged, "blocked")


def test_an_alarm_is_seen_by_whoever_may_log_in(bad: RabbitServer) -> None:
    bad.rabbitmqctl("add_user", "bare", "of-all-rights")
    try:
        bad.rabbitmqctl("set_permissions", "bare", "", "", "")
        url = f"amqp://bare:of-all-rights@127.0.0.1:{bad.port}"
        said = judge(probe_of("rabbitmq", url=url), "rabbitmq")["no_alarms"]
        assert said.message == "alarms is disk space on a node, memory on a node, must be none"
    finally:
        bad.rabbitmqctl("delete_user", "bare")


def test_a_broker_that_does_not_tell_is_not_trusted(
    good: RabbitServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Start, "capabilities", {})
    said = alone(good)["no_alarms"]
    assert said.outcome == "blocked"
    assert said.message.endswith(
        "over AMQP: this broker does not tell publishers whether it blocks them"
    )


def test_the_question_leaves_nothing_behind(good: RabbitServer) -> None:
    def state() -> list[str]:
        lists = (("list_queues", "name", "messages"), ("list_exchanges", "name"))
        return [good.rabbitmqctl("-q", *words) for words in (*lists, ("list_bindings",))]

    before = state()
    assert alone(good)["no_alarms"].outcome == "passed"
    assert state() == before


def test_figures_of_a_broker_that_has_just_started_are_waited_for(box: Sandbox) -> None:
    server = box.fresh("rabbitmq", definitions={"queues": [queue("orders")]})
    try:
        probe = probe_of(
            "rabbitmq",
            url=server.url,
            monitor_url=server.management_url,
            queues={"orders": QueueIntent()},
            timeout=9,
        )
        judged = judge(probe, "rabbitmq")
        assert outcomes(judged, "blocked") == {"heartbeats_on"}, "no client yet, all else is there"
        assert 1000 < probe.observation.elapsed_ms < 7000
    finally:
        server.stop()


def test_figures_that_will_never_come_are_not_waited_for(box: Sandbox) -> None:
    server = box.fresh("rabbitmq", conf={"management_agent.disable_metrics_collector": "true"})
    try:
        probe = probe_of("rabbitmq", url=server.url, monitor_url=server.management_url)
        assert probe.observation.elapsed_ms < 2000
        judged = judge(probe, "rabbitmq")
        assert judged["nodes_running"].outcome == judged["no_alarms"].outcome == "passed"
        assert judged["no_partitions"].outcome == "not_applicable", "a blocker for want of figures"
        assert "was told not to count" in judged["memory_headroom"].message
        assert "disable_metrics_collector" in judged["memory_headroom"].message
        assert "disable_metrics_collector" in judged["metrics_exported"].message
    finally:
        server.stop()


def test_the_grant_shows_what_was_blocked(bad: RabbitServer) -> None:
    settings = {"url": bad.url, "management_url": address_of(bad.management_url)}
    before = judge(probe_of("rabbitmq", **settings), "rabbitmq")
    assert before["memory_headroom"].message.endswith("rabbitmqctl set_user_tags app monitoring")
    bad.rabbitmqctl("set_user_tags", "app", "monitoring")
    try:
        after = judge(probe_of("rabbitmq", **settings), "rabbitmq")
        assert outcomes(after, "blocked") == {"heartbeats_on"}, "no client yet, all else is there"
    finally:
        bad.rabbitmqctl("set_user_tags", "app")
