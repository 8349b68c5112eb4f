"""What a scripted broker of Kafka says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Replicas = tuple[int, tuple[int, ...], tuple[int, ...]]
"""Leader (-1 for none), replicas and those in sync of a partition."""


@dataclass
class Script:
    """What the broker says; the defaults are three healthy brokers with one topic."""

    brokers: Mapping[int, tuple[str, int] | None] = field(
        default_factory=lambda: dict.fromkeys((1, 2, 3))
    )
    """Advertised addresses; None for the one it really has."""
    topics: Mapping[str, list[Replicas]] = field(
        default_factory=lambda: {"orders": [(1, (1, 2, 3), (1, 2, 3))]}
    )
    refused_topics: tuple[str, ...] = ()
    """Topics that exist, and that the client may not describe."""
    topic_configs: Mapping[str, str] = field(
        default_factory=lambda: {
            "cleanup.policy": "delete",
            "min.insync.replicas": "2",
            "unclean.leader.election.enable": "false",
        }
    )
    log_dirs: list[tuple[str, int, int, int]] = field(
        default_factory=lambda: [("/data", 0, 1000, 500)]
    )
    """Path, error code, total and usable bytes."""
    racks: Mapping[int, str] = field(default_factory=lambda: {1: "a", 2: "b", 3: "c"})
    """``broker.rack`` of the brokers that have one."""
    broker_configs: Mapping[str, str] = field(
        default_factory=lambda: {"auto.create.topics.enable": "false"}
    )
    """Settings that every broker tells."""
    acls: int = 54
    """Error code of DescribeAcls: 54 no authorizer, 31 refused, 0 allowed."""
    cluster: int = 0
    """Error code of what needs rights on the cluster."""
    operations: frozenset[int] = frozenset()
    """What the client may do to the cluster, as numbers of operations."""
    bindings: list[tuple[int, str, str, int, int]] = field(default_factory=list)
    """ACLs: kind and name of the resource, principal, operation, permission (2 deny, 3 allow)."""
    quorum: Mapping[int, tuple[int, int]] = field(
        default_factory=lambda: {1: (100, 60_000), 2: (100, 60_000), 3: (100, 60_000)}
    )
    """Controllers: end of their log, and when they last had all, in milliseconds."""
    quorum_leader: int = 1
    reassigning: Mapping[str, list[int]] = field(default_factory=dict)
    """Topics and partitions on the move."""
    credentials: list[tuple[str, int, int]] = field(default_factory=list)
    """SCRAM users, number of the mechanism, iterations."""
    features: Mapping[str, tuple[int, int]] = field(
        default_factory=lambda: {"metadata.version": (27, 27)}
    )
    """Features: level in force, and the highest that the broker can."""
    groups: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Groups: state and type."""
    fenced: tuple[int, ...] = ()
    highest: Mapping[str, int] = field(default_factory=dict)
    """Highest version of a request, by its name: ``{"DescribeCluster": 0}``."""
    silent: tuple[str, ...] = ()
    """Requests that are never answered."""
