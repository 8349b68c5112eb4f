"""What a scripted broker of Kafka answers, made of the client library's own classes."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from kafka.protocol import admin, metadata

from .ports import HOST
from .script import Replicas, Script
from .scripted_admin import NULL, AdminAnswers

__all__ = ["Answers", "Replicas", "Script"]


class Answers(AdminAnswers):
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
        features = self.script.features.items()
        told: dict[str, Any] = {}
        if version >= 3:
            one, other = kind.SupportedFeatureKey, kind.FinalizedFeatureKey
            told = {
                "supported_features": [
                    one(name=name, min_version=1, max_version=highest)
                    for name, (_, highest) in features
                ],
                "finalized_features": [
                    other(name=name, min_version_level=1, max_version_level=level)
                    for name, (level, _) in features
                ],
                "finalized_features_epoch": 1,
            }
        return kind(version=version, error_code=0, api_keys=keys, throttle_time_ms=0, **told)

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
                kind.MetadataResponseBroker(
                    node_id=i, host=host, port=port, rack=self.script.racks.get(i)
                )
                for i, (host, port) in self.addresses()
            ],
            cluster_id="scripted",
            controller_id=min(self.script.brokers),
            topics=[self._topic(kind.MetadataResponseTopic, name) for name in told],
        )

    def addresses(self) -> list[tuple[int, tuple[str, int]]]:
        """The brokers, and where each says that it is."""
        return [(i, at or (HOST, self._port)) for i, at in self.script.brokers.items()]

    def _topic(self, kind: Any, name: str) -> Any:
        partitions = self.script.topics.get(name)
        code = 0 if partitions is not None else 29 if name in self.script.refused_topics else 3
        return kind(
            error_code=code,
            name=name,
            topic_id=uuid.uuid5(uuid.NAMESPACE_DNS, name) if partitions else NULL,
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
        (admin.DescribeQuorumRequest, Answers.describe_quorum),
        (admin.ListPartitionReassignmentsRequest, Answers.list_reassignments),
        (admin.DescribeUserScramCredentialsRequest, Answers.describe_credentials),
    )
}
