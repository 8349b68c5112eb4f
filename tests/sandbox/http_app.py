"""A web application whose answers a file gives: path to what it answers. Needs Python alone.

An answer is `status` (200), `body`, `headers`, `seconds` (it waits so long), `needs` (an
Authorization header, else 401), `drip` (it sends a byte each so many seconds, for ever), and
`fails` (every so many requests it answers 500). The path `*` stands for all others.
"""

from __future__ import annotations

import itertools
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class Handler(BaseHTTPRequestHandler):
    """Answers from the file."""

    protocol_version = "HTTP/1.1"
    # Head and body leave together: apart, the second waits 40 ms for the first's acknowledgement.
    wbufsize = 1 << 16
    answers: dict[str, dict[str, Any]]
    numbers = itertools.count(1)

    def do_GET(self) -> None:
        """One answer."""
        path = self.path.partition("?")[0]
        answer = self.answers.get(path, self.answers.get("*", {"status": 404}))
        time.sleep(answer.get("seconds", 0))
        status = answer.get("status", 200)
        if "needs" in answer and self.headers.get("Authorization") != answer["needs"]:
            status = 401
        elif answer.get("fails") and next(self.numbers) % answer["fails"] == 0:
            status = 500
        body = answer.get("body", "")
        text = body if isinstance(body, str) else json.dumps(body)
        self.send_response(status)
        for name, value in answer.get("headers", {}).items():
            self.send_header(name, value.replace("@ORIGIN@", self.headers.get("Origin", "")))
        self._send(text.encode(), answer.get("drip"))

    def _send(self, body: bytes, drip: float | None) -> None:
        if drip is None:
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            return
        self.send_header("Connection", "close")
        self.end_headers()
        while True:
            self.wfile.write(b"x")
            self.wfile.flush()
            time.sleep(drip)

    def version_string(self) -> str:
        """Its name, without a version."""
        return "app"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def handle(self) -> None:
        """A client that hangs up is no error."""
        try:
            super().handle()
        except OSError:
            self.close_connection = True


class Server(ThreadingHTTPServer):
    """A burst of connections waits, and is not reset."""

    request_queue_size = 128
    daemon_threads = True


def main() -> None:
    """Serve on a port of 127.0.0.1 until ended."""
    port, file = sys.argv[1:]
    Handler.answers = json.loads(Path(file).read_text())
    with Server(("127.0.0.1", int(port)), Handler) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
