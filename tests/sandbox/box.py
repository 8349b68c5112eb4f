"""The box that owns every server of a test run."""

from __future__ import annotations

import atexit
import itertools
import os
import shutil
import tempfile
import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, cast, overload

from .certificates import Authority, Certificate, Kind
from .errors import SandboxError
from .place import Place
from .process import Child
from .server import Server

if TYPE_CHECKING:
    from .http import HttpServer
    from .kafka import KafkaServer
    from .mlflow import MlflowServer
    from .postgres import PostgresServer
    from .rabbitmq import RabbitServer
    from .redis import RedisServer

SYSTEMS = ("redis", "postgres", "rabbitmq", "kafka", "mlflow")
"""What a demo of everything starts; a service over HTTP is the team's own and no such server."""

_STARTED = (*SYSTEMS, "http")


class Sandbox:
    """A temporary folder, and all servers started in it; gone when the context ends."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="sandbox-"))
        if os.geteuid() == 0:
            # Servers that run as an ordinary user must pass through to their own folder.
            self.folder.chmod(0o711)
        self._authority = Authority(self.folder)
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._places: list[Place] = []
        self._shared: dict[object, Future[Server]] = {}
        self._closed = False
        self._pid = os.getpid()
        atexit.register(self.close)

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def ca(self) -> Path:
        """The certificate of the CA that signed the servers' valid certificates."""
        return self._authority.ca

    def issue(self, kind: Kind, folder: Path) -> Certificate:
        """A certificate and its key, for something that stands before a server."""
        return self._authority.issue(kind, folder)

    @overload
    def start(self, system: Literal["redis"], **options: Any) -> RedisServer: ...
    @overload
    def start(self, system: Literal["postgres"], **options: Any) -> PostgresServer: ...
    @overload
    def start(self, system: Literal["rabbitmq"], **options: Any) -> RabbitServer: ...
    @overload
    def start(self, system: Literal["kafka"], **options: Any) -> KafkaServer: ...
    @overload
    def start(self, system: Literal["mlflow"], **options: Any) -> MlflowServer: ...
    @overload
    def start(self, system: Literal["http"], **options: Any) -> HttpServer: ...
    @overload
    def start(self, system: str, **options: Any) -> Server: ...

    def start(self, system: str, **options: Any) -> Server:
        """A running server, the same one for equal options; leave it as you found it."""
        key = (system, _frozen(options))
        with self._lock:
            future = self._shared.get(key)
            mine = future is None or _over(future)
            if mine:
                future = self._shared[key] = Future()
        assert future is not None
        if mine:
            try:
                future.set_result(self._launch(system, options))
            except BaseException as error:
                future.set_exception(error)
        return future.result()

    @overload
    def fresh(self, system: Literal["redis"], **options: Any) -> RedisServer: ...
    @overload
    def fresh(self, system: Literal["postgres"], **options: Any) -> PostgresServer: ...
    @overload
    def fresh(self, system: Literal["rabbitmq"], **options: Any) -> RabbitServer: ...
    @overload
    def fresh(self, system: Literal["kafka"], **options: Any) -> KafkaServer: ...
    @overload
    def fresh(self, system: Literal["mlflow"], **options: Any) -> MlflowServer: ...
    @overload
    def fresh(self, system: Literal["http"], **options: Any) -> HttpServer: ...
    @overload
    def fresh(self, system: str, **options: Any) -> Server: ...

    def fresh(self, system: str, **options: Any) -> Server:
        """A server of the caller's own, to damage; stop it when done to free its memory."""
        return self._launch(system, options)

    def close(self) -> None:
        """Stop every server and delete the folder; nothing can be started afterwards."""
        if os.getpid() != self._pid:
            # A forked child inherits the box and its exit handler, but owns neither.
            return
        with self._lock:
            self._closed = True
            children = [child for place in self._places for child in reversed(place.children)]
            self._places.clear()
            self._shared.clear()
        if children:
            with ThreadPoolExecutor(len(children)) as pool:
                list(pool.map(Child.discard, children))
        shutil.rmtree(self.folder, ignore_errors=True)
        atexit.unregister(self.close)

    def _launch(self, system: str, options: Mapping[str, Any]) -> Server:
        if system not in _STARTED:
            raise SandboxError(f"no such system: {system} (there are {', '.join(_STARTED)})")
        place = self._new_place(system)
        module = import_module(f".{system}", __package__)
        try:
            server = cast(Server, module.start(place, **options))
            if self._closed:
                raise SandboxError(f"the sandbox was closed while {system} started")
            return server
        except BaseException:
            for child in reversed(place.children):
                child.discard()
            raise

    def _new_place(self, system: str) -> Place:
        with self._lock:
            if self._closed:
                raise SandboxError("the sandbox is closed")
            folder = self.folder / f"{system}-{next(self._numbers)}"
            folder.mkdir(mode=0o755)
            place = Place(folder, self._authority)
            self._places.append(place)
        return place


def _over(future: Future[Server]) -> bool:
    """Whether a shared server failed to start, or has ended since."""
    if not future.done():
        return False
    return future.exception() is not None or not future.result().alive


def _frozen(value: Any) -> object:
    """The value as something that can be a key, equal for equal options."""
    if isinstance(value, Mapping):
        return frozenset((name, _frozen(entry)) for name, entry in value.items())
    if isinstance(value, (list, tuple)):
        return tuple(_frozen(entry) for entry in value)
    return value
