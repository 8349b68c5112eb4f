"""What every system is made of: settings, facts, a probe that observes, a probe that checks use.

A system knows nothing of pytest's run, of severities or of scores.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar, Generic, TypeVar

import msgspec

from pytest_readiness.outcomes import Blocked
from pytest_readiness.systems.watch import Watch

DEADLINE = 5.0
"""Seconds a target has to be observed, unless its settings say otherwise."""

TIMEOUT_MAX = 600.0


class TargetSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every target may say of itself; a system adds its own keys."""

    url: str | None = None
    """The application's own way in."""
    monitor_url: str | None = None
    """A role that may see more than the application."""
    timeout: float = DEADLINE
    """Seconds for one observation."""
    platform: str | None = None
    """Whose managed service it is; a system narrows this to the platforms it knows."""
    single_node: bool = False
    """Declared to be one node on purpose: topology is not asked of it."""
    writes: bool = False
    """Whether round trips that write, and clean up, may run on it."""
    vendor: str | None = None
    """Who patches the server beyond its makers' support, such as ``debian``."""
    minimum_version: str | None = None
    """Lowest version the team accepts; none is demanded by default."""

    def __repr__(self) -> str:
        # For a debugger or a log of the user's own, where nobody takes the password out.
        return f"<{type(self).__name__}>"

    def problem(self) -> tuple[str, str] | None:
        """A field and what is wrong with it, where types cannot tell; None if all is well."""
        if self.url is None and self.monitor_url is None:
            return "url", "missing; the application's own way in"
        if not 0 < self.timeout <= TIMEOUT_MAX:
            return "timeout", f"expected seconds above 0 and up to {TIMEOUT_MAX:g}"
        for name in ("url", "monitor_url"):
            text = getattr(self, name)
            wrong = self.wrong_url(text) if text is not None else None
            if wrong is not None:
                return name, wrong
        return None

    def wrong_url(self, url: str) -> str | None:
        """What is wrong with a URL, never repeating its password; None if nothing is."""
        return None

    def hosts(self) -> list[tuple[str, int]]:
        """Host and port of every address the target is reached at. Never raises once checked."""
        return []

    def secrets(self) -> list[str]:
        """Every secret the settings hold, as written and as used."""
        return []

    @property
    def address(self) -> str:
        """Where the target is, for people: ``db1:5432``; no user, no password."""
        return ",".join(f"[{h}]:{p}" if ":" in h else f"{h}:{p}" for h, p in self.hosts()) or "?"


def fact() -> Any:
    """Default of a field of facts: not seen. Reading it then blocks the check that reads."""
    return msgspec.field(default=msgspec.UNSET)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """A typed, JSON-able snapshot of a target.

    A field declared ``= fact()`` that the observation could not fill stays unseen, and reading
    it raises :class:`Blocked` with the reason: partial facts can never pass for good ones.
    """

    unseen: dict[str, str] = {}
    """Why a field was not seen, and the grant that would change it: field name to reason.
    The key ``*`` speaks for all fields without a reason of their own."""

    def __getattribute__(self, name: str) -> Any:
        value = msgspec.Struct.__getattribute__(self, name)
        if value is msgspec.UNSET:
            raise Blocked(self.why(name))
        return value

    def why(self, name: str) -> str:
        """Why a field was not seen."""
        unseen = self.unseen
        return unseen.get(name) or unseen.get("*") or f"{name.replace('_', ' ')} was not seen"

    def sees(self, name: str) -> bool:
        """Whether a field was seen."""
        return msgspec.Struct.__getattribute__(self, name) is not msgspec.UNSET


