"""Sockets of our own, opened and closed whatever happens."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from pytest_readiness.systems import net, registry
from pytest_readiness.systems.watch import DeadlineExceeded, Watch


def test_no_socket_is_made_when_the_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    watch = Watch(5)

    def over(phase: str) -> None:
        # It ends after the last look at it, and before a socket is made.
        if phase.startswith("connecting"):
            watch.expire()

    monkeypatch.setattr(watch, "at", over)
    monkeypatch.setattr(socket, "socket", lambda *family: made.append(family))
    with pytest.raises(DeadlineExceeded):
        net.preflight("127.0.0.1", 9, watch)
    assert made == []


def test_a_new_mlflow_server_has_time_for_its_first_answers() -> None:
    settings = {name: entry.settings(url="x") for name, entry in registry().items()}
    assert settings["mlflow"].timeout == 15
    assert {one.timeout for name, one in settings.items() if name != "mlflow"} == {5}
