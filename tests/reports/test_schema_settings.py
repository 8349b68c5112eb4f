"""The published schema of the settings takes what the loader takes, and knows the same keys."""

from __future__ import annotations

import ast
import datetime as dt
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pytest_readiness.policy import load as loading
from pytest_readiness.policy.errors import SettingsError
from pytest_readiness.policy.files import Source, tables_of
from pytest_readiness.policy.load import Policy
from pytest_readiness.policy.settings import Settings
from pytest_readiness.run.catalogue import Catalogue
from pytest_readiness.systems import registry
from tests.docs_pages import DOCS
from tests.reports.schemas import problems, schema, undescribed, validator
from tests.unit.generated import values
from tests.unit.test_settings_any import ODD, resolved

ROOT = DOCS.parent
SYSTEMS = registry()
CATALOGUE = Catalogue(SYSTEMS)
SCHEMA = schema("settings-1.json")
CHECKER = validator(SCHEMA)
URLS = {"kafka": "k1:9092", "rabbitmq": "amqp://mq", "mlflow": "http://m"}
GOOD = {"redis": {"cache": {"url": "redis://cache:6379"}}}


VARIABLES = {
    "REDIS_URL": "redis://cache:6379",
    "DATABASE_URL": "postgresql://db/shop",
    "AMQP_URL": "amqp://mq",
    "RABBITMQ_URL": "amqp://mq",
}


def said(table: Any) -> list[str]:
    """What the schema says against a table as TOML reads it."""
    # Editors give days to schemas as the texts that they are written as.
    return problems(CHECKER, msgspec.to_builtins(table))


def loaded(table: dict[str, Any], root: Path = ROOT, **more: Any) -> Policy:
    source = Source(file="f.toml", prefix="", table=table)
    names = re.findall(r"\$\{(\w+)", str(table))
    environ = {name: VARIABLES.get(name, "1") for name in names}
    with mock.patch.object(loading, "find", return_value=source):
        return resolved(root, environ, targets_needed=False, **more)


def taken(table: dict[str, Any], **more: Any) -> bool:
    try:
        loaded(table, **more)
    except SettingsError:
        return False
    return True


def test_the_schemas_are_such() -> None:
    for name in ("settings-1.json", "pyproject-1.json"):
        Draft202012Validator.check_schema(schema(name))


def test_every_setting_says_what_it_means() -> None:
    assert undescribed(SCHEMA) == []


def test_every_key_is_there() -> None:
    tables = SCHEMA["$defs"]["tables"]["properties"]
    assert tables.keys() == {*Settings.__struct_fields__, *SYSTEMS, "checks"}
    assert SCHEMA["properties"].keys() == {*tables, "profile"}
    names = {alias for check in CATALOGUE.checks for alias in check.aliases}
    assert tables["checks"]["properties"].keys() == {*CATALOGUE.ids(), *names}
    for check in CATALOGUE.checks:
        for limit in check.thresholds:
            assert said({"checks": {check.id: {limit.name: limit.default}}}) == []


# What people write: files, pages, and the settings in the tests of this suite.


def _files() -> list[Path]:
    return sorted(path for path in (ROOT / "examples").rglob("*.toml") if path.name != "tox.toml")


@pytest.mark.parametrize("path", _files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_settings_of_the_examples(path: Path) -> None:
    table = tables_of(path.read_text("utf-8"))
    name = "pyproject-1.json" if path.name == "pyproject.toml" else "settings-1.json"
    assert table and problems(validator(schema(name)), msgspec.to_builtins(table)) == []


def _snippets() -> list[Any]:
    pages = [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "examples").rglob("*.md")]
    return [
        pytest.param(text, id=f"{page.name}-{number}")
        for page in sorted(pages)
        for number, text in enumerate(re.findall(r"```toml\n(.*?)```", page.read_text(), re.S))
    ]


@pytest.mark.parametrize("text", _snippets())
def test_settings_on_the_pages(text: str) -> None:
    table = tables_of(text)
    assert table or not re.search(r"^[^#\s]", text, re.M), "it is TOML"
    if "build-system" in table or "project" in table:
        return
    own = table.get("tool", {}).get("readiness", {})
    assert said(own or {key: value for key, value in table.items() if key != "tool"}) == []


def _written() -> Iterator[dict[str, Any]]:
    """Settings in the texts of all tests."""
    known = {*SCHEMA["properties"]}
    texts = {
        node.value
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "=" in node.value
    }
    for text in sorted(texts):
        table = tables_of(text)
        table = table.get("tool", {}).get("readiness", table)
        if isinstance(table, dict) and table and table.keys() <= known:
            yield table


def test_settings_of_the_tests() -> None:
    """All that the loader takes, whichever test wrote it, and none of the unknown keys."""
    count = 0
    for table in _written():
        try:
            loaded(table)
        except SettingsError as error:
            assert "unknown key" not in str(error) or said(table)  # noqa: PT017  # not always
        else:
            count += 1
            assert said(table) == [], table
    assert count > 50


# Any settings.


