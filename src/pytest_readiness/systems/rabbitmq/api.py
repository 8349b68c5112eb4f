"""The management API over httpx: one client, bounded as a whole and not per read."""

from __future__ import annotations

import contextlib
import json
import shlex
import socket
import ssl
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import msgspec

from pytest_readiness.systems import net
from pytest_readiness.systems.base import ClientMissing, Unreachable
from pytest_readiness.systems.rabbitmq.connection import context
from pytest_readiness.systems.rabbitmq.greeting import not_http
from pytest_readiness.systems.urls import Url
from pytest_readiness.systems.watch import Watch

_CONNECTIONS = 4

_LONGEST = 64_000_000
"""Bytes of an answer; a broker with many ten thousand queues stays below."""
_FIRST = 0.6
"""Of the time left, what the first question may take; the rest is for finding out why."""
_TRANSIENT = 500


class Unseen(Exception):
    """Not shown to this user, or not by this version; the text says what would show it."""


def grant(user: str, tag: str) -> str:
    """The command that lets a user see more."""
    return f"rabbitmqctl set_user_tags {shlex.quote(user)} {tag}"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer of the API: its status, and the JSON it carried, None if that was none."""

    status: int
    body: Any

    @property
    def ok(self) -> bool:
        """Whether it is what was asked for."""
        return self.status == 200 and self.body is not None

    @property
    def reason(self) -> str:
        """The server's own words for a refusal."""
        said = self.body.get("reason") if isinstance(self.body, dict) else None
        return str(said or f"status {self.status}")


class Api:
    """Asks the management API as one user; safe to use from several threads."""

    def __init__(self, client: Any, way: Url, watch: Watch, tls: ssl.SSLContext | None) -> None:
        self._client = client
        self._way = way
        self._tls = tls
        self._watch = watch
        # People give the address with /api and without, and a proxy may put a path before it.
        before = way.path.strip("/").removesuffix("api").strip("/")
        self._prefix = f"/{before}/api" if before else "/api"
        self._sockets: list[socket.socket] = []
        self.where = net.at(way.host, way.port)
        self.login = (way.user or "", way.password or "")

    def get(self, *path: str, login: tuple[str, str] | None = None, **query: str | int) -> Answer:
        """GET a path given in parts, which are quoted.

        Raises:
            Unreachable: no answer, in plain words.
        """
        asked = "/".join(quote(part, safe="") for part in path)
        answer = self._asked(asked, query, login or self.login, self._watch.left())
        if answer.status == _TRANSIENT:
            # So it answers when a queue goes while it lists them.
            answer = self._asked(asked, query, login or self.login, self._watch.left())
        return answer

    def first(self, *path: str) -> Answer:
        """As :meth:`get`, for the question that shows who it is that answers.

        Raises:
            Unreachable: no answer, in plain words.
        """
        try:
            return self._asked("/".join(path), {}, self.login, _FIRST * self._watch.left())
        except Unreachable as error:
            met = not_http(self._way.host, self._way.port, self._watch, self._tls)
            raise Unreachable(met or str(error)) from None

    def _asked(
        self, asked: str, query: dict[str, Any], login: tuple[str, str], seconds: float
    ) -> Answer:
        import httpx

        def ask() -> Answer:
            ends = time.monotonic() + seconds
            with self._client.stream(
                "GET",
                f"{self._prefix}/{asked}",
                params=query,
                auth=login,
                timeout=seconds,
                extensions={"trace": self._trace},
            ) as response:
                return Answer(status=response.status_code, body=self._body(response, asked, ends))

        try:
            try:
                return ask()
            except httpx.NetworkError:
                # Now and then the pool closes a socket that another thread has just been given.
                if not self._watch.remaining:
                    raise
                return ask()
        except httpx.TimeoutException:
            raise Unreachable(self._silent(asked, seconds)) from None
        except (httpx.HTTPError, OSError) as error:
            if not self._watch.remaining:
                raise Unreachable(self._silent(asked, seconds)) from None
            raise Unreachable(f"{self.where} {_ending(error)} (GET /api/{asked})") from None

    def _body(self, response: Any, asked: str, ends: float) -> Any:
        """The JSON of an answer, None if it is none; no more of it than a broker can have."""
        whole = bytearray()
        for part in response.iter_bytes():
            whole += part
            if len(whole) > _LONGEST:
                raise Unreachable(f"{self.where} answers GET /api/{asked} without an end")
            # The timeout is one of each read: an answer that drips would never meet it.
            if time.monotonic() > ends:
                raise Unreachable(self._silent(asked, self._watch.seconds))
        try:
            return json.loads(whole)
        except (ValueError, RecursionError):
            return None

    def need(self, *path: str, **query: str | int) -> Any:
        """The JSON at a path.

        Raises:
            Unreachable: no answer, in plain words.
            Unseen: it is refused, or there is none.
        """
        answer = self.get(*path, login=None, **query)
        self.insist(answer, "/".join(path))
        return answer.body

    def insist(self, answer: Answer, what: str) -> None:
        """Let nothing but what was asked for pass.

        Raises:
            Unseen: something else came.
        """
        if not answer.ok:
            user = self.login[0]
            raise Unseen(f"user {user} is not shown {what} by {self.where}: {answer.reason}")

    @property
    def remaining(self) -> float:
        """Seconds left until the deadline."""
        return self._watch.remaining

    def hang_up(self) -> None:
        """Break whatever is being waited for, from any thread."""
        for sock in self._sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _silent(self, asked: str, seconds: float) -> str:
        return f"no answer from {self.where} within {seconds:.3g} s (GET /api/{asked})"

    def _trace(self, event: str, info: dict[str, Any]) -> None:
        # The only way httpx offers to learn of its sockets; closing its client would not wake
        # a thread that reads from one of them.
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._sockets.append(info["return_value"].get_extra_info("socket"))


@contextlib.contextmanager
def opened(way: Url, ca_file: str | None, watch: Watch) -> Iterator[Api]:
    """The API at an address, found reachable by a pre-flight; broken off at the deadline.

    Raises:
        Unreachable: the cause in plain words.
        ClientMissing: httpx is not installed.
    """
    try:
        import httpx
    except ImportError:
        raise ClientMissing("httpx", "rabbitmq") from None
    tls = context(way, ca_file)
    net.preflight(way.host, way.port, watch, tls)
    host = f"[{way.host}]" if ":" in way.host else way.host
    with httpx.Client(
        base_url=f"{way.scheme}://{host}:{way.port}",
        trust_env=False,
        verify=tls or False,
        limits=httpx.Limits(max_connections=_CONNECTIONS),
    ) as client:
        api = Api(client, way, watch, tls)
        with watch.closing(api.hang_up):
            yield api


def _ending(error: BaseException) -> str:
    """How a conversation ended, of what httpx says."""
    text = str(error)
    if "disconnected" in text or "without sending" in text or "incomplete" in text:
        return "closed the connection"
    if "reset" in text or "Broken pipe" in text:
        return "reset the connection"
    return f"broke off: {text or type(error).__name__}"
