"""The server of examples/production/postgres, brought up from just these files, and its standby."""

from __future__ import annotations

import re
import signal
import string
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from pytest_readiness.policy.files import tomllib
from pytest_readiness.systems.postgres import PostgresSettings
from tests.recipes import blocks
from tests.sandbox import Sandbox
from tests.sandbox.place import Place
from tests.sandbox.ports import HOST, free_port
from tests.sandbox.postgres import PostgresServer
from tests.systems.test_postgres import until, value

EXAMPLE = Path(__file__).parents[2] / "examples" / "production" / "postgres"
INITDB = ("--data-checksums", "--locale-provider=icu", "--icu-locale=en")
REPLICATOR, READINESS = "replicator-of-the-sandbox", "readiness-of-the-sandbox"
REVISION = "4d1f0c6a2b17"

_SETTING = re.compile(r"^(\w+) = (?:'([^']*)'|(\S+))", re.MULTILINE)
_SANDBOX_HAS = ("listen_addresses", "ssl", "ssl_cert_file", "ssl_key_file")
"""Set by the sandbox itself: its own address and certificate."""


def exemplary(box: Sandbox) -> PostgresServer:
    """The primary of the example, with traffic, a backup of its WAL, and a standby that streams."""
    archive = _archive(box)
    filled = {"SHARED_BUFFERS": "256MB", "ARCHIVE": str(archive), "NETWORK": f"{HOST}/32"}
    filled |= {"ADMINS": f"{HOST}/32", "REPLICATION_PASSWORD": REPLICATOR}
    recipes = "".join(blocks("postgres")[:2]).replace("change-me", READINESS)
    server = box.start(
        "postgres",
        tls=True,
        initdb=INITDB,
        settings={
            name: quoted or bare
            for name, quoted, bare in _SETTING.findall(_read("postgresql.conf", filled))
            if name not in _SANDBOX_HAS
        },
        hba=tuple(_read("pg_hba.conf", filled).splitlines()),
        sql=(*_statements(_read("roles.sql", filled)), *_statements(recipes)),
    )
    if not (server.folder / "standby.port").exists():
        _in_use(server)
        standby(box, server)
    return server


def settings(box: Sandbox, server: PostgresServer) -> dict[str, Any]:
    """The target's table in the example's readiness.toml, filled in."""
    assert server.certificate is not None
    project = box.folder / "shop"
    _migrations(project)
    filled = {"HOST": server.host, "PORT": server.port, "CA": server.certificate.ca}
    filled |= {"APP_PASSWORD": server.passwords["app"], "MONITOR_PASSWORD": READINESS}
    text = _read("readiness.toml", {k: str(v) for k, v in {**filled, "PROJECT": project}.items()})
    table: dict[str, Any] = tomllib.loads(text)["postgres"]["main"]
    typed = msgspec.convert(table, PostgresSettings)
    return {key: getattr(typed, key) for key in table}


def _read(name: str, filled: dict[str, str]) -> str:
    return string.Template((EXAMPLE / name).read_text("utf-8")).safe_substitute(filled)


def _statements(script: str) -> tuple[str, ...]:
    lines = [line for line in script.splitlines() if line and not line.startswith("--")]
    return tuple(part.strip() for part in "\n".join(lines).split(";") if part.strip())


def _archive(box: Sandbox) -> Path:
    folder = box.folder / "archive"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o777)
    return folder


def _migrations(project: Path) -> None:
    versions = project / "migrations" / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    (project / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
    for name, down in (("0a1b2c3d4e5f", None), (REVISION, "0a1b2c3d4e5f")):
        text = f"revision: str = {name!r}\ndown_revision: str | None = {down!r}\n"
        (versions / f"{name}_orders.py").write_text(text + "raise SystemExit('never run')\n")


def _in_use(server: PostgresServer) -> None:
    """Tables, and traffic enough to judge by."""
    with psycopg.connect(server.url, autocommit=True) as app:
        app.execute("CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY)")
        app.execute("INSERT INTO orders SELECT FROM generate_series(1, 10000)")
        app.execute("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
        app.execute("INSERT INTO alembic_version VALUES (%s)", (REVISION,))
        app.execute("VACUUM ANALYZE orders")
        reads = "DO 'BEGIN FOR i IN 1..2500 LOOP PERFORM count(*) FROM orders; END LOOP; END'"
        app.execute(reads.encode())
        for _ in range(1100):
            app.execute("SELECT 1")
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        for grant in _statements(blocks("postgres")[2]):
            admin.execute(grant.encode())
        admin.execute("SELECT pg_switch_wal()")
    until(lambda: value(server.admin_url, "SELECT archived_count FROM pg_stat_archiver") > 0)


def place_of(box: Sandbox, server: PostgresServer) -> Place:
    """Where the box keeps what it must stop: a process that is started there ends with it."""
    return next(place for place in box._places if place.folder == server.folder)


def standby(box: Sandbox, server: PostgresServer) -> None:
    """Start a standby as the example's roles.sql says; its port is in ``standby.port``."""
    place, port = place_of(box, server), free_port()
    folder = server.folder / "standby"
    source = f"host={server.host} port={server.port} user=replicator password={REPLICATOR}"
    copy = [str(server.bin / "pg_basebackup"), "-D", str(folder), "-d", source]
    place.run([*copy, "-R", "-C", "-S", "standby1", "-c", "fast"])
    with (folder / "postgresql.conf").open("a") as conf:
        conf.write(f"port = {port}\ncluster_name = 'standby1'\n")
    (server.folder / "standby.port").write_text(str(port))
    command = [str(server.bin / "postgres"), "-D", str(folder)]
    place.start("standby", command, stop_signal=signal.SIGINT, death_signal=signal.SIGQUIT)
    streaming(server)


def streaming(server: PostgresServer) -> None:
    """Wait until the standby streams."""
    count = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"
    until(lambda: value(server.admin_url, count) == 1, 30)


def on_standby(server: PostgresServer, url: str) -> str:
    """The same way in, to the standby."""
    port = (server.folder / "standby.port").read_text()
    return url.replace(f":{server.port}/", f":{port}/")
