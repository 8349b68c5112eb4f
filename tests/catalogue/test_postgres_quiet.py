"""Ordinary PostgreSQL servers: nothing grave is said of them where nothing is wrong."""

from __future__ import annotations

import struct
from typing import Any

import psycopg
import pytest

from pytest_readiness.model import Severity
from pytest_readiness.policy.environments import not_asked
from pytest_readiness.run.catalogue import CheckSpec, _checks_of
from pytest_readiness.systems import registry
from pytest_readiness.systems.postgres import PostgresSettings
from pytest_readiness.systems.postgres.secret import graded
from pytest_readiness.systems.postgres.sizes import of_setting, size
from pytest_readiness.systems.postgres.ways import parse
from pytest_readiness.systems.postgres.wire import plaintext
from pytest_readiness.systems.watch import Watch
from tests.catalogue.postgres_exemplary import READINESS, exemplary
from tests.catalogue.postgres_servers import both, careless, changed, plain
from tests.judging import judge, probe_of
from tests.sandbox import Sandbox
from tests.systems.test_postgres_reach import listening

CHECKS = {check.id.partition(".")[2]: check for check in _checks_of(registry()["postgres"])}
GRAVE = (Severity.BLOCKER, Severity.HIGH)


def amiss(environment: str, managed: bool = False, **settings: Any) -> set[str]:
    """What an environment asks for, that does not hold, and would be held against a launch."""
    said = judge(probe_of("postgres", **settings), "postgres", writes=True)
    single = settings.get("single_node", False)

    def asked(check: CheckSpec) -> bool:
        left = check.optional or (managed and check.managed)
        return not left and not_asked(check.demand, environment, single) is None

    return {
        name
        for name, check in CHECKS.items()
        if asked(check) and check.severity in GRAVE
        if said[name].outcome in ("failed", "blocked", "error")
    }


def test_a_laptop_asks_for_nothing_at_all(box: Sandbox) -> None:
    server = plain(box)
    admin = server.admin_url
    said = judge(probe_of("postgres", url=admin), "postgres", writes=True)
    amiss = {
        name
        for name, check in CHECKS.items()
        if not check.optional and not_asked(check.demand, "development", False) is None
        if said[name].outcome in ("failed", "blocked", "error")
    }
    assert amiss == set()


@pytest.mark.parametrize("binary", ["debian", "wheel"])
def test_one_node_for_staging(box: Sandbox, binary: str) -> None:
    server = box.start("postgres", tls=True, binary=binary)
    ways = {"url": server.url, "monitor_url": server.monitor_url}
    assert amiss("staging", single_node=True, **ways) == set()


def test_a_platform_without_a_superuser(box: Sandbox) -> None:
    """Its customers log in by TLS, see what pg_monitor sees, and keep the platform's backups."""
    server = box.start("postgres", tls=True, binary="debian")
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        admin.execute("ALTER ROLE app SET statement_timeout = '30s'")
    try:
        ways = {"url": server.url, "monitor_url": server.monitor_url}
        found = amiss("production", managed=True, platform="rds", **ways)
    finally:
        with psycopg.connect(server.admin_url, autocommit=True) as admin:
            admin.execute("ALTER ROLE app RESET statement_timeout")
    # Nothing was declared: that alone is asked of a team, and no platform can know it.
    assert found == {"intent_declared"}


