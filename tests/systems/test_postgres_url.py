"""PostgreSQL's ways in, as people write them, without a server."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from pytest_readiness.systems.postgres import SYSTEM, Dumps, PostgresSettings
from pytest_readiness.systems.postgres.dsn import Dsn
from pytest_readiness.systems.postgres.ways import parse


@pytest.fixture(autouse=True)
def no_libpq_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE", "PGSSLMODE"):
        monkeypatch.delenv(name, raising=False)


def hosts(way: Dsn) -> list[tuple[str, int]]:
    return [(node.host, node.port) for node in way.nodes]


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://app:s%2Fcret@db:6432/shop",
        "postgres://app:s%2Fcret@db:6432/shop",
        "postgresql+asyncpg://app:s%2Fcret@db:6432/shop?prepared_statement_cache_size=0",
        "postgresql+psycopg2://app:s/cret@db:6432/shop",
        "postgresql+psycopg://app:s%2Fcret@/shop?host=db:6432",
        "postgres://app:s%2Fcret@db:6432/shop?schema=public&connection_limit=5",
        "host=db port=6432 user=app password='s/cret' dbname = shop",
        r"host=db port=6432 user=app password=s\/cret dbname=shop",
    ],
)
def test_every_way_of_writing_means_the_same(url: str) -> None:
    way = parse(url)
    assert hosts(way) == [("db", 6432)]
    assert (way.user, way.password, way.database) == ("app", "s/cret", "shop")
    assert way.options == {}
    settings = PostgresSettings(url=url)
    assert settings.problem() is None
    assert "s/cret" in settings.secrets()
    assert settings.address == "db:6432"
    assert "cret" not in repr(way)


@pytest.mark.parametrize(
    ("query", "mode"),
    [
        ("", "prefer"),
        ("?sslmode=verify-full", "verify-full"),
        ("?ssl=require", "require"),
        ("?ssl=true", "require"),
        ("?ssl=disable", "disable"),
        ("?sslrootcert=system", "verify-full"),
    ],
)
def test_the_words_for_tls_are_libpqs(query: str, mode: str) -> None:
    assert parse(f"postgresql+asyncpg://app@db/shop{query}").mode == mode


def test_a_driver_that_hides_its_tls_is_not_taken_to_prefer_it() -> None:
    assert parse("postgresql+pg8000://app@db/shop").mode == "allow"


def test_several_nodes_addresses_and_sockets() -> None:
    assert hosts(parse("postgresql://a:1,b,[::1]:3/shop")) == [("a", 1), ("b", 5432), ("::1", 3)]
    assert hosts(parse("postgresql+asyncpg:///shop?host=a:1&host=b:2")) == [("a", 1), ("b", 2)]
    assert hosts(parse("host=a,b port=7")) == [("a", 7), ("b", 7)]
    (node,) = parse("postgresql://%2Frun%2Fpg/shop").nodes
    assert node.socket == "/run/pg/.s.PGSQL.5432"
    (node,) = parse("host=db hostaddr=10.0.0.1").nodes
    assert (node.host, node.address) == ("db", "10.0.0.1")


def test_libpq_gets_its_own_parameters_and_no_others() -> None:
    options = "options=-c%20statement_timeout%3D5s&target_session_attrs=read-write&timeout=3"
    way = parse(f"postgresql://app:pw@db/shop?{options}&connect_timeout=9")
    given = way.arguments()
    assert given["options"] == "-c statement_timeout=5s"
    assert given["target_session_attrs"] == "read-write"
    assert not {"timeout", "connect_timeout"} & set(given)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://app:hidden@db/shop", "scheme 'mysql'"),
        ("postgresql:app:hidden@db", "must be followed by //"),
        ("postgresql://app:hidden@db:port/shop", "the port"),
        ("postgresql://app:hid@den@db/shop", "is the password encoded?"),
        ("app hidden", "neither a URL"),
        ("service=shop password=hidden", "service files"),
        ("host=a,b port=1,2,3", "as many ports"),
    ],
)
def test_a_wrong_url_is_one_line_without_its_password(url: str, words: str) -> None:
    problem = PostgresSettings(url=url).problem()
    assert problem is not None
    assert problem[0] == "url"
    assert words in problem[1]
    assert "hid" not in problem[1]


def test_the_age_of_dumps_is_a_duration() -> None:
    settings = PostgresSettings(url="host=db", dumps=Dumps(files="/x", max_age="a day"))
    assert settings.problem() == (
        "dumps.max_age",
        "'a day' is no duration; write 500ms, 60s, 2m, 1h or 30d",
    )


@pytest.mark.parametrize(
    ("variables", "found"),
    [
        ({}, None),
        ({"DATABASE_URL": "sqlite:///db.sqlite3"}, "DATABASE_URL is sqlite://: not judged"),
        ({"DATABASE_URL": "mysql+pymysql://u:p@h/d"}, "DATABASE_URL is mysql://: not judged"),
        ({"DATABASE_URL": "sqlite:///x", "PGHOST": "db"}, "DATABASE_URL is sqlite://: not judged"),
        ({"DATABASE_URL": "postgresql+asyncpg://h/d"}, {"url": "postgresql+asyncpg://h/d"}),
        ({"DATABASE_URL": "host=db user=app"}, {"url": "host=db user=app"}),
        ({"PGPORT": "5433"}, None),
        (
            {"PGHOST": "db", "PGPORT": "5433", "PGUSER": "app", "PGPASSWORD": r"a'b\c d"},
            {"url": r"host='db' port='5433' user='app' password='a\'b\\c d'"},
        ),
    ],
)
def test_targets_from_the_environment(variables: dict[str, str], found: Any) -> None:
    assert SYSTEM.from_environment(variables) == found


def test_a_password_from_the_environment_is_a_secret() -> None:
    table = SYSTEM.from_environment({"PGHOST": "db", "PGPASSWORD": r"a'b\c d"})
    assert isinstance(table, dict)
    settings = PostgresSettings(**table)
    assert settings.secrets() == [r"a'b\c d"]
    assert settings.hosts() == [("db", 5432)]


def test_dumps_are_looked_for_where_the_settings_say(tmp_path: Path) -> None:
    from pytest_readiness.systems.postgres.probe import _dumps

    declared = Dumps(files=str(tmp_path / "*.dump"))
    assert _dumps(declared).count == 0
    (tmp_path / "shop.dump").write_text("data")
    seen = _dumps(declared)
    assert (seen.count, seen.newest_bytes) == (1, 4)
    assert seen.newest_age is not None
    assert seen.newest_age < time.time()
