"""Waivers as the settings write them: ids, targets, patterns and dates, each held at the start."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from pytest_readiness.model import Severity
from pytest_readiness.policy import load as loading
from pytest_readiness.policy import waivers as waiving
from pytest_readiness.policy.errors import SettingsError
from pytest_readiness.policy.load import load
from pytest_readiness.policy.records import Waiver
from pytest_readiness.policy.waivers import KnownCheck
from pytest_readiness.run.catalogue import Catalogue
from pytest_readiness.run.selection import hold_ids
from pytest_readiness.systems import registry

SYSTEMS = registry()
CATALOGUE = Catalogue(SYSTEMS)
TARGETS = """
[redis.cache]
url = "redis://cache:6379"
[redis.sessions]
url = "redis://sessions:6379"
[kafka.events]
url = "k1:9092"
[[attestations]]
id = "pager"
title = "Pager tested"
severity = "blocker"
[[attestations]]
id = "contact"
title = "Contact named"
severity = "high"
[[commands]]
id = "smoke"
run = "true"
"""
ITEMS = (
    KnownCheck("checklist.rollback-rehearsed", Severity.BLOCKER, "docs/GO_LIVE.md"),
    KnownCheck("checklist.alerts", Severity.HIGH, "docs/GO_LIVE.md"),
    KnownCheck("checklist.alerts", Severity.BLOCKER, "docs/DAY_TWO.md"),
)


def waiver(check: Any, expires: str = "2999-01-01", **more: str) -> str:
    rest = "".join(f'{key} = "{value}"\n' for key, value in more.items())
    named = check if isinstance(check, str) else list(check)
    return (
        f'[[waivers]]\ncheck = {named!r}\nreason = "r"\nowner = "ana"\nexpires = {expires}\n{rest}'
    )


def read(tmp_path: Path, text: str, more: str = "") -> tuple[Waiver, ...]:
    (tmp_path / "readiness.toml").write_text(f"{text}{TARGETS}{more}")

    def knowing(*args: Any) -> Any:
        *rest, _ = args
        return waiving.waivers(*rest, ITEMS)

    with mock.patch.object(loading, "waivers", knowing):
        return load(tmp_path, SYSTEMS, CATALOGUE, {}).settings.waivers


def refused(tmp_path: Path, text: str, more: str = "") -> str:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, text, more)
    message = str(caught.value)
    assert "\n" not in message and message.startswith("readiness.toml: waivers[0]")
    return message.removeprefix("readiness.toml: waivers[0]")


@pytest.mark.parametrize(
    ("written", "check", "target"),
    [
        ("redis.persistence", "redis.persistence", None),
        ("redis.persistence[cache]", "redis.persistence", "cache"),
        ("readiness::redis::persistence", "redis.persistence", None),
        ("readiness::redis::persistence[cache]", "redis.persistence", "cache"),
        ("redis.*", "redis.*", None),
        ("redis.*[cache]", "redis.*", "cache"),
        ("readiness::redis::*[cache]", "redis.*", "cache"),
        ("*", "*", None),
        ("*[events]", "*", "events"),
        ("tests/test_a.py::test_x", "tests/test_a.py::test_x", None),
        ("tests/test_a.py::TestA::test_x[cache]", "tests/test_a.py::TestA::test_x", "cache"),
        ("tests/*", "tests/*", None),
        ("attestation.pager", "attestation.pager", None),
        ("readiness::attestation::pager", "attestation.pager", None),
        ("attestation.*", "attestation.*", None),
        ("command.smoke", "command.smoke", None),
        ("checklist.alerts", "checklist.alerts", None),
        ("checklist.alerts[docs/DAY_TWO.md]", "checklist.alerts", "docs/DAY_TWO.md"),
        (
            "readiness::checklist::docs/GO_LIVE.md::rollback-rehearsed",
            "checklist.rollback-rehearsed",
            "docs/GO_LIVE.md",
        ),
        ("checklist.*", "checklist.*", None),
    ],
)
def test_forms_of_an_id(tmp_path: Path, written: str, check: str, target: str | None) -> None:
    (got,) = read(tmp_path, waiver(written))
    assert (got.checks, got.target) == ((check,), target)
    assert got.expires == dt.date(2999, 1, 1)


def test_target_beside_the_id(tmp_path: Path) -> None:
    (got,) = read(tmp_path, waiver("redis.persistence", target="sessions"))
    assert got.target == "sessions"
    (got,) = read(tmp_path, waiver("redis.persistence[cache]", target="cache"))
    assert got.target == "cache"
    (got,) = read(tmp_path, waiver("checklist.alerts", target="docs/GO_LIVE.md"))
    assert got.target == "docs/GO_LIVE.md"


def test_a_list_with_targets_of_its_own(tmp_path: Path) -> None:
    names = ("redis.persistence[cache]", "redis.reachable[cache]", "kafka.reachable")
    got = read(tmp_path, waiver(names))
    assert [(w.checks, w.target) for w in got] == [
        (("redis.persistence", "redis.reachable"), "cache"),
        (("kafka.reachable",), None),
    ]
    assert {(w.owner, w.reason, w.expires) for w in got} == {("ana", "r", dt.date(2999, 1, 1))}


def test_an_old_name_becomes_the_present_one(tmp_path: Path) -> None:
    old = {"redis.old": "redis.reachable"}
    with mock.patch.object(Catalogue, "canonical", lambda _, name: old.get(name, name)):
        assert read(tmp_path, waiver("redis.old"))[0].checks == ("redis.reachable",)
        message = refused(tmp_path, waiver(("redis.old", "redis.reachable")))
    assert message == ".check[1]: the same as 'redis.old'"


UNKNOWN = [
    (waiver("redis.persistance"), (".check: unknown check 'redis.persistance'; did you mean "
     "'redis.persistence'? (--readiness-list shows all; your own")),
    (waiver(("redis.reachable", "redis.nope")), ".check[1]: unknown check 'redis.nope' (--read"),
    (waiver("readiness::redis::persistance[cache]"), (".check: unknown check 'readiness::redis::"
     "persistance[cache]'; did you mean 'redis.persistence'?")),
    (waiver("attestation.pagr"), (".check: unknown check 'attestation.pagr'; did you mean "
     "'attestation.pager'?")),
    (waiver("command.smok"), ".check: unknown check 'command.smok'; did you mean 'command.smoke'?"),
    (waiver("checklist.alert"), (".check: unknown check 'checklist.alert'; did you mean "
     "'checklist.alerts'?")),
    (waiver("redis.persistence", target="cash"), (".target: no such target of redis.persistence: "
     "'cash'; did you mean 'cache'? Allowed: cache, sessions")),
    (waiver("redis.persistence[cash]"), (".check: no such target of redis.persistence: 'cash'; did "
     "you mean 'cache'? Allowed: cache, sessions")),
    (waiver("redis.persistence", target="events"), (".target: no such target of redis.persistence: "
     "'events'")),
    (waiver("redis.*", target="events"), ".target: no such target of redis.*: 'events'"),
    (waiver("redis.persistence[cache@dublin]"), (".check: a waiver speaks of every vantage point: "
     "write redis.persistence[cache]")),
    (waiver("redis.persistence[cache]", target="sessions"), (".check: 'redis.persistence[cache]' "
     "names target 'cache', and target = 'sessions'")),
    (waiver("tests/a.py::test_x[1-2]"), (".check: [1-2] is no target; without it, the waiver "
     "speaks of all parameters")),
    (waiver("checklist.alerts", target="docs/GO_LIFE.md"), (".target: no such target of "
     "checklist.alerts: 'docs/GO_LIFE.md'; did you mean 'docs/GO_LIVE.md'?")),
    (waiver("readiness::checklist::docs/GO.md::alerts"), (".check: no such target of "
     "checklist.alerts: 'docs/GO.md'; did you mean 'docs/GO_LIVE.md'?")),
    (waiver("attestation.pager", target="cache"), (".target: attestation.pager is asked of no "
     "target; leave it out")),
    (waiver(("redis.reachable", "redis.reachable")), ".check[1]: 'redis.reachable' is named twice"),
    (waiver(("redis.reachable", "readiness::redis::reachable")), (".check[1]: the same as "
     "'redis.reachable'")),
    (waiver("reddis.*"), ".check: 'reddis.*' matches no check; did you mean 'redis.*'?"),
    (waiver("redis.persistance*"), (".check: 'redis.persistance*' matches no check; did you mean "
     "'redis.persistence'?")),
    (waiver("*.reachable"), (".check: '*.reachable' matches blockers only, which no pattern "
     "covers; name them: ")),
    (waiver("attestation.pag*"), (".check: 'attestation.pag*' matches blockers only, which no "
     "pattern covers; name them: attestation.pager")),
    (waiver("checklist.roll*"), ".check: 'checklist.roll*' matches blockers only"),
    (waiver("checklist.alert*", target="docs/DAY_TWO.md"), (".check: 'checklist.alert*' matches "
     "blockers only")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), UNKNOWN)
def test_one_line_says_what_is_meant(tmp_path: Path, text: str, message: str) -> None:
    assert refused(tmp_path, text).startswith(message)


WRITTEN = [
    ('"2026-12-31"', ".expires: expected a date, got a text; without quotes: expires = 2026-12-31"),
    ('"31.12.2026"', ".expires: expected a date, written expires = 2026-12-31, without quotes"),
    ("2026-12-31T10:00:00Z", ".expires: expected a day without a time: expires = 2026-12-31"),
    ("2026-12-31 10:00:00", ".expires: expected a day without a time: expires = 2026-12-31"),
    ("10:00:00", ".expires: expected a date, written expires = 2026-12-31, without quotes"),
    ("20261231", ".expires: expected a date, written expires = 2026-12-31, without quotes"),
]


@pytest.mark.parametrize(("written", "message"), WRITTEN)
def test_the_end_is_a_date(tmp_path: Path, written: str, message: str) -> None:
    assert refused(tmp_path, waiver("redis.reachable", written)) == message


def test_a_variable_is_a_text(tmp_path: Path) -> None:
    text = waiver("redis.reachable", '"${END:-2026-12-31}"')
    assert refused(tmp_path, text).startswith(".expires: expected a date, got a text")


@pytest.mark.parametrize("key", ["check", "reason", "owner", "expires"])
def test_every_key_is_needed(tmp_path: Path, key: str) -> None:
    lines = waiver("redis.reachable").splitlines()
    text = "\n".join(line for line in lines if not line.startswith(key))
    assert refused(tmp_path, text) == (
        f".{key}: missing: a waiver has check, reason, owner and expires"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (waiver(()), ".check: an empty list; name the checks that it speaks of"),
        (waiver("redis.reachable").replace('"r"', '" "'), ".reason: empty"),
        (waiver("redis.reachable").replace('"ana"', '""'), ".owner: empty"),
        (
            waiver("redis.reachable", target="${T:-}"),
            ".target: empty; leave it out to speak of every target",
        ),
        (waiver("redis.reachable", until="x"), ".until: unknown key"),
        (waiver("redis.reachable").replace("expires", "expirs"), ".expirs: unknown key; did you"),
    ],
)
def test_what_is_empty_or_mistyped(tmp_path: Path, text: str, message: str) -> None:
    assert refused(tmp_path, text).startswith(message)


def test_a_blocker_is_one_by_the_settings(tmp_path: Path) -> None:
    """Raised to one, it is not covered; made easier, with an answer for it, it is."""
    answered = 'reason = "r"\nowner = "o"\nexpires = 2999-01-01\n'
    easier = f'[checks."redis.reachable"]\nseverity = "high"\n{answered}'
    assert "matches blockers only" in refused(tmp_path, waiver("redis.reach*"))
    assert read(tmp_path, waiver("redis.reach*"), easier)
    high = next(c.id for c in CATALOGUE.of("redis") if c.severity is not Severity.BLOCKER)
    harder = f'[checks."{high}"]\nseverity = "blocker"\n'
    assert read(tmp_path, waiver(f"{high}*"))
    assert "matches blockers only" in refused(tmp_path, waiver(f"{high}*"), harder)
    one = f'[checks."{high}".targets.cache]\nseverity = "blocker"\n'
    assert read(tmp_path, waiver(f"{high}*"), one), "on the other target it is none"
    assert "matches blockers only" in refused(tmp_path, waiver(f"{high}*", target="cache"), one)


def test_users_own_are_held_when_they_are_collected() -> None:
    collected = {"tests/a.py::test_x[1]", "readiness::redis::reachable[cache]"}
    there = ["tests/a.py::test_x", "tests/*", "*", "redis.*", "checklist.a"]
    hold_ids(there, collected)
    for wrong in ("tests/a.py::test_y", "test/*", "tests/b.py::*"):
        with pytest.raises(pytest.UsageError, match="no such check"):
            hold_ids([wrong], collected)


def test_only_looked_at_without_targets(tmp_path: Path) -> None:
    (tmp_path / "readiness.toml").write_text(waiver("redis.persistence", target="cache"))
    policy = load(tmp_path, SYSTEMS, CATALOGUE, {}, targets_needed=False)
    assert policy.settings.waivers[0].target == "cache"


DOCS = Path(__file__).parents[2] / "docs" / "waivers.md"


def test_the_page_is_right(tmp_path: Path) -> None:
    """Its example can be used, and so can every id that it shows."""
    page = DOCS.read_text("utf-8")
    block = re.search(r"```toml\n(.*?)```", page, re.DOTALL)
    assert block is not None
    (got,) = read(tmp_path, block[1].replace("tool.readiness.", ""))
    assert (got.checks, got.target, got.owner) == (("redis.encrypted",), "cache", "platform team")
    rows = re.findall(r"^\| (`[\[\"].*?`) \|", page, re.MULTILINE)
    assert len(rows) == 9
    for written in (part for row in rows for part in re.findall(r"`(.*?)`", row)):
        assert read(tmp_path, waiver("x").replace("'x'", written)), written
