-- Made with: initdb --data-checksums --encoding=UTF8 --locale-provider=icu --icu-locale=en
-- After CREATE ROLE app LOGIN PASSWORD '…'; CREATE DATABASE shop OWNER app; and in that database.
-- The role that looks is made by docs/privileges/postgres.md.

-- What the application may do is bounded by the server, whoever forgets it in the code.
ALTER ROLE app SET statement_timeout = '30s';
ALTER ROLE app SET lock_timeout = '2s';
ALTER ROLE app SET idle_in_transaction_session_timeout = '60s';

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
CREATE EXTENSION pgcrypto;
CREATE EXTENSION pg_stat_statements;

-- The standby: pg_basebackup -R -C -S standby1 -U replicator
CREATE ROLE replicator LOGIN REPLICATION PASSWORD '${REPLICATION_PASSWORD}';
