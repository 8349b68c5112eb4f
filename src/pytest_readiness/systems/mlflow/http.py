"""REST over httpx: one client, bounded as a whole and not per read."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from pytest_readiness.systems import net
from pytest_readiness.systems.base import ClientMissing, Unreachable
from pytest_readiness.systems.urls import Url
from pytest_readiness.systems.watch import Watch

_WORKERS = 6
API = "/api/2.0/mlflow/"
DEFAULT_PASSWORDS = ("password1234", "password")
"""Of ``admin`` in MLflow's own basic_auth.ini (2.22 to 3.14), and in its older examples."""


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """A question: a path, its query or body, and as whom."""

    path: str
    query: dict[str, str] = {}
    login: tuple[str, str] | None = None
    """Another user than the URL's."""
    anonymous: bool = False
    headers: dict[str, str] = {}
    body: dict[str, Any] | None = None
    """JSON to POST; None for a GET."""
    most: int = 200
    """Characters of the answer's text that are kept."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came back; the body as JSON, None where it was none."""

    status: int
    body: Any
    text: str
    location: str
    ms: float
    frames: str = ""
    """X-Frame-Options, or the Content-Security-Policy that takes its place."""

    @property
    def error(self) -> str | None:
        """MLflow's error code."""
        code = self.body.get("error_code") if isinstance(self.body, dict) else None
        return None if code is None else str(code)


Answers = dict[str, "Answer | Unreachable"]


def client(way: Url, token: str | None, ca_file: str | None, timeout: float) -> Any:
    """An ``httpx.Client`` that goes the way of a URL; no variable of the shell reroutes it.

    Raises:
        ClientMissing: httpx is not installed.
        Unreachable: the file of authorities cannot be read.
    """
    try:
        import httpx
    except ImportError:
        raise ClientMissing("httpx", "mlflow") from None
    tls = context(way, ca_file)
    bearer = {} if token is None or way.user else {"Authorization": f"Bearer {token}"}
    return httpx.Client(
        base_url=f"{way.scheme}://{net.at(way.host, way.port)}/{way.path}",
        auth=(way.user, way.password or "") if way.user else None,
        headers=bearer,
        trust_env=False,
        verify=tls or False,
        timeout=timeout,
        limits=httpx.Limits(max_connections=_WORKERS),
    )


def context(way: Url, ca_file: str | None) -> Any:
    """The TLS context of a URL; None for plain HTTP."""
    return net.tls_context(ca_file) if way.scheme == "https" else None


class Api:
    """Asks one server as one user, several questions at the same time."""

    def __init__(self, client: Any, way: Url, watch: Watch, link: net.Link, peer: str) -> None:
        self.link = link
        self.peer = peer
        self.where = net.at(way.host, way.port)
        self._client = client
        self._watch = watch
        self._sockets: list[socket.socket] = []

    def ask(self, questions: Mapping[str, Ask]) -> Answers:
        """All answers by the questions' names, once all are there.

        Raises:
            DeadlineExceeded: they did not come in time.
        """
        if not questions:
            return {}
        self._watch.at(f"asking {self.where}")
        waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
        for name in questions:
            waiting.put(name)
        answers: Answers = {}
        done = threading.Event()

        def work() -> None:
            with contextlib.suppress(queue.Empty):
                while True:
                    name = waiting.get_nowait()
                    answers[name] = self._one(questions[name])
                    if len(answers) == len(questions):
                        done.set()

        for _ in range(min(_WORKERS, len(questions))):
            threading.Thread(target=work, name="readiness-mlflow-ask", daemon=True).start()
        done.wait(self._watch.left())
        self._watch.left()
        return answers

    def _one(self, question: Ask) -> Answer | Unreachable:
        import httpx

        start = time.monotonic()
        try:
            response = self._sent(question)
        except httpx.TimeoutException:
            return Unreachable(self._watch.describe())
        except Exception as error:  # whatever it is must reach the thread that waits
            return Unreachable(self._broken(error))
        try:
            body = response.json()
        except (ValueError, RecursionError):
            body = None
        return Answer(
            status=response.status_code,
            body=body,
            text=response.text[: question.most],
            location=response.headers.get("location", "").partition("?")[0],
            ms=round(1000 * (time.monotonic() - start), 2),
            frames=_frames(response.headers),
        )

    def _sent(self, question: Ask) -> Any:
        import httpx

        request = self._client.build_request(
            "GET" if question.body is None else "POST",
            question.path,
            params=question.query,
            json=question.body,
            headers=question.headers,
            timeout=self._watch.left(),
            extensions={"trace": self._trace},
        )
        if question.login is None and not question.anonymous:
            return self._client.send(request)
        for header in ("Authorization", "Cookie"):
            # A stranger has neither our token nor the session that our other requests began.
            request.headers.pop(header, None)
        auth = httpx.BasicAuth(*question.login) if question.login else None
        return self._client.send(request, auth=auth)

    def _broken(self, error: Exception) -> str:
        import httpx

        if isinstance(error, httpx.ProtocolError | httpx.ReadError):
            return f"{self.where} does not speak HTTP on this port; a TLS port needs https://"
        return f"{self.where} broke the connection off: {error or type(error).__name__}"

    def _trace(self, event: str, info: dict[str, Any]) -> None:
        # The one public way to httpx's sockets: closing its client wakes no thread that reads.
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._sockets.append(info["return_value"].get_extra_info("socket"))

    def hang_up(self) -> None:
        """Break whatever is being waited for, from any thread."""
        for sock in self._sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


def _frames(headers: Mapping[str, str]) -> str:
    policy = headers.get("content-security-policy", "")
    return headers.get("x-frame-options") or (policy if "frame-ancestors" in policy else "")


@contextlib.contextmanager
def opened(way: Url, token: str | None, ca_file: str | None, watch: Watch) -> Iterator[Api]:
    """The API of a server, found reachable by a pre-flight; broken off at the deadline.

    Raises:
        Unreachable: the cause in plain words.
        ClientMissing: httpx is not installed.
    """
    with client(way, token, ca_file, watch.left()) as made:
        link, peer = _preflight(way, context(way, ca_file), watch)
        api = Api(made, way, watch, link, peer)
        with watch.closing(api.hang_up):
            yield api


def _preflight(way: Url, tls: Any, watch: Watch) -> tuple[net.Link, str]:
    with net.opened(way.host, way.port, watch) as (sock, link):
        peer = str(sock.getpeername()[0])
        if tls is None:
            return link, peer
        with net.handshaken(sock, way.host, watch, tls) as (_, secured):
            return msgspec.structs.replace(secured, connect_ms=link.connect_ms), peer
