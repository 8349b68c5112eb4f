"""What is true of the server whoever asks, as far as the role is shown it."""

from __future__ import annotations

from pytest_readiness.systems.postgres.sql import NOW_LSN, SEES_OTHERS

_SETTINGS = """
archive_mode archive_timeout autovacuum autovacuum_freeze_max_age checkpoint_timeout data_checksums
deadlock_timeout default_transaction_read_only effective_cache_size fsync full_page_writes
hot_standby listen_addresses log_autovacuum_min_duration log_checkpoints
log_connections log_disconnections log_lock_waits log_min_duration_sample
log_min_duration_statement log_statement_sample_rate logging_collector
maintenance_work_mem max_connections max_prepared_transactions max_slot_wal_keep_size max_wal_size
password_encryption reserved_connections server_encoding shared_buffers shared_preload_libraries ssl
ssl_min_protocol_version superuser_reserved_connections synchronous_commit
synchronous_standby_names TimeZone track_counts track_io_timing wal_keep_size wal_level
wal_segment_size work_mem
"""

# Where a command only pretends to archive, nothing is kept, and the counters look healthy.
_TARGET = r"""(
SELECT CASE WHEN count(*) FILTER (WHERE name = 'archive_library' AND setting <> '') > 0 THEN 'set'
  WHEN bool_or(name = 'archive_command'
       AND setting ~ '^\s*((/usr)?/bin/)?(true|:|cd|echo|exit( 0)?)(\s+[^|&;>]*)?$') THEN 'discards'
  WHEN bool_or(setting NOT IN ('', '(disabled)')) THEN 'set' ELSE 'unset' END
FROM pg_settings WHERE name IN ('archive_command', 'archive_library'))"""

# A file's name holds timeline, log and segment, eight hexadecimal digits each. A base backup's
# history file is named after the segment it began in, which may be long before the last archived.
_BEHIND = """
CASE WHEN NOT pg_is_in_recovery() AND last_archived_wal ~ '^[0-9A-F]{24}' THEN (
  SELECT greatest(0, div(pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0'), size)
    - ('x' || substr(last_archived_wal, 9, 8))::bit(32)::bigint * (4294967296 / size)
    - ('x' || substr(last_archived_wal, 17, 8))::bit(32)::bigint - 1)::bigint
  FROM (SELECT setting::bigint size FROM pg_settings WHERE name = 'wal_segment_size') s) END"""

_ACTIVITY = f"""
CASE WHEN {SEES_OTHERS} THEN (SELECT json_build_object(
  'longest_transaction', coalesce(max(extract(epoch FROM now() - xact_start)), 0),
  'longest_idle_in_transaction', coalesce(max(extract(epoch FROM now() - state_change))
    FILTER (WHERE state LIKE 'idle in transaction%'), 0),
  'lock_waits', count(*) FILTER (WHERE wait_event_type = 'Lock'),
  'longest_lock_wait', coalesce(max(extract(epoch FROM now() - query_start))
    FILTER (WHERE wait_event_type = 'Lock'), 0))
FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
  AND application_name NOT IN ('pg_dump', 'pg_dumpall')) END"""

# The name of the client is shown to every role, so nobody hides here.
_RECEIVERS = "application_name ~* '(receivewal|receive_wal|barman|pgmoneta)'"

# A base backup takes the WAL that it needs by a second connection, which streams as a standby does.
_BACKUP = "(state = 'backup' OR application_name = 'pg_basebackup')"

# Without the right a row shows nothing, but it is there: that there is none is seen by every role.
_REPLICAS = f"""
CASE WHEN {SEES_OTHERS} OR NOT EXISTS (SELECT FROM pg_stat_replication)
THEN (SELECT coalesce(json_agg(json_build_object(
  'name', application_name, 'state', state, 'sync_state', sync_state,
  'kind', CASE WHEN {_RECEIVERS} THEN 'receiver' WHEN {_BACKUP} THEN 'backup'
    WHEN EXISTS (SELECT FROM pg_replication_slots s WHERE s.active_pid = r.pid
      AND s.slot_type = 'logical') THEN 'logical' ELSE 'standby' END,
  'lag_bytes', pg_wal_lsn_diff({NOW_LSN}, replay_lsn)::bigint,
  'lag', extract(epoch FROM replay_lag))), '[]') FROM pg_stat_replication r) END"""

# A standby that has lost its primary has replayed all that it received, and looks up to date.
_REPLAY = """json_build_object('receiving', EXISTS (SELECT FROM pg_stat_wal_receiver),
  'behind', CASE WHEN NOT pg_is_in_recovery() THEN NULL
    WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
    ELSE extract(epoch FROM now() - pg_last_xact_replay_timestamp()) END)"""

