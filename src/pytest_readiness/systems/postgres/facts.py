"""What is known of a PostgreSQL target after one look at it. Ages and waits are in seconds."""

from __future__ import annotations

import msgspec

from pytest_readiness.outcomes import Blocked
from pytest_readiness.systems.base import Facts, fact
from pytest_readiness.systems.postgres.sql import ident


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """How the application gets in."""

    host: str
    port: int
    peer: str
    """Address that was connected to; the path of a Unix socket."""
    socket: bool
    connect_ms: float
    tls: str | None
    """``TLSv1.3``; None for a session in plaintext."""
    sslmode: str
    asks: str
    """What the server asks for before it lets the role in; ``nothing`` is no protection."""


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """The server's certificate, its chain verified."""

    expires: float
    issued: float | None


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """The role that the application logs in as."""

    name: str
    powers: list[str]
    """Attributes and memberships beyond plain access to data: ``SUPERUSER``, ``CREATEDB``."""
    connection_limit: int
    """-1 for none."""
    expires_in: float | None
    """Until the password's end; None for never."""
    creates_in_public: bool | None
    """Whether PUBLIC may create in the schema public; None where there is no such schema."""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """What a session of the application finds."""

    database: str
    in_recovery: bool
    """Whether the node is a standby."""
    read_only: bool
    authenticated_by: str | None
    """``scram-sha-256``, ``peer``; None for trust, and where the server cannot tell (< 16)."""


class Timeouts(msgspec.Struct, frozen=True, kw_only=True):
    """Timeouts in force when the application logs in; 0 for none, None where unknown."""

    statement: float | None = None
    lock: float | None = None
    idle_in_transaction_session: float | None = None
    idle_session: float | None = None
    transaction: float | None = None


class Database(msgspec.Struct, frozen=True, kw_only=True):
    """The application's database; counters since ``reset_age``."""

    encoding: str
    extensions: dict[str, str]
    """Installed extensions and their versions."""
    deadlocks: int
    conflicts: int
    checksum_failures: int | None
    blocks_hit: int
    blocks_read: int
    temporary_bytes: int
    reset_age: float | None
    """Since the counters started; None for since the server was set up."""


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One server setting as ``pg_settings`` shows it."""

    value: str
    unit: str | None


class Archiver(msgspec.Struct, frozen=True, kw_only=True):
    """WAL archiving."""

    target: str
    """``set``, ``unset``, or ``discards`` for a command that throws the WAL away."""
    archived: int
    failed: int
    archived_age: float | None
    failed_age: float | None
    failing: bool
    """Whether the last failure came after the last success."""
    behind: int | None
    """Finished segments later than the last archived one; None where it cannot be told."""


class Connections(msgspec.Struct, frozen=True, kw_only=True):
    """Connections in use, and how many ordinary roles may open at most."""

    used: int
    limit: int


class Wraparound(msgspec.Struct, frozen=True, kw_only=True):
    """Age of the oldest transaction id and multixact id, over all databases."""

    database: str
    """The one with the oldest transaction id."""
    xid_age: int
    mxid_age: int


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """Transactions of clients, pg_dump's aside; 0 where there is none."""

    longest_transaction: float
    longest_idle_in_transaction: float
    lock_waits: int
    longest_lock_wait: float


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """Prepared transactions; their oldest is 0 where there is none."""

    count: int
    oldest: float


class Replica(msgspec.Struct, frozen=True, kw_only=True):
    """A standby or another receiver of WAL that is connected."""

    name: str
    state: str
    sync_state: str
    lag_bytes: int | None
    lag: float | None


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """A replication slot."""

    name: str
    kind: str
    active: bool
    retained_bytes: int | None
    wal_status: str | None


class DumpFiles(msgspec.Struct, frozen=True, kw_only=True):
    """Dumps in files, as the machine that runs the checks sees them."""

    count: int
    newest_age: float | None
    newest_bytes: int | None


class PostgresFacts(Facts, frozen=True, kw_only=True):
    """One look at a target: the application's side, then the server's."""

    version: str
    """``15.18``."""
    number: int
    """``150018``."""

    login: Login = fact()
    role: Role = fact()
    session: Session = fact()
    timeouts: Timeouts = fact()
    database: Database = fact()

    monitored_as: str = fact()
    """The role that the facts below were read with."""
    certificate: Certificate | None = fact()
    """None where no way in is encrypted."""
    standby: bool = fact()
    """Whether the node that the facts below are of is a standby."""
    uptime: float = fact()
    settings: dict[str, Setting] = fact()
    """Settings that this role is shown; read one with :meth:`setting`."""
    pending_restart: list[str] = fact()
    superusers: list[str] = fact()
    archiver: Archiver = fact()
    wal_receivers: int = fact()
    """Connected receivers that keep WAL as a backup: pg_receivewal, Barman."""
    connections: Connections = fact()
    wraparound: Wraparound = fact()
    activity: Activity = fact()
    lock_waits: int = fact()
    """Locks not granted."""
    prepared: Prepared = fact()
    replicas: list[Replica] = fact()
    slots: list[Slot] = fact()

    dumps: DumpFiles | None = None
    """None where the settings declare none."""

    def setting(self, name: str) -> str:
        """A server setting's value.

        Raises:
            Blocked: this role is not shown it, or the server is too old to have it.
        """
        found = self.settings.get(name)
        if found is None:
            raise Blocked(
                f"the setting {name} is not shown: GRANT pg_read_all_settings TO "
                f"{ident(self.monitored_as)} shows it, if this version has it"
            )
        return found.value
