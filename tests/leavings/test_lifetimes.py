"""The page that says what a run leaves says how long, as the code has it."""

from __future__ import annotations

from pytest_readiness.systems import registry
from pytest_readiness.systems.kafka import leftovers as topics
from pytest_readiness.systems.kafka import roundtrip as kafka
from pytest_readiness.systems.mlflow import leftovers as runs
from pytest_readiness.systems.rabbitmq import roundtrip as rabbitmq
from pytest_readiness.systems.redis import roundtrip as redis
from tests.docs_pages import DOCS

PAGE = (DOCS / "writes.md").read_text("utf-8")
ROWS = {line.split("|")[1].strip().lower(): line for line in PAGE.splitlines() if "|" in line}
NAMES = {"postgres": "postgresql"}


def test_every_system_has_its_row() -> None:
    assert not [s for s in registry() if NAMES.get(s, s) not in ROWS]


def test_lifetimes_are_those_of_the_code() -> None:
    assert f"{redis.LIFE} seconds" in ROWS["redis"]
    assert f"{rabbitmq._EXPIRES_MS // 1000} seconds" in ROWS["rabbitmq"]
    assert f"{kafka.LIFE_MS // 60_000} minutes" in ROWS["kafka"]
    for system, old in (("kafka", topics.OLD), ("mlflow", runs.OLD)):
        assert f"{old // 3600} hour old" in ROWS[system]
        # Longer than any round trip takes, with the longest timeout that a target may have.
        assert old >= 3600
    assert topics._MOST == runs._MOST == 20
    assert "20 at a time" in PAGE


def test_pages_of_the_systems_lead_there() -> None:
    pages = {s: (DOCS / "privileges" / f"{s}.md").read_text("utf-8") for s in registry()}
    assert not [s for s, text in pages.items() if "../writes.md" not in text]
    assert "docs/writes.md" in (DOCS.parent / "README.md").read_text("utf-8")
