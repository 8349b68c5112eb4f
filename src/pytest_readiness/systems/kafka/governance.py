"""The cluster as a whole: its controllers, what is being moved, who may do what."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from pytest_readiness.systems.kafka.answers import Unseen, error_name, grant, missing
from pytest_readiness.systems.kafka.facts import Credential, Feature, Quorum, Voter

QUORUM_SINCE = (3, 3)
"""A cluster of this version that takes no DescribeQuorum keeps its metadata elsewhere."""

_METADATA = "__cluster_metadata"
_MOVES_MS = 2000
_TOLD_ONLY_SINCE = 3
"""Version of ApiVersions from which on features are told."""

_ANY = 1
_TOPIC = 2
_DENY, _ALLOW = 2, 3
_EVERYBODY = "User:*"

_IDEMPOTENT_WRITE = 12
_READING = {3: "Read", 8: "Describe", 10: "DescribeConfigs"}
_CHANGING = {
    2: "All",
    4: "Write",
    5: "Create",
    6: "Delete",
    7: "Alter",
    9: "ClusterAction",
    11: "AlterConfigs",
    _IDEMPOTENT_WRITE: "IdempotentWrite",
}
_SHOWING = (2, 3, 4, 6, 7, 8)
"""Operations on a topic that let it be described: Describe, and those that imply it."""
_RESOURCES = {2: "topic", 3: "group", 4: "cluster", 5: "transactional id", 6: "token", 7: "user"}


def acls() -> Any:
    """The request for all ACLs."""
    from kafka.protocol.admin import DescribeAclsRequest

    return DescribeAclsRequest(
        resource_type_filter=_ANY,
        resource_name_filter=None,
        pattern_type_filter=_ANY,
        principal_filter=None,
        host_filter=None,
        operation=_ANY,
        permission_type=_ANY,
    )


def cluster() -> Any:
    """The request for the brokers, fenced ones too, and for what the asking user may do."""
    from kafka.protocol.admin import DescribeClusterRequest

    return DescribeClusterRequest(
        include_cluster_authorized_operations=True, include_fenced_brokers=True
    )


def levels() -> Any:
    """The request for the level of the cluster's features."""
    from kafka.protocol.metadata import ApiVersionsRequest

    return ApiVersionsRequest(
        client_software_name="pytest-readiness",
        client_software_version="1",
        min_version=_TOLD_ONLY_SINCE,
    )


def hashing() -> Any:
    """The request for how passwords are kept; only where they are kept for SCRAM.

    An empty list means everybody, as null does. But at a null that it must refuse, a broker
    breaks (4.1.1: a NullPointerException while it writes the refusal), answers nothing at all,
    and nothing that is asked after it on this connection. An imitation of Kafka may not answer
    either, so it goes last.
    """
    from kafka.protocol.admin import DescribeUserScramCredentialsRequest

    return DescribeUserScramCredentialsRequest(users=[])


def controllers() -> list[Any]:
    """The requests that brokers hand on to the controllers: the quorum, and what is moved.

    A quorum without a leader leaves them unanswered, so they go last.
    """
    from kafka.protocol.admin import DescribeQuorumRequest, ListPartitionReassignmentsRequest

    kind = DescribeQuorumRequest.TopicData
    partition = kind.PartitionData(partition_index=0)
    return [
        DescribeQuorumRequest(topics=[kind(topic_name=_METADATA, partitions=[partition])]),
        ListPartitionReassignmentsRequest(timeout_ms=_MOVES_MS, topics=None),
    ]


def untaken(answer: Any) -> bool:
    """Whether the brokers do not know the request."""
    return type(answer).__name__.startswith("IncompatibleBrokerVersion")


def quorum(answer: Any, principal: str) -> Quorum | Unseen:
    """The controllers of the metadata."""
    unseen = missing(answer, "DescribeQuorum", grant(principal, "Describe", "--cluster"))
    if unseen is not None:
        return unseen
    told = answer.topics[0].partitions[0] if answer.topics else None
    if told is None or told.error_code:
        code = told.error_code if told is not None else -1
        return Unseen(f"DescribeQuorum failed: {error_name(code)}")
    leader = next((v for v in told.current_voters if v.replica_id == told.leader_id), None)
    return Quorum(
        leader=told.leader_id,
        voters=tuple(_voter(v, leader) for v in told.current_voters),
    )


