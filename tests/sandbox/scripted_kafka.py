"""A broker that says what it is told: for states that a small healthy cluster cannot show."""

from __future__ import annotations

import contextlib
import socketserver
import struct
import threading
from types import TracebackType

from .ports import HOST
from .scripted_answers import Answers, Replicas, Script

__all__ = ["Replicas", "Script", "ScriptedKafka"]

_LARGEST = 100_000_000


class ScriptedKafka:
    """Serves a script on a free port until the context ends."""

    def __init__(self, script: Script | None = None) -> None:
        self._server = _Server((HOST, 0), _Connection)
        self._server.answers = Answers(script or Script(), self.port)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name="scripted-kafka", daemon=True
        )

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """The bootstrap server, for a client."""
        return f"{HOST}:{self.port}"

    def __enter__(self) -> ScriptedKafka:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 50
    answers: Answers


class _Connection(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        """Answer until the client hangs up or asks for what a script knows nothing of."""
        with contextlib.suppress(OSError, EOFError):
            while True:
                (size,) = struct.unpack(">i", self._read(4))
                if not 8 <= size <= _LARGEST:
                    # What a handshake of TLS looks like; real brokers hang up as well.
                    return
                data = self._read(size)
                key, version, number = struct.unpack(">hhi", data[:8])
                if not self.server.answers.knows(key):
                    return
                response = self.server.answers.to(key, version, data)
                if response is None:
                    # What comes after it waits behind it, for ever.
                    while self.request.recv(65536):
                        pass
                    return
                response.with_header(correlation_id=number)
                self.request.sendall(response.encode(header=True, framed=True))

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = self.request.recv(size - len(data))
            if not more:
                raise EOFError
            data += more
        return data
