"""The application's side of the facts: its way in, its rights, its database."""

from __future__ import annotations

import msgspec


class Password(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of the application's password: never more than how far it is from a guess."""

    guessable: bool
    """Whether it is made of the role's name, the database's, or a word from a list; not which."""
    at_least: int
    """It has this many characters or more: 0, 8, 12, 16 or 24."""


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
    password: Password | None
    """None where the server asked for none."""
    plaintext: str | None
    """``refused`` or ``accepted``: what becomes of a session without TLS; None if not tried."""
    connect_timeout: str | None
    """What the url says of it."""
    driver: str | None
    """SQLAlchemy's driver that the url names."""


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """The certificate that the server showed, verified or not."""

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
    synchronous_commit: str
    """In force when the application logs in."""


class Timeouts(msgspec.Struct, frozen=True, kw_only=True):
    """Timeouts in force when the application logs in; 0 for none, None where unknown."""

    statement: float | None = None
    lock: float | None = None
    idle_in_transaction_session: float | None = None
    idle_session: float | None = None
    transaction: float | None = None


class Collation(msgspec.Struct, frozen=True, kw_only=True):
    """Version of the rules by which texts are sorted; None where they have none, as in C."""

    recorded: str | None
    """When the database was made, or last refreshed."""
    actual: str | None
    """Of the operating system, or of ICU, today."""


class Database(msgspec.Struct, frozen=True, kw_only=True):
    """The application's database; counters since ``reset_age``."""

    encoding: str
    collation: Collation | None
    """None before version 15, which cannot tell."""
    extensions: dict[str, str]
    """Installed extensions and their versions."""
    transactions: int
    deadlocks: int
    conflicts: int
    blocks_hit: int
    blocks_read: int
    temporary_bytes: int
    reset_age: float | None
    """Since the counters started; None where the server does not tell."""


class DeadRows(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of a table that were deleted or replaced and wait for VACUUM."""

    name: str
    rows: int
    share: float
    """Percent of all rows."""


class Schema(msgspec.Struct, frozen=True, kw_only=True):
    """Tables of the application's database, and ten at most of what is wrong with any."""

    tables: int
    unvacuumed: list[str]
    """Tables that autovacuum is switched off for."""
    invalid_indexes: list[str]
    unvalidated: list[str]
    """Constraints declared NOT VALID and not validated since."""
    disabled_triggers: list[str]
    keyless: list[str]
    """Tables without a primary key."""
    dead: list[DeadRows]
    """The tables with most dead rows."""


class Sequence(msgspec.Struct, frozen=True, kw_only=True):
    """How far a sequence has come."""

    name: str
    used: float
    """Percent of what it, or the column it feeds, can hold."""


class Sequences(msgspec.Struct, frozen=True, kw_only=True):
    """Sequences that only rise and do not begin again."""

    count: int
    hidden: list[str]
    """Those that feed a table of the application but are not shown to its role."""
    fullest: list[Sequence]
    skipped: int = 0
    """Those that were not read, for there are more than may be locked at once."""
