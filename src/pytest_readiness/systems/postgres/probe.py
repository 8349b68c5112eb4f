"""PostgreSQL observed: the application's way in, then the server through a role that sees more."""

from __future__ import annotations

import glob
import math
import os
import time
from typing import Any

import msgspec

from pytest_readiness.outcomes import blocked
from pytest_readiness.systems.base import ClientMissing, Probe, Unreachable
from pytest_readiness.systems.postgres import Dumps, PostgresSettings, card, migrations
from pytest_readiness.systems.postgres.dsn import Dsn
from pytest_readiness.systems.postgres.facts import DumpFiles, PostgresFacts
from pytest_readiness.systems.postgres.look import Look, look
from pytest_readiness.systems.postgres.session import plain
from pytest_readiness.systems.postgres.sql import application, guarded, server
from pytest_readiness.systems.postgres.statements import bounded, rows
from pytest_readiness.systems.watch import DeadlineExceeded, Watch

_APPLICATION = (
    *("login", "role", "session", "timeouts", "database", "schema", "sequences", "size"),
    *("missing_tables", "revisions"),
)
"""What only the application's own way in shows."""
_SERVER = (*server.questions(0), *guarded.DECIDES["may_server"])


class PostgresProbe(Probe[PostgresSettings, PostgresFacts]):
    """A PostgreSQL target.

    A user's own check has :attr:`facts`, :meth:`query` for a bounded read, and :attr:`client`,
    a ``psycopg.Connection`` in autocommit mode on the application's ``url``.
    """

    facts_type = PostgresFacts

    @property
    def settings(self) -> PostgresSettings:
        """What the target's table declares."""
        return self._settings

    @property
    def server_version(self) -> str | None:
        """The version as the server tells it: ``15.18``."""
        return self.facts.version

    @classmethod
    def observe(cls, settings: PostgresSettings, watch: Watch) -> PostgresFacts:
        """Log in and ask: one connection and one statement for each way in.

        A second statement asks for what the first has found to be allowed: the revisions of
        ``alembic``, and of the server what a role with more rights is shown. Over TLS it takes
        two connections more, which do not log in: one for the dates of the certificate and what
        is asked for before login, one to see whether the server insists on encryption. A login
        that fails is followed by a greeting, for the cause that libpq does not tell.
        """
        if settings.url is None:
            seen = look(settings.ways()[0], server.questions, watch)
            reason = "only monitor_url is given; the application's rights need its own url"
            unseen = {**dict.fromkeys(_APPLICATION, reason), **seen.unseen}
            return _facts(settings, (seen,), {}, seen.parts, unseen)
        if settings.monitor_url is None:

            def both(version: int) -> dict[str, str]:
                own = application.questions(version, settings)
                return {**own, **server.questions(version)}

            seen = look(settings.ways()[0], both, watch, insist=True)
            return _facts(settings, (seen,), {"login": seen.login}, seen.parts, seen.unseen)
        own, monitor = settings.ways()
        return _both(settings, own, monitor, watch)

    def card(self) -> dict[str, str]:
        return card.card(self.facts)

    def connect(self) -> Any:
        """A ``psycopg.Connection`` in autocommit mode, on ``url``.

        Raises:
            Blocked: only ``monitor_url`` is given, or the server does not let the application
                in any more.
            ClientMissing: psycopg is not installed.
        """
        _ = self.facts.login
        try:
            import psycopg
        except ImportError:
            raise ClientMissing("psycopg[binary]", "postgres") from None
        way = self._settings.ways()[0]
        try:
            return psycopg.connect(
                **way.arguments(),  # type: ignore[arg-type]  # keywords of libpq are texts
                connect_timeout=max(2, math.ceil(self.timeout)),
                autocommit=True,
                # Behind a pooler, a statement prepared in one session is looked for in another.
                prepare_threshold=None,
            )
        except psycopg.OperationalError as error:
            blocked(f"{self.target} was observed, but takes no client now: {plain(error)}")

    def query(self, statement: str, *parameters: object) -> list[Any]:
        """Read with the application's own rights.

        Runs in a read-only transaction, and no longer than the target's ``timeout``.

        Args:
            statement: SQL; ``%s`` for each parameter, if there are any.
            parameters: values for them.

        Returns:
            Named tuples: ``rows[0].total``, or ``rows[0][0]``. Give computed columns a name.

        Raises:
            Blocked: the target was not reached, or only ``monitor_url`` is given.
            psycopg.Error: the statement failed, wanted to write, or took too long.
        """
        with bounded(self.client, self.timeout + 1):
            return rows(self.client, statement, parameters, self.timeout)


def _both(settings: PostgresSettings, own: Dsn, monitor: Dsn, watch: Watch) -> PostgresFacts:
    # Asked through both ways: the start of the server tells whether they lead to the same one.
    def with_start(version: int) -> dict[str, str]:
        started = {"started": server.questions(version)["started"]}
        return {**application.questions(version, settings), **started}

    first = look(own, with_start, watch, insist=True)
    parts, unseen = dict(first.parts), dict(first.unseen)
    looks: tuple[Look, ...] = (first,)
    try:
        second = look(monitor, server.questions, watch)
    except (Unreachable, DeadlineExceeded) as error:
        unseen |= dict.fromkeys(_SERVER, f"monitor_url failed: {error}")
    else:
        if second.parts.get("started") != first.parts.get("started"):
            reason = "monitor_url leads to another server than url; they started at other times"
            unseen |= dict.fromkeys(_SERVER, reason)
        else:
            parts |= second.parts
            unseen |= second.unseen
            looks = (first, second)
    return _facts(settings, looks, {"login": first.login}, parts, unseen)


def _facts(
    settings: PostgresSettings,
    looks: tuple[Look, ...],
    own: dict[str, Any],
    parts: dict[str, Any],
    unseen: dict[str, str],
) -> PostgresFacts:
    known = {k: v for k, v in parts.items() if k != "started"}
    shown = next((seen.certificate for seen in looks if seen.certificate), None)
    if shown is not None or not any(seen.login.tls for seen in looks):
        known["certificate"] = shown
    else:
        unseen["certificate"] = "the dates of the certificate cannot be read"
    unseen.pop("started", None)
    if settings.alembic is not None:
        try:
            known["heads"] = migrations.heads(settings.alembic)
        except migrations.Unreadable as error:
            unseen["heads"] = str(error)
    dumps = None if settings.dumps is None else _dumps(settings.dumps)
    version = {"version": looks[0].version, "number": looks[0].number}
    found = {**known, **own, **version, "dumps": dumps, "unseen": unseen}
    return msgspec.convert(msgspec.to_builtins(found), PostgresFacts)


def _dumps(declared: Dumps) -> DumpFiles:
    found = []
    for path in glob.glob(os.path.expanduser(declared.files)):
        try:
            status = os.stat(path)
        except OSError:
            continue
        found.append((status.st_mtime, status.st_size))
    if not found:
        return DumpFiles(count=0, newest_age=None, newest_bytes=None)
    changed, size = max(found)
    return DumpFiles(count=len(found), newest_age=time.time() - changed, newest_bytes=size)