def written(made: msgspec.Struct) -> Any:
    """A structure as TOML writes it, which has no word for None."""

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: filled(item) for key, item in value.items() if item is not None}
        return [filled(item) for item in value] if isinstance(value, (list, tuple)) else value

    return filled(msgspec.to_builtins(made, builtin_types=(dt.date,)))


def system_tables(data: st.DataObject, system: str) -> dict[str, Any]:
    made = data.draw(values(SYSTEMS[system].settings, finite=True))
    return {**written(made), "url": URLS.get(system, f"{system}://host")}


few = hypothesis_settings(max_examples=25)  # each takes twenty milliseconds


@pytest.mark.parametrize("system", SYSTEMS)
@few
@given(data=st.data())
def test_any_target_that_the_loader_takes(system: str, data: st.DataObject) -> None:
    table = {system: {"main": system_tables(data, system)}}
    if taken(table):
        assert said(table) == []


@few
@given(data=st.data())
def test_any_settings_that_the_loader_takes(data: st.DataObject) -> None:
    check = data.draw(st.sampled_from(CATALOGUE.checks))
    names = [limit.name for limit in check.thresholds]
    change = {
        "severity": st.sampled_from(["low", "${S:-high}", "no"]),
        "enabled": st.booleans(),
        "reason": st.text(max_size=3),
        "expires": st.dates() | st.just("2030-01-01"),
        **{name: st.floats(0, 1e9) | st.integers(0, 99) for name in names},
    }
    changed = st.fixed_dictionaries({}, optional=change)
    kept = written(data.draw(values(Settings, finite=True)))
    for name in ("waivers", "checklists"):
        # Held against what is there: other checks, other files.
        del kept[name]
    kept |= {"history": {"file": "h.jsonl"}, "wait": "5s", "check_timeout": 9, "shard": "1/2"}
    kept["checks"] = {check.id: data.draw(changed)}
    whole = {**GOOD, **kept}
    for left_out in ({}, {"commands"}, {"attestations", "commands"}):
        some = {key: value for key, value in whole.items() if key not in left_out}
        if taken(some):
            assert said(some) == []


@pytest.mark.parametrize(
    "name", ["a.json", "A.JSON", "a.Md", "of ${CI_JOB}", "gl.codequality.json", "out/a.prom/"]
)
def test_names_of_reports_that_the_loader_takes(name: str) -> None:
    with mock.patch.dict(VARIABLES, CI_JOB="job.html"):
        assert taken({**GOOD, "report": [name]})
    assert said({**GOOD, "report": [name]}) == []


PLACES: list[tuple[str | int, ...]] = [
    (),
    ("redis", "cache"),
    ("redis", "cache", "streams", "orders"),
    ("redis", "cache", "streams", "orders", "groups", "g"),
    ("postgres", "main", "pool"),
    ("kafka", "k", "topics", "orders"),
    ("mlflow", "m", "models", "churn"),
    ("rabbitmq", "mq", "queues", "orders"),
    ("checks", "redis.memory_headroom"),
    ("checks", "redis.memory_headroom", "targets", "cache"),
    ("checks", "tests/test_own.py::test_own"),
    ("checklists",),
    ("checklists", "overrides", "GO.md"),
    ("checklists", "overrides", "GO.md", "headings", "Backups"),
    ("waivers", 0),
    ("attestations", 0),
    ("commands", 0),
    ("commands", 0, "expect"),
    ("history",),
]
"""Tables of every kind."""


def whole() -> dict[str, Any]:
    """Settings with a table of every kind, all of them right."""
    day = dt.date(2999, 1, 1)
    return {
        "redis": {
            "cache": {
                "url": "${REDIS_URL}",
                "monitor_url": "",
                "role": "cache",
                "streams": {"orders": {"groups": {"g": {"max_lag": 9}}}},
            }
        },
        "postgres": {"main": {"url": "postgresql://db/shop", "pool": {"size": 5}}},
        "kafka": {"k": {"url": "k1:9092", "topics": {"orders": {"retention": "forever"}}}},
        "mlflow": {"m": {"url": "http://m", "models": {"churn": {"max_age": "30d"}}}},
        "rabbitmq": {"mq": {"url": "amqp://mq", "queues": {"orders": {"max_ready": 0}}}},
        "checks": {
            "redis.memory_headroom": {"used": 80, "targets": {"cache": {"used": 95.5}}},
            "tests/test_own.py::test_own": {"owner": "ana"},
        },
        "checklists": {
            "files": ["GO.md"],
            "overrides": {"GO.md": {"headings": {"Backups": {"severity": "high"}}}},
        },
        "waivers": [
            {"check": "redis.tls", "reason": "mesh", "owner": "ana", "expires": day},
        ],
        "attestations": [{"id": "rota", "title": "Staffed", "severity": "low"}],
        "commands": [{"id": "smoke", "run": "true", "expect": {"text": "ok"}}],
        "history": {"file": "history.jsonl"},
    }


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "GO.md").write_text("# Backups\n\n- [ ] Restored\n")
    return tmp_path


