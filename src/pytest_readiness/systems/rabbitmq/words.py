"""What pika raises, in plain words: it guesses at causes, and calls most of them a lost stream."""

from __future__ import annotations

import ast
import re
import ssl
from typing import Any

from pytest_readiness.systems import net
from pytest_readiness.systems.rabbitmq.greeting import NoAmqp, listen
from pytest_readiness.systems.urls import Url
from pytest_readiness.systems.watch import Watch

_BY_BROKER = re.compile(r"ConnectionClosedByBroker: \((\d+)\) (.+)", re.DOTALL)
"""How pika quotes a broker that said why it ends a login: a code, and a text in quotes."""
_ACCESS_REFUSED, _NOT_ALLOWED = "403", "530"


def no_entry(
    error: BaseException, way: Url, vhost: str, tls: ssl.SSLContext | None, watch: Watch
) -> str:
    """Why a login came to nothing."""
    where = net.at(way.host, way.port)
    spent = watch.seconds - watch.remaining
    if isinstance(error, OSError):
        return net.plain(error, where, 1000 * spent, watch)
    farewell = _BY_BROKER.search(str(error.args[0]) if error.args else "")
    if farewell is not None:
        return _refusal(error, farewell[1], _unquoted(farewell[2]), way, vhost)
    return _unsaid(error, way, tls, watch, spent)


def _refusal(error: BaseException, code: str, reason: str, way: Url, vhost: str) -> str:
    where, raised = net.at(way.host, way.port), _raised()
    if isinstance(error, raised.ProbableAuthenticationError) and code == _ACCESS_REFUSED:
        who = way.user or "guest"
        return f"{where} refuses user {who}: wrong password, unknown user, or loopback only"
    if isinstance(error, raised.ProbableAccessDeniedError) and code in (
        _ACCESS_REFUSED,
        _NOT_ALLOWED,
    ):
        if "limit" in reason:
            return f"{where} takes no more connections: {reason}"
        return f"{where} refuses vhost {vhost}: {reason}"
    return f"{where} ends the login: {reason}"


def _unsaid(
    error: BaseException, way: Url, tls: ssl.SSLContext | None, watch: Watch, spent: float
) -> str:
    """The cause, where the broker gave none: pika's guess is a wrong password, and mostly wrong."""
    where, raised = net.at(way.host, way.port), _raised()
    login = f"the login of user {way.user or 'guest'}"
    lost = (raised.AMQPConnectionError, raised.ProtocolSyntaxError)
    begun = (raised.ProbableAuthenticationError, raised.ProbableAccessDeniedError)
    if isinstance(error, lost):
        cause = f"{where} {_ending(error)} during {login}"
    else:
        cause = f"{where} speaks AMQP, but did not answer {login} within {spent:.3g} s"
    try:
        heard = listen(way.host, way.port, watch, tls)
    except NoAmqp as met:
        return f"{cause}; tried again: {met}" if isinstance(error, begun) else str(met)
    hung_up = isinstance(error, raised.ProbableAuthenticationError) and "EOF" in repr(error)
    if hung_up and heard.hangs_up_on_strangers:
        return f"{cause}, which this kind of broker does at a wrong password"
    return cause


def broken(error: BaseException, where: str, watch: Watch) -> str:
    """Why what was being done on an open connection came to nothing."""
    raised = _raised()
    if isinstance(error, raised.ConnectionBlockedTimeout):
        return f"{where} blocks publishers: a memory or disk alarm is in effect"
    if isinstance(error, raised.UnroutableError):
        return f"{where} gave a message back that it could not route"
    if isinstance(error, raised.NackError):
        return f"{where} did not take a message"
    if isinstance(error, raised.ConnectionClosedByBroker):
        return f"{where} closed the connection: {said(error)} ({watch.phase})"
    if isinstance(error, (raised.StreamLostError, OSError)):
        return f"{where} {_ending(error)} ({watch.phase})"
    return f"{where} broke off: {said(error)}"


def _ending(error: BaseException) -> str:
    """How a connection ended, of what pika says about a lost stream."""
    text = repr(error)
    if "Reset" in text or "BrokenPipe" in text or "reset by peer" in text:
        return "reset the connection"
    if "Refused" in text:
        return "refused the connection"
    if "EOF" in text:
        return "closed the connection"
    if "TimeoutError" in text or "SSL" in text:
        return "broke the connection"
    return "sent what is not AMQP"


def said(error: BaseException) -> str:
    """The server's own words, which follow a code: ``NOT_ALLOWED - vhost none not found``."""
    text = str(getattr(error, "reply_text", None) or error)
    return text.partition(" - ")[2] or text or type(error).__name__


def _unquoted(quoted: str) -> str:
    try:
        text = str(ast.literal_eval(quoted))
    except (SyntaxError, ValueError):
        text = quoted
    return text.partition(" - ")[2] or text


def _raised() -> Any:
    import pika.exceptions

    return pika.exceptions
