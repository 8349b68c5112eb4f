"""RabbitMQ with its management API, and an epmd of its own."""

from __future__ import annotations

import json
import os
import resource
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from . import process, web
from .certificates import Certificate, Kind
from .errors import MissingError, SandboxError
from .place import Place
from .place import password as new_password
from .ports import HOST, free_port, is_open
from .rabbitmq_definitions import absent, complete
from .server import Server
from .users import User

# The scripts below /usr/sbin insist on root or rabbitmq and change to /var/lib/rabbitmq.
SCRIPTS = Path("/usr/lib/rabbitmq/bin")
_READY_SECONDS = 60

OPEN_FILES = 65536
"""What Debian's unit allows, of what this machine allows."""


@dataclass(frozen=True, kw_only=True, eq=False)
class RabbitServer(Server):
    """`url` is user `app`, who has no tag; with TLS it is the amqps one."""

    plain_url: str = field(repr=False)
    admin_url: str = field(repr=False)
    management_url: str = field(repr=False)
    management_admin_url: str = field(repr=False)
    management_tls_url: str | None = field(default=None, repr=False)
    prometheus_url: str | None = None
    passwords: Mapping[str, str] = field(repr=False)
    node: str
    certificate: Certificate | None = None
    env: Mapping[str, str] = field(repr=False)
    user: User | None = None

    def rabbitmqctl(self, *arguments: str) -> str:
        """Run `rabbitmqctl` on this node and return what it says."""
        command = [str(SCRIPTS / "rabbitmqctl"), "--node", self.node, *arguments]
        return process.run(command, folder=self.folder, env=self.env, user=self.user)


@dataclass(frozen=True)
class Ports:
    """The ports of one node."""

    amqp: int = field(default_factory=free_port)
    amqps: int = field(default_factory=free_port)
    http: int = field(default_factory=free_port)
    https: int = field(default_factory=free_port)
    prometheus: int = field(default_factory=free_port)
    distribution: int = field(default_factory=free_port)
    epmd: int = field(default_factory=free_port)


def start(
    place: Place,
    *,
    conf: Mapping[str, str] | None = None,
    keep_guest: bool = False,
    tls: bool | Kind = False,
    definitions: Mapping[str, Any] | None = None,
    prometheus: bool = False,
    open_files: int = OPEN_FILES,
    processes: int | None = None,
    files: Mapping[str, str] | None = None,
    nodes: int = 1,
) -> RabbitServer:
    """Start one node with users app, monitor and admin, and guest if kept.

    `conf` are lines of rabbitmq.conf; `definitions` is what the management API exports
    (queues, exchanges, bindings, policies…) and is there when the node is ready.
    `open_files` and `processes` are limits of the operating system's and of Erlang's.
    With `files` it is a cluster of `nodes` that these files configure: `rabbitmq_cluster`.
    """
    if not (SCRIPTS / "rabbitmq-server").exists():
        raise MissingError("rabbitmq-server", "python -m tests.sandbox.install")
    if files is not None:
        from . import rabbitmq_cluster

        passwords = {name: new_password() for name in ("app", "monitor", "admin")}
        return rabbitmq_cluster.start(place, files, nodes, passwords)
    place.become("rabbitmq")
    kind: Kind | None = "valid" if tls is True else tls or None
    certificate = place.certificate(kind) if kind else None
    ports = Ports()
    passwords = {name: new_password() for name in ("app", "monitor", "admin")}
    if keep_guest:
        passwords["guest"] = "guest"
    _write_files(place, ports, certificate, passwords, definitions, conf, prometheus)
    env = environment(place, ports)
    epmd = place.start("epmd", ["epmd", "-address", HOST, "-port", str(ports.epmd)])
    epmd.wait_until(lambda: is_open(ports.epmd), 10)
    if processes is not None:
        env["RABBITMQ_MAX_NUMBER_OF_PROCESSES"] = str(processes)
    node = place.start("rabbitmq", command(open_files), env=env)
    health = f"http://{HOST}:{ports.http}/api/overview"
    login = ("monitor", passwords["monitor"])
    node.wait_until(lambda: is_open(ports.amqp) and web.answers(health, login), _READY_SECONDS)
    _check(ports, passwords["admin"], definitions or {})
    return RabbitServer(
        host=HOST,
        port=ports.amqps if certificate else ports.amqp,
        folder=place.folder,
        log=node.log,
        children=(epmd, node),
        passwords=passwords,
        node=env["RABBITMQ_NODENAME"],
        certificate=certificate,
        env=env,
        user=place.user,
        prometheus_url=f"http://{HOST}:{ports.prometheus}/metrics" if prometheus else None,
        **login_urls(ports, passwords, bool(certificate)),
    )