def test_the_recipe_grants_no_more_than_it_says(box: Sandbox) -> None:
    server = exemplary(box)
    url = server.url_for("app").replace(f"app:{server.passwords['app']}", f"readiness:{READINESS}")
    with psycopg.connect(f"{url}?sslmode=require", autocommit=True) as role:
        for statement in ("SELECT * FROM orders", "SELECT rolpassword FROM pg_authid"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                role.execute(statement.encode())
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            role.execute("CREATE TEMPORARY TABLE t (id int)")


@pytest.mark.parametrize(
    ("password", "guessable", "at_least"),
    [
        ("shop", True, 0),
        ("App2024!", True, 8),
        ("mysecretpassword", True, 16),
        ("postgres1", True, 8),
        ("aaaaaaaaaaaaaaaaaaaa", True, 16),
        ("correct-horse", False, 12),
        ("3f9c1d5e7a2b4c6d8e0f1a2b", False, 24),
    ],
)
def test_passwords(password: str, guessable: bool, at_least: int) -> None:
    found = graded(password, parse("postgresql://app@db/shop"))
    assert (found.guessable, found.at_least) == (guessable, at_least)


def test_a_short_password_fails_and_is_never_told(box: Sandbox) -> None:
    probe = both(plain(box))
    login = {
        **probe.observation.facts["login"],
        "password": {"guessable": False, "at_least": 8},
    }
    said = judge(changed(probe, login=login), "postgres")["password_strong"]
    assert said.message == "password of app is 8 characters or more, must be >= 12"
    assert plain(box).passwords["app"] not in repr(probe.observation)


def test_numbers_run_out_where_the_role_may_not_look(box: Sandbox) -> None:
    probe = both(plain(box))
    hidden = {"count": 1, "hidden": ["public.ids"], "fullest": []}
    said = judge(changed(probe, sequences=hidden), "postgres")["sequences_headroom"]
    assert said.outcome == "blocked"
    assert "GRANT SELECT ON SEQUENCE public.ids TO app" in said.message


def test_everything_out_of_force_is_named(box: Sandbox) -> None:
    schema = probe_of("postgres", url=careless(box).url).facts.schema
    assert schema.invalid_indexes == ["tickets_pkey"]
    assert schema.unvalidated == ["log.positive"]
    assert schema.disabled_triggers == ["log.changed"]
    assert schema.unvacuumed == schema.keyless == ["log"]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"R" + struct.pack("!II", 8, 10), "accepted"),
        (b"E" + struct.pack("!I", 12) + b"C28000\0\0", "refused"),
        (b"E" + struct.pack("!I", 12) + b"C08P01\0\0", "refused"),
        # A server that is full or starting refuses everybody: no word on encryption.
        (b"E" + struct.pack("!I", 12) + b"C53300\0\0", None),
        (b"HTTP/1.1 400 Bad Request", None),
    ],
)
def test_what_a_server_says_to_plaintext(answer: bytes, said: str | None) -> None:
    with listening((answer,)) as port:
        way = parse(f"postgresql://app@127.0.0.1:{port}/shop")
        assert plaintext(way, way.nodes[0], Watch(2)) == said


def test_silence_says_nothing_of_plaintext() -> None:
    with listening() as port:
        way = parse(f"postgresql://app@127.0.0.1:{port}/shop")
        assert plaintext(way, way.nodes[0], Watch(0.5)) is None


def test_nodes_of_one_storage_have_no_lag(box: Sandbox) -> None:
    said = judge(both(plain(box), platform="aurora"), "postgres")["replication_lag"]
    assert said.message == "the nodes of aurora read the same storage"


def test_what_else_is_not_in_force(box: Sandbox) -> None:
    probe = both(plain(box))
    schema = probe.observation.facts["schema"]
    for key, words in (
        ("invalid_indexes", "invalid indexes"),
        ("unvalidated", "constraints not validated"),
        ("disabled_triggers", "disabled triggers"),
    ):
        seen = changed(probe, schema={**schema, key: ["orders.x"]})
        said = judge(seen, "postgres")["no_invalid_objects"]
        assert said.message == f"{words} is orders.x, must be none"
    seen = changed(probe, schema={**schema, "unvacuumed": ["orders"]})
    said = judge(seen, "postgres")["autovacuum_on"]
    assert said.message == "tables that autovacuum is switched off for is orders, must be none"


def test_sizes() -> None:
    assert [size(text) for text in ("1GB", "1.5 kb", "7", 7)] == [2**30, 1536, 7, 7]
    assert of_setting("16384", "8kB") == 128 * 2**20
    assert of_setting("1024", "MB") == 2**30
    for wrong in ("a lot", "1XB", -1):
        with pytest.raises(ValueError, match=r"size|negative"):
            size(wrong)


@pytest.mark.parametrize(
    ("declared", "field"),
    [
        ({"max_size": "much"}, "max_size"),
        ({"replicas": -1}, "replicas"),
        ({"tables": ("orders", "")}, "tables"),
        ({"extensions": ("a\0b",)}, "extensions"),
    ],
)
def test_wrong_intent(declared: dict[str, Any], field: str) -> None:
    problem = PostgresSettings(url="host=db", **declared).problem()
    assert problem is not None
    assert problem[0] == field


def test_hostile_names_of_tables_are_only_names(box: Sandbox) -> None:
    server = plain(box)
    tables = ("o'rders\\", '"Mixed Case"', "pg_class")
    probe = probe_of("postgres", url=server.url, tables=tables)
    assert probe.facts.missing_tables == [*tables[:2]] or "invalid name" in probe.facts.why(
        "missing_tables"
    )
    assert judge(probe, "postgres")["durable_writes"].outcome == "passed"
