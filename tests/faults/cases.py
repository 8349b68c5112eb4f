"""What a fault is, and the faults that every TCP protocol can meet."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tests.faults import proxy
from tests.faults.proxy import Fault, FaultProxy
from tests.proxy import Proxy
from tests.sandbox import Sandbox, Server
from tests.sandbox.certificates import Kind as Certificate

SHORT = 2.0
"""Seconds a target has where it cannot answer in any time."""

WATCHED = 6.0
"""Seconds a target has that is observed in full, beside dozens of others, before it is struck."""

LONG = 20.0
"""Seconds a target has where it answers late, but does."""

SILENCE = r"(no|not) answer"


class Kind(Protocol):
    """A system under proof: a module that starts its servers and knows the way to them."""

    def start(self, box: Sandbox, *, fresh: bool = False, port: int | None = None) -> Server:
        """A real server.

        Args:
            box: starts it.
            fresh: nobody else's, to damage.
            port: where clients are told to find it, for a server that tells them.
        """

    def route(
        self, box: Sandbox, server: Any, port: int, *, tls: bool = False, **more: Any
    ) -> dict[str, Any]:
        """The table of a target: a server that is reached at a port, which may be another's."""


@dataclass
class Lab:
    """What a case may use: real servers, and proxies that live until the run has ended."""

    box: Sandbox
    kind: Kind
    stack: ExitStack
    folder: Path
    """The run's project, where a check leaves a mark when it is called."""
    server: Server

    def fresh(self, port: int | None = None) -> Server:
        """A server of this run's own, to damage."""
        made = self.kind.start(self.box, fresh=True, port=port)
        self.stack.callback(made.stop)
        self.stack.callback(made.resume)
        return made

    def route(self, port: int, server: Server | None = None, **more: Any) -> dict[str, Any]:
        """The table of a target that is reached at a port."""
        return self.kind.route(self.box, server or self.server, port, **more)

    def faulty(self, fault: Fault, *, tls: ssl.SSLContext | None = None, port: int = 0) -> int:
        """The port of a proxy with a fault, before the real server or another port."""
        made = FaultProxy(fault, port or self.server.port, tls)
        return self.stack.enter_context(made).port

    def closed(self) -> int:
        """A port that nobody listens on, and that nobody is given meanwhile."""
        bound = self.stack.enter_context(socket.socket())
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        return port

    def late(self, seconds: float) -> int:
        """The port of a proxy whose answers are late."""
        return self.stack.enter_context(Proxy(self.server.port, latency=seconds)).port

    def certificate(self, kind: Certificate) -> ssl.SSLContext:
        """What a server needs to show a certificate of a kind."""
        folder = self.folder / "certificates" / kind
        folder.mkdir(parents=True, exist_ok=True)
        issued = self.box.issue(kind, folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(issued.file, issued.key)
        return context


@dataclass(frozen=True)
class Case:
    """One fault and what must come of it."""

    name: str
    settings: Callable[[Lab], dict[str, Any]]
    """The target's table; starts the proxy it leads to."""
    cause: str | None
    """Pattern of the one line that says what is wrong; None for a fault that must be borne:
    then every check must say what it says of the server itself."""
    check: str = "reachable"
    """The check that says so. If the target is reachable all the same, the others may say no
    better than they do of the server itself."""
    moved: tuple[str, ...] = ()
    """Checks that may judge the fault itself, such as one of the time an answer takes."""

    @property
    def target(self) -> str:
        """The name as a target may have it."""
        return re.sub("[^a-z0-9]+", "-", self.name.lower())


def wired(name: str, fault: Fault, cause: str | None = SILENCE, **more: Any) -> Case:
    """A case in which a proxy misbehaves."""
    timeout = SHORT if cause else LONG

    def settings(lab: Lab) -> dict[str, Any]:
        return lab.route(lab.faulty(fault), timeout=timeout, **more)

    return Case(name, settings, cause)


HTTP = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
SSH = b"SSH-2.0-OpenSSH_9.2\r\n"
CLOSED = r"clos|reset|hangs up|broke"


def anywhere(*, handshake: int, answer: int, slow: tuple[str, ...] = ()) -> list[Case]:
    """The faults of the network and of a server that is none.

    Args:
        handshake: bytes of the server's answers after which it is not through with the login.
        answer: bytes after which it is answering the observation's own questions.
        slow: checks of the time that an answer takes.
    """
    after = proxy.after
    return [
        Case("refused", lambda lab: lab.route(lab.closed(), timeout=SHORT), "connection refused"),
        wired("silent", proxy.silent),
        wired("reset at once", proxy.reset, CLOSED),
        wired("closed at once", proxy.closed, CLOSED),
        wired("closed in the handshake", after(handshake, proxy.closed), CLOSED),
        wired("closed in an answer", after(answer, proxy.closed), CLOSED),
        wired("reset in the handshake", after(handshake, proxy.reset), CLOSED),
        wired("reset in an answer", after(answer, proxy.reset), CLOSED),
        wired("stalled in the handshake", after(handshake, proxy.stalled)),
        wired("stalled in an answer", after(answer, proxy.stalled)),
        wired("dripping", proxy.dripping(0.05)),
        Case("50 ms late", lambda lab: lab.route(lab.late(0.05), timeout=LONG), None, moved=slow),
        Case("500 ms late", lambda lab: lab.route(lab.late(0.5), timeout=LONG), None, moved=slow),
        Case("5,000 ms late", lambda lab: lab.route(lab.late(5.0), timeout=SHORT), SILENCE),
        wired("garbage at once", proxy.saying(proxy.noise(), first=True), "."),
        wired(
            "garbage in the handshake",
            after(handshake, proxy.saying(proxy.noise(), first=True)),
            ".",
        ),
        wired("garbage in an answer", after(answer, proxy.saying(proxy.noise(), first=True)), "."),
        wired("HTTP's port", proxy.saying(HTTP), "HTTP|is not|does not speak"),
        wired("SSH's port", proxy.saying(SSH, first=True), "SSH|is not|does not speak"),
    ]


def certificates(**more: Any) -> list[Case]:
    """Certificates that no client accepts, and TLS on one side only.

    Args:
        more: keyword arguments of :func:`proxy.relayed`.
    """

    def shown(kind: Certificate) -> Callable[[Lab], dict[str, Any]]:
        def settings(lab: Lab) -> dict[str, Any]:
            port = lab.faulty(proxy.relayed(), tls=lab.certificate(kind))
            if more:
                port = lab.faulty(proxy.relayed(**more), port=port)
            return lab.route(port, tls=True, timeout=LONG)

        return settings

    def spoken_to_plaintext(lab: Lab) -> dict[str, Any]:
        return lab.route(lab.server.port, tls=True, timeout=SHORT)

    def not_spoken(lab: Lab) -> dict[str, Any]:
        port = lab.faulty(proxy.relayed(), tls=lab.certificate("valid"))
        return lab.route(port, timeout=SHORT)

    return [
        Case("certificate expired", shown("expired"), "certificate has expired"),
        Case(
            "certificate of another name",
            shown("other-name"),
            "certificate.*(mismatch|not valid for|does not match)",
        ),
        Case("certificate of an unknown authority", shown("unknown-ca"), "certificate.*issuer"),
        Case("TLS to a plaintext port", spoken_to_plaintext, "TLS"),
        Case("plaintext to a TLS port", not_spoken, "TLS|clos|no answer"),
    ]


def _frozen(lab: Lab) -> dict[str, Any]:
    server = lab.fresh()
    server.pause()
    return lab.route(server.port, server, timeout=SHORT)


def struck(how: str, due: Callable[[Lab, int], bool]) -> Callable[[Lab], dict[str, Any]]:
    """Settings that lead to a real server which is frozen or killed when it is due.

    Args:
        how: ``pause`` or ``kill``.
        due: tells, by the bytes the server has answered until now, whether it is time.
    """

    def settings(lab: Lab) -> dict[str, Any]:
        victims: list[Server] = []
        fault = proxy.struck(lambda passed: due(lab, passed), lambda: getattr(victims[0], how)())
        standing = lab.stack.enter_context(FaultProxy(fault))
        victims.append(lab.fresh(standing.port))
        standing.upstream = victims[0].port
        return lab.route(standing.port, victims[0], timeout=SHORT)

    return settings


def within(
    seconds: float, settings: Callable[[Lab], dict[str, Any]]
) -> Callable[[Lab], dict[str, Any]]:
    """The same settings with so many seconds for the target."""
    return lambda lab: {**settings(lab), "timeout": seconds}


def servers(answer: int, live: str | None = "round_trip") -> list[Case]:
    """Real servers that freeze or die, before and while they are observed, and afterwards.

    Args:
        answer: bytes after which a server is answering the observation's own questions.
        live: a check that talks to the server once more.
    """

    def observed(lab: Lab, passed: int) -> bool:
        return passed >= answer

    found = [
        Case("frozen before", _frozen, SILENCE),
        Case("frozen in an answer", struck("pause", observed), SILENCE),
        Case("killed in an answer", struck("kill", observed), f"{CLOSED}|refused|{SILENCE}"),
    ]
    for how, name in (("pause", "frozen in a check"), ("kill", "killed in a check")):
        if live is None:
            break
        mark = f"{live}[{name.replace(' ', '-')}].called"

        def called(lab: Lab, passed: int, mark: str = mark) -> bool:
            return (lab.folder / mark).exists()

        found.append(Case(name, within(WATCHED, struck(how, called)), ".", check=live))
    return found
