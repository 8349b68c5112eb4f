"""What may only be asked of a server that was found to allow it.

Rights on these are checked when a statement is planned, so that one of them, asked without the
right, would cost the whole statement; no CASE around it helps.
"""

from __future__ import annotations

from typing import Any

from pytest_readiness.systems.postgres.sql import ident

DECIDES = {
    "may_alembic": ("revisions",),
    "may_server": ("wal_bytes", "weak_rules", "statements_in", "slow_statements"),
}
"""What is only asked if these were answered."""

# Ten of them are enough to find the file's lines; the options may hold a directory's password.
_HBA = """(
SELECT coalesce(to_json((array_agg(rule ORDER BY rule))[1:10]), '[]') FROM (
  SELECT concat_ws(' ', type, array_to_string(database, ','), array_to_string(user_name, ','),
    address, auth_method) rule FROM pg_hba_file_rules
  WHERE type <> 'local' AND auth_method IN ('trust', 'password', 'md5', 'ident')
    AND coalesce(address, '') !~ '^(127[.]|::1$|localhost$|samehost$)') r)"""

_SLOW = """(
SELECT coalesce(json_agg(json_build_object('id', queryid::text, 'calls', calls,
  'mean', mean_exec_time / 1000)), '[]')
FROM (SELECT queryid, calls, mean_exec_time FROM {schema}.pg_stat_statements
  WHERE calls >= 100 ORDER BY mean_exec_time DESC LIMIT 5) s)"""


def questions(
    version: int, parts: dict[str, Any], role: str
) -> tuple[dict[str, str], dict[str, str]]:
    """What else to ask, and why the rest is not asked.

    Args:
        version: the server's, as a number.
        parts: the facts so far; those that only say what is allowed are taken out.
        role: whom a grant would help.

    Returns:
        Fact to expression, and fact to reason.
    """
    ask: dict[str, str] = {}
    unseen: dict[str, str] = {}
    alembic, may = parts.pop("may_alembic", None), parts.pop("may_server", None)
    if alembic is not None:
        table = alembic["table"]
        if table is None and alembic["read"]:
            parts["revisions"] = []
        elif table is None:
            unseen["revisions"] = "several schemas have an alembic_version; search_path names none"
        elif alembic["read"]:
            ask["revisions"] = f"(SELECT coalesce(json_agg(version_num), '[]') FROM {table})"
        else:
            unseen["revisions"] = (
                f"{role} may not read {table}: GRANT SELECT ON {table} TO {ident(role)}, and USAGE "
                "on its schema"
            )
    if may is None:
        return ask, unseen
    parts["statements_in"] = may["statements"]
    if may["wal"]:
        ask["wal_bytes"] = "(SELECT coalesce(sum(size), 0)::bigint FROM pg_ls_waldir())"
    else:
        unseen["wal_bytes"] = (
            f"{role} may not list the WAL: GRANT pg_monitor TO {ident(role)} allows it"
        )
    if may["hba"]:
        ask["weak_rules"] = _HBA
    else:
        unseen["weak_rules"] = (
            f"{role} may not read pg_hba_file_rules: GRANT SELECT ON pg_hba_file_rules TO "
            f"{ident(role)}; GRANT EXECUTE ON FUNCTION pg_hba_file_rules() TO {ident(role)}"
        )
    if may["statements"] and version >= 130000:
        ask["slow_statements"] = _SLOW.format(schema=may["statements"])
    else:
        unseen["slow_statements"] = "pg_stat_statements is not installed here, or too old"
    return ask, unseen
