"""The server's side of the facts."""

from __future__ import annotations

import msgspec


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
    exact: bool | None = True
    """Whether there are as many, and not that many at most: the last file told of a backup."""


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
    gid: str | None
    """Name of the oldest."""
    oldest: float


class LockWait(msgspec.Struct, frozen=True, kw_only=True):
    """The session that waits longest for a lock; 0 seconds where none does."""

    seconds: float
    pid: int | None
    blockers: list[int]


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """How a standby follows."""

    receiving: bool
    """Whether it is connected to a server that streams to it."""
    behind: float | None
    """Age of what was replayed last, 0 where all that came is replayed; None on a primary."""


class SlowStatement(msgspec.Struct, frozen=True, kw_only=True):
    """A statement that ran a hundred times or more; its text is not looked at."""

    id: str | None
    calls: int
    mean: float


class Replica(msgspec.Struct, frozen=True, kw_only=True):
    """A standby or another receiver of WAL that is connected."""

    name: str
    state: str
    sync_state: str
    kind: str
    """``standby``, ``logical`` for a subscriber, ``receiver`` or ``backup``."""
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
