"""One look through one way in: the first node that answers, greeted, entered and asked."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from pytest_readiness.systems.base import ClientMissing, Unreachable
from pytest_readiness.systems.postgres import wire
from pytest_readiness.systems.postgres.dsn import Dsn, Node
from pytest_readiness.systems.postgres.entry import Silent
from pytest_readiness.systems.postgres.facts import Certificate, Login
from pytest_readiness.systems.postgres.secret import graded
from pytest_readiness.systems.postgres.session import Refused, Session, login
from pytest_readiness.systems.postgres.sql import PRIVILEGED, guarded, ident, statement
from pytest_readiness.systems.watch import DeadlineExceeded, Watch

Questions = Callable[[int], dict[str, str]]
"""Fact to SQL expression, for a server's version."""

_ASIDE = 0.2
"""Part of the time left that is spent on a question beside the session itself."""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What one way in showed."""

    version: str
    number: int
    login: Login
    certificate: Certificate | None
    """None if the session is in plaintext, or nothing was verified."""
    parts: dict[str, Any]
    """Facts as builtins, by name."""
    unseen: dict[str, str]
    """Why a fact is not among them."""


def look(way: Dsn, questions: Questions, watch: Watch, *, insist: bool = False) -> Look:
    """Look at the first node of a way that lets its role in, as libpq would choose it.

    Args:
        way: the way in.
        questions: what to ask.
        watch: the deadline.
        insist: find out, too, whether the server insists on encryption.

    Raises:
        Unreachable: no node does; the causes in plain words.
        DeadlineExceeded: the time is over.
    """
    causes: list[str] = []
    for index, node in enumerate(way.nodes):
        rest = len(way.nodes) - index
        if rest == 1 and not causes:
            return _look(way, node, questions, watch, insist)
        # A silent node may not eat up the time of those after it.
        part = Watch(watch.left() / rest)
        try:
            with watch.closing(part.expire):
                return _look(way, node, questions, part, insist)
        except (Unreachable, DeadlineExceeded) as error:
            causes.append(str(error))
    raise Unreachable("; ".join(causes))


def _look(way: Dsn, node: Node, questions: Questions, watch: Watch, insist: bool) -> Look:
    with _entered(way, node, watch) as (session, greeting):
        parts, unseen = _all_answers(session, questions, way.login)
        greeting = greeting or _greeting(way, node, session, watch)
        arrived, password = session.arrived, session.password
        tls = (greeting.tls or "TLS") if session.encrypted else None
        asks = greeting.asks if tls else arrived.asks or greeting.asks
        return Look(
            version=session.version,
            number=session.number,
            login=Login(
                host=node.host,
                port=node.port,
                peer=arrived.peer,
                socket=node.socket is not None,
                connect_ms=arrived.connect_ms,
                tls=tls,
                sslmode=way.mode,
                asks=asks or _asked(way, session),
                password=None if password is None else graded(password, way),
                plaintext=_plaintext(way, node, watch) if insist and tls else None,
                connect_timeout=way.connect_timeout,
                driver=way.driver,
            ),
            certificate=_certificate(greeting) if tls else None,
            parts=parts,
            unseen=unseen,
        )


@contextlib.contextmanager
def _entered(way: Dsn, node: Node, watch: Watch) -> Iterator[tuple[Session, wire.Greeting | None]]:
    """A session, and the greeting where that came first.

    It comes first where TLS is demanded, since the certificate will be asked for anyway; else it
    is only said where the login has failed, for what libpq does not tell of it.
    """
    with contextlib.ExitStack() as stack:
        if node.socket is None and way.mode not in ("disable", "allow", "prefer"):
            greeting = wire.greet(way, node, watch)
            yield stack.enter_context(login(way, node, watch, greeting.peer)), greeting
            return
        try:
            session = stack.enter_context(login(way, node, watch))
        except Silent:
            raise
        except (Unreachable, ClientMissing):
            wire.greet(way, node, watch)
            raise
        yield session, None


def _greeting(way: Dsn, node: Node, session: Session, watch: Watch) -> wire.Greeting:
    """What only the greeting tells: of TLS, and how a password is asked for within it."""
    arrived = session.arrived
    told = wire.Greeting(peer=arrived.peer, connect_ms=arrived.connect_ms)
    if arrived.asks and not session.encrypted:
        return told
    part = Watch(_ASIDE * watch.left())
    with watch.closing(part.expire):
        try:
            place = node if node.socket else Node(node.host, node.port, arrived.peer)
            return wire.greet(way, place, part)
        except (Unreachable, DeadlineExceeded):
            return told


def _all_answers(
    session: Session, questions: Questions, role: str
) -> tuple[dict[str, Any], dict[str, str]]:
    """Answers to everything, and why a fact is not among them."""
    parts, unseen = _answers(session, questions(session.number), role)
    for key, names in guarded.DECIDES.items():
        if key in unseen:
            unseen |= dict.fromkeys(names, unseen.pop(key))
    asked, more = guarded.questions(session.number, parts, role)
    unseen |= more
    if asked:
        more_parts, more = _answers(session, asked, role)
        parts |= more_parts
        unseen |= more
    return parts, unseen


def _plaintext(way: Dsn, node: Node, watch: Watch) -> str | None:
    if node.socket is not None:
        return None
    part = Watch(_ASIDE * watch.left())
    with watch.closing(part.expire):
        try:
            return wire.plaintext(way, node, part)
        except DeadlineExceeded:
            return None


def _asked(way: Dsn, session: Session) -> str:
    """What was asked for where the greeting could not tell, since libpq went another way in."""
    if session.used_password:
        return "a password"
    return "a client certificate" if way.certified else "nothing"


def _certificate(greeting: wire.Greeting) -> Certificate | None:
    if greeting.expires is None:
        return None
    return Certificate(expires=greeting.expires, issued=greeting.issued)


def _answers(
    session: Session, questions: dict[str, str], role: str
) -> tuple[dict[str, Any], dict[str, str]]:
    unseen: dict[str, str] = {}
    try:
        found = _decoded(session.ask(statement(questions), "asking for facts", share=0.5))
    except Refused:
        # Some relative of PostgreSQL lacks one of them: ask one by one what is left.
        found = {}
        for name, sql in questions.items():
            try:
                answer = session.ask(statement({name: sql}), f"asking for {name}")
                found |= _decoded(answer)
            except Refused as error:
                unseen[name] = _reason(name, error, role)
    unseen |= {name: _nothing(name, role) for name, value in found.items() if value is None}
    return {k: v for k, v in found.items() if k not in unseen}, unseen


def _decoded(answer: bytes | None) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(answer or b"{}")
    return found


def _nothing(name: str, role: str) -> str:
    if name in PRIVILEGED:
        grant = f"GRANT {PRIVILEGED[name]} TO {ident(role)}"
        part = "some settings" if "settings" in grant else "only its own sessions"
        return f"{role} sees {part}: {grant} (or pg_monitor) shows all"
    return f"the server gives {role} no value for {name.replace('_', ' ')}"


def _reason(name: str, error: Refused, role: str) -> str:
    what = name.replace("_", " ")
    if error.state == "42501":
        return (
            f"{what} is refused to {role}: {error}; GRANT pg_monitor TO {ident(role)} may show it"
        )
    return f"the server does not tell {what}: {error}"
