"""PostgreSQL: the application's database."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from pytest_readiness.policy.durations import seconds
from pytest_readiness.systems.base import System, TargetSettings
from pytest_readiness.systems.postgres.dsn import Dsn
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

    def problem(self) -> tuple[str, str] | None:
        """The field and what is wrong with it; None if all is well."""
        if self.dumps is not None:
            try:
                seconds(self.dumps.max_age)
            except ValueError as error:
                return "dumps.max_age", str(error)
        return super().problem()

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