# Who waits for an advisory lock waits by design: to be the leader, to be next.
_WAITING = "NOT granted AND locktype <> 'advisory'"

_NO_WAIT = "json_build_object('seconds', 0, 'pid', NULL, 'blockers', '[]'::json)"


def _lock_wait(version: int) -> str:
    """Who waits longest for a lock, since when, and for whom."""
    worst = """(SELECT json_build_object('pid', pid, 'blockers', to_json(pg_blocking_pids(pid)),
        'seconds', greatest(extract(epoch FROM clock_timestamp() - {since}), 0))
        FROM {where} ORDER BY {since} LIMIT 1)"""
    if version >= 140000:
        # Locks are shown to every role.
        where = f"pg_locks WHERE {_WAITING} AND waitstart IS NOT NULL"
        return f"coalesce({worst.format(since='waitstart', where=where)}, {_NO_WAIT})"
    where = "pg_stat_activity WHERE wait_event_type = 'Lock' AND wait_event <> 'advisory'"
    seen = f"coalesce({worst.format(since='query_start', where=where)}, {_NO_WAIT})"
    return f"CASE WHEN {SEES_OTHERS} THEN {seen} END"


def _slots(version: int) -> str:
    status = "wal_status" if version >= 130000 else "NULL"
    # Slots copied from a primary are idle on its standbys until one of them is promoted.
    own = "WHERE NOT synced" if version >= 170000 else ""
    return f"""(SELECT coalesce(json_agg(json_build_object('name', slot_name,
        'kind', slot_type, 'active', active,
        'retained_bytes', pg_wal_lsn_diff({NOW_LSN}, restart_lsn)::bigint,
        'wal_status', {status})), '[]') FROM pg_replication_slots {own})"""


def questions(version: int) -> dict[str, str]:
    """Fact to expression, for a server's version."""
    names = ", ".join(f"'{name}'" for name in _SETTINGS.split())
    failures = "checksum_failures" if version >= 120000 else "NULL::bigint"
    return {
        "monitored_as": "session_user",
        "started": "extract(epoch FROM pg_postmaster_start_time())",
        "standby": "pg_is_in_recovery()",
        "uptime": "extract(epoch FROM now() - pg_postmaster_start_time())",
        "settings": f"""(SELECT json_object_agg(name, json_build_object('value', setting,
            'unit', unit)) FROM pg_settings WHERE name IN ({names}))""",
        # A setting that this role is not shown may be the one that waits.
        "pending_restart": """(SELECT CASE WHEN count(*) > 0
            OR pg_has_role('pg_read_all_settings', 'USAGE')
            THEN coalesce(json_agg(name), '[]') END FROM pg_settings WHERE pending_restart)""",
        "superusers": """(SELECT coalesce(json_agg(rolname), '[]') FROM pg_roles
            WHERE rolsuper AND rolcanlogin)""",
        "archiver": f"""(SELECT json_build_object('target', {_TARGET},
            'archived', archived_count, 'failed', failed_count,
            'archived_age', extract(epoch FROM now() - last_archived_time),
            'failed_age', extract(epoch FROM now() - last_failed_time),
            'failing', coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'),
                false),
            'behind', {_BEHIND}, 'exact', last_archived_wal !~ '[.]backup$')
            FROM pg_stat_archiver)""",
        "wal_receivers": f"(SELECT count(*) FROM pg_stat_replication WHERE {_RECEIVERS})",
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
        "checksum_failures": f"""(SELECT coalesce(json_object_agg(
            coalesce(datname, 'shared objects'), {failures}) FILTER (WHERE {failures} > 0),
            '{{}}') FROM pg_stat_database)""",
        "activity": _ACTIVITY,
        "lock_waits": f"(SELECT count(*) FROM pg_locks WHERE {_WAITING})",
        "lock_wait": _lock_wait(version),
        "prepared": """(SELECT json_build_object('count', count(*),
            'gid', (array_agg(gid ORDER BY prepared))[1],
            'oldest', coalesce(max(extract(epoch FROM now() - prepared)), 0))
            FROM pg_prepared_xacts)""",
        "replicas": _REPLICAS,
        "replay": _REPLAY,
        "slots": _slots(version),
        "may_server": """json_build_object(
            'wal', has_function_privilege('pg_ls_waldir()', 'EXECUTE'),
            'hba', has_table_privilege('pg_catalog.pg_hba_file_rules', 'SELECT')
                AND has_function_privilege('pg_hba_file_rules()', 'EXECUTE'),
            'statements', (SELECT quote_ident(n.nspname) FROM pg_extension e
                JOIN pg_namespace n ON n.oid = e.extnamespace
                WHERE e.extname = 'pg_stat_statements'))""",
    }
