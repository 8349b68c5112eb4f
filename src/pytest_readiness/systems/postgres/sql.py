"""The questions: one scalar SQL expression a fact, all of them asked in one statement.

The keys of each JSON object are the fields of the structures in ``facts``.
"""

from __future__ import annotations

import re

_SETTINGS = """
archive_mode archive_timeout autovacuum autovacuum_freeze_max_age checkpoint_timeout data_checksums
deadlock_timeout default_transaction_read_only effective_cache_size fsync full_page_writes
hot_standby listen_addresses log_autovacuum_min_duration log_checkpoints
log_connections log_disconnections log_lock_waits log_min_duration_statement logging_collector
maintenance_work_mem max_connections max_prepared_transactions max_slot_wal_keep_size max_wal_size
password_encryption reserved_connections server_encoding shared_buffers shared_preload_libraries ssl
ssl_min_protocol_version superuser_reserved_connections synchronous_commit
synchronous_standby_names TimeZone track_io_timing wal_keep_size wal_level work_mem
"""

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

# Where a command only pretends to archive, nothing is kept, and the counters look healthy.
_TARGET = r"""(
SELECT CASE WHEN count(*) FILTER (WHERE name = 'archive_library' AND setting <> '') > 0 THEN 'set'
  WHEN bool_or(name = 'archive_command'
       AND setting ~ '^\s*((/usr)?/bin/)?(true|:|cd|echo|exit( 0)?)(\s+[^|&;>]*)?$') THEN 'discards'
  WHEN bool_or(setting NOT IN ('', '(disabled)')) THEN 'set' ELSE 'unset' END
FROM pg_settings WHERE name IN ('archive_command', 'archive_library'))"""

# A file's name holds timeline, log and segment, eight hexadecimal digits each.
_BEHIND = """
CASE WHEN NOT pg_is_in_recovery() AND last_archived_wal ~ '^[0-9A-F]{24}' THEN (
  SELECT greatest(0, div(pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0'), size)
    - ('x' || substr(last_archived_wal, 9, 8))::bit(32)::bigint * (4294967296 / size)
    - ('x' || substr(last_archived_wal, 17, 8))::bit(32)::bigint - 1)::bigint
  FROM (SELECT setting::bigint size FROM pg_settings WHERE name = 'wal_segment_size') s) END"""

_NOW_LSN = """
CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END"""

_SEES_OTHERS = "pg_has_role('pg_read_all_stats', 'USAGE')"
"""Without it, other roles' rows come with NULLs, not with an error."""

_ACTIVITY = f"""
CASE WHEN {_SEES_OTHERS} THEN (SELECT json_build_object(
  'longest_transaction', coalesce(max(extract(epoch FROM now() - xact_start)), 0),
  'longest_idle_in_transaction', coalesce(max(extract(epoch FROM now() - state_change))
    FILTER (WHERE state LIKE 'idle in transaction%'), 0),
  'lock_waits', count(*) FILTER (WHERE wait_event_type = 'Lock'),
  'longest_lock_wait', coalesce(max(extract(epoch FROM now() - query_start))
    FILTER (WHERE wait_event_type = 'Lock'), 0))
FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
  AND application_name NOT IN ('pg_dump', 'pg_dumpall')) END"""

_REPLICAS = f"""
CASE WHEN {_SEES_OTHERS} THEN (SELECT coalesce(json_agg(json_build_object(
  'name', application_name, 'state', state, 'sync_state', sync_state,
  'lag_bytes', pg_wal_lsn_diff({_NOW_LSN}, replay_lsn)::bigint,
  'lag', extract(epoch FROM replay_lag))), '[]') FROM pg_stat_replication) END"""

PRIVILEGED = {"activity": "pg_read_all_stats", "replicas": "pg_read_all_stats"}
"""Facts that come as NULL to a role without this membership."""


def ident(name: str) -> str:
    """The name of a role or a database as SQL takes it: quoted if it must be."""
    plain = re.fullmatch(r"[a-z_][a-z0-9_]*", name)
    return name if plain else '"' + name.replace('"', '""') + '"'


