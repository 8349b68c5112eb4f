"""What an observation of MLflow costs the network, counted at a proxy before a real server."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from pytest_readiness.systems.base import ClientMissing, Probe
from pytest_readiness.systems.mlflow import ModelIntent, http, reading
from tests.judging import judge, probe_of
from tests.proxy import Proxy
from tests.sandbox import Sandbox
from tests.sandbox.mlflow import MlflowServer

FIRST = ("experiments/search", "version")
"""That it is MLflow; nothing else may be asked of tables that are not made yet."""

STRANGERS = ("anonymous", "foreign host", "foreign origin", "admin's password", "the older one")
APPLICATION = ("registered-models/search", *STRANGERS)
SERVER = ("server-info", "metrics", "runs/search", "mlflow-artifacts")
OPEN = (*APPLICATION, *SERVER)
"""All that waits for the first answers alone, and goes at the same time."""

USER = ("users/get",)
"""Asked where the URL names one."""


@pytest.fixture(scope="module")
def plain(box: Sandbox) -> MlflowServer:
    server: MlflowServer = box.start("mlflow")
    # It makes its tables at the first question.
    server.call("experiments/search?max_results=1")
    return server


@pytest.fixture(scope="module")
def guarded(box: Sandbox) -> MlflowServer:
    models = {"churn": {"aliases": ["champion"]}, "bare": {"run": False}}
    return box.start("mlflow", auth=True, models=models)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    # How slow it is depends on the machine's other tests.
    monkeypatch.setattr(reading, "_SLOW_MS", 1e6)


def observed(proxy: Proxy, login: str = "", **settings: Any) -> Probe[Any, Any]:
    proxy.forget()
    url = f"http://{login}127.0.0.1:{proxy.port}"
    probe = probe_of("mlflow", url=url, timeout=40.0, **settings)
    assert probe.observation.failure is None, probe.observation.failure
    return probe


def test_two_round_trips_deep(plain: MlflowServer) -> None:
    with Proxy(plain.port) as proxy:
        probe = observed(proxy)
        # In a run without writes the checks ask nothing more.
        judge(probe, "mlflow")
        assert proxy.turns == len(FIRST) + len(OPEN) == 12
        assert len(proxy.conversations) == len(OPEN) == 10
        assert sorted(talk.turns for talk in proxy.conversations) == [1] * 8 + [2] * 2


CHURN = {"churn": ModelIntent(alias="champion")}
MISSING = {"fraud": ModelIntent(alias="champion")}


@pytest.mark.parametrize(
    ("models", "more"),
    [
        ({}, ()),
        (CHURN, ("its MLmodel file",)),
        ({"chu*": ModelIntent(alias="champion")}, ("models that match", "its MLmodel file")),
        (MISSING, ("the model", "its alias")),
        # What is not listed is asked beside the files of what is.
        ({**CHURN, **MISSING}, ("its MLmodel file", "the model", "its alias")),
    ],
)
def test_with_logins_and_models(
    guarded: MlflowServer, models: dict[str, ModelIntent], more: tuple[str, ...]
) -> None:
    login = f"app:{guarded.passwords['app']}@"
    with Proxy(guarded.port) as proxy:
        observed(proxy, login, models=models)
        assert proxy.turns == len(FIRST) + len(OPEN) + len(USER) + len(more)
        assert len(proxy.conversations) <= http.AT_ONCE
        assert max(talk.turns for talk in proxy.conversations) <= 2 + len(more)


def test_a_monitor_is_another_login(guarded: MlflowServer) -> None:
    with Proxy(guarded.port) as proxy, Proxy(guarded.port) as other:
        admin = f"http://admin:{guarded.passwords['admin']}@127.0.0.1:{other.port}"
        observed(proxy, f"app:{guarded.passwords['app']}@", monitor_url=admin)
        assert proxy.turns == len(FIRST) + len(APPLICATION) + len(USER)
        # The registry is seen by either.
        assert other.turns == len(FIRST) + 1 + len(SERVER)
        assert len(other.conversations) == 1 + len(SERVER)


def test_a_slow_first_answer_is_asked_for_again(
    plain: MlflowServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_SLOW_MS", -1)
    with Proxy(plain.port) as proxy:
        observed(proxy)
        assert proxy.turns == len(FIRST) + 1 + len(OPEN)
        assert len(proxy.conversations) == len(OPEN)


def test_the_client_is_needed_by_who_asks_for_it(
    plain: MlflowServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)
    probe = probe_of("mlflow", url=plain.url, timeout=40.0)
    said = judge(probe, "mlflow", writes=True)
    assert said["reachable"].outcome == "passed"
    assert "pytest-readiness[mlflow]" in said["round_trip"].message
    with pytest.raises(ClientMissing, match="httpx is not installed"):
        _ = probe.client
