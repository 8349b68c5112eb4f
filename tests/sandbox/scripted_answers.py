"""What a scripted broker of Kafka answers, made of the client library's own classes."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kafka.protocol import admin, metadata

from .ports import HOST

Replicas = tuple[int, tuple[int, ...], tuple[int, ...]]
"""Leader (-1 for none), replicas and those in sync of a partition."""

_NULL = uuid.UUID(int=0)


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
    acls: int = 54
    """Error code of DescribeAcls: 54 no authorizer, 31 refused, 0 allowed."""
    cluster: int = 0
    """Error code of what needs rights on the cluster."""
    fenced: tuple[int, ...] = ()
    highest: Mapping[str, int] = field(default_factory=dict)
    """Highest version of a request, by its name: ``{"DescribeCluster": 0}``."""
    silent: tuple[str, ...] = ()
    """Requests that are never answered."""


class Answers:
    """The answers of a broker on this port that follows a script."""

    def __init__(self, script: Script, port: int) -> None:
        self.script = script
        self._port = port

    def knows(self, key: int) -> bool:
        """Whether it takes this kind of request."""
        return key in _SAYS

    def to(self, key: int, version: int, data: bytes) -> Any:
        """The response to a request; None where it stays silent."""
        name, request_type, say = _SAYS[key]
        if name in self.script.silent:
            return None
        if key == metadata.ApiVersionsRequest.API_KEY and version > self._highest(key):
            version = 0
        return say(self, request_type.decode(data, version=version, header=True), version)

    def versions(self, _: Any, version: int) -> Any:
        """What it can."""
        kind = metadata.ApiVersionsResponse
        keys = [
            kind.ApiVersion(api_key=k, min_version=0, max_version=self._highest(k)) for k in _SAYS
        ]
        return kind(version=version, error_code=0, api_keys=keys, throttle_time_ms=0)

    def _highest(self, key: int) -> int:
        name, request_type, _ = _SAYS[key]
        told = self.script.highest.get(name, 99)
        return min(told, _CAPS.get(name, 99), int(request_type.max_version))

    def metadata(self, request: Any, version: int) -> Any:
        """Brokers, and the topics asked for."""
        kind = metadata.MetadataResponse
        names = None if request.topics is None else [t.name for t in request.topics]
        if version == 0 and not names:
            names = None
        told = [*self.script.topics] if names is None else names
        return kind(
            version=version,
            throttle_time_ms=0,
            brokers=[
                kind.MetadataResponseBroker(node_id=i, host=host, port=port, rack=None)
                for i, (host, port) in self._addresses()
            ],
            cluster_id="scripted",
            controller_id=min(self.script.brokers),
            topics=[self._topic(kind.MetadataResponseTopic, name) for name in told],
        )

    def _addresses(self) -> list[tuple[int, tuple[str, int]]]:
        return [(i, at or (HOST, self._port)) for i, at in self.script.brokers.items()]

    def _topic(self, kind: Any, name: str) -> Any:
        partitions = self.script.topics.get(name)
        code = 0 if partitions is not None else 29 if name in self.script.refused_topics else 3
        return kind(
            error_code=code,
            name=name,
            topic_id=uuid.uuid5(uuid.NAMESPACE_DNS, name) if partitions else _NULL,
            is_internal=name.startswith("__"),
            partitions=[
                kind.MetadataResponsePartition(
                    error_code=5 if leader < 0 else 0,
                    partition_index=index,
                    leader_id=leader,
                    leader_epoch=1,
                    replica_nodes=list(replicas),
                    isr_nodes=list(isr),
                    offline_replicas=[],
                )
                for index, (leader, replicas, isr) in enumerate(partitions or ())
            ],
        )

    def describe_cluster(self, _: Any, version: int) -> Any:
        """Brokers, from version 2 on with the fenced ones."""
        kind = admin.DescribeClusterResponse
        fenced = self.script.fenced if version >= 2 else ()
        brokers = [
            kind.DescribeClusterBroker(
                broker_id=i,
                host=host,
                port=port,
                rack=None,
                **_only(version, 2, is_fenced=i in fenced),
            )
            for i, (host, port) in [*self._addresses(), *((i, (HOST, 1)) for i in fenced)]
        ]
        return kind(
            version=version,
            throttle_time_ms=0,
            error_code=0,
            error_message=None,
            cluster_id="scripted",
            controller_id=min(self.script.brokers),
            brokers=brokers,
            **_only(version, 1, endpoint_type=1),
        )

    def describe_acls(self, _: Any, version: int) -> Any:
        """An error code, and never an ACL."""
        return admin.DescribeAclsResponse(
            version=version,
            throttle_time_ms=0,
            error_code=self.script.acls,
            error_message=None,
            resources=[],
        )

    def describe_configs(self, request: Any, version: int) -> Any:
        """Settings of topics, and one of brokers."""
        kind = admin.DescribeConfigsResponse
        results = [
            kind.DescribeConfigsResult(
                error_code=0 if asked.resource_type == 2 else self.script.cluster,
                error_message=None,
                resource_type=asked.resource_type,
                resource_name=asked.resource_name,
                configs=self._configs(kind, asked),
            )
            for asked in request.resources
        ]
        return kind(version=version, throttle_time_ms=0, results=results)

    def _configs(self, kind: Any, asked: Any) -> list[Any]:
        topic = asked.resource_type == 2
        values = self.script.topic_configs if topic else {"auto.create.topics.enable": "false"}
        return [
            kind.DescribeConfigsResult.DescribeConfigsResourceResult(
                name=name,
                value=value,
                read_only=False,
                config_source=5,
                is_sensitive=False,
                synonyms=[],
                config_type=2,
                documentation=None,
            )
            for name, value in values.items()
        ]

    def describe_log_dirs(self, _: Any, version: int) -> Any:
        """Folders; from version 4 on with their sizes."""
        kind = admin.DescribeLogDirsResponse
        refused = self.script.cluster != 0
        results = [
            kind.DescribeLogDirsResult(
                error_code=code,
                log_dir=path,
                topics=[],
                **_only(version, 4, total_bytes=total, usable_bytes=usable),
            )
            for path, code, total, usable in self.script.log_dirs
        ]
        return kind(
            version=version,
            throttle_time_ms=0,
            results=[] if refused else results,
            **_only(version, 3, error_code=self.script.cluster),
        )

    def list_groups(self, _: Any, version: int) -> Any:
        """No group."""
        return admin.ListGroupsResponse(
            version=version, throttle_time_ms=0, error_code=0, groups=[]
        )


def _only(version: int, since: int, **fields: Any) -> dict[str, Any]:
    return fields if version >= since else {}


_CAPS = {"Metadata": 12, "DescribeConfigs": 4}

_SAYS: dict[int, tuple[str, Any, Callable[[Answers, Any, int], Any]]] = {
    kind.API_KEY: (kind.__name__.removesuffix("Request"), kind, say)
    for kind, say in (
        (metadata.ApiVersionsRequest, Answers.versions),
        (metadata.MetadataRequest, Answers.metadata),
        (admin.DescribeClusterRequest, Answers.describe_cluster),
        (admin.DescribeAclsRequest, Answers.describe_acls),
        (admin.DescribeConfigsRequest, Answers.describe_configs),
        (admin.DescribeLogDirsRequest, Answers.describe_log_dirs),
        (admin.ListGroupsRequest, Answers.list_groups),
    )
}
