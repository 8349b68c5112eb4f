"""States of Kafka's entrances, and of what is declared and not there."""

from __future__ import annotations

from kafka.admin import ConfigResource, ConfigResourceType

from pytest_readiness.systems.kafka import GroupIntent, TopicIntent
from tests.catalogue import kafka_servers as servers
from tests.catalogue.kafka_claims import ALL, SINGLE
from tests.catalogue.kafka_servers import said, way
from tests.catalogue.states import Said, state
from tests.sandbox import Sandbox
from tests.sandbox.ports import free_port


@state("kafka", failed={"reachable"}, blocked=ALL - {"reachable"})
def nobody_there(box: Sandbox) -> Said:
    return said(url=f"127.0.0.1:{free_port()}", timeout=2)


@state(
    "kafka",
    failed={"advertised_reachable"},
    passed={"encrypted", "encrypted_across_public_network"},
)
def encrypted_across_the_internet(box: Sandbox) -> Said:
    server = servers.strict(box)
    with servers.known_as("8.8.8.8"):
        return said(**{**way(server), "url": f"8.8.8.8:{server.port}", "verify": False})


@state("kafka", failed={"encrypted", "encrypted_across_public_network"})
def plain_across_the_internet(box: Sandbox) -> Said:
    with servers.known_as("8.8.8.8"):
        return said(url=f"8.8.8.8:{servers.laptop(box).port}")


@state(
    "kafka",
    failed={"dead_letter_depth", "group_members", "topics_declared"},
    passed={"intent_declared"},
    blocked={"groups_declared", "message_size", "partition_count", "topic_retention", *SINGLE},
    not_applicable={"group_lag", "group_offsets_in_range"},
)
def intent_that_nothing_meets(box: Sandbox) -> Said:
    """On a cluster without ACLs, where everything that is there is seen."""
    topics = {
        "nothing.*": TopicIntent(partitions=3, max_message_bytes=1, dead_letter="nothing.dead"),
        "void": TopicIntent(retention="1d", dead_letter="dead"),
    }
    groups = {"billing": GroupIntent(min_members=1), "b*": GroupIntent()}
    return said(url=servers.laptop(box).url, topics=topics, groups=groups)


@state("kafka", failed={"round_trip"}, passed={"reachable"})
def a_broker_that_takes_no_record(box: Sandbox) -> Said:
    server = servers.laptop(box)
    broker = ConfigResourceType.BROKER, "1"
    with servers.admin_of(server.client_options()) as admin:
        admin.alter_configs([ConfigResource(*broker, {"message.max.bytes": "10"})])
        try:
            servers.until(lambda: said(url=server.url)["round_trip"].outcome == "failed")
            return said(url=server.url)
        finally:
            admin.reset_configs([ConfigResource(*broker, {"message.max.bytes": ""})])
