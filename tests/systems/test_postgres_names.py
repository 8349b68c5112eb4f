"""PostgreSQL: names with capitals, blanks and umlauts, schemas that are closed, many sequences."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from pytest_readiness.systems.postgres.sql import ident
from tests.judging import Judged, judge, probe_of
from tests.sandbox import Sandbox
from tests.sandbox.postgres import PostgresServer
from tests.systems.test_postgres import both, changed, value
from tests.systems.test_postgres_migrations import project, revision

SQL = (
    'CREATE TABLE "User" (id int PRIMARY KEY)',
    'CREATE TABLE "order items" (id int PRIMARY KEY)',
    "CREATE SCHEMA own",
    'CREATE TABLE own."Log" (id int PRIMARY KEY)',
    "GRANT USAGE ON SCHEMA own TO app",
    "CREATE SCHEMA closed",
    "CREATE TABLE closed.log (id int PRIMARY KEY)",
)


@pytest.fixture(scope="module")
def server(box: Sandbox) -> PostgresServer:
    return box.start("postgres", sql=SQL)


def test_a_grant_names_a_role_as_sql_takes_it(server: PostgresServer) -> None:
    for word in value(
        server.admin_url,
        "SELECT array_agg(word) FROM pg_get_keywords() WHERE catcode IN ('R', 'T')",
    ):
        with psycopg.connect(server.admin_url) as admin:
            admin.execute(f"CREATE TABLE {ident(word)} ({ident(word)} int)".encode())
            admin.rollback()
    assert (ident("user"), ident("users"), ident("Ann")) == ('"user"', "users", '"Ann"')


def tables(server: PostgresServer, *names: str) -> Judged:
    return judge(probe_of("postgres", url=server.url, tables=names), "postgres")["tables_present"]


def test_names_of_tables_are_taken_as_the_application_has_them(server: PostgresServer) -> None:
    names = ("User", '"User"', "order items", "own.Log", 'own."Log"', "PG_CLASS")
    assert tables(server, *names).outcome == "passed"
    said = tables(server, "user s", "own.logs", "User")
    assert said.message == "tables app does not find is user s, own.logs, must be none"


def test_a_table_in_a_closed_schema_is_not_found(server: PostgresServer) -> None:
    said = tables(server, "closed.log", "User")
    assert said.message == "tables app does not find is closed.log, must be none"


def test_a_database_of_another_encoding(server: PostgresServer) -> None:
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        admin.execute(
            "CREATE DATABASE latin OWNER app ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"
        )
    url = server.url_for("app", "latin")
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute('CREATE TABLE "größe" (n int)')
    for way in (url, f"{url}?client_encoding=LATIN1"):
        said = judge(probe_of("postgres", url=way), "postgres")
        assert said["tables_have_keys"].message.endswith('"größe", must be none')


def test_migrations_are_counted_where_env_py_has_them_counted(box: Sandbox, tmp_path: Path) -> None:
    server = box.fresh("postgres", sql=("CREATE SCHEMA one", "CREATE SCHEMA two"))
    ini = project(tmp_path, revision("a1"))

    def said() -> Judged:
        probe = probe_of("postgres", url=server.url, alembic=ini)
        return judge(probe, "postgres")["migrations_at_head"]

    def run(statement: str) -> None:
        with psycopg.connect(server.admin_url, autocommit=True) as admin:
            admin.execute(statement.encode())

    assert said().message == "revision of the database is none, must be a1"
    run("CREATE TABLE one.alembic_version AS SELECT 'a1'::text AS version_num")
    assert said().message.startswith("app may not read one.alembic_version: GRANT SELECT ON one.")
    run("GRANT SELECT ON one.alembic_version TO app")
    assert said().outcome == "blocked"
    run("GRANT USAGE ON SCHEMA one TO app")
    assert said().outcome == "passed"
    run("CREATE TABLE two.alembic_version AS SELECT 'b2'::text AS version_num")
    assert said().message.startswith("several schemas have an alembic_version")
    run("CREATE TABLE public.alembic_version AS SELECT 'c3'::text AS version_num")
    run("GRANT SELECT ON public.alembic_version TO app")
    assert said().message == "revision of the database is c3, must be a1"


def test_the_server_keeps_its_memory_for_locks(box: Sandbox) -> None:
    # Room for 64 * 10 locks, an eighth of which is taken.
    server = box.start("postgres", settings={"max_connections": "10"})
    assert sequences(server, 70, "bigint").outcome == "passed"
    # Nobody counts to the end of a bigint: of those, some may well be left out.
    assert sequences(server, 200, "bigint").outcome == "passed"
    said = sequences(server, 200, "int")
    assert said.outcome == "blocked"
    assert said.message.startswith("120 of 400 sequences were not read")


def sequences(server: PostgresServer, count: int, kind: str) -> Judged:
    make = f"CREATE SEQUENCE IF NOT EXISTS {kind}_%s AS {kind}"
    loop = f"FOR i IN 1..{count} LOOP EXECUTE format('{make}', i); END LOOP"
    with psycopg.connect(server.url, autocommit=True) as owner:
        owner.execute("CREATE SCHEMA IF NOT EXISTS AUTHORIZATION app")
        owner.execute(f"DO $$BEGIN {loop}; END$$".encode())
    return judge(probe_of("postgres", url=server.url), "postgres")["sequences_headroom"]


def test_a_role_that_vault_made_ends_by_design(server: PostgresServer) -> None:
    probe = both(server)
    soon = {**probe.observation.facts["role"], "expires_in": 3600.0}
    said = judge(changed(probe, role=soon), "postgres")["role_not_expiring"]
    assert said.outcome == "failed"
    leased = {**soon, "name": "v-token-shop-Kb3vGm1aXUcJsoqzKZoP-1700000000"}
    said = judge(changed(probe, role=leased), "postgres")["role_not_expiring"]
    assert said.outcome == "not_applicable"


def test_a_bounded_transaction_bounds_its_statements(box: Sandbox) -> None:
    sql = ("ALTER ROLE app SET transaction_timeout = '45s'",)
    server = box.start("postgres", binary="wheel", sql=sql)
    said = judge(both(server), "postgres")["statement_timeout"]
    assert said.outcome == "passed"
    assert said.evidence[0].name == "transaction_timeout of app"
