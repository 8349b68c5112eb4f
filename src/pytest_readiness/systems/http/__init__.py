"""A service over HTTP: its health paths, its speed, its TLS and what strangers get to see."""

from __future__ import annotations

import contextlib
import ipaddress
import re
from typing import Literal

import msgspec

from pytest_readiness.redact import basic_credentials
from pytest_readiness.systems.base import System, TargetSettings
from pytest_readiness.systems.urls import Url, parse

PORTS = {"http": 80, "https": 443}

MOST_REQUESTS = 100
MOST_BURST = 50
"""Bounds of what one observation may ask in a row: a check is no load test."""

DEBUG_PAGES = (
    "/debug/pprof/",
    "/debug/vars",
    "/actuator/env",
    "/console",
    "/phpinfo.php",
    "/server-status",
)
PRIVATE_FILES = ("/.env", "/.git/HEAD")

_PATH = re.compile(r"/[!-~]*")
_HEADER_NAME = re.compile(r"[A-Za-z0-9-]+")
_HEADER_VALUE = re.compile(r"[ -~]*")


class HttpSettings(TargetSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[tool.readiness.http.NAME]``; ``url`` is ``https://user:password@host:port/prefix``, and
    every path is below it. ``monitor_url`` is where ``ready`` and ``metrics`` are served, if not
    there: a port inside the network.
    """

    platform: Literal["cloud-run", "cloudflare", "heroku", "netlify", "render", "vercel"] | None = (
        None
    )
    """Whose managed entry it is reached through."""
    live: str = "/"
    """Path that answers 200 while the service is alive: ``/health``, ``/livez``."""
    ready: str | None = None
    """Path that answers 200 while the service can do its work: ``/ready``, ``/readyz``."""
    dependencies: tuple[str, ...] = ()
    """Names that the JSON of ``ready`` must give as well, such as ``db`` and ``cache``."""
    page: str | None = None
    """A page of the application itself, on which its speed and headers are judged; ``live`` is
    taken where none is given."""
    protected: tuple[str, ...] = ()
    """Paths that must refuse a client without credentials, such as ``/admin``."""
    debug: tuple[str, ...] = DEBUG_PAGES
    """Pages that must be closed; ``[]`` asks for none."""
    files: tuple[str, ...] = PRIVATE_FILES
    """Files that must not be served; ``[]`` asks for none."""
    metrics: str | None = None
    """Path of the metrics, in Prometheus' text format."""
    metrics_names: tuple[str, ...] = ()
    """Metrics that must be among them."""
    token: str | None = None
    """Bearer token, for a URL without a user: ``"${SHOP_TOKEN}"``."""
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    """More headers of a client with credentials; their values count as secret."""
    ca_file: str | None = None
    """Authorities that the server's certificate is verified against; None for the system's."""
    redirect_from: str | None = None
    """Plaintext address that must lead to https: ``http://shop.example``; taken for granted for
    an ``https://`` URL without a port."""
    requests: int = 20
    """Requests, one after the other, that the latency is measured on; up to 100."""
    burst: int = 50
    """GETs of ``live``, five at a time, that the ratio of success is measured on; up to 50, 0 for
    none."""

    def problem(self) -> tuple[str, str] | None:
        if self.url is None:
            return "url", "missing; where the service's clients reach it"
        paths = [(name, p) for name in _PATHS for p in _all(getattr(self, name))]
        for name, path in paths:
            if not _PATH.fullmatch(path):
                return name, f"expected a path that begins with / and holds no space, got {path!r}"
        if self.dependencies and self.ready is None:
            return "dependencies", "needs the path that names them: ready = …"
        if self.metrics_names and self.metrics is None:
            return "metrics_names", "needs the path that shows them: metrics = …"
        if not 1 <= self.requests <= MOST_REQUESTS:
            return "requests", f"expected 1 to {MOST_REQUESTS}"
        if not 0 <= self.burst <= MOST_BURST:
            return "burst", f"expected 0 to {MOST_BURST}"
        for name, value in (*self.headers.items(), ("token", self.token or "")):
            if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
                return ("token" if name == "token" else "headers"), "no text that a header takes"
        if self.redirect_from is not None and not self.redirect_from.startswith("http://"):
            return "redirect_from", "expected http://host"
        return super().problem()

    def wrong_url(self, url: str) -> str | None:
        try:
            way = parse(url, 0)
        except ValueError as error:
            return str(error)
        if way.scheme not in PORTS:
            return f"scheme {way.scheme!r} is none of http, https"
        if way.query:
            return "takes no parameters"
        return None if _PATH.fullmatch(f"/{way.path}") else "its path holds a space"

    def hosts(self) -> list[tuple[str, int]]:
        way = parsed(self.url or self.monitor_url or "")
        return [(way.host, way.port)]

    def secrets(self) -> list[str]:
        ways = [parsed(url) for url in (self.url, self.monitor_url) if url]
        basic = [basic_credentials(w.user or "", w.password) for w in ways if w.password]
        more = [*self.headers.values(), *([self.token] if self.token else [])]
        return [s for way in ways for s in way.secrets()] + basic + more

    @property
    def measured(self) -> str:
        """The path on which speed and headers are judged."""
        return self.page or self.live

    @property
    def plaintext_entry(self) -> str | None:
        """The plaintext address that must lead to https; None if there is none to ask."""
        way = parsed(self.url or "")
        usual = way.scheme == "https" and way.port == PORTS["https"]
        host = f"[{way.host}]" if ":" in way.host else way.host
        return self.redirect_from or (f"http://{host}" if usual else None)

    def below(self, path: str) -> str:
        """A path as the server sees it: below that of the URL."""
        before = parsed(self.url or "").path.strip("/")
        return f"/{before}{path}" if before else path

    @property
    def by_address(self) -> bool:
        """Whether the URL names an IP address and no host."""
        with contextlib.suppress(ValueError):
            return bool(ipaddress.ip_address(parsed(self.url or "").host))
        return False

    @property
    def has_credentials(self) -> bool:
        """Whether requests with credentials can be made."""
        return bool(self.credentials(parsed(self.url or "")))

    def credentials(self, way: Url) -> dict[str, str]:
        """Headers of a client with credentials on its way to a URL."""
        if way.user:
            login = {"Authorization": f"Basic {basic_credentials(way.user, way.password or '')}"}
        else:
            login = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return {**login, **self.headers}


_PATHS = ("live", "ready", "page", "protected", "debug", "files", "metrics")


def _all(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value or ()


def parsed(url: str) -> Url:
    """A URL in parts, with the port that its scheme implies."""
    way = parse(url, 0)
    return way if way.port else msgspec.structs.replace(way, port=PORTS.get(way.scheme, 80))


SYSTEM = System(
    name="http",
    settings=HttpSettings,
    probe="pytest_readiness.systems.http.probe:HttpProbe",
    checks="pytest_readiness.systems.http.checks",
    extra="http",
    variables=(),
    loggers=("httpx", "httpcore"),
)