def command(open_files: int = OPEN_FILES) -> list[str]:
    """How a node is started, with a limit of open files that its own shell may not give it."""
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    most = open_files if allowed == resource.RLIM_INFINITY else min(open_files, allowed)
    return ["prlimit", f"--nofile={most}:{most}", str(SCRIPTS / "rabbitmq-server")]


def _check(ports: Ports, password: str, definitions: Mapping[str, Any]) -> None:
    """The node starts in silence when it cannot import a definition: say it here."""
    if not definitions:
        return
    url = f"http://{HOST}:{ports.http}/api/definitions"
    missing = absent(definitions, web.call(url, login=("admin", password)))
    if missing:
        raise SandboxError(f"RabbitMQ did not import {', '.join(missing)}")


def login_urls(ports: Ports, passwords: Mapping[str, str], tls: bool) -> dict[str, Any]:
    """The addresses of a node for each of its users, as `RabbitServer` has them."""

    def url(scheme: str, user: str, port: int) -> str:
        return f"{scheme}://{user}:{quote(passwords[user])}@{HOST}:{port}"

    scheme, port = ("amqps", ports.amqps) if tls else ("amqp", ports.amqp)
    return {
        "url": url(scheme, "app", port) + "/%2F",
        "monitor_url": url(scheme, "monitor", port) + "/%2F",
        "admin_url": url(scheme, "admin", port) + "/%2F",
        "plain_url": url("amqp", "app", ports.amqp) + "/%2F",
        "management_url": url("http", "monitor", ports.http),
        "management_admin_url": url("http", "admin", ports.http),
        "management_tls_url": url("https", "monitor", ports.https) if tls else None,
    }


def environment(place: Place, ports: Ports) -> dict[str, str]:
    """The variables by which a node finds all that is its own, and nothing of the machine's."""
    folder = place.folder
    return {
        "RABBITMQ_CONF_ENV_FILE": os.devnull,
        "RABBITMQ_NODENAME": f"rabbit{ports.amqp}@localhost",
        "RABBITMQ_DIST_PORT": str(ports.distribution),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "logs"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_PID_FILE": str(folder / "rabbitmq.pid"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        "ERL_EPMD_ADDRESS": HOST,
        "ERL_EPMD_PORT": str(ports.epmd),
        # The script then becomes the node instead of watching over it: signals reach it.
        "RUNNING_UNDER_SYSTEMD": "true",
    }


def _write_files(
    place: Place,
    ports: Ports,
    certificate: Certificate | None,
    passwords: Mapping[str, str],
    definitions: Mapping[str, Any] | None,
    conf: Mapping[str, str] | None,
    prometheus: bool,
) -> None:
    place.write(".erlang.cookie", secrets.token_hex(16), mode=0o400)
    plugins = ["rabbitmq_management", *(["rabbitmq_prometheus"] if prometheus else [])]
    place.write("enabled_plugins", f"[{','.join(plugins)}].\n")
    place.write("definitions.json", json.dumps(complete(passwords, definitions or {})))
    lines = {
        "listeners.tcp.default": f"{HOST}:{ports.amqp}",
        "management.tcp.ip": HOST,
        "management.tcp.port": str(ports.http),
        "load_definitions": str(place.folder / "definitions.json"),
        **(_tls_lines(ports, certificate) if certificate else {}),
        **(
            {"prometheus.tcp.ip": HOST, "prometheus.tcp.port": str(ports.prometheus)}
            if prometheus
            else {}
        ),
        **(conf or {}),
    }
    text = "".join(f"{name} = {value}\n" for name, value in lines.items())
    place.write("rabbitmq.conf", text)


def _tls_lines(ports: Ports, certificate: Certificate) -> dict[str, str]:
    files = {"cacertfile": certificate.ca, "certfile": certificate.file, "keyfile": certificate.key}
    lines = {"listeners.ssl.default": f"{HOST}:{ports.amqps}"}
    lines |= {f"ssl_options.{name}": str(path) for name, path in files.items()}
    lines |= {"ssl_options.verify": "verify_none"}
    lines |= {"management.ssl.ip": HOST, "management.ssl.port": str(ports.https)}
    return lines | {f"management.ssl.{name}": str(path) for name, path in files.items()}