def _voter(told: Any, leader: Any) -> Voter:
    if leader is None:
        return Voter(told.replica_id, 0, None)
    mine = getattr(told, "last_caught_up_timestamp", -1)
    now = getattr(leader, "last_caught_up_timestamp", -1)
    behind = max(0, leader.log_end_offset - told.log_end_offset)
    # The leader's clock on both sides, and its own entry is the present moment.
    since = max(0, now - mine) if mine > 0 and now > 0 else None
    return Voter(told.replica_id, behind, since, told.log_end_offset >= 0)


def reassigning(answer: Any, principal: str) -> tuple[str, ...] | Unseen:
    """Partitions on the move."""
    needed = grant(principal, "Describe", "--cluster")
    return missing(answer, "ListPartitionReassignments", needed) or tuple(
        f"{topic.name}-{p.partition_index}" for topic in answer.topics for p in topic.partitions
    )


def adding(answer: Any) -> dict[str, dict[int, tuple[int, ...]]]:
    """Replicas that moves add, by topic and partition; nothing where moves were not seen."""
    if missing(answer, "ListPartitionReassignments", "") is not None:
        return {}
    return {
        topic.name: {p.partition_index: tuple(p.adding_replicas) for p in topic.partitions}
        for topic in answer.topics
    }


def credentials(answer: Any, principal: str) -> tuple[Credential, ...] | Unseen:
    """How the passwords of SCRAM users are kept; nothing that helps to guess them."""
    needed = grant(principal, "Describe", "--cluster")
    mechanisms = {1: "SCRAM-SHA-256", 2: "SCRAM-SHA-512"}
    return missing(answer, "DescribeUserScramCredentials", needed) or tuple(
        Credential(result.user, mechanisms.get(c.mechanism, "?"), c.iterations)
        for result in answer.results
        for c in result.credential_infos
    )


def features(answer: Any) -> tuple[Feature, ...] | Unseen:
    """Levels of the features that are in force."""
    unseen = missing(answer, "ApiVersions", "")
    if unseen is not None:
        return unseen
    highest = {f.name: f.max_version for f in answer.supported_features or ()}
    return tuple(
        Feature(f.name, f.max_version_level, highest[f.name])
        for f in answer.finalized_features or ()
        if f.name in highest
    )


def open_acls(answer: Any) -> tuple[str, ...]:
    """What ACLs let everybody change, from everywhere."""
    return tuple(
        f"{_CHANGING[acl.operation]} on {_RESOURCES.get(resource.resource_type, 'resource')} "
        f"{resource.resource_name}"
        for resource in answer.resources
        for acl in resource.acls
        if acl.principal == _EVERYBODY
        and acl.host == "*"
        and acl.permission_type == _ALLOW
        and acl.operation in _CHANGING
        # Worth nothing without Write on a topic, and granted to all before Kafka 2.8.
        and acl.operation != _IDEMPOTENT_WRITE
    )


def sees_topics(answer: Any, principal: str) -> bool:
    """Whether ACLs let a principal describe every topic, and none hides one from it."""
    own = [
        (resource.resource_name, acl)
        for resource in answer.resources
        if resource.resource_type == _TOPIC
        for acl in resource.acls
        if acl.principal in (principal, _EVERYBODY)
    ]
    hidden = any(a.permission_type == _DENY and a.operation in (2, 8) for _, a in own)
    shown = any(
        name == "*" and a.permission_type == _ALLOW and a.host == "*" and a.operation in _SHOWING
        for name, a in own
    )
    return shown and not hidden


def operations(answer: Any, principal: str) -> tuple[str, ...] | Unseen:
    """What the user who asked may do to the cluster.

    A broker tells nothing to one who may not describe the cluster: less than that is nothing to
    fear, and whoever may do everything may describe it too.
    """
    unseen = missing(answer, "DescribeCluster", grant(principal, "Describe", "--cluster"))
    if unseen is not None:
        return unseen
    told: Collection[int] | None = answer.authorized_operations
    if told is None:
        return Unseen("the brokers do not tell what a user may do to the cluster")
    names = {**_READING, **_CHANGING}
    return tuple(names[number] for number in sorted(told) if number in names)
