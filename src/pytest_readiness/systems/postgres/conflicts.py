"""Two sessions that want the same: a duplicate key, a lock that is held, a deadlock.

Rows are in a temporary table and locks are advisory, with keys of their own, all of them gone with
the transaction: nothing of the application's is touched.
"""

from __future__ import annotations

import contextlib
import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_readiness.outcomes import Blocked, blocked
from pytest_readiness.systems.postgres.sql import ident
from pytest_readiness.systems.postgres.statements import bounded

if TYPE_CHECKING:
    from psycopg import Connection, Error

_LOCK = "SELECT pg_advisory_xact_lock(%s, %s)"
_SPACE = 0x72656164
"""First key of the advisory locks; the second is drawn anew each time."""


class Broken(NamedTuple):
    """How a deadlock ended."""

    answer: str
    seconds: float


def first_of(*timeouts: float | None) -> float | None:
    """Which of some timeouts ends a wait first; None if none is set."""
    return min((timeout for timeout in timeouts if timeout), default=None)


def duplicate(client: Connection[Any], patience: float) -> str:
    """The server's answer to a key that is there already, in plain words and as SQLSTATE.

    Raises:
        Blocked: the role may not create temporary tables.
    """
    import psycopg
    from psycopg import sql

    name = f"readiness-{uuid.uuid4()}"
    table = sql.Identifier("pg_temp", name)
    try:
        with bounded(client, patience), client.transaction(force_rollback=True):
            create = "CREATE TEMPORARY TABLE {} (id int PRIMARY KEY)"
            client.execute(sql.SQL(create).format(table))
            insert = sql.SQL("INSERT INTO {} VALUES (1)").format(table)
            client.execute(insert)
            client.execute(insert)
    except psycopg.errors.InsufficientPrivilege:
        user, database = client.info.user, client.info.dbname
        blocked(
            f"{user} may not create temporary tables in {database}: "
            f"GRANT TEMPORARY ON DATABASE {ident(database)} TO {ident(user)} allows it"
        )
    except psycopg.Error as error:
        return _said(error)
    return "taken twice"


def lock_wait(client: Connection[Any], another: Callable[[], Any], patience: float) -> str:
    """What becomes of a session that waits for a lock, with the timeouts that the role has.

    Args:
        client: the session that waits.
        another: opens the session that holds the lock.
        patience: seconds after which the wait is broken off from here.
    """
    import psycopg

    key = _key()
    ends = (psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled)
    with (
        _second(another) as holder,
        bounded(holder, patience + 2),
        holder.transaction(force_rollback=True),
    ):
        holder.execute(_LOCK, key)
        try:
            with bounded(client, patience), client.transaction(force_rollback=True):
                client.execute(_LOCK, key)
        except ends:
            return "gave up"
        except psycopg.Error as error:
            return f"none within {patience:g} s" if _lost(error) else _said(error)
    return "taken"


def deadlock(client: Connection[Any], another: Callable[[], Any], patience: float) -> Broken:
    """How the server ends a deadlock of two sessions, and after how long.

    Args:
        client: one session.
        another: opens the other.
        patience: seconds after which both are broken off from here.
    """
    first, second = _key(), _key()
    with _second(another) as other:
        answers: list[str] = []
        ready = threading.Barrier(2)

        def cross(session: Connection[Any], mine: tuple[int, int], theirs: tuple[int, int]) -> None:
            answers.append(_crossed(session, mine, theirs, ready, patience))

        thread = threading.Thread(target=cross, args=(other, second, first), daemon=True)
        start = time.monotonic()
        thread.start()
        cross(client, first, second)
        thread.join(patience + 1)
        taken = time.monotonic() - start
    # The victim's answer counts; the other session then gets its lock.
    bad = [answer for answer in answers if answer != "taken"]
    return Broken(bad[0] if bad else "none", round(taken, 3))


def _crossed(
    session: Connection[Any],
    mine: tuple[int, int],
    theirs: tuple[int, int],
    ready: threading.Barrier,
    patience: float,
) -> str:
    import psycopg

    try:
        with bounded(session, patience), session.transaction(force_rollback=True):
            # Its own timeouts would end the wait before the server looks for a deadlock.
            session.execute("SET LOCAL lock_timeout = 0")
            session.execute("SET LOCAL statement_timeout = 0")
            session.execute(_LOCK, mine)
            ready.wait(patience)
            session.execute(_LOCK, theirs)
    except psycopg.Error as error:
        return f"none within {patience:g} s" if _lost(error) else _said(error)
    except threading.BrokenBarrierError:
        return f"none within {patience:g} s"
    return "taken"


@contextlib.contextmanager
def _second(another: Callable[[], Any]) -> Iterator[Any]:
    try:
        session = another()
    except Blocked:
        # One session is there already; what counts is that a second one is missing.
        blocked("the server lets no second session in, which this takes; see connections_headroom")
    try:
        yield session
    finally:
        with contextlib.suppress(Exception):
            session.close()


def _key() -> tuple[int, int]:
    return _SPACE, random.getrandbits(31)


def _lost(error: Error) -> bool:
    return error.sqlstate is None


def _said(error: Error) -> str:
    import psycopg

    if error.sqlstate is None:
        return "connection lost"
    known = psycopg.errors.lookup(error.sqlstate)
    return f"{_snake(known.__name__)} ({error.sqlstate})"


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
