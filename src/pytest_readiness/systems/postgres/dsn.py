"""One way into a PostgreSQL, taken apart: nodes, role, database, and what libpq is told besides."""

from __future__ import annotations

import getpass
import os

import msgspec

from pytest_readiness.systems.net import at

PORT = 5432
_SECRETS = ("sslpassword", "scram_client_key", "scram_server_key")


class Node(msgspec.Struct, frozen=True):
    """One place where a server may listen."""

    host: str
    """Name, address, or the folder of a Unix socket."""
    port: int = PORT
    address: str | None = None
    """``hostaddr``: where to connect, where the name is for the certificate only."""

    @property
    def socket(self) -> str | None:
        """Path of the Unix socket; None for TCP."""
        return f"{self.host}/.s.PGSQL.{self.port}" if self.host.startswith("/") else None

    def __str__(self) -> str:
        return self.socket or at(self.host, self.port)


class Dsn(msgspec.Struct, frozen=True, kw_only=True):
    """One way in, taken apart and percent-decoded."""

    nodes: tuple[Node, ...]
    user: str | None = None
    password: str | None = None
    database: str | None = None
    options: dict[str, str] = {}
    """Whatever else libpq is told, by its keyword."""
    driver: str | None = None
    """SQLAlchemy's driver, ``asyncpg``; None where the URL names none."""
    connect_timeout: str | None = None
    """The application's own; the probe has a deadline of its own."""

    def __repr__(self) -> str:
        return f"<Dsn {self.name}>"

    @property
    def name(self) -> str:
        """``app at db1:5432``, for people."""
        return f"{self.login} at {', '.join(str(node) for node in self.nodes)}"

    @property
    def login(self) -> str:
        """The role that logs in; libpq takes the operating system's user where none is given."""
        return self.user or os.environ.get("PGUSER") or _me()

    @property
    def catalog(self) -> str:
        """The database; libpq takes the role's name where none is given."""
        return self.database or os.environ.get("PGDATABASE") or self.login

    @property
    def mode(self) -> str:
        """``sslmode`` in force."""
        if self.options.get("sslrootcert") == "system":
            return "verify-full"
        return self.options.get("sslmode") or os.environ.get("PGSSLMODE") or "prefer"

    @property
    def certified(self) -> bool:
        """Whether libpq has a client certificate to show, wherever it takes it from."""
        given = self.options.get("sslcert") or os.environ.get("PGSSLCERT")
        return bool(given) or os.path.exists(os.path.expanduser("~/.postgresql/postgresql.crt"))

    def secrets(self) -> list[str]:
        """The password, and what else in it opens doors."""
        found = (self.password, *(self.options.get(key) for key in _SECRETS))
        return [secret for secret in found if secret]

    def arguments(self, *nodes: Node) -> dict[str, str]:
        """Keyword arguments for libpq, for some of the nodes or for all."""
        chosen = nodes or self.nodes
        given = {"host": ",".join(node.host for node in chosen)}
        given["port"] = ",".join(str(node.port) for node in chosen)
        if any(node.address for node in chosen):
            given["hostaddr"] = ",".join(node.address or "" for node in chosen)
        own = {"user": self.login, "password": self.password, "dbname": self.catalog}
        # Kerberos' encryption is tried first by default and looks for tickets nobody asked for.
        given |= {"fallback_application_name": "pytest-readiness", "gssencmode": "disable"}
        return {**given, **self.options, **{k: v for k, v in own.items() if v is not None}}


def _me() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "postgres"
