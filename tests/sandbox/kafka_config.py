"""The server.properties of Apache Kafka's brokers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from .certificates import Certificate
from .ports import HOST, free_port

Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]

_LOGIN_MODULES = {
    "PLAIN": "org.apache.kafka.common.security.plain.PlainLoginModule",
    "SCRAM-SHA-256": "org.apache.kafka.common.security.scram.ScramLoginModule",
    "SCRAM-SHA-512": "org.apache.kafka.common.security.scram.ScramLoginModule",
}


@dataclass(frozen=True)
class Node:
    """One broker, which is a controller too."""

    number: int
    folder: Path
    port: int = field(default_factory=free_port)
    controller_port: int = field(default_factory=free_port)

    @property
    def address(self) -> str:
        """Where clients reach it."""
        return f"{HOST}:{self.port}"


@dataclass(frozen=True)
class Security:
    """How clients, and brokers among themselves, speak to the brokers."""

    mechanism: Mechanism | None = None
    passwords: Mapping[str, str] = field(default_factory=dict, repr=False)
    certificate: Certificate | None = None
    authorize: bool = False

    @property
    def protocol(self) -> str:
        """Kafka's name for it, which is the listener's name too."""
        transport = "SSL" if self.certificate else "PLAINTEXT"
        if self.mechanism is None:
            return transport
        return f"SASL_{transport}"


def properties(node: Node, nodes: list[Node], security: Security) -> dict[str, str]:
    """All that this broker needs to be told."""
    protocol = security.protocol
    voters = ",".join(f"{peer.number}@{HOST}:{peer.controller_port}" for peer in nodes)
    return {
        "process.roles": "broker,controller",
        "node.id": str(node.number),
        "controller.quorum.voters": voters,
        "listeners": f"{protocol}://{node.address},CONTROLLER://{HOST}:{node.controller_port}",
        "advertised.listeners": f"{protocol}://{node.address}",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": protocol,
        "listener.security.protocol.map": f"CONTROLLER:PLAINTEXT,{protocol}:{protocol}",
        "log.dirs": str(node.folder),
        **_replication(len(nodes)),
        # Few partitions and no waiting: a broker that starts quickly.
        "offsets.topic.num.partitions": "5",
        "transaction.state.log.num.partitions": "5",
        "share.coordinator.state.topic.num.partitions": "5",
        "group.initial.rebalance.delay.ms": "0",
        **_sasl(security),
        **_tls(security),
        **_authorizer(security),
    }


def _replication(brokers: int) -> dict[str, str]:
    factor, in_sync = str(min(brokers, 3)), "2" if brokers >= 3 else "1"
    return {
        "offsets.topic.replication.factor": factor,
        "transaction.state.log.replication.factor": factor,
        "transaction.state.log.min.isr": in_sync,
        "share.coordinator.state.topic.replication.factor": factor,
        "share.coordinator.state.topic.min.isr": in_sync,
    }


def _sasl(security: Security) -> dict[str, str]:
    mechanism = security.mechanism
    if mechanism is None:
        return {}
    admin = security.passwords["admin"]
    words = [f'{_LOGIN_MODULES[mechanism]} required username="admin" password="{admin}"']
    if mechanism == "PLAIN":
        # With SCRAM the brokers keep the users in their metadata instead.
        words += [f'user_{name}="{secret}"' for name, secret in security.passwords.items()]
    listener = f"listener.name.{security.protocol.lower()}.{mechanism.lower()}"
    return {
        "sasl.enabled.mechanisms": mechanism,
        "sasl.mechanism.inter.broker.protocol": mechanism,
        f"{listener}.sasl.jaas.config": " ".join(words) + ";",
    }


def _tls(security: Security) -> dict[str, str]:
    certificate = security.certificate
    if certificate is None:
        return {}
    return {
        "ssl.keystore.type": "PEM",
        # The key and the chain in one file is the form that Kafka reads.
        "ssl.keystore.location": str(certificate.file.with_name("keystore.pem")),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(certificate.ca),
        # Or else a broker would refuse its peers' bad certificates, which tests want.
        "ssl.endpoint.identification.algorithm": "",
    }


def _authorizer(security: Security) -> dict[str, str]:
    if not security.authorize:
        return {}
    return {
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        # The controllers' own listener knows no users.
        "super.users": "User:admin;User:ANONYMOUS",
    }
