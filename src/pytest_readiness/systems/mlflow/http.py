"""REST: kept connections that questions are put on, bounded as a whole and not per read."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode

import msgspec

from pytest_readiness.redact import basic_credentials
from pytest_readiness.systems import exchange, net
from pytest_readiness.systems.asking import Caller, Door
from pytest_readiness.systems.base import ClientMissing, Unreachable
from pytest_readiness.systems.exchange import Question
from pytest_readiness.systems.pool import Pool
from pytest_readiness.systems.urls import Url
from pytest_readiness.systems.watch import DeadlineExceeded, Watch

LARGEST = 1 << 22
"""Bytes of an answer that are read: a hundred experiments with their tags may be many."""
_HANDING_IN = 0.1
"""Seconds past the deadline in which those who were waiting say so."""
AT_ONCE = 12
"""Connections at the same time: as many as there are questions that wait for nothing but the first
answers, so that their answers come together."""
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

    def rows(self, name: str) -> list[dict[str, Any]]:
        """A list of the answer; empty if it was another answer, or of another shape."""
        return listed(self.body.get(name)) if self.told else []

    def part(self, name: str) -> dict[str, Any]:
        """An object of the answer; empty if it was another answer, or of another shape."""
        found = self.body.get(name) if self.told else None
        return found if isinstance(found, dict) else {}

    @property
    def told(self) -> bool:
        """Whether it was answered, and not refused."""
        return self.status == 200 and isinstance(self.body, dict)

    @property
    def error(self) -> str | None:
        """MLflow's error code."""
        code = self.body.get("error_code") if isinstance(self.body, dict) else None
        return None if code is None else str(code)


Answers = dict[str, "Answer | Unreachable"]


def listed(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; none of what is no list."""
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


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
    # One of its own: the client changes it.
    tls = net.tls_context(ca_file) if way.scheme == "https" else None
    bearer = {} if token is None or way.user else {"Authorization": f"Bearer {token}"}
    return httpx.Client(
        base_url=f"{way.scheme}://{net.at(way.host, way.port)}/{way.path}",
        auth=(way.user, way.password or "") if way.user else None,
        headers=bearer,
        trust_env=False,
        verify=tls or False,
        timeout=timeout,
        limits=httpx.Limits(max_connections=AT_ONCE),
    )


class Api:
    """Asks one server as one user, several questions at the same time."""

    def __init__(self, door: Door, user: Mapping[str, str], watch: Watch) -> None:
        self.door = door
        self._user = user
        self._watch = watch
        # Whichever way MLflow is served, it serves several at a time.
        self._pool = Pool(door, watch, "mlflow", wide=True)

    def ask(self, questions: Mapping[str, Ask]) -> Answers:
        """All answers by the questions' names, once all are there.

        Raises:
            Unreachable: one did not come in time, or none came at all.
        """
        jobs = {name: partial(self._one, ask=ask) for name, ask in questions.items()}
        flight = self._pool.flight(jobs, AT_ONCE)
        flight.wait(self._watch.remaining + _HANDING_IN)
        said: Answers = flight.said()
        missed = next((one for one in said.values() if isinstance(one, _Late)), None)
        if missed is not None or len(said) < len(questions):
            raise missed or Unreachable(f"{self.door.where}: {self._watch.describe()}")
        lost = next((one for one in said.values() if isinstance(one, Unreachable)), None)
        if lost is not None and not self._lives():
            raise lost
        return said

    def _lives(self) -> bool:
        """Whether anything is answered still: a server may die while it is observed."""
        if not self.door.answered:
            return False
        with self._pool.caller() as caller:
            return isinstance(self._one(caller, Ask(path="/health")), Answer)

    def _one(self, caller: Caller, ask: Ask) -> Answer | Unreachable:
        try:
            return self._read(caller.put(self._question(ask)), ask)
        except DeadlineExceeded as error:
            return _Late(f"{self.door.where}: {error}")
        except Unreachable as error:
            return error
        except Exception as error:  # whatever it is must reach the thread that waits
            return Unreachable(f"{self.door.where}: {type(error).__name__}: {error}")

    def _question(self, ask: Ask) -> Question:
        headers = dict(ask.headers)
        if ask.login is not None:
            headers["Authorization"] = _basic(*ask.login)
        elif not ask.anonymous:
            headers = {**self._user, **headers}
        path = f"{ask.path}?{urlencode(ask.query)}" if ask.query else ask.path
        if ask.body is None:
            return Question(path=path, headers=headers, largest=LARGEST)
        headers["Content-Type"] = "application/json"
        sent = json.dumps(ask.body).encode()
        return Question(path=path, headers=headers, sent=sent, largest=LARGEST)

    def _read(self, said: exchange.Answer, ask: Ask) -> Answer | Unreachable:
        asked = f"{self.door.where} answers {ask.path} with"
        if said.reply.end == "late":
            return _Late(f"{asked} a body that does not end in time")
        if said.reply.end != "complete":
            return Unreachable(f"{asked} {_UNREAD[said.reply.end]}")
        try:
            body = json.loads(said.body)
        except (ValueError, RecursionError):
            body = None
        return Answer(
            status=said.reply.status,
            body=body,
            text=said.body[: 4 * ask.most].decode("utf-8", "replace")[: ask.most],
            location=said.reply.location,
            ms=said.reply.ms,
            frames=_frames(said),
        )

    def hang_up(self) -> None:
        """Close the connections; one that is being asked on, when that ends."""
        self._pool.close()

    def speaks_tls(self) -> bool:
        """Whether the server speaks TLS where plain text was asked for."""
        return self.door.speaks_tls(self._watch)

    @property
    def link(self) -> net.Link:
        """What was seen of the way to the server."""
        assert self.door.link is not None, "it was opened"
        return self.door.link


class _Late(Unreachable):
    """An answer that the deadline cut off."""


_UNREAD = {"broken": "a body that breaks off", "cut": f"more than {LARGEST >> 20} MiB"}


def _frames(said: exchange.Answer) -> str:
    policy = said.header("content-security-policy")
    return said.header("x-frame-options") or (policy if "frame-ancestors" in policy else "")


def _basic(user: str, password: str) -> str:
    return f"Basic {basic_credentials(user, password)}"


@contextlib.contextmanager
def opened(way: Url, token: str | None, ca_file: str | None, watch: Watch) -> Iterator[Api]:
    """The API of a server; broken off at the deadline.

    Raises:
        Unreachable: the file of authorities cannot be read.
    """
    user = {} if token is None else {"Authorization": f"Bearer {token}"}
    if way.user:
        user = {"Authorization": _basic(way.user, way.password or "")}
    watch.at(f"asking {net.at(way.host, way.port)}")
    door = Door(way, net.shared_context(ca_file) if way.scheme == "https" else None)
    with watch.gathering() as inner:
        api = Api(door, user, inner)
        try:
            yield api
        finally:
            inner.expire()
            api.hang_up()
