"""Statements on a live client, bounded: by the server, and by a socket that is shut down."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg import Connection


@contextlib.contextmanager
def bounded(connection: Connection[Any], seconds: float) -> Iterator[None]:
    """Break a connection that keeps the block waiting: no other means ends every wait.

    A server that waits for a synchronous standby, or has frozen, heeds no timeout of its own.
    """
    twin = socket.socket(fileno=os.dup(connection.fileno()))
    timer = threading.Timer(seconds, _shut, (twin,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        twin.close()


def _shut(twin: socket.socket) -> None:
    with contextlib.suppress(OSError):
        twin.shutdown(socket.SHUT_RDWR)


def rows(
    connection: Connection[Any], statement: str, parameters: Sequence[object], seconds: float
) -> list[Any]:
    """Rows of a statement, as named tuples, from a read-only transaction.

    Raises:
        psycopg.Error: the statement failed, wanted to write, or took longer than ``seconds``.
    """
    from psycopg.rows import namedtuple_row

    with connection.transaction():
        # Local to the transaction: a pooler would hand a plain SET on to its next client.
        connection.execute(
            "SET TRANSACTION READ ONLY; "
            f"SET LOCAL statement_timeout = {max(int(1000 * seconds), 1)}"
        )
        with connection.cursor(row_factory=namedtuple_row) as cursor:
            cursor.execute(statement.encode(), parameters or None)
            return cursor.fetchall() if cursor.description is not None else []
