"""PostgreSQL: the application's database."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from pytest_readiness.policy.durations import seconds
from pytest_readiness.systems.base import System, TargetSettings
from pytest_readiness.systems.postgres.dsn import Dsn
from pytest_readiness.systems.postgres.sizes import size
from pytest_readiness.systems.postgres.ways import SCHEMES, parse, scheme_of

Platform = Literal[
    "rds",
    "aurora",
    "cloudsql",
    "alloydb",
    "azure",
    "supabase",
    "neon",
    "heroku",
    "aiven",
    "crunchy",
    "digitalocean",
    "timescale",
]


class Dumps(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[tool.readiness.postgres.NAME.dumps]``: backups as files that this machine can see."""

    files: str
    """Pattern of the files, ``/backup/shop-*.dump``; the newest of them is judged."""
    max_age: str | float = "24h"
    """The most that may be lost: age at which the newest dump is too old."""


class Pool(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[tool.readiness.postgres.NAME] pool``: connections that the application may open."""

    size: int
    """Connections one pool keeps."""
    overflow: int = 0
    """Connections it may open beyond them; SQLAlchemy's ``max_overflow``, 10 unless set."""
    instances: int = 1
    """Pools there are: processes on all machines, each with its own."""

    @property
    def most(self) -> int:
        """Connections that all instances may open at once."""
        return (self.size + self.overflow) * self.instances


class PostgresSettings(TargetSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[tool.readiness.postgres.NAME]``.

    ``url`` and ``monitor_url`` may be URLs of libpq, of SQLAlchemy (``postgresql+asyncpg://``)
    or keyword strings (``host=db user=app``).
    """

    platform: Platform | None = None
    vendor: Literal["debian", "ubuntu", "redhat"] | None = None
    role: Literal["primary", "replica"] = "primary"
    """What ``url`` is meant to reach; a replica need not accept writes."""
    dumps: Dumps | None = None
    """Dumps in files, for a team that does not archive WAL."""
    extensions: tuple[str, ...] = ()
    """Extensions that the application needs: ``["pgcrypto"]``."""
    tables: tuple[str, ...] = ()
    """Tables that must be there, as the application names them: ``["orders", "audit.log"]``."""
    alembic: str | None = None
    """``alembic.ini``, from the working directory: the database must be at the head of its
    migrations, which are read but never run."""
    replicas: int | None = None
    """Standbys that must stream from a primary; 1 where nothing is said."""
    pool: Pool | None = None
    """The application's pools: ``{ size = 10, overflow = 5, instances = 4 }``."""
    max_size: str | int | None = None
    """What the database may grow to: ``"100GB"``."""

    def problem(self) -> tuple[str, str] | None:
        """The field and what is wrong with it; None if all is well."""
        return self._wrong_intent() or super().problem()

    def _wrong_intent(self) -> tuple[str, str] | None:
        try:
            if self.dumps is not None:
                field = "dumps.max_age"
                seconds(self.dumps.max_age)
            if self.max_size is not None:
                field = "max_size"
                size(self.max_size)
        except ValueError as error:
            return field, str(error)
        if self.replicas is not None and self.replicas < 0:
            return "replicas", "expected 0 or more"
        if self.pool is not None and (self.pool.size < 1 or self.pool.instances < 1):
            return "pool", "expected a size and instances of 1 or more"
        for field in ("extensions", "tables"):
            if not all(name and "\0" not in name for name in getattr(self, field)):
                return field, "expected names"
        return None

    @property
    def intended(self) -> bool:
        """Whether anything is declared that must be in the database."""
        return bool(self.extensions or self.tables or self.alembic)

    def wrong_url(self, url: str) -> str | None:
        """What is wrong with a way in, without repeating its password; None if nothing."""
        try:
            parse(url)
        except ValueError as error:
            return str(error)
        return None

    def hosts(self) -> list[tuple[str, int]]:
        """Host and port of every node; a Unix socket's host is its folder."""
        first = self.ways()[0]
        return [(node.host, node.port) for node in first.nodes]

    def secrets(self) -> list[str]:
        """The passwords of both ways, and the one libpq takes from the environment."""
        found = [secret for way in self.ways() for secret in way.secrets()]
        return [secret for secret in (*found, os.environ.get("PGPASSWORD")) if secret]

    def ways(self) -> list[Dsn]:
        """The ways given, taken apart: the application's first."""
        return [parse(url) for url in (self.url, self.monitor_url) if url]


def environment(environ: Mapping[str, str]) -> dict[str, Any] | str | None:
    """A target from ``DATABASE_URL``, else from ``PGHOST`` and its kin.

    Returns:
        The target's table; a note if ``DATABASE_URL`` is some other database; None if unset.
    """
    url = environ.get("DATABASE_URL", "").strip()
    if url:
        scheme = scheme_of(url)
        if scheme is not None and scheme not in SCHEMES:
            return f"DATABASE_URL is {scheme}://: not judged"
        return {"url": url}
    keys = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
    keys["dbname"] = "PGDATABASE"
    if not environ.get("PGHOST"):
        return None
    given = {key: environ[name] for key, name in keys.items() if environ.get(name)}
    return {"url": " ".join(f"{key}={_quoted(value)}" for key, value in given.items())}


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


SYSTEM = System(
    name="postgres",
    settings=PostgresSettings,
    probe="pytest_readiness.systems.postgres.probe:PostgresProbe",
    checks="pytest_readiness.systems.postgres.checks",
    extra="postgres",
    variables=("DATABASE_URL", "PGHOST"),
    loggers=("psycopg",),
    environment=environment,
)
