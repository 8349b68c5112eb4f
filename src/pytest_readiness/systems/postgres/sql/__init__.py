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

_RESERVED = """
all analyse analyze and any array as asc asymmetric authorization binary both case cast check
collate collation column concurrently constraint create cross current_catalog current_date
current_role current_schema current_time current_timestamp current_user default deferrable desc
distinct do else end except false fetch for foreign freeze from full grant group having ilike in
initially inner intersect into is isnull join lateral leading left like limit localtime
localtimestamp natural not notnull null offset on only or order outer overlaps placing primary
references returning right select session_user similar some symmetric system_user table
tablesample then to trailing true union unique user using variadic verbose when where window with
"""
"""Words that are no names unless quoted; many a compose file has a role ``user``."""

SEES_OTHERS = "pg_has_role('pg_read_all_stats', 'USAGE')"
"""Without it, other roles' rows come with NULLs, not with an error."""


def ident(name: str) -> str:
    """The name of a role or a database as SQL takes it: quoted if it must be."""
    plain = re.fullmatch(r"[a-z_][a-z0-9_]*", name)
    return name if plain and name not in _RESERVED.split() else '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text from the settings as SQL takes it, however the server reads backslashes."""
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def statement(questions: dict[str, str]) -> str:
    """All questions in one statement that returns one JSON object (50 of them at most)."""
    pairs = ", ".join(f"'{name}', {sql}" for name, sql in questions.items())
    return f"SELECT json_build_object({pairs})::text"
