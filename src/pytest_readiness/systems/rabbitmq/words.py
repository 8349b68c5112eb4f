"""What pika raises on an open connection, in plain words: most of it is a lost stream to it."""

from __future__ import annotations

from typing import Any

from pytest_readiness.systems.watch import Watch


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


def _raised() -> Any:
    import pika.exceptions

    return pika.exceptions
