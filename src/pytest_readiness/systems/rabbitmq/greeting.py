"""Why AMQP did not come about: what the other side really speaks."""

from __future__ import annotations

import socket
import ssl

from pytest_readiness.systems import net
from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.watch import Watch

_HEADER = b"AMQP\x00\x00\x09\x01"
# Servers that read lines wait for the end of one; AMQP servers have answered the header by then.
_END_OF_LINE = b"\r\n\r\n"


def greeting(host: str, port: int, watch: Watch, tls: ssl.SSLContext | None) -> str:
    """What a peer answers to AMQP's header, as the cause in one plain line."""
    where = net.at(host, port)
    try:
        with net.opened(host, port, watch) as (sock, _):
            if tls is None:
                return _meaning(_answer(sock, watch), where)
            with net.handshaken(sock, host, watch, tls) as (secured, _):
                return _meaning(_answer(secured, watch), where)
    except Unreachable as error:
        return str(error)


def _answer(sock: socket.socket, watch: Watch) -> bytes | None:
    for text in (_HEADER, _END_OF_LINE):
        try:
            # Half of the time for each, less what the answer's way back to the user takes.
            sock.settimeout(0.4 * watch.left())
            sock.sendall(text)
            return sock.recv(64)
        except TimeoutError:
            continue
        except OSError:
            return b""
    return None


def _meaning(answer: bytes | None, where: str) -> str:
    if answer is None:
        return f"{where} accepts connections and does not answer"
    if not answer:
        return f"{where} accepted the connection and closed it at AMQP's greeting"
    if answer.startswith(b"\x01"):
        return f"{where} speaks AMQP, but its login took too long"
    if answer.startswith(b"\x15\x03"):
        return f"{where} speaks TLS on this port: amqps:// reaches it"
    if answer.startswith(b"AMQP"):
        return f"{where} speaks another version of AMQP than 0-9-1"
    if answer[:5].lower() in (b"http/", b"<html", b"<!doc"):
        return f"{where} speaks HTTP on this port, not AMQP"
    return f"{where} does not speak AMQP on this port: it says {answer[:16]!r}"
