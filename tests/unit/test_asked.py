"""The digests of the settings: what makes two runs incomparable, and what does not."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from pytest_readiness.model import Severity
from pytest_readiness.policy.checks import Change, CheckSettings
from pytest_readiness.policy.commands import Command
from pytest_readiness.policy.load import Policy, TargetSpec
from pytest_readiness.policy.records import Attestation, Checklists, History, Waiver
from pytest_readiness.policy.settings import Settings
from pytest_readiness.run.about import asked, digest
from tests.unit.test_vantage import SYSTEMS, policy

DAY = dt.date(2026, 12, 31)
WAIVER = Waiver(check="redis.x", reason="r", owner="o", expires=DAY)
SIGNED = Attestation(id="a", title="t", severity=Severity.HIGH, by="ana", on=DAY)


def of(**given: Any) -> Policy:
    return policy(settings=Settings(**given))


def changed(**given: Any) -> Policy:
    return policy(checks={"redis.x": CheckSettings(**given)})


def target(**given: Any) -> Policy:
    settings = SYSTEMS["redis"].settings(**given)
    return policy(targets=(TargetSpec(system="redis", name="cache", settings=settings),))


@pytest.mark.parametrize(
    "given",
    [
        {"baseline": "b.json"},
        {"gate": "regressions"},
        {"history": History(file="h.jsonl")},
        {"report": ("r.json",)},
        {"shard": "1/2"},
        {"vantage": "dublin"},
    ],
    ids=str,
)
def test_what_shards_may_differ_in(given: dict[str, Any]) -> None:
    assert digest(of(**given)) == digest(of())
    assert asked(of(**given)) == asked(of())


@pytest.mark.parametrize(
    "given",
    [
        {"waivers": (WAIVER,)},
        {"attestations": (SIGNED,)},
        {"target_score": 50.0},
        {"minimum_score": 50.0},
        {"service": "shop"},
        {"environment": "staging"},
        {"wait": 60.0},
        {"observations_at_once": 8},
    ],
    ids=str,
)
def test_what_changes_nothing_of_what_is_asked(given: dict[str, Any]) -> None:
    assert asked(of(**given)) == asked(of())
    assert digest(of(**given)) != digest(of()), "shards of one run agree on it"


@pytest.mark.parametrize(
    "given",
    [
        {"catalogue": "full"},
        {"writes": True},
        {"check_timeout": 5.0},
        {"commands": (Command(id="a", title="t", run=("true",), severity=Severity.HIGH),)},
        {"checklists": Checklists(files=("docs/GO.md",))},
    ],
    ids=str,
)
def test_what_is_asked(given: dict[str, Any]) -> None:
    assert asked(of(**given)) != asked(of())


def test_who_answers_for_a_change_is_no_change() -> None:
    low = {"severity": Severity.LOW}
    renewed = changed(**low, reason="r", owner="o", expires=DAY)
    assert asked(renewed) == asked(changed(**low)) != asked(policy())
    here = changed(targets={"a": Change(enabled=False, reason="r")})
    other = changed(targets={"a": Change(enabled=False, reason="another", owner="ana")})
    assert asked(here) == asked(other) != asked(changed())
    assert asked(changed(thresholds={"used": 90.0})) != asked(changed(thresholds={"used": 95.0}))


def test_what_is_declared_of_a_target() -> None:
    plain = target(url="redis://:secret-1@one:6379/0")
    assert asked(plain) == asked(target(url="redis://:other-2@two:6379/0"))
    assert asked(plain) != asked(target(url="redis://:secret-1@one:6379/0", single_node=True))
    assert asked(plain) != asked(policy())


def test_variables_of_commands_are_none_of_it() -> None:
    one, two = (of(commands=(Command(id="a", run="true", env={"TOKEN": value}),)) for value in "ab")
    assert asked(one) == asked(two) and digest(one) == digest(two)
