"""A management API in front of a real one, that gives some answers of its own.

For what a broker here cannot show: the answers of newer versions, of other machines' clients.
"""

from __future__ import annotations

import base64
import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

Edit = Callable[[Any], Any]
Script = Mapping[str, "Edit | tuple[int, Any]"]
"""Path to status and body, or to what is done to the real answer."""

_GUEST = f"Basic {base64.b64encode(b'guest:guest').decode()}"

_opener = build_opener(ProxyHandler({}))


@contextlib.contextmanager
def in_front_of(
    management_url: str, script: Script, guest: tuple[int, Any] | None = None
) -> Iterator[str]:
    """The URL of a management API that answers as the real one but for the script.

    Credentials of `management_url` are kept in it. `guest` is what guest is told, if scripted.
    """
    real = urlsplit(management_url)
    address = f"http://{real.hostname}:{real.port}"

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = script.get(self.path.partition("?")[0])
            if self.headers["Authorization"] == _GUEST and guest is not None:
                wanted = guest
            if isinstance(wanted, tuple):
                status, body = wanted
            else:
                status, body = _asked(address + self.path, self.headers["Authorization"])
                body = body if wanted is None or status != 200 else wanted(body)
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://{real.username}:{real.password}@127.0.0.1:{server.server_port}"
        server.shutdown()


def _asked(url: str, authorization: str) -> tuple[int, Any]:
    try:
        with _opener.open(
            Request(url, headers={"Authorization": authorization}), timeout=10
        ) as said:
            return said.status, json.loads(said.read())
    except HTTPError as error:
        return error.code, json.loads(error.read() or b"null")
