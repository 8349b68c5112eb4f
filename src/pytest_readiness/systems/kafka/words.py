"""What the client library raises, in plain words."""

from __future__ import annotations

import re

from pytest_readiness.systems import net
from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.kafka.way import Way
from pytest_readiness.systems.watch import DeadlineExceeded, Watch

LOOK = 0.05
"""Of the time for a session, what a look at a port that fell silent may take besides."""


def words(error: Exception, way: Way, where: str, what: str | None = None) -> str:
    """Why a login failed, or what else was being done, in one plain line."""
    what = what or doing(way)
    from kafka import errors

    if isinstance(error, errors.SaslAuthenticationFailedError):
        said = str(error).rpartition("Error: ")[2]
        return f"{where} refused the login of {way.principal} by {way.mechanism}: {said}"
    if isinstance(error, errors.UnsupportedSaslMechanismError):
        return f"{where} does not offer the SASL mechanism {way.mechanism}"
    if isinstance(error, errors.IllegalSaslStateError):
        plain = way.protocol.removeprefix("SASL_")
        return f"{where} takes no login on this port; security_protocol would be {plain}"
    if isinstance(error, (errors.KafkaTimeoutError, errors.RequestTimedOutError)):
        return f"no answer from {where} in time while {what}"
    if isinstance(error, errors.KafkaProtocolError):
        return f"{where} sent what is not Kafka's while {what} ({plainly(error)})"
    if re.search("disconnected|reset|closed", str(error)):
        return f"{where} closed the connection while {what}"
    return f"{where} broke off while {what}: {plainly(error)}"


def doing(way: Way) -> str:
    """What a client does first, for people."""
    return "logging in" if way.logs_in else "starting a session"


def gone(address: tuple[str, int], seconds: float) -> str:
    """Whether a server that fell silent is there no more, for the end of a line."""
    try:
        net.preflight(*address, Watch(seconds))
    except (Unreachable, DeadlineExceeded) as error:
        # A look this short finds nothing else out.
        return f"; now {error}" if "refused" in str(error) else ""
    return ""


def plainly(error: Exception) -> str:
    """What the library says, without the names of its classes and the numbers of its errors."""
    text = re.sub(r"^(\[Error \d+\] )?(\w+Error: )+", "", str(error))
    return text or type(error).__name__.removesuffix("Error")
