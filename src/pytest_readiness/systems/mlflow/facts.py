"""What is known of an MLflow server once it was observed."""

from __future__ import annotations

from typing import Literal

import msgspec

from pytest_readiness.outcomes import blocked
from pytest_readiness.systems.base import Facts, fact
from pytest_readiness.systems.net import Link

Stranger = Literal["refused", "answered"]


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """How the server answered one question."""

    status: int
    """HTTP status."""
    error: str | None = None
    """MLflow's error code, ``TEMPORARILY_UNAVAILABLE``; None if there was none."""
    ms: float = 0.0


class File(msgspec.Struct, frozen=True, kw_only=True):
    """The MLmodel file of a version, as the server reads it from where the artifacts are."""

    found: Literal["found", "missing"] | None = None
    signature: bool = False
    """Whether it tells what goes in and what comes out."""
    unseen: str = ""
    """Why it was not seen."""


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a registered model."""

    version: str
    status: str
    """``READY``, ``PENDING_REGISTRATION``, ``FAILED_REGISTRATION``."""
    source: str = ""
    """Where its artifacts are."""
    run_id: str = ""
    stage: str = ""
    created: float | None = None
    """When it was registered, seconds since 1970."""
    file: File | None = None
    """Its MLmodel file; None if it was not looked at."""


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """A registered model."""

    name: str
    exists: bool
    aliases: dict[str, str] = {}
    """Version by alias."""
    versions: dict[str, Version] = {}
    """The latest version of each stage, and those that a declared alias leads to."""

    def number(self, alias: str | None) -> str | None:
        """Number of the version an alias leads to, without one of the latest; None if none."""
        if alias is not None:
            return self.aliases.get(alias)
        return None if self.latest is None else self.latest.version

    @property
    def latest(self) -> Version | None:
        """The version with the highest number; None if there is none."""
        numbered = [v for v in self.versions.values() if v.version.isdecimal()]
        return max(numbered, key=lambda v: int(v.version), default=None)

    def at(self, alias: str) -> Version | None:
        """The version an alias leads to; None if there is no such alias.

        Raises:
            Blocked: the alias leads to a version that was not looked at.
        """
        number = self.aliases.get(alias)
        if number is not None and number not in self.versions:
            blocked(f"version {number} of model {self.name} was not looked at; declare the alias")
        return None if number is None else self.versions[number]


class Experiments(msgspec.Struct, frozen=True, kw_only=True):
    """The first experiments that the user may see."""

    artifacts: dict[str, str]
    """Where artifacts are kept, by the experiment's name."""
    more: bool = False
    """Whether there are others."""


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """Runs that say they are running, the longest first."""

    started: dict[str, float]
    """When a run began, seconds since 1970, by its name and id."""
    more: bool = False
    """Whether there are others, which began later."""


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """The first registered models that the user may see."""

    aliases: dict[str, int]
    """How many aliases a model has, by its name."""
    more: bool = False
    """Whether there are others."""


class MlflowFacts(Facts, frozen=True, kw_only=True):
    """One observation of one server."""

    link: Link
    """The application's way to the server; the monitor's where there is no other."""
    peer: str
    """IP address that answered."""
    version: str = fact()
    store: str = fact()
    """``SqlStore`` or ``FileStore``; told by MLflow 3.9 and later."""
    database: Reply = fact()
    """experiments/search; the quicker of two where the first was slow."""
    registry: Reply = fact()
    """registered-models/search."""
    anonymous: Stranger = fact()
    """What a client without credentials gets."""
    default_password: Stranger = fact()
    """What a client with the published password of ``admin`` gets."""
    experiments: Experiments = fact()
    foreign_host: Stranger = fact()
    """What a request to another host name gets."""
    foreign_origin: Stranger = fact()
    """What a request to write gets that another site's page sends."""
    frames: str = fact()
    """X-Frame-Options, or the Content-Security-Policy for framing; ``none`` if there is none."""
    admin: bool | None = fact()
    """Whether the application's user is an administrator; None where MLflow knows no users."""
    artifact_store: Reply | None = fact()
    """A listing of artifacts; None where the server keeps none for its clients."""
    running: Running = fact()
    registered: Registered = fact()
    metrics: Literal["exposed", "absent", "administrators"] = fact()
    """Figures for Prometheus; ``administrators`` where this user may not know."""
    models: dict[str, Model] = msgspec.field(default_factory=dict)
    """The declared models, by name; a pattern's matches, or the pattern where nothing matches."""
    hidden: dict[str, str] = msgspec.field(default_factory=dict)
    """Why a declared model was not seen, by name."""