class ClientMissing(Exception):
    """The client library of a system is not installed; names the extra that brings it."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(
            f"the Python package {package} is not installed: "
            f'python -m pip install "pytest-readiness[{extra}]"'
        )


class Unreachable(Exception):
    """The target did not answer as its protocol demands; the text is the cause in plain words."""


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """What came of observing one target once: facts, or why there are none."""

    facts: Any = None
    """The facts as builtins; None if there are none."""
    failure: str | None = None
    """The cause in one plain line; None if the target was observed."""
    broken: bool = False
    """Whether the failure is the tool's (client missing, a bug) and not the target's."""
    elapsed_ms: float = 0.0
    """Milliseconds until the target was observed or given up."""


S = TypeVar("S", bound=TargetSettings)
F = TypeVar("F", bound=Facts)


class Probe(Generic[S, F]):
    """A target as a check sees it: its facts, and on demand a live client.

    Subclasses give :attr:`facts_type`, :meth:`observe` and :meth:`connect`.
    """

    facts_type: ClassVar[type[Facts]] = Facts

    def __init__(self, target: str, settings: S, observation: Observation) -> None:
        self.target = target
        self._settings = settings
        self._observation = observation
        self._facts: F | None = None
        self._client: Any = None

    def __repr__(self) -> str:
        # Shown by --showlocals: nothing of the settings, which hold the password.
        return f"<{type(self).__name__} {self.target}>"

    @classmethod
    def observe(cls, settings: S, watch: Watch) -> F:
        """Connect, look once in as few round trips as the protocol allows, and let go.

        Runs on a thread of its own; ``watch`` bounds it. Import the client library in here.

        Raises:
            Unreachable: the cause in plain words.
            ClientMissing: the client library is not installed.
        """
        raise NotImplementedError

    def connect(self) -> Any:
        """A live client for a user's own check, bounded by the target's timeout."""
        raise NotImplementedError

    def disconnect(self, client: Any) -> None:
        """Close what :meth:`connect` opened."""
        client.close()

    @property
    def facts(self) -> F:
        """The target's facts.

        Raises:
            Blocked: the target was not reached, so there is nothing to judge.
        """
        if self._observation.failure is not None:
            word = "was not observed" if self._observation.broken else "is not reachable"
            raise Blocked(f"{self.target} {word}: {self._observation.failure}")
        if self._facts is None:
            self._facts = msgspec.convert(self._observation.facts, self.facts_type)  # type: ignore[assignment]  # F is facts_type
        assert self._facts is not None
        return self._facts

    def take(self, facts: F) -> None:
        """Use facts that another probe of the same observation has built."""
        self._facts = facts

    @property
    def observation(self) -> Observation:
        """What came of observing the target; the check ``reachable`` judges it."""
        return self._observation

    @property
    def server_version(self) -> str | None:
        """The server's version, which a check's ``since`` is held against; None if not told."""
        return None

    @property
    def shown_version(self) -> str | None:
        """The server's version as reports show it: as it says itself; None if not told."""
        return self.server_version

    def card(self) -> dict[str, str]:
        """What people want to know of the target first, in two to five short lines: a name, and
        what there is to say, in the order to show them. None of it is judged.

        Said of the facts alone, when all checks have run; what was not seen is left out. Reports
        show it beside the target's name.
        """
        return {}

    @property
    def timeout(self) -> float:
        """Seconds the target has to answer."""
        return self._settings.timeout

    @property
    def address(self) -> str:
        """Where the target is: host and port, no user, no password."""
        return self._settings.address

    @property
    def client(self) -> Any:
        """The live client, connected on first use and closed when the check has ended.

        Raises:
            Blocked: the target was not reached.
        """
        if self._client is None:
            _ = self.facts
            self._client = self.connect()
        return self._client

    def close(self) -> None:
        """Close the live client, if there is one."""
        client, self._client = self._client, None
        if client is not None:
            self.disconnect(client)


@dataclass(frozen=True, kw_only=True)
class System:
    """A kind of thing that can be observed: one entry of the registry."""

    name: str
    settings: type[TargetSettings]
    probe: str
    """``module:Class`` of the probe, imported when a target is observed."""
    checks: str
    """Module that holds the built-in checks."""
    extra: str
    variables: tuple[str, ...]
    """Environment variables a target is taken from where no table is, first wins."""
    loggers: tuple[str, ...] = ()
    """Loggers of the client library, silent during a run: its causes are ours to tell."""
    warnings: tuple[str, ...] = ()
    """Filters, as pytest's ``filterwarnings`` takes them, for what the client library warns about
    itself; a warning of one import is no finding about a target."""
    environment: Callable[[Mapping[str, str]], dict[str, Any] | str | None] | None = None
    """Own way of reading the variables; None for a plain URL in the first that is set."""

    def from_environment(self, environ: Mapping[str, str]) -> dict[str, Any] | str | None:
        """A target's table, a note why the variable is not judged, or None if none is set."""
        if self.environment is not None:
            return self.environment(environ)
        for variable in self.variables:
            if environ.get(variable):
                return {"url": environ[variable]}
        return None

    def probe_type(self) -> type[Probe[Any, Any]]:
        """The probe class, imported now."""
        module, _, name = self.probe.partition(":")
        found: type[Probe[Any, Any]] = getattr(import_module(module), name)
        _prepare(found.facts_type)
        return found


_PREPARING = threading.Lock()
_PREPARED: set[type] = set()


def _prepare(facts: type[Facts]) -> None:
    """Have msgspec learn a type before several threads convert to it for the first time at once,
    which ends the process."""
    with _PREPARING:
        if facts not in _PREPARED:
            # That nothing is no facts is known as soon as the type is.
            with contextlib.suppress(msgspec.ValidationError, TypeError):
                msgspec.convert({}, facts)
            _PREPARED.add(facts)
