"""What is known of a service over HTTP once it was observed."""

from __future__ import annotations

from typing import Literal

import msgspec

from pytest_readiness.systems.base import Facts, fact
from pytest_readiness.systems.exchange import Reply
from pytest_readiness.systems.net import Link


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of the readiness path."""

    reply: Reply
    json: bool
    """Whether it is JSON."""
    anyway: bool = False
    """Whether it is the start page that the service shows at any path."""
    said: str | None = None
    """Its own word for the whole: ``ok``, ``down``; None if it says none."""
    dependencies: dict[str, str] = {}
    """Its word for each declared dependency that it names."""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the application, and what its headers tell."""

    reply: Reply
    html: bool
    hsts_days: float | None = None
    """Days of Strict-Transport-Security; None without it."""
    lacking: tuple[str, ...] = ()
    """Security headers that it should carry and does not."""
    versions: tuple[str, ...] = ()
    """Headers that tell the version of a product."""


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """Requests one after the other, the first of them not counted."""

    path: str
    wanted: int
    counted: int
    """Answers that were measured: fewer than wanted where the time did not suffice."""
    cut_off: int = 0
    """Of these, those that were still waiting at the end: they would have taken longer."""
    failed: int
    """Answers of status 400 and above, which say nothing of the page's speed, and none at all."""
    limited: int
    """Answers of status 429: a limit of rate at work, no failure."""
    connections: int
    p50: float
    p95: float
    worst: float
    """Milliseconds. A request that was still waiting at the end counts with its time so far."""


class Burst(msgspec.Struct, frozen=True, kw_only=True):
    """Many requests of the live path, a few at a time."""

    path: str
    wanted: int
    answered: int
    """Those that ended, well or badly; not those that the deadline cut off."""
    good: int
    limited: int
    """Answers of status 429: a limit of rate at work, no failure."""
    failures: dict[str, int] = {}
    """What went wrong, and how often."""


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """What a client without credentials gets at a path."""

    state: Literal["closed", "open", "unclear"]
    said: str
    """The answer in words, ``status 403``; where it is unclear, why."""


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """What scripts of a foreign website may read of a path."""

    allowed: Literal["no origin", "every origin", "the foreign origin"]
    credentials: bool


class Metrics(msgspec.Struct, frozen=True, kw_only=True):
    """What the metrics path shows."""

    reply: Reply
    samples: int
    problem: str | None = None
    """What is wrong with the first line that cannot be read; None if all can."""
    missing: tuple[str, ...] = ()
    """Declared names that are not there."""


class Plain(msgspec.Struct, frozen=True, kw_only=True):
    """What the plaintext address serves."""

    url: str
    status: int
    serves: Literal["plaintext", "a redirect to https", "a refusal"]


class HttpFacts(Facts, frozen=True, kw_only=True):
    """One observation of one service."""

    link: Link
    peer: str
    """IP address that answered."""
    server: str | None = None
    """What the header Server says; None without it."""
    untrusted: str | None = None
    """Why the certificate is not accepted; None if it is, or there is none."""
    live: Reply
    live_anyway: bool = False
    """Whether the live path shows the start page that the service shows at any path."""
    ready: Ready = fact()
    page: Page = fact()
    latency: Latency = fact()
    burst: Burst = fact()
    protected: dict[str, Gate] = msgspec.field(default_factory=dict)
    opened: dict[str, int] = fact()
    """Status that a client with credentials gets, by protected path."""
    debug: dict[str, Gate] = msgspec.field(default_factory=dict)
    files: dict[str, Gate] = msgspec.field(default_factory=dict)
    traces: dict[str, str] = fact()
    """What gives a stack trace or a debug page away, by path; all error pages were looked at."""
    error_pages: int = 0
    """How many those were."""
    origins: dict[str, Origin] = fact()
    metrics: Metrics = fact()
    old_tls: str = fact()
    """The version below TLS 1.2 that it speaks, or ``refused``."""
    plain: Plain | None = fact()
    """None where nothing listens."""
