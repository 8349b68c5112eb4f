"""Kafka's own command lines, done by the client library: without a JVM for each."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Mapping
from string import Template
from typing import Any

from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    NewTopic,
    ResourcePattern,
    ResourceType,
)

from .errors import SandboxError

_SCRAM = re.compile(r"(SCRAM-SHA-\d+)=\[iterations=(\d+),password=([^\]]+)\]")


def run(admin: Any, text: str, values: Mapping[str, str]) -> None:
    """Do what each line says, with ``${NAME}`` filled in; an unknown word is an error.

    Args:
        admin: a ``kafka.KafkaAdminClient`` of an administrator.
        text: lines of kafka-topics, kafka-configs and kafka-acls; others are comments.
        values: what the placeholders stand for.
    """
    for line in text.splitlines():
        program, *words = shlex.split(line, comments=True) or [""]
        if program:
            filled = [Template(word).substitute(values) for word in words]
            _PROGRAMS[program](admin, filled)


def _parser(program: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(program, exit_on_error=False, allow_abbrev=False)
    parser.add_argument("--bootstrap-server", required=True)
    parser.add_argument("--command-config", required=True)
    return parser


def _topics(admin: Any, words: list[str]) -> None:
    parser = _parser("kafka-topics")
    parser.add_argument("--create", action="store_true", required=True)
    parser.add_argument("--topic", required=True)
    parser.add_argument("--partitions", type=int, required=True)
    parser.add_argument("--replication-factor", type=int, required=True)
    parser.add_argument("--config", action="append", default=[])
    asked = parser.parse_args(words)
    configs = dict(setting.split("=", 1) for setting in asked.config)
    topic = NewTopic(asked.topic, asked.partitions, asked.replication_factor, topic_configs=configs)
    admin.create_topics([topic])


def _configs(admin: Any, words: list[str]) -> None:
    from kafka.admin import UserScramCredentialUpsertion

    parser = _parser("kafka-configs")
    parser.add_argument("--alter", action="store_true", required=True)
    parser.add_argument("--entity-type", choices=["users"], required=True)
    parser.add_argument("--entity-name", required=True)
    parser.add_argument("--add-config", required=True)
    asked = parser.parse_args(words)
    match = _SCRAM.fullmatch(asked.add_config)
    if match is None:
        raise SandboxError(f"no SCRAM credential: {words}")
    mechanism, iterations, password = match.groups()
    made = admin.alter_user_scram_credentials(
        [
            UserScramCredentialUpsertion(
                asked.entity_name, mechanism, password, iterations=int(iterations)
            )
        ]
    )
    if any(made.values()):
        raise SandboxError(f"{made}")


def _acls(admin: Any, words: list[str]) -> None:
    parser = _parser("kafka-acls")
    parser.add_argument("--add", action="store_true", required=True)
    parser.add_argument("--allow-principal", required=True)
    parser.add_argument("--operation", action="append", required=True)
    parser.add_argument("--cluster", action="store_true")
    parser.add_argument("--topic")
    parser.add_argument("--group")
    parser.add_argument(
        "--resource-pattern-type", choices=["literal", "prefixed"], default="literal"
    )
    asked = parser.parse_args(words)
    kind, name = _resource(asked)
    pattern = ACLResourcePatternType[asked.resource_pattern_type.upper()]
    admin.create_acls(
        [
            ACL(
                asked.allow_principal,
                "*",
                ACLOperation[re.sub(r"(?<!^)(?=[A-Z])", "_", operation).upper()],
                ACLPermissionType.ALLOW,
                ResourcePattern(kind, name, pattern),
            )
            for operation in asked.operation
        ]
    )


def _resource(asked: argparse.Namespace) -> tuple[ResourceType, str]:
    if asked.cluster:
        return ResourceType.CLUSTER, "kafka-cluster"
    if asked.topic:
        return ResourceType.TOPIC, asked.topic
    return ResourceType.GROUP, asked.group


_PROGRAMS = {"kafka-topics": _topics, "kafka-configs": _configs, "kafka-acls": _acls}
