"""Sockets of our own, opened and closed whatever happens."""

from __future__ import annotations

import contextlib
import errno
import socket
import struct
import time
from typing import Any

import pytest

from pytest_readiness.systems import net, registry
from pytest_readiness.systems.base import Unreachable
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


def found(monkeypatch: pytest.MonkeyPatch, *addresses: tuple[int, tuple[Any, ...]]) -> None:
    """A name that resolves to these addresses, in this order."""
    kind, proto = socket.SOCK_STREAM, socket.IPPROTO_TCP
    answer = [(family, kind, proto, "", address) for family, address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer)


def test_an_address_that_never_answers_leaves_time_for_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with (
        socket.create_server(("127.0.0.1", 0), backlog=0) as full,
        socket.create_server(("127.0.0.1", 0)) as good,
        contextlib.ExitStack() as stack,
    ):
        # Once nobody fits into the queue any more, what comes is dropped.
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        family = socket.AF_INET
        found(monkeypatch, (family, full.getsockname()), (family, good.getsockname()))
        assert net.preflight("two.example", 1, Watch(1)).connect_ms > 400


def test_a_kernel_without_ipv6_is_asked_over_ipv4(monkeypatch: pytest.MonkeyPatch) -> None:
    made = socket.socket

    def made_by_kernel(family: int = -1, *more: Any, **named: Any) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
        return made(family, *more, **named)

    with socket.create_server(("127.0.0.1", 0)) as good:
        ours = (socket.AF_INET, good.getsockname())
        found(monkeypatch, (socket.AF_INET6, ("::1", 1, 0, 0)), ours)
        monkeypatch.setattr(socket, "socket", made_by_kernel)
        assert net.preflight("localhost", 1, Watch(1)).tls is None
        found(monkeypatch, (socket.AF_INET6, ("::1", 1, 0, 0)))
        with pytest.raises(Unreachable, match="Address family not supported"):
            net.preflight("localhost", 1, Watch(1))


def test_a_peer_that_is_gone_before_it_was_looked_at() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with net.opened("127.0.0.1", port, Watch(5)) as (sock, _):
            accepted, _ = listener.accept()
            accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            accepted.close()
            until_gone(sock)
            with pytest.raises(Unreachable, match="accepted the connection and reset it"):
                net.peer(sock, f"127.0.0.1:{port}", Watch(5))
            with (
                pytest.raises(Unreachable, match="accepted the connection and reset it"),
                net.handshaken(sock, "127.0.0.1", Watch(5), net.tls_context(verify=False)),
            ):
                pass


def until_gone(sock: socket.socket) -> None:
    """Wait until the reset has arrived."""
    with contextlib.suppress(OSError):
        sock.recv(1)


def test_how_long_an_answer_lay_there_is_no_time_of_the_server() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as here,
        server.accept()[0] as there,
    ):
        there.sendall(b"answer")
        time.sleep(0.2)
        assert here.recv(6) == b"answer"
        assert net.lain(here) >= 150
