"""Kafka where nothing is amiss: a laptop, a staging box, platforms that keep things back."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_readiness.policy.environments import not_asked
from pytest_readiness.run.catalogue import _checks_of
from pytest_readiness.systems import registry
from pytest_readiness.systems.kafka import GroupIntent, TopicIntent
from tests.catalogue import kafka_servers as servers
from tests.catalogue.kafka_servers import way
from tests.judging import Judged, judge, probe_of
from tests.sandbox import Sandbox
from tests.sandbox.scripted_kafka import Script, ScriptedKafka

CHECKS = {c.id.partition(".")[2]: c for c in _checks_of(registry()["kafka"])}
GRAVE = ("blocker", "high")
PLATFORMS = ("msk", "msk-serverless", "confluent-cloud", "aiven", "redpanda-cloud", "event-hubs")


def amiss(
    said: dict[str, Judged],
    environment: str,
    *,
    single_node: bool = False,
    platform: str | None = None,
    grave: bool = True,
) -> dict[str, str]:
    """The checks that are asked there by default and that do not hold, with what they say."""
    return {
        name: one.message
        for name, one in said.items()
        if one.outcome in ("failed", "blocked", "error")
        and not CHECKS[name].optional
        and not (platform and CHECKS[name].managed)
        and not_asked(CHECKS[name].demand, environment, single_node) is None
        and (not grave or CHECKS[name].severity.value in GRAVE)
    }


def said_of(**settings: Any) -> dict[str, Judged]:
    probe = probe_of("kafka", **{"timeout": 15, **settings})
    return judge(probe, "kafka", writes=True, free=0.01)


def test_a_laptop_with_all_defaults(box: Sandbox) -> None:
    said = said_of(url=servers.laptop(box).url)
    assert amiss(said, "development", grave=False) == {}


def test_a_laptop_with_what_the_service_needs(box: Sandbox) -> None:
    server = box.start("kafka", topics={"orders": {"partitions": 3}})
    intents = {"orders": TopicIntent(partitions=3)}
    with servers.consuming(server.client_options(), "billing", "orders"):
        said = said_of(url=server.url, topics=intents, groups={"billing": GroupIntent()})
    assert amiss(said, "development", grave=False) == {}
    assert said["group_members"].outcome == said["group_lag"].outcome == "passed"


def test_a_staging_box_of_one_node(box: Sandbox) -> None:
    server = box.start("kafka", sasl=True, tls=True, authorize=True, topics={"orders": {}})
    roles = {**way(server), **way(server, "monitor", "monitor_")}
    said = said_of(**roles, topics={"orders": TopicIntent()})
    assert amiss(said, "staging", single_node=True) == {}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_platform_that_keeps_its_own_to_itself(platform: str) -> None:
    script = Script(acls=31, cluster=31, topic_configs={**Script().topic_configs, **_KEPT})
    with ScriptedKafka(script) as broker:
        probe = probe_of(
            "kafka", url=broker.url, platform=platform, topics={"orders": TopicIntent()}
        )
        said = judge(probe, "kafka")
    # The script speaks without TLS and takes everybody: none of the platforms does.
    entrance = {"encrypted", "authentication_required"}
    assert amiss(said, "production", platform=platform).keys() == entrance
    assert said["open_acls"].outcome == said["quorum_lag"].outcome == "not_applicable"


def test_event_hubs_tell_of_one_broker_and_of_no_replica() -> None:
    script = Script(
        brokers={0: None},
        topics={"orders": [(0, (), ())]},
        topic_configs={"retention.ms": "604800000", "cleanup.policy": "delete"},
        acls=31,
        cluster=31,
        racks={},
        highest={"DescribeQuorum": -1},
    )
    with ScriptedKafka(script) as broker:
        probe = probe_of(
            "kafka", url=broker.url, platform="event-hubs", topics={"orders": TopicIntent()}
        )
        said = judge(probe, "kafka")
    entrance = {"encrypted", "authentication_required"}
    assert amiss(said, "production", platform="event-hubs").keys() == entrance


_KEPT = {"retention.ms": "604800000", "retention.bytes": "-1", "max.message.bytes": "1048588"}
