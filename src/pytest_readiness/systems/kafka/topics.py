"""Topics: where their partitions live, and their settings."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from pytest_readiness.systems.kafka.answers import (
    TOPIC_REFUSED,
    UNKNOWN_TOPIC,
    Unseen,
    grant,
    missing,
)
from pytest_readiness.systems.kafka.intent import TopicIntent, exact, limited, resolved
from pytest_readiness.systems.kafka.leftovers import ours
from pytest_readiness.systems.kafka.topic_facts import Partition, Topic

KEYS = (
    "cleanup.policy",
    "max.message.bytes",
    "min.insync.replicas",
    "retention.bytes",
    "retention.ms",
    "unclean.leader.election.enable",
)
"""Settings of a topic that are read."""

MOST = 1000
"""Topics whose settings are read: declared ones first, then those that lack replicas in sync,
then the others, Kafka's own last."""

ROUND_TRIP = re.compile(r"readiness-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""Topics of round trips that run at this moment, elsewhere; nobody's business."""

_TOPIC = 2
_INTERNAL = ("__", "_schemas", "_confluent")


def wanted(declared: Mapping[str, TopicIntent]) -> list[str]:
    """Names to ask for one by one: declared ones that are no patterns, and dead-letter topics."""
    dead = [topic.dead_letter for topic in declared.values() if topic.dead_letter is not None]
    return list(dict.fromkeys((*exact(declared), *dead)))


def declared(
    intents: Mapping[str, TopicIntent], topics: Mapping[str, Topic]
) -> dict[str, TopicIntent]:
    """Intent by topic: of every exact name, there or not, and of all that a pattern matches.

    A pattern matches none of Kafka's own topics, and no dead-letter topic of a declared one.
    """
    dead = {topic.dead_letter for topic in intents.values()}
    return resolved(intents, [n for n, t in topics.items() if not t.internal and n not in dead])


def counted(intents: Mapping[str, TopicIntent], topics: Mapping[str, Topic]) -> list[Topic]:
    """The topics whose records are counted, of those that are there."""
    names = limited(intents, declared(intents, topics))
    found = [topics[name] for name in names if name in topics]
    return [topic for topic in found if topic.sees("layout") and topic.exists]


def metadata(names: Collection[str] | None) -> Any:
    """The request for topics by name, or for all; never one that creates them."""
    from kafka.protocol.metadata import MetadataRequest

    wanted = (
        None if names is None else [MetadataRequest.MetadataRequestTopic(name=n) for n in names]
    )
    return MetadataRequest(topics=wanted, allow_auto_topic_creation=False)


def visible(answer: Any) -> dict[str, Topic] | Unseen:
    """All topics of an answer to a request for all."""
    unseen = missing(answer, "Metadata", "")
    if unseen is not None:
        return unseen
    return {t.name: _topic(t) for t in answer.topics if not ROUND_TRIP.fullmatch(t.name)}


def named(answer: Any, names: Iterable[str], principal: str) -> dict[str, Topic]:
    """Topics that were asked for by name; those that do not exist, or may not be seen, too."""
    if isinstance(answer, Exception):
        unseen = missing(answer, "Metadata", "")
        assert unseen is not None
        return {name: Topic(name=name, unseen={"*": unseen.reason}) for name in names}
    return {t.name: _named(t, principal) for t in answer.topics}


def _named(told: Any, principal: str) -> Topic:
    if told.error_code == UNKNOWN_TOPIC:
        words = {"configs": f"topic {told.name} does not exist"}
        return Topic(name=told.name, exists=False, layout=(), unseen=words)
    if told.error_code == TOPIC_REFUSED:
        needed = grant(principal, "Describe", f"--topic {told.name}")
        return Topic(name=told.name, unseen={"*": f"topic {told.name} may not be seen: {needed}"})
    return _topic(told)


def _topic(told: Any) -> Topic:
    layout = (
        Partition(
            p.partition_index,
            p.leader_id,
            tuple(p.replica_nodes),
            tuple(p.isr_nodes),
            tuple(getattr(p, "offline_replicas", None) or ()),
        )
        for p in told.partitions
    )
    return Topic(
        name=told.name,
        exists=True,
        internal=bool(told.is_internal) or told.name.startswith(_INTERNAL) or ours(told.name),
        layout=tuple(sorted(layout, key=lambda p: p.index)),
    )


def chosen(topics: Mapping[str, Topic], first: Collection[str]) -> list[str]:
    """Names of the topics whose settings are read."""
    there = [t for t in topics.values() if t.sees("exists") and t.exists]
    there.sort(key=lambda t: (t.name not in first, not t.under_replicated, t.internal, t.name))
    return [t.name for t in there[:MOST]]


def config_request(names: Sequence[str]) -> Any:
    """The request for the settings of topics."""
    from kafka.protocol.admin import DescribeConfigsRequest

    return DescribeConfigsRequest(resources=[(_TOPIC, name, list(KEYS)) for name in names])


def configured(topics: Mapping[str, Topic], answer: Any, principal: str) -> dict[str, Topic]:
    """Topics with the settings that an answer tells."""
    if isinstance(answer, Exception):
        unseen = missing(answer, "DescribeConfigs", "")
        assert unseen is not None
        return {n: _without_configs(t, unseen.reason) for n, t in topics.items()}
    told = {result.resource_name: result for result in answer.results}
    cut = f"settings of no more than {MOST} topics are read; declare topics.NAME to be among them"
    return {
        name: _configured(topic, told[name], principal)
        if name in told
        else _without_configs(topic, cut)
        for name, topic in topics.items()
    }


def _configured(topic: Topic, result: Any, principal: str) -> Topic:
    needed = grant(principal, "DescribeConfigs", f"--topic {topic.name}")
    unseen = missing(result, f"DescribeConfigs of topic {topic.name}", needed)
    if unseen is not None:
        return _without_configs(topic, unseen.reason)
    configs = {c.name: c.value for c in result.configs if c.value is not None}
    return msgspec.structs.replace(topic, configs=configs)


def moving(
    topics: Mapping[str, Topic], moves: Mapping[str, Mapping[int, tuple[int, ...]]]
) -> dict[str, Topic]:
    """Topics with the replicas that moves are adding to them."""
    found = dict(topics)
    for name in moves.keys() & found.keys():
        if found[name].sees("layout"):
            layout = tuple(
                msgspec.structs.replace(p, adding=moves[name].get(p.index, ()))
                for p in found[name].layout
            )
            found[name] = msgspec.structs.replace(found[name], layout=layout)
    return found


def _without_configs(topic: Topic, reason: str) -> Topic:
    if not topic.sees("exists"):
        return topic
    return msgspec.structs.replace(topic, unseen={"configs": reason, **topic.unseen})
