"""What a session of the application may do and finds."""

from __future__ import annotations

from pytest_readiness.systems.postgres import PostgresSettings
from pytest_readiness.systems.postgres.sql import literal

_POWERS = """(
SELECT coalesce(json_agg(p), '[]') FROM (
  SELECT unnest(array_remove(ARRAY[
    CASE WHEN rolsuper THEN 'SUPERUSER' END, CASE WHEN rolcreaterole THEN 'CREATEROLE' END,
    CASE WHEN rolcreatedb THEN 'CREATEDB' END, CASE WHEN rolreplication THEN 'REPLICATION' END,
    CASE WHEN rolbypassrls THEN 'BYPASSRLS' END], NULL)) p
  FROM pg_roles WHERE rolname = session_user
  UNION ALL
  SELECT 'member of ' || o.rolname FROM pg_roles o, pg_roles me
  WHERE me.rolname = session_user AND NOT me.rolsuper AND o.oid <> me.oid
    AND (o.rolsuper OR o.rolname IN ('pg_execute_server_program', 'pg_read_server_files',
         'pg_write_server_files', 'rds_superuser', 'cloudsqlsuperuser', 'azure_pg_admin'))
    AND pg_has_role(session_user, o.oid, 'MEMBER')) q)"""

_TIMEOUTS = """(
SELECT json_object_agg(replace(name, '_timeout', ''), reset_val::float8 / 1000) FROM pg_settings
WHERE name IN ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout',
               'idle_session_timeout', 'transaction_timeout'))"""

# A database whose counters were never reset counts since the server's own counters began.
_WINDOW = "now() - coalesce(d.stats_reset, (SELECT stats_reset FROM pg_stat_bgwriter))"

_OWN = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relpersistence <> 't'"
_TABLES = "pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
_NOT_OF_AN_EXTENSION = """
NOT EXISTS (SELECT FROM pg_depend e WHERE e.objid = c.oid AND e.deptype = 'e')"""


def _names(query: str) -> str:
    """The first ten of some names, in their order."""
    return f"""(SELECT coalesce(to_json((array_agg(x ORDER BY x))[1:10]), '[]')
        FROM ({query}) q(x))"""


_INVALID = f"""
SELECT i.indexrelid::regclass::text FROM pg_index i JOIN {_TABLES} ON c.oid = i.indexrelid
WHERE {_OWN} AND NOT i.indisvalid"""

# An index is invalid while it is built, too; its builder then holds a lock on the table.
_NOT_BEING_BUILT = """
AND NOT EXISTS (SELECT FROM pg_locks l JOIN pg_stat_progress_create_index b ON b.pid = l.pid
  WHERE l.relation = i.indrelid AND b.datname = current_database())"""

_UNVACUUMED = f"""
SELECT c.oid::regclass::text FROM {_TABLES} WHERE c.relkind IN ('r', 'm') AND {_OWN}
  AND EXISTS (SELECT FROM unnest(c.reloptions) o WHERE o ~* '^autovacuum_enabled=(f|of|n|0)')"""

# From version 18 on a constraint may be declared to be NOT ENFORCED: nobody can validate that.
_UNVALIDATED = f"""
SELECT c.oid::regclass::text || '.' || k.conname FROM pg_constraint k
JOIN {_TABLES} ON c.oid = k.conrelid WHERE {_OWN} AND NOT k.convalidated
  AND coalesce((to_jsonb(k) ->> 'conenforced')::bool, true)"""

_DISABLED = f"""
SELECT c.oid::regclass::text || '.' || t.tgname FROM pg_trigger t
JOIN {_TABLES} ON c.oid = t.tgrelid WHERE {_OWN} AND t.tgenabled = 'D' AND NOT t.tgisinternal"""

_KEYLESS = f"""
SELECT c.oid::regclass::text FROM {_TABLES} WHERE c.relkind IN ('r', 'p') AND {_OWN}
  AND NOT c.relispartition AND {_NOT_OF_AN_EXTENSION}
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p')"""


def _schema(version: int) -> str:
    invalid = _INVALID + (_NOT_BEING_BUILT if version >= 120000 else "")
    return f"""json_build_object(
'tables', (SELECT count(*) FROM {_TABLES} WHERE c.relkind IN ('r', 'p') AND {_OWN}),
'unvacuumed', {_names(_UNVACUUMED)}, 'invalid_indexes', {_names(invalid)},
'unvalidated', {_names(_UNVALIDATED)}, 'disabled_triggers', {_names(_DISABLED)},
'keyless', {_names(_KEYLESS)},
'dead', (SELECT coalesce(json_agg(json_build_object('name', relid::regclass::text,
  'rows', n_dead_tup, 'share', 100.0 * n_dead_tup / greatest(n_live_tup + n_dead_tup, 1))), '[]')
  FROM (SELECT * FROM pg_stat_user_tables WHERE n_dead_tup > 0
    ORDER BY n_dead_tup DESC LIMIT 10) t))"""


# To read a sequence means to lock it till the end of the statement, and the server's memory for
# locks is everybody's: those that end soonest are read, and an eighth of it is taken at most.
_MOST = """least(1000, current_setting('max_locks_per_transaction')::int
  * current_setting('max_connections')::int / 8)"""
_ENDLESS = "9007199254740992"
"""Numbers that no sequence has ever used up, though there be as many as a float can count."""

