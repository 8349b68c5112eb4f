"""What is known of a PostgreSQL target after one look at it. Ages and waits are in seconds."""

from __future__ import annotations

from pytest_readiness.outcomes import Blocked
from pytest_readiness.systems.base import Facts, fact
from pytest_readiness.systems.postgres.facts.application import (
    Certificate,
    Collation,
    Database,
    DeadRows,
    Login,
    Password,
    Role,
    Schema,
    Sequence,
    Sequences,
    Session,
    Timeouts,
)
from pytest_readiness.systems.postgres.facts.server import (
    Activity,
    Archiver,
    Connections,
    DumpFiles,
    LockWait,
    Prepared,
    Replay,
    Replica,
    Setting,
    Slot,
    SlowStatement,
    Wraparound,
)
from pytest_readiness.systems.postgres.sizes import of_setting
from pytest_readiness.systems.postgres.sql import ident

__all__ = [
    "Activity",
    "Archiver",
    "Certificate",
    "Collation",
    "Connections",
    "Database",
    "DeadRows",
    "DumpFiles",
    "LockWait",
    "Login",
    "Password",
    "PostgresFacts",
    "Prepared",
    "Replay",
    "Replica",
    "Role",
    "Schema",
    "Sequence",
    "Sequences",
    "Session",
    "Setting",
    "Slot",
    "SlowStatement",
    "Timeouts",
    "Wraparound",
]


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
    schema: Schema = fact()
    sequences: Sequences = fact()
    size: int = fact()
    """Bytes of the application's database; asked for where ``max_size`` is declared."""
    missing_tables: list[str] = fact()
    """Declared tables that are not there."""
    revisions: list[str] = fact()
    """What the database's ``alembic_version`` holds."""
    heads: list[str] = fact()
    """What it should hold by the migrations at hand."""

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
    lock_wait: LockWait = fact()
    prepared: Prepared = fact()
    replicas: list[Replica] = fact()
    replay: Replay = fact()
    slots: list[Slot] = fact()
    checksum_failures: dict[str, int] = fact()
    """Damaged blocks that were met, by database."""
    wal_bytes: int = fact()
    """What the WAL takes on disk."""
    weak_rules: list[str] = fact()
    """Lines of pg_hba.conf for other machines with trust, password, md5 or ident."""
    statements_in: str | None = fact()
    """Schema that pg_stat_statements is installed in; None where it is not."""
    slow_statements: list[SlowStatement] = fact()

    dumps: DumpFiles | None = None
    """None where the settings declare none."""

    def setting(self, name: str) -> str:
        """A server setting's value.

        Raises:
            Blocked: this role is not shown it, or the server is too old to have it.
        """
        return self._shown(name).value

    def size_of(self, name: str) -> int:
        """Bytes of a server setting that is a size.

        Raises:
            Blocked: as for :meth:`setting`.
        """
        shown = self._shown(name)
        return of_setting(shown.value, shown.unit)

    def _shown(self, name: str) -> Setting:
        found = self.settings.get(name)
        if found is None:
            raise Blocked(
                f"the setting {name} is not shown: GRANT pg_read_all_settings TO "
                f"{ident(self.monitored_as)} shows it, if this version has it"
            )
        return found
