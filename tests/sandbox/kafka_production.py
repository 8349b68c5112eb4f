"""Kafka by a whole server.properties with placeholders, as the examples have one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

from .certificates import Certificate
from .place import Place
from .ports import HOST, free_port
from .process import Child

Launch = Callable[[int, Path, Path], Child]
"""Starts a node by its number, its folder and its configuration."""


@dataclass(frozen=True)
class _Node:
    number: int
    folder: Path
    client: int = field(default_factory=free_port)
    replication: int = field(default_factory=free_port)
    controller: int = field(default_factory=free_port)


@dataclass(frozen=True)
class Production:
    """Nodes that were started: where clients and the administrator get in."""

    clients: str
    admin: str
    port: int
    certificate: Certificate
    children: tuple[Child, ...]
    folders: tuple[Path, ...]


def start(place: Place, count: int, template: Path, launch: Launch) -> Production:
    """Start nodes by the template, each with its own numbers and ports."""
    certificate = place.certificate("valid")
    both = certificate.key.read_text() + certificate.file.read_text()
    keystore = place.write("certificate/keystore.pem", both)
    nodes = [_Node(n, place.subfolder(f"broker-{n}")) for n in range(1, count + 1)]
    common = {
        "KAFKA_VOTERS": ",".join(f"{n.number}@{HOST}:{n.controller}" for n in nodes),
        "KAFKA_HOST": HOST,
        "KAFKA_KEYSTORE": str(keystore),
        "KAFKA_CA": str(certificate.ca),
        "KAFKA_CERTIFICATE_NAME": "localhost",
    }
    text = Template(template.read_text("utf-8"))

    def one(node: _Node) -> Child:
        lines = text.substitute({**common, **_own(node)})
        conf = place.write(f"broker-{node.number}.properties", lines)
        return launch(node.number, node.folder, conf)

    with ThreadPoolExecutor(count) as pool:
        children = tuple(pool.map(one, nodes))
    return Production(
        clients=",".join(f"{HOST}:{node.client}" for node in nodes),
        admin=",".join(f"{HOST}:{node.replication}" for node in nodes),
        port=nodes[0].client,
        certificate=certificate,
        children=children,
        folders=tuple(node.folder for node in nodes),
    )


def _own(node: _Node) -> Mapping[str, str]:
    return {
        "KAFKA_NODE_ID": str(node.number),
        "KAFKA_RACK": f"zone-{node.number}",
        "KAFKA_DATA": str(node.folder),
        "KAFKA_CLIENT_PORT": str(node.client),
        "KAFKA_REPLICATION_PORT": str(node.replication),
        "KAFKA_CONTROLLER_PORT": str(node.controller),
    }
