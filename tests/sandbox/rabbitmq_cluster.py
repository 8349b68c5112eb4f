"""A cluster of RabbitMQ nodes on this machine, configured by a file as one would deploy it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace

from .certificates import Certificate
from .place import Place
from .ports import HOST, is_open
from .process import Child
from .rabbitmq import Ports, RabbitServer, command, environment, login_urls

_READY_SECONDS = 90


def start(
    place: Place, files: Mapping[str, str], nodes: int, passwords: Mapping[str, str]
) -> RabbitServer:
    """Start nodes with these files, of which only ports, names, paths and passwords are changed.

    `files` are rabbitmq.conf and enabled_plugins as texts; the first node is up before the others
    start, so that they join it. Users are the file's own: whoever asks makes the others.
    """
    place.become("rabbitmq")
    certificate = place.certificate("valid")
    place.write(".erlang.cookie", secrets.token_hex(16), mode=0o400)
    place.write("enabled_plugins", files["enabled_plugins"])
    first = Ports()
    each = [first, *(replace(Ports(), epmd=first.epmd) for _ in range(nodes - 1))]
    names = [environment(place, ports)["RABBITMQ_NODENAME"] for ports in each]
    epmd = place.start("epmd", ["epmd", "-address", HOST, "-port", str(first.epmd)])
    epmd.wait_until(lambda: is_open(first.epmd), 10)
    envs = []
    for ports in each:
        text = _adapted(files["rabbitmq.conf"], _values(ports, certificate, names, passwords))
        envs.append(_environment(place, ports, text))
    children = [_node(place, envs[0])]
    _await(children[0], first)
    children += [_node(place, env) for env in envs[1:]]
    for child, ports in zip(children, each, strict=True):
        _await(child, ports)
    return RabbitServer(
        host=HOST,
        port=first.amqps,
        folder=place.folder,
        log=children[0].log,
        children=(epmd, *children),
        passwords=passwords,
        node=names[0],
        certificate=certificate,
        env=envs[0],
        user=place.user,
        **login_urls(first, {n: passwords[n] for n in ("app", "monitor", "admin")}, True),
    )


def _node(place: Place, env: Mapping[str, str]) -> Child:
    name = env["RABBITMQ_NODENAME"].partition("@")[0]
    return place.start(name, command(), env=env)


def _await(child: Child, ports: Ports) -> None:
    child.wait_until(lambda: is_open(ports.amqps) and is_open(ports.https), _READY_SECONDS)


def _environment(place: Place, ports: Ports, text: str) -> dict[str, str]:
    env = environment(place, ports)
    node = env["RABBITMQ_NODENAME"].partition("@")[0]
    env["RABBITMQ_PID_FILE"] = str(place.folder / f"{node}.pid")
    env["RABBITMQ_CONFIG_FILE"] = str(place.write(f"{node}.conf", text))
    return env


def _values(
    ports: Ports, certificate: Certificate, names: list[str], passwords: Mapping[str, str]
) -> dict[str, str]:
    """What a file that is deployed here must say in place of what an example says."""
    files = {"cacertfile": certificate.ca, "certfile": certificate.file, "keyfile": certificate.key}
    sections = ("ssl_options", "management.ssl")
    return {
        "listeners.ssl.default": f"{HOST}:{ports.amqps}",
        "management.ssl.ip": HOST,
        "management.ssl.port": str(ports.https),
        "prometheus.tcp.ip": HOST,
        "prometheus.tcp.port": str(ports.prometheus),
        "default_pass": passwords["admin"],
        **{f"{s}.{name}": str(path) for s in sections for name, path in files.items()},
        **{
            f"cluster_formation.classic_config.nodes.{number}": name
            for number, name in enumerate(names, 1)
        },
    }


def _adapted(text: str, values: Mapping[str, str]) -> str:
    """The text with other values of some keys, each of which must be in it."""
    lines, left = [], dict(values)
    for line in text.splitlines():
        key, equals, _ = line.partition(" = ")
        lines.append(f"{key} = {left.pop(key)}" if equals and key in left else line)
    assert not left, f"the file says nothing of {', '.join(left)}"
    return "\n".join([*lines, ""])
