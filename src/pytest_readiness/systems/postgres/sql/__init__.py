"""The questions: one scalar SQL expression a fact, all of them asked in one statement.

The keys of each JSON object are the fields of the structures in ``facts``. What the application's
role is asked is in ``application``, what is true whoever asks in ``server``, and what must not be
asked before it is known to be allowed in ``guarded``.
"""

from __future__ import annotations

import re

PRIVILEGED = {
    "activity": "pg_read_all_stats",
    "replicas": "pg_read_all_stats",
    "lock_wait": "pg_read_all_stats",
    "pending_restart": "pg_read_all_settings",
}
"""Facts that come as NULL to a role without this membership."""

NOW_LSN = """
CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END"""

SEES_OTHERS = "pg_has_role('pg_read_all_stats', 'USAGE')"
"""Without it, other roles' rows come with NULLs, not with an error."""


def ident(name: str) -> str:
    """The name of a role or a database as SQL takes it: quoted if it must be."""
    plain = re.fullmatch(r"[a-z_][a-z0-9_]*", name)
    return name if plain else '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text from the settings as SQL takes it, however the server reads backslashes."""
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def statement(questions: dict[str, str]) -> str:
    """All questions in one statement that returns one JSON object (50 of them at most)."""
    pairs = ", ".join(f"'{name}', {sql}" for name, sql in questions.items())
    return f"SELECT json_build_object({pairs})::text"
