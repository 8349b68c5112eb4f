"""What the controller tells its workers survives the way; how a place is called."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import msgspec
import pytest
from execnet import dumps, loads
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pytest_readiness.policy.checks import CheckSettings
from pytest_readiness.policy.errors import SettingsError
from pytest_readiness.policy.load import Policy, TargetSpec
from pytest_readiness.policy.settings import Settings
from pytest_readiness.run.places import HERE, Place, place_of
from pytest_readiness.run.workers import Told, pack, unpack
from pytest_readiness.systems import registry
from tests.unit.generated import one_line, same, values

SYSTEMS = registry()
few = hypothesis_settings(max_examples=15, deadline=None)  # each is large


def policy(**given_: Any) -> Policy:
    usual: dict[str, Any] = {
        "settings": Settings(wait=0.0, check_timeout=60.0),
        "targets": (),
        "checks": {},
        "source": "readiness.toml",
        "prefix": "",
        "profile": None,
    }
    return Policy(**{**usual, **given_})


def came_out(sent: Told) -> None:
    """Pack, carry as execnet does, which knows plain types only, unpack, and compare."""
    got = unpack(loads(dumps(pack(sent))), SYSTEMS)
    assert got.place == sent.place and got.narrowed == sent.narrowed
    assert same(got.policy, sent.policy)


@pytest.mark.parametrize("system", SYSTEMS)
def test_targets_come_out_as_they_went_in(system: str) -> None:
    """Of every type, with texts that are not UTF-8 and numbers that JSON has not."""

    @few
    @given(values(SYSTEMS[system].settings))
    def hold(target: Any) -> None:
        spec = TargetSpec(system=system, name="x", settings=target)
        came_out(Told(policy(targets=(spec,), notes=("a note",)), Place("dublin", True), "-k x"))

    hold()


@hypothesis_settings(few, suppress_health_check=[HealthCheck.filter_too_much])
@given(values(Settings), st.dictionaries(st.text(), values(CheckSettings), max_size=2))
def test_settings_come_out_as_they_went_in(
    settings: Settings, checks: dict[str, CheckSettings]
) -> None:
    came_out(Told(policy(settings=settings, checks=checks), HERE, None))


def test_what_this_host_does_not_know() -> None:
    redis = SYSTEMS["redis"].settings(url="redis://:planted@h")
    told = Told(policy(targets=(TargetSpec(system="redis", name="x", settings=redis),)), HERE, None)
    newer = json.loads(pack(told))
    newer["policy"]["targets"][0]["settings"]["later"] = "planted"
    for text, systems in ((pack(told), {}), (json.dumps(newer), SYSTEMS)):
        with pytest.raises(SettingsError) as caught:
            unpack(text, systems)
        one_line(caught.value, "planted")


def test_dates_survive() -> None:
    settings = msgspec.convert(
        {"waivers": [{"check": "a", "reason": "b", "owner": "c", "expires": "2026-01-31"}]},
        Settings,
    )
    got = unpack(pack(Told(policy(settings=settings), HERE, None)), SYSTEMS)
    assert got.policy.settings.waivers[0].expires == dt.date(2026, 1, 31)


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ("popen", None),
        ("execmodel=main_thread_only//popen", None),
        ("popen//python=python3.12//chdir=x", None),
        ("popen//id=frankfurt", "frankfurt"),
        ("popen//id=a//env:READINESS_VANTAGE=dublin", "dublin"),
        ("ssh=ci@dublin.example//python=python3.12", "dublin.example"),
        ("ssh=-p 5000 ci@dublin", "dublin"),
        ("socket=192.0.2.1:8888", "192.0.2.1-8888"),
        ("vagrant_ssh=box", "box"),
        ("popen//via=oslo", "oslo"),
        ("popen//id=../../etc", "etc"),
    ],
)
def test_name_of_a_place(spec: str, name: str | None) -> None:
    assert place_of(spec, None) == name
    assert place_of(spec, "here") == (name or "here")


@given(st.text())
def test_any_name_is_fit_for_a_file_and_a_node_id(text: str) -> None:
    name = place_of(f"popen//id={text}", None)
    assert name is None or (not set(name) & set("/\\@[]: \n\0") and name not in ("", ".", ".."))


@pytest.mark.parametrize(
    ("nodeid", "named"),
    [
        ("readiness::redis::reachable[cache]", "readiness::redis::reachable[cache@dublin]"),
        ("test_own.py::test_a", "test_own.py::test_a[@dublin]"),
    ],
)
def test_node_ids(nodeid: str, named: str) -> None:
    assert Place("dublin", True).node(nodeid) == named
    assert Place("dublin", False).node(nodeid) == nodeid
    assert HERE.node(nodeid) == nodeid
