"""The brokers: whether they can be reached where they say they are, their settings and disks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from pytest_readiness.systems import net
from pytest_readiness.systems.kafka.answers import (
    CLUSTER_REFUSED,
    Unseen,
    error_name,
    grant,
    missing,
)
from pytest_readiness.systems.kafka.facts import Broker, Certificate, LogDir
from pytest_readiness.systems.kafka.session import MOST, Session

KEYS = (
    "advertised.listeners",
    "auto.create.topics.enable",
    "authorizer.class.name",
    "controller.listener.names",
    "default.replication.factor",
    "delete.topic.enable",
    "listener.security.protocol.map",
    "listeners",
    "message.max.bytes",
    "min.insync.replicas",
    "num.partitions",
    "offsets.topic.replication.factor",
    "replica.fetch.max.bytes",
    "transaction.state.log.min.isr",
    "transaction.state.log.replication.factor",
    "unclean.leader.election.enable",
)
"""Settings of a broker that are read."""

_BROKER = 4


def dialled(session: Session) -> tuple[Broker, ...]:
    """Brokers, each with what came of dialling it at the address that it tells clients."""
    return tuple(_broker(session, told, n >= MOST) for n, told in enumerate(session.brokers))


def _broker(session: Session, told: Any, beyond: bool) -> Broker:
    fields = {"id": told.node_id, "host": told.host, "port": told.port, "rack": told.rack}
    if beyond:
        reason = f"not dialled: more than {MOST} brokers"
        return Broker(unseen={"problem": reason, "*": reason}, **fields)
    reached = told.node_id in session.links
    return Broker(problem=None if reached else session.problems[told.node_id], **fields)


def certificates(links: Iterable[net.Link]) -> tuple[Certificate, ...]:
    """The certificates that brokers showed, each once."""
    return tuple(
        dict.fromkeys(
            Certificate(address=net.at(n.host, n.port), expires=n.expires, issued=n.issued)
            for n in links
            if n.expires is not None
        )
    )


def questions(nodes: Sequence[int]) -> list[tuple[Any, Any]]:
    """Settings and disks of each broker: two requests a broker, in the order of the nodes."""
    from kafka.protocol.admin import DescribeConfigsRequest, DescribeLogDirsRequest

    asked: list[tuple[Any, Any]] = []
    for node in nodes:
        configs = DescribeConfigsRequest(resources=[(_BROKER, str(node), list(KEYS))])
        # No topics: the folders alone, not the size of every partition.
        asked += [(node, configs), (node, DescribeLogDirsRequest(topics=[]))]
    return asked


def described(
    brokers: Sequence[Broker], answers: Mapping[int, tuple[Any, Any]], principal: str
) -> tuple[Broker, ...]:
    """Brokers with their settings and disks, from the answers of those that were reached."""
    return tuple(_described(broker, answers, principal) for broker in brokers)


def _described(broker: Broker, pairs: Mapping[int, tuple[Any, Any]], principal: str) -> Broker:
    if broker.id not in pairs:
        where = net.at(broker.host, broker.port)
        reason = f"broker {broker.id} cannot be asked: {where} was not reached from here"
        return msgspec.structs.replace(broker, unseen={**broker.unseen, "*": reason})
    fields: dict[str, Any] = {}
    unseen = dict(broker.unseen)
    for name, value in zip(
        ("configs", "log_dirs"),
        (_configs(pairs[broker.id][0], principal), _log_dirs(pairs[broker.id][1], principal)),
        strict=True,
    ):
        if isinstance(value, Unseen):
            unseen[name] = value.reason
        else:
            fields[name] = value
    return msgspec.structs.replace(broker, unseen=unseen, **fields)


def _configs(answer: Any, principal: str) -> dict[str, str] | Unseen:
    needed = grant(principal, "DescribeConfigs", "--cluster")
    result: Any = answer if isinstance(answer, Exception) else answer.results[0]
    unseen = missing(result, "DescribeConfigs", needed)
    if unseen is not None:
        return unseen
    found = {c.name: c.value for c in result.configs if c.value is not None and not c.is_sensitive}
    # Some imitations of Kafka answer with nothing at all.
    return found or Unseen("DescribeConfigs tells no setting of the broker")


def _log_dirs(answer: Any, principal: str) -> tuple[LogDir, ...] | Unseen:
    needed = grant(principal, "Describe", "--cluster")
    unseen = missing(answer, "DescribeLogDirs", needed)
    if unseen is not None:
        return unseen
    if not answer.results:
        # Before 3.1 a refusal is an empty list.
        return missing(answer, "DescribeLogDirs", needed, CLUSTER_REFUSED) or ()
    return tuple(_log_dir(result) for result in answer.results)


def _log_dir(result: Any) -> LogDir:
    total, usable = getattr(result, "total_bytes", -1), getattr(result, "usable_bytes", -1)
    return LogDir(
        path=result.log_dir,
        error=error_name(result.error_code) if result.error_code else None,
        total=total if total is not None and total > 0 else None,
        usable=usable if usable is not None and usable >= 0 else None,
    )


def unseen(broker: Broker, reason: str) -> Broker:
    """A broker whose settings and disks were not seen."""
    return msgspec.structs.replace(broker, unseen={**broker.unseen, "*": reason})


def merged(broker: Broker, others: Mapping[int, Broker]) -> Broker:
    """A broker as the application reaches it, with what the monitoring role saw of it."""
    other = others.get(broker.id)
    if other is None:
        return unseen(broker, f"broker {broker.id} is unknown to the monitoring role")
    fields = {name: getattr(other, name) for name in ("configs", "log_dirs") if other.sees(name)}
    reasons = {**other.unseen, **broker.unseen}
    return msgspec.structs.replace(broker, unseen=reasons, **fields)
