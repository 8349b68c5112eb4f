"""The management API over HTTP: some kept connections, each question bounded as a whole."""

from __future__ import annotations

import base64
import contextlib
import json
import shlex
import ssl
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from pytest_readiness.systems import exchange, net
from pytest_readiness.systems.asking import Caller, Door
from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.exchange import Question
from pytest_readiness.systems.rabbitmq.greeting import not_http
from pytest_readiness.systems.urls import Url
from pytest_readiness.systems.watch import DeadlineExceeded, Watch

CONNECTIONS = 7
"""At most, all kept: with so many, two turns of each answer what is asked of a broker in good
order, in no more round trips than a login over AMQP has."""

_LONGEST = 64_000_000
"""Bytes of an answer; a broker with many ten thousand queues stays below."""
WHO = "whoami"
"""The question who it is that asks."""
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

    def __init__(self, way: Url, watch: Watch, tls: ssl.SSLContext | None) -> None:
        # People give the address with /api and without, and a proxy may put a path before it.
        before = way.path.strip("/").removesuffix("api").strip("/")
        self._door = Door(msgspec.structs.replace(way, path=f"{before}/api".strip("/")), tls)
        self._way = way
        self._tls = tls
        self._watch = watch
        # First in, first out: so many calls at once are on so many connections, never on fewer.
        self._callers: SimpleQueue[Caller] = SimpleQueue()
        for _ in range(CONNECTIONS):
            self._callers.put(Caller(self._door, watch))
        self.where = net.at(way.host, way.port)
        self.login = (way.user or "", way.password or "")

    def get(self, *path: str, login: tuple[str, str] | None = None, **query: str | int) -> Answer:
        """GET a path given in parts, which are quoted.

        Raises:
            Unreachable: no answer, in plain words.
        """
        asked = "/".join(quote(part, safe="") for part in path)
        answer = self._asked(asked, query, login or self.login, self._watch)
        if answer.status == _TRANSIENT:
            # So it answers when a queue goes while it lists them.
            answer = self._asked(asked, query, login or self.login, self._watch)
        return answer

    def first(self) -> Answer:
        """Who it is that asks, which shows who it is that answers.

        Raises:
            Unreachable: no answer, in plain words.
        """
        try:
            brief = Watch(_FIRST * self._watch.left())
            return self._asked(WHO, {}, self.login, brief)
        except Unreachable as error:
            if not self._door.peer:
                raise
            met = not_http(self._way.host, self._way.port, self._watch, self._tls)
            raise Unreachable(met or str(error)) from None

    def connect(self) -> None:
        """Make one more connection, for a question to come.

        Raises:
            Unreachable: the cause in plain words.
        """
        with self._caller() as caller:
            caller.connect()

    @contextlib.contextmanager
    def _caller(self) -> Iterator[Caller]:
        """A connection that nobody else asks on; who asks on the others is bounded too."""
        caller = self._callers.get()
        try:
            yield caller
        finally:
            self._callers.put(caller)

    def _asked(
        self, asked: str, query: dict[str, Any], login: tuple[str, str], watch: Watch
    ) -> Answer:
        path = f"/{asked}?{urlencode(query)}" if query else f"/{asked}"
        told = base64.b64encode(":".join(login).encode("utf-8", "surrogatepass")).decode()
        headers = {"Authorization": f"Basic {told}"}
        # Who somebody is takes few words; an answer without an end is found out soon.
        largest = exchange.LARGEST if asked == WHO else _LONGEST
        question = Question(path=path, headers=headers, largest=largest)
        with self._caller() as caller:
            caller.connect()
            try:
                # Its socket is shut down at the deadline of all, and each read bounded by this.
                caller.watch = watch
                return self._read(caller.put(question), asked, watch)
            except DeadlineExceeded:
                raise Unreachable(self._silent(asked, watch.seconds)) from None
            except Unreachable as error:
                raise Unreachable(f"{error} (GET /api/{asked})") from None
            finally:
                caller.watch = self._watch

    def _read(self, answer: exchange.Answer, asked: str, watch: Watch) -> Answer:
        """The JSON of an answer, None if it is none; no more of it than a broker can have."""
        end = answer.reply.end
        if end == "late" or (end == "broken" and not watch.remaining):
            raise DeadlineExceeded
        if end == "cut":
            raise Unreachable(f"{self.where} answers without an end")
        if end == "broken":
            raise Unreachable(f"{self.where} closed the connection")
        try:
            body = json.loads(answer.body)
        except (ValueError, RecursionError):
            body = None
        return Answer(status=answer.reply.status, body=body)

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
        """Close the connections; nobody must be asking any more."""
        while not self._callers.empty():
            self._callers.get().hang_up()

    def _silent(self, asked: str, seconds: float) -> str:
        return f"no answer from {self.where} within {seconds:.3g} s (GET /api/{asked})"


@contextlib.contextmanager
def opened(way: Url, tls: ssl.SSLContext | None, watch: Watch) -> Iterator[Api]:
    """The API at an address; what is asked is broken off at the deadline."""
    api = Api(way, watch, tls)
    try:
        yield api
    finally:
        api.hang_up()