# The column may hold less than its sequence counts: a bigint sequence on an integer column. An
# identity column takes numbers from a sequence that the role itself need not be allowed to read.
_SEQUENCES = f"""(
SELECT json_build_object('count', count(*),
  'hidden', coalesce(to_json((array_agg(name ORDER BY name)
     FILTER (WHERE NOT seen AND fed))[1:10]), '[]'),
  'skipped', count(*) FILTER (WHERE seen AND NOT read AND bound < {_ENDLESS}),
  'fullest', coalesce(to_json((array_agg(json_build_object('name', name,
     'used', round(100.0 * coalesce(last, 0) / bound, 2))
     ORDER BY coalesce(last, 0)::numeric / bound DESC) FILTER (WHERE read))[1:5]), '[]'))
FROM (SELECT s.name, s.seen, s.read, s.bound, coalesce(s.fed, false) fed,
    CASE WHEN s.read THEN pg_sequence_last_value(s.oid) END last
  FROM (SELECT *, seen AND row_number() OVER (ORDER BY NOT seen, bound, oid) <= {_MOST} read
  FROM (SELECT c.oid, c.oid::regclass::text name,
      has_sequence_privilege(c.oid, 'USAGE, SELECT') seen,
      has_any_column_privilege(d.refobjid, 'INSERT') fed,
      least(q.seqmax, CASE a.atttypid WHEN 23 THEN 2147483647 WHEN 21 THEN 32767 END) bound
    FROM pg_sequence q JOIN {_TABLES} ON c.oid = q.seqrelid
    LEFT JOIN pg_depend d ON d.objid = c.oid AND d.classid = 'pg_class'::regclass
      AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
    LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE {_OWN} AND q.seqincrement > 0 AND NOT q.seqcycle AND {_NOT_OF_AN_EXTENSION}) r) s) v)"""


def questions(version: int, settings: PostgresSettings) -> dict[str, str]:
    """Fact to expression, for a server's version and what is declared of the target."""
    return {
        "role": f"""(SELECT json_build_object('name', session_user, 'powers', {_POWERS},
            'connection_limit', rolconnlimit,
            'expires_in', CASE WHEN isfinite(rolvaliduntil)
                THEN extract(epoch FROM rolvaliduntil - now()) END,
            'creates_in_public', (SELECT has_schema_privilege('public', oid, 'CREATE')
                FROM pg_namespace WHERE nspname = 'public'))
            FROM pg_roles WHERE rolname = session_user)""",
        "session": _session(version),
        "timeouts": _TIMEOUTS,
        "database": _database(version),
        "schema": _schema(version),
        "sequences": _SEQUENCES,
        **_declared(settings),
    }


def _session(version: int) -> str:
    known_by = "split_part(system_user, ':', 1)" if version >= 160000 else "NULL"
    return f"""json_build_object('database', current_database(),
        'in_recovery', pg_is_in_recovery(),
        'read_only', current_setting('transaction_read_only') = 'on',
        'authenticated_by', {known_by},
        'synchronous_commit',
            (SELECT reset_val FROM pg_settings WHERE name = 'synchronous_commit'))"""


def _database(version: int) -> str:
    collation = "NULL"
    if version >= 150000:
        collation = """(SELECT json_build_object('recorded', datcollversion,
            'actual', pg_database_collation_actual_version(oid))
            FROM pg_database WHERE datname = current_database())"""
    return f"""(SELECT json_build_object(
        'encoding', current_setting('server_encoding'),
        'collation', {collation},
        'extensions', (SELECT coalesce(json_object_agg(extname, extversion), '{{}}')
            FROM pg_extension),
        'transactions', xact_commit + xact_rollback, 'deadlocks', deadlocks,
        'conflicts', conflicts, 'blocks_hit', blks_hit, 'blocks_read', blks_read,
        'temporary_bytes', temp_bytes, 'reset_age', extract(epoch FROM {_WINDOW}))
        FROM pg_stat_database d WHERE datname = current_database())"""


# A name as it is, capitals and all, else as SQL reads it. To ask for a table in a schema that is
# closed to the role is an error, and so is a blank outside quotes.
_MISSING = r"""
CASE WHEN EXISTS (SELECT FROM pg_namespace n WHERE t LIKE '%.%'
    AND n.nspname = split_part(t, '.', 1) AND NOT has_schema_privilege(n.oid, 'USAGE')) THEN true
  ELSE coalesce(
    to_regclass((SELECT string_agg(quote_ident(p), '.') FROM unnest(string_to_array(t, '.')) p)),
    CASE WHEN t !~ '\s' OR t LIKE '%"%' THEN to_regclass(t) END) IS NULL END"""


# The version table is where the application finds it, else where env.py may have had it put
# (version_table_schema): in another schema, if there is one alone.
_ALEMBIC = """(
SELECT CASE count(*) WHEN 1 THEN json_build_object('table', min(c.oid)::regclass::text,
    'read', has_schema_privilege(min(c.relnamespace), 'USAGE')
      AND has_table_privilege(min(c.oid), 'SELECT'))
  ELSE json_build_object('table', NULL, 'read', count(*) = 0) END
FROM pg_class c WHERE c.relname = 'alembic_version' AND c.relkind IN ('r', 'p', 'v', 'f')
  AND coalesce(c.oid = to_regclass('alembic_version'), true))"""


def _declared(settings: PostgresSettings) -> dict[str, str]:
    """What is only asked where something is declared that it is judged by."""
    found = {}
    if settings.max_size is not None:
        found["size"] = "pg_database_size(current_database())"
    if settings.tables:
        names = ", ".join(literal(name) for name in settings.tables)
        found["missing_tables"] = f"""(SELECT coalesce(json_agg(t), '[]')
            FROM unnest(ARRAY[{names}]::text[]) t WHERE {_MISSING})"""
    if settings.alembic is not None:
        # Asked for only once it is known to be there and to be readable.
        found["may_alembic"] = _ALEMBIC
    return found
