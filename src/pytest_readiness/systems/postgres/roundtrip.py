"""The round trip: a row written, read back and rolled back, and a commit that holds nothing."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_readiness.outcomes import blocked
from pytest_readiness.systems.postgres.sql import ident
from pytest_readiness.systems.postgres.statements import bounded

if TYPE_CHECKING:
    from psycopg import Connection


class Trip(NamedTuple):
    """What a round trip showed."""

    answer: str
    """``taken``, or the server's refusal in plain words."""
    same: bool
    """Whether the row was read as it was written."""
    commit_ms: float | None
    """Milliseconds until a commit had reached the disk, and the standbys that it waits for."""


def travel(client: Connection[Any], patience: float) -> Trip:
    """Write a row to a table of its own, read it back, roll all back; then commit a message.

    Leaves nothing behind but a few bytes of WAL, which no replica and no decoder keeps.

    Args:
        client: a connection in autocommit mode.
        patience: seconds after which a server that does not return is given up.

    Raises:
        Blocked: the role may not create temporary tables.
    """
    import psycopg

    name = f"readiness-{uuid.uuid4()}"
    began = time.monotonic()
    try:
        with bounded(client, patience):
            same = _write_and_read(client, name) == name
            start = time.monotonic()
            client.execute("SELECT pg_logical_emit_message(true, 'readiness', %s)", (name,))
            return Trip("taken", same, 1000 * (time.monotonic() - start))
    except psycopg.errors.InsufficientPrivilege:
        user, database = client.info.user, client.info.dbname
        blocked(
            f"{user} may not create temporary tables in {database}: "
            f"GRANT TEMPORARY ON DATABASE {ident(database)} TO {ident(user)} allows it"
        )
    except psycopg.Error as error:
        if time.monotonic() - began >= patience:
            return Trip(f"none within {patience:g} s", False, None)
        said = str(error).partition("\n")[0]
        return Trip(f"{said} ({error.sqlstate or 'connection lost'})", False, None)


def _write_and_read(client: Connection[Any], name: str) -> str | None:
    from psycopg import sql

    table = sql.Identifier("pg_temp", name)
    with client.transaction(force_rollback=True):
        client.execute(sql.SQL("CREATE TEMPORARY TABLE {} (note text)").format(table))
        client.execute(sql.SQL("INSERT INTO {} VALUES (%s)").format(table), (name,))
        row = client.execute(sql.SQL("SELECT note FROM {}").format(table)).fetchone()
        return str(row[0]) if row else None
    return None
