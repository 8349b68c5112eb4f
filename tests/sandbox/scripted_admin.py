"""What a scripted broker of Kafka answers to questions about the cluster."""

from __future__ import annotations

import uuid
from typing import Any

from kafka.protocol import admin

from .ports import HOST
from .script import Script

NULL = uuid.UUID(int=0)


class AdminAnswers:
    """Answers about the cluster; the rest of a broker comes with the class that inherits."""

    script: Script

    def addresses(self) -> list[tuple[int, tuple[str, int]]]:
        """The brokers, and where each says that it is."""
        raise NotImplementedError

    def describe_cluster(self, _: Any, version: int) -> Any:
        """Brokers, from version 2 on with the fenced ones."""
        kind = admin.DescribeClusterResponse
        fenced = self.script.fenced if version >= 2 else ()
        brokers = [
            kind.DescribeClusterBroker(
                broker_id=i,
                host=host,
                port=port,
                rack=self.script.racks.get(i),
                **_only(version, 2, is_fenced=i in fenced),
            )
            for i, (host, port) in [*self.addresses(), *((i, (HOST, 1)) for i in fenced)]
        ]
        return kind(
            version=version,
            throttle_time_ms=0,
            error_code=0,
            error_message=None,
            cluster_id="scripted",
            controller_id=min(self.script.brokers),
            brokers=brokers,
            authorized_operations=self.script.operations,
            **_only(version, 1, endpoint_type=1),
        )

    def describe_acls(self, _: Any, version: int) -> Any:
        """An error code, or the ACLs."""
        kind = admin.DescribeAclsResponse
        resources = [
            kind.DescribeAclsResource(
                resource_type=resource,
                resource_name=name,
                pattern_type=3,
                acls=[
                    kind.DescribeAclsResource.AclDescription(
                        principal=principal, host="*", operation=operation, permission_type=allowed
                    )
                ],
            )
            for resource, name, principal, operation, allowed in self.script.bindings
        ]
        return kind(
            version=version,
            throttle_time_ms=0,
            error_code=self.script.acls,
            error_message=None,
            resources=[] if self.script.acls else resources,
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
        values = self.script.topic_configs if topic else self.script.broker_configs
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
        """The groups, each with state and type from versions 4 and 5 on."""
        kind = admin.ListGroupsResponse
        groups = [
            kind.ListedGroup(
                group_id=name,
                protocol_type="consumer",
                **_only(version, 4, group_state=state),
                **_only(version, 5, group_type=group_type),
            )
            for name, (state, group_type) in self.script.groups.items()
        ]
        return kind(version=version, throttle_time_ms=0, error_code=0, groups=groups)

    def describe_quorum(self, _: Any, version: int) -> Any:
        """The controllers."""
        kind = admin.DescribeQuorumResponse
        partition = kind.TopicData.PartitionData
        voters = [
            partition.ReplicaState(
                replica_id=number,
                log_end_offset=end,
                **_only(version, 1, last_fetch_timestamp=at, last_caught_up_timestamp=at),
                **_only(version, 2, replica_directory_id=NULL),
            )
            for number, (end, at) in self.script.quorum.items()
        ]
        told = partition(
            partition_index=0,
            error_code=0,
            leader_id=self.script.quorum_leader,
            leader_epoch=1,
            high_watermark=100,
            current_voters=voters,
            observers=[],
            **_only(version, 2, error_message=None),
        )
        refused = self.script.cluster != 0
        topics = [kind.TopicData(topic_name="__cluster_metadata", partitions=[told])]
        return kind(
            version=version,
            error_code=self.script.cluster,
            topics=[] if refused else topics,
            **_only(version, 2, error_message=None, nodes=[]),
        )

    def list_reassignments(self, _: Any, version: int) -> Any:
        """Partitions on the move."""
        kind = admin.ListPartitionReassignmentsResponse
        topic = kind.OngoingTopicReassignment
        return kind(
            version=version,
            throttle_time_ms=0,
            error_code=self.script.cluster,
            error_message=None,
            topics=[
                topic(
                    name=name,
                    partitions=[
                        topic.OngoingPartitionReassignment(
                            partition_index=number,
                            replicas=[1, 2],
                            adding_replicas=[2],
                            removing_replicas=[],
                        )
                        for number in numbers
                    ],
                )
                for name, numbers in self.script.reassigning.items()
            ],
        )

    def describe_credentials(self, _: Any, version: int) -> Any:
        """SCRAM users."""
        kind = admin.DescribeUserScramCredentialsResponse
        result = kind.DescribeUserScramCredentialsResult
        return kind(
            version=version,
            throttle_time_ms=0,
            error_code=self.script.cluster,
            error_message=None,
            results=[
                result(
                    user=user,
                    error_code=0,
                    error_message=None,
                    credential_infos=[
                        result.CredentialInfo(mechanism=mechanism, iterations=iterations)
                    ],
                )
                for user, mechanism, iterations in self.script.credentials
            ],
        )


def _only(version: int, since: int, **fields: Any) -> dict[str, Any]:
    return fields if version >= since else {}
