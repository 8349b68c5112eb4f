"""What answers mean: seen, or unseen with the reason and the grant that would show it."""

from __future__ import annotations

import shlex
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")

TOPIC_REFUSED, GROUP_REFUSED, CLUSTER_REFUSED = 29, 30, 31
UNKNOWN_TOPIC = 3
NO_AUTHORIZER = 54

REFUSED = "was refused"
"""How a reason says that a right is missing."""

_REFUSED = (TOPIC_REFUSED, GROUP_REFUSED, CLUSTER_REFUSED)


class Unseen(NamedTuple):
    """A fact that was not seen, and why."""

    reason: str


class Seen:
    """Facts as they come in: values, and reasons for those that did not."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.unseen: dict[str, str] = {}

    def put(self, name: str, value: Any) -> None:
        """Keep a fact, or the reason why it was not seen."""
        if isinstance(value, Unseen):
            self.unseen[name] = value.reason
        else:
            self.values[name] = value

    def fields(self) -> dict[str, Any]:
        """What a facts structure is made of."""
        return {**self.values, "unseen": self.unseen}


def grant(principal: str, operation: str, resource: str) -> str:
    """The command that gives a right: ``--cluster``, ``--topic orders``, ``--group billing``."""
    who = shlex.quote(principal)
    return f"kafka-acls --add --allow-principal {who} --operation {operation} {resource}"


def missing(answer: Any, request: str, needed: str, code: int | None = None) -> Unseen | None:
    """Why an answer tells nothing; None if it does.

    Args:
        answer: a response, or the exception that came in its place.
        request: the request in Kafka's words: ``DescribeLogDirs``.
        needed: the grant that would show it.
        code: the error code to judge, in place of the response's own.
    """
    if isinstance(answer, Exception):
        return Unseen(f"{request}: {_words(answer)}")
    number = code if code is not None else getattr(answer, "error_code", 0) or 0
    if number in _REFUSED:
        return Unseen(f"{request} {REFUSED}: {needed}")
    if number:
        return Unseen(f"{request} failed: {error_name(number)}")
    return None


def error_name(code: int) -> str:
    """Kafka's name of an error code, without its ending: ``KafkaStorage``."""
    import kafka.errors

    name: str = kafka.errors.for_code(code).__name__
    return name.removesuffix("Error")


def _words(error: Exception) -> str:
    name = type(error).__name__.removesuffix("Error")
    if name == "IncompatibleBrokerVersion":
        return "the broker is too old to tell"
    if name in ("KafkaTimeout", "RequestTimedOut"):
        return "no answer in time"
    if name in ("KafkaConnection", "NodeNotReady", "Cancelled"):
        return "the connection broke before the answer came"
    return f"{name} {error}".strip()
