"""A small web application, alone or behind nginx."""

from __future__ import annotations

import json
import shutil
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .certificates import Kind
from .errors import MissingError
from .place import Place
from .ports import HOST, free_port, is_open
from .server import Server

_READY_SECONDS = 15
_APPLICATION = Path(__file__).with_name("http_app.py")
_FOLDERS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass(frozen=True, kw_only=True, eq=False)
class HttpServer(Server):
    """`url` is nginx' TLS port where it has one, else its plaintext port, else the application."""

    plain_url: str
    """nginx' plaintext port; the application itself where there is no nginx."""
    app_url: str
    ca: Path | None = None


def start(
    place: Place,
    *,
    app: Mapping[str, Mapping[str, Any]] | None = None,
    nginx: str | None = None,
    tls: Kind | None = None,
) -> HttpServer:
    """Start the application, and nginx with a whole nginx.conf before it.

    `app` is what `http_app.py` answers, by path. In `nginx` these words are replaced:
    @TLS_PORT@, @PLAIN_PORT@, @APP_PORT@, @CERTIFICATE@, @KEY@, @FOLDER@.
    """
    app_port, plain_port, tls_port = free_port(), free_port(), free_port()
    answers = place.write("answers.json", json.dumps(app or {"/": {}}))
    # Isolated (-I): this folder's http.py must not stand in for Python's own package.
    command = [sys.executable, "-I", str(_APPLICATION), str(app_port), str(answers)]
    child = place.start("app", command)
    child.wait_until(lambda: _answers(app_port), _READY_SECONDS)
    port = app_port
    # The application is this Python, which need not be everybody's; nginx needs no root.
    place.become()
    certificate = place.certificate(tls) if tls else None
    if nginx is not None:
        words = {
            "TLS_PORT": tls_port,
            "PLAIN_PORT": plain_port,
            "APP_PORT": app_port,
            "FOLDER": place.folder,
            "CERTIFICATE": certificate.file if certificate else "",
            "KEY": certificate.key if certificate else "",
        }
        port = tls_port if tls else plain_port
        _start_nginx(place, nginx, words, port)
    plain = f"http://localhost:{plain_port if nginx else app_port}"
    return HttpServer(
        host="localhost",
        port=port,
        folder=place.folder,
        log=place.children[-1].log,
        url=f"https://localhost:{port}" if nginx and tls else plain,
        plain_url=plain,
        app_url=f"http://localhost:{app_port}",
        ca=certificate.ca if certificate else None,
        children=tuple(place.children),
    )


def _start_nginx(place: Place, text: str, words: Mapping[str, Any], port: int) -> None:
    for name, value in words.items():
        text = text.replace(f"@{name}@", str(value))
    # Debian's nginx keeps these where only root may write.
    own = ["access_log off;"]
    own += [f"{name}_temp_path {place.subfolder(name)};" for name in _FOLDERS]
    text = text.replace("http {", "\n".join(["http {", *own]), 1)
    conf = place.write("nginx.conf", text)
    program = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if program is None:
        raise MissingError("nginx", "python -m tests.sandbox.install")
    main = f"daemon off; pid {place.folder}/nginx.pid;"
    command = [program, "-p", f"{place.folder}", "-c", str(conf), "-e", "stderr", "-g", main]
    child = place.start("nginx", command)
    child.wait_until(lambda: is_open(port), _READY_SECONDS)


def _answers(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=2) as connection:
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return connection.recv(5) == b"HTTP/"
    except OSError:
        return False
