"""Ordinary servers in the environments they belong to: what is asked of them, and what is not."""

from __future__ import annotations

import datetime as dt
from typing import Any

import psycopg
import pytest

from pytest_readiness.policy.environments import not_asked
from pytest_readiness.run.catalogue import _checks_of
from pytest_readiness.systems import common, registry
from tests.judging import Judged, judge, probe_of
from tests.sandbox import Sandbox

TRUST = ("host all postgres 127.0.0.1/32 trust", "host all all 127.0.0.1/32 trust")


def asked(system: str, said: dict[str, Judged], environment: str) -> dict[str, Judged]:
    """What was said of the checks that an environment asks of a target."""
    demands = {c.id.partition(".")[2]: c.demand for c in _checks_of(registry()[system])}
    return {n: one for n, one in said.items() if not_asked(demands[n], environment, False) is None}


def amiss(system: str, environment: str, **settings: Any) -> set[str]:
    """The checks that an environment asks and that do not hold."""
    said = judge(probe_of(system, **settings), system, writes=True)
    found = asked(system, said, environment)
    return {name for name, one in found.items() if one.outcome in ("failed", "blocked", "error")}


@pytest.mark.parametrize("system", ["redis", "kafka", "mlflow"])
def test_a_laptop_with_all_defaults(box: Sandbox, system: str) -> None:
    assert amiss(system, "development", url=box.start(system).url, timeout=20) == set()


def test_a_laptop_with_trust_for_everybody(box: Sandbox) -> None:
    server = box.start("postgres", hba=TRUST)
    url = f"postgresql://postgres@127.0.0.1:{server.port}/shop"
    assert amiss("postgres", "development", url=url) == set()
    assert {"password_required", "app_role_plain"} <= amiss("postgres", "staging", url=url)
    assert "statement_timeout" in amiss("postgres", "production", url=url)


def test_memory_is_planned_for_production(box: Sandbox) -> None:
    url = box.start("redis").url
    assert "maxmemory_set" in amiss("redis", "production", url=url)
    assert "maxmemory_set" not in amiss("redis", "staging", url=url)


def test_a_node_that_is_down_is_asked_for_in_staging_too() -> None:
    """Nobody's environment but a laptop's does without seeing the cluster's own state."""
    for check in ("nodes_running", "no_partitions", "management_reachable"):
        demands = {c.id.partition(".")[2]: c.demand for c in _checks_of(registry()["rabbitmq"])}
        for environment in ("production", "staging"):
            assert not_asked(demands[check], environment, single_node=True) is None


def test_a_grant_names_roles_as_sql_takes_them(box: Sandbox) -> None:
    make = (
        "CREATE ROLE \"Shop-App\" LOGIN PASSWORD 'x'",
        "REVOKE ALL ON DATABASE shop FROM PUBLIC",
    )
    server = box.fresh("postgres", sql=(*make, 'GRANT CONNECT ON DATABASE shop TO "Shop-App"'))
    target = {"url": f"postgresql://Shop-App:x@127.0.0.1:{server.port}/shop"}
    said = judge(probe_of("postgres", **target), "postgres", writes=True)
    wanted = {
        "long_transactions": 'GRANT pg_read_all_stats TO "Shop-App"',
        "round_trip": 'GRANT TEMPORARY ON DATABASE shop TO "Shop-App"',
    }
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        for name, grant in wanted.items():
            assert said[name].outcome == "blocked"
            assert grant in said[name].message
            admin.execute(grant.encode())
    after = judge(probe_of("postgres", **target), "postgres", writes=True)
    assert {after[name].outcome for name in wanted} == {"passed"}
    server.stop()


@pytest.mark.parametrize(
    ("product", "version", "ends"),
    [
        # Security support counts, which is longer for the last minor version of a major one.
        ("valkey", "7.2.11", dt.date(2029, 4, 16)),
        ("valkey", "8.0.6", dt.date(2027, 9, 15)),
        ("valkey", "8.1.5", dt.date(2030, 3, 31)),
        ("rabbitmq", "3.12.14", dt.date(2024, 6, 30)),
        # Redis keeps its latest release, the one before, and the last of the major one before.
        ("redis", "5.0.14", dt.date(2022, 4, 27)),
        ("redis", "6.0.20", dt.date(2022, 4, 27)),
    ],
)
def test_ends_of_support(product: str, version: str, ends: dt.date) -> None:
    known = common.support(product, version)
    assert known is not None
    assert known.ends == ends