def test_a_table_of_every_kind(root: Path) -> None:
    table = whole()
    table["waivers"][0]["check"] = "redis.persistence"
    loaded(table, root=root)
    assert said(table) == []
    profile = {"profile": {"staging": table}}
    loaded(profile, root=root, profile="staging")
    assert said(profile) == []


@pytest.mark.parametrize("profile", [None, "staging"])
@pytest.mark.parametrize("place", PLACES, ids=lambda place: ".".join(map(str, place)) or "root")
def test_unknown_keys_are_refused_by_both(
    place: tuple[str | int, ...], profile: str | None, root: Path
) -> None:
    table = whole()
    table["waivers"][0]["check"] = "redis.persistence"
    _at(table, place)["unknown_key"] = 1
    table = table if profile is None else {"profile": {profile: table}}
    with pytest.raises(SettingsError, match="unknown key"):
        loaded(table, root=root, profile=profile)
    assert any("unknown_key" in problem or "valid under" in problem for problem in said(table))


def _at(table: Any, place: tuple[str | int, ...]) -> Any:
    for key in place:
        table = table[key]
    return table


@few
@given(data=st.data())
def test_any_key_that_the_loader_does_not_know(data: st.DataObject) -> None:
    table = whole()
    del table["checklists"]
    places = [place for place in PLACES if place[:1] != ("checklists",)]
    place = data.draw(st.sampled_from(places))
    names = sorted({*SCHEMA["properties"], *Settings.__struct_fields__, "used", "url", "by"})
    _at(table, place)[data.draw(st.sampled_from(names) | st.text(max_size=5))] = data.draw(ODD)
    try:
        loaded(table)
    except SettingsError as error:
        assert "unknown key" not in str(error) or said(table)  # noqa: PT017  # not always
    else:
        assert said(table) == []


@pytest.mark.parametrize(
    ("place", "key", "value"),
    [
        ((), "gate", "sometimes"),
        ((), "target_score", 101),
        ((), "target_score", "${SCORE}"),
        ((), "wait", "soon"),
        ((), "report", "report.json"),
        ((), "report", ["report.pdf"]),
        ((), "report", ["report"]),
        ((), "redis", {"a name": {"url": "redis://c"}}),
        (("redis", "cache"), "role", "queue"),
        (("redis", "cache"), "timeout", 0),
        (("redis", "cache"), "timeout", "5"),
        (("redis", "cache"), "single_node", "yes"),
        (("checks",), "redis.persistance", {}),
        (("checks", "redis.memory_headroom"), "used", -1),
        (("checks", "redis.memory_headroom"), "used", "${USED}"),
        (("checks", "redis.memory_headroom"), "severity", "P0"),
        (("waivers", 0), "owner", ""),
        (("commands", 0), "id", "a b"),
        (("commands", 0), "timeout", "5 minutes"),
        (("attestations", 0), "severity", None),
    ],
)
def test_wrong_values_are_refused_by_both(
    place: tuple[str | int, ...], key: str, value: object, root: Path
) -> None:
    table = whole()
    if value is None:
        del _at(table, place)[key]
    else:
        _at(table, place)[key] = value
    assert not taken(table, root=root)
    assert said(table) != []


@pytest.mark.parametrize(
    ("place", "key"),
    [
        ((), "environment"),
        ((), "gate"),
        ((), "wait"),
        (("redis", "cache"), "role"),
        (("redis", "cache"), "url"),
        (("redis", "cache"), "platform"),
        (("checks", "redis.memory_headroom"), "severity"),
        (("checks", "redis.memory_headroom"), "expires"),
        (("attestations", 0), "severity"),
        (("attestations", 0), "valid_for"),
        (("commands", 0), "id"),
    ],
)
def test_a_variable_may_stand_for_a_text(place: tuple[str | int, ...], key: str) -> None:
    table = whole()
    _at(table, place)[key] = "${NAME:-default}"
    assert said(table) == []


@pytest.mark.parametrize("field", SYSTEMS["redis"].settings.__struct_fields__)
def test_an_empty_text_of_a_target_is_a_setting_that_is_not_given(field: str) -> None:
    table = {"redis": {"cache": {"monitor_url": "redis://c", "url": "redis://c", field: ""}}}
    loaded(table)
    assert said(table) == []


def test_older_names_of_checks() -> None:
    table = {"checks": {"rabbitmq.guest_user": {"severity": "low", "reason": "a", "owner": "b"}}}
    assert said(table) == []
    named = SCHEMA["$defs"]["tables"]["properties"]["checks"]["properties"]["rabbitmq.guest_user"]
    assert named["deprecated"] is True


@pytest.mark.skipif(sys.version_info < (3, 11), reason="tomllib came with 3.11")
def test_pyproject_holds_it_as_a_part() -> None:
    checker = validator(schema("pyproject-1.json"))
    assert problems(checker, tables_of((ROOT / "pyproject.toml").read_text("utf-8"))) == []
    good, bad = (
        {"project": {"name": "shop"}, "tool": {"ruff": {}, "readiness": table}}
        for table in (GOOD, {"servce": "shop"})
    )
    assert problems(checker, good) == []
    assert len(problems(checker, bad)) == 1