def application(version: int) -> dict[str, str]:
    """What a session of the application may do and finds: fact to expression."""
    known_by = "split_part(system_user, ':', 1)" if version >= 160000 else "NULL"
    failures = "checksum_failures" if version >= 120000 else "NULL"
    return {
        "role": f"""(SELECT json_build_object('name', session_user, 'powers', {_POWERS},
            'connection_limit', rolconnlimit,
            'expires_in', CASE WHEN isfinite(rolvaliduntil)
                THEN extract(epoch FROM rolvaliduntil - now()) END,
            'creates_in_public', (SELECT has_schema_privilege('public', oid, 'CREATE')
                FROM pg_namespace WHERE nspname = 'public'))
            FROM pg_roles WHERE rolname = session_user)""",
        "session": f"""json_build_object('database', current_database(),
            'in_recovery', pg_is_in_recovery(),
            'read_only', current_setting('transaction_read_only') = 'on',
            'authenticated_by', {known_by})""",
        "timeouts": _TIMEOUTS,
        "database": f"""(SELECT json_build_object(
            'encoding', current_setting('server_encoding'),
            'extensions', (SELECT coalesce(json_object_agg(extname, extversion), '{{}}')
                FROM pg_extension),
            'deadlocks', deadlocks, 'conflicts', conflicts, 'checksum_failures', {failures},
            'blocks_hit', blks_hit, 'blocks_read', blks_read, 'temporary_bytes', temp_bytes,
            'reset_age', extract(epoch FROM now() - stats_reset))
            FROM pg_stat_database WHERE datname = current_database())""",
    }


def server(version: int) -> dict[str, str]:
    """What is true of the server whoever asks, as far as the role is shown it."""
    names = ", ".join(f"'{name}'" for name in _SETTINGS.split())
    status = "wal_status" if version >= 130000 else "NULL"
    return {
        "monitored_as": "session_user",
        "started": "extract(epoch FROM pg_postmaster_start_time())",
        "standby": "pg_is_in_recovery()",
        "uptime": "extract(epoch FROM now() - pg_postmaster_start_time())",
        "settings": f"""(SELECT json_object_agg(name, json_build_object('value', setting,
            'unit', unit)) FROM pg_settings WHERE name IN ({names}))""",
        "pending_restart": """(SELECT coalesce(json_agg(name), '[]') FROM pg_settings
            WHERE pending_restart)""",
        "superusers": """(SELECT coalesce(json_agg(rolname), '[]') FROM pg_roles
            WHERE rolsuper AND rolcanlogin)""",
        "archiver": f"""(SELECT json_build_object('target', {_TARGET},
            'archived', archived_count, 'failed', failed_count,
            'archived_age', extract(epoch FROM now() - last_archived_time),
            'failed_age', extract(epoch FROM now() - last_failed_time),
            'failing', coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'),
                false),
            'behind', {_BEHIND}) FROM pg_stat_archiver)""",
        # The name of the client is shown to every role, so nobody hides here.
        "wal_receivers": """(SELECT count(*) FROM pg_stat_replication
            WHERE application_name ~* '(receivewal|receive_wal|barman|pgmoneta)')""",
        "connections": """(SELECT json_build_object(
            'used', (SELECT sum(numbackends) FROM pg_stat_database),
            'limit', sum(CASE name WHEN 'max_connections' THEN setting::int
                ELSE -setting::int END)) FROM pg_settings
            WHERE name IN ('max_connections', 'superuser_reserved_connections',
                'reserved_connections'))""",
        "wraparound": """(SELECT json_build_object(
            'database', (array_agg(datname ORDER BY age(datfrozenxid) DESC))[1],
            'xid_age', max(age(datfrozenxid)), 'mxid_age', max(mxid_age(datminmxid)))
            FROM pg_database)""",
        "activity": _ACTIVITY,
        "lock_waits": "(SELECT count(*) FROM pg_locks WHERE NOT granted)",
        "prepared": """(SELECT json_build_object('count', count(*),
            'oldest', coalesce(max(extract(epoch FROM now() - prepared)), 0))
            FROM pg_prepared_xacts)""",
        "replicas": _REPLICAS,
        "slots": f"""(SELECT coalesce(json_agg(json_build_object('name', slot_name,
            'kind', slot_type, 'active', active,
            'retained_bytes', pg_wal_lsn_diff({_NOW_LSN}, restart_lsn)::bigint,
            'wal_status', {status})), '[]') FROM pg_replication_slots)""",
    }


def statement(questions: dict[str, str]) -> str:
    """All questions in one statement that returns one JSON object (50 of them at most)."""
    pairs = ", ".join(f"'{name}', {sql}" for name, sql in questions.items())
    return f"SELECT json_build_object({pairs})::text"
