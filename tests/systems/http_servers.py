"""Servers that no configuration brings about: they drip, lie, hang up, or write down what came."""

from __future__ import annotations

import contextlib
import itertools
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

SMALL_NGINX = """
events {}
http {
    ssl_certificate @CERTIFICATE@;
    ssl_certificate_key @KEY@;
    server { listen 127.0.0.1:@TLS_PORT@ ssl; location / { return 200; } }
}
"""


class Request(NamedTuple):
    """A request as it came."""

    method: str
    path: str
    agent: str
    authorization: str | None
    origin: str | None


class Book(BaseHTTPRequestHandler):
    """Answers 200 to everything, and writes it down."""

    protocol_version = "HTTP/1.1"
    requests: list[Request]
    login: str | None = None

    def do_GET(self) -> None:
        given = self.headers.get("Authorization")
        line = (self.command, self.path, self.headers["User-Agent"], given)
        self.requests.append(Request(*line, self.headers.get("Origin")))
        refused = self.path == "/admin" and given != self.login
        self.send_response(401 if refused else 200 if self.path in ("/", "/admin") else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_PATCH = do_GET

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def book(
    login: str | None = None,
    tls: ssl.SSLContext | None = None,
    one_at_a_time: bool = False,
    version: str = "HTTP/1.1",
) -> Iterator[tuple[str, list[Request]]]:
    """A server's address, and what it was asked until now."""
    requests: list[Request] = []
    fields = {"requests": requests, "login": login, "protocol_version": version}
    made = type("Written", (Book,), fields)
    kind = BaseServer if one_at_a_time else ThreadingHTTPServer
    server = kind(("127.0.0.1", 0), made)
    if tls is not None:
        server.socket = tls.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"localhost:{server.server_port}", requests
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class BaseServer(ThreadingHTTPServer):
    """Serves a connection to its end before it looks at the next one."""

    def process_request(self, request: object, client_address: object) -> None:
        self.process_request_thread(request, client_address)  # type: ignore[arg-type]  # as given


Script = Callable[[socket.socket], Iterable[bytes]]


@contextlib.contextmanager
def scripted(script: Script) -> Iterator[str]:
    """The address of a server that sends what a script yields, then hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        over = threading.Event()

        def serve(client: socket.socket) -> None:
            with contextlib.suppress(OSError), client:
                for piece in script(client):
                    if over.is_set():
                        return
                    client.sendall(piece)

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    threading.Thread(target=serve, args=(client,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            over.set()
            listener.shutdown(socket.SHUT_RDWR)


def says(*pieces: bytes) -> Script:
    """Reads a question, and says this to whatever it was."""

    def script(client: socket.socket) -> Iterator[bytes]:
        client.recv(65536)
        yield from pieces

    return script


def drips(pieces: Iterable[bytes] = (), again: bytes = b"x", seconds: float = 0.02) -> Script:
    """Says something, and then a byte from time to time for ever."""

    def script(client: socket.socket) -> Iterator[bytes]:
        yield from pieces
        for _ in itertools.count():
            threading.Event().wait(seconds)
            yield again

    return script


def silent(client: socket.socket) -> Iterator[bytes]:
    """Reads for ever, and says nothing."""
    while client.recv(65536):
        yield b""
