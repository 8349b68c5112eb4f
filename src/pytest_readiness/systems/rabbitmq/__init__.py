"""RabbitMQ: AMQP 0-9-1 as the application speaks it, and the management API beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec

from pytest_readiness.redact import basic_credentials
from pytest_readiness.systems.base import System, TargetSettings
from pytest_readiness.systems.urls import Url, parse

_AMQP = {"amqp": 5672, "amqps": 5671}
_HTTP = {"http": 80, "https": 443}
_MANAGEMENT = {"amqp": 15672, "amqps": 15671}

Count = Annotated[int, msgspec.Meta(ge=0)]


class QueueIntent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a queue should be: ``queues.NAME = {…}``; nothing but there to stay, if empty."""

    dead_letter: str | None = None
    """Where its rejected messages must end up: a queue, or the exchange they must pass."""
    max_ready: Count | None = None
    """Messages that may wait in it; None for the threshold of the check ``queue_backlog``."""
    max_unacked: Count | None = None
    """Messages its consumers may hold; None for the threshold of ``queue_unacknowledged``."""
    min_consumers: Count | None = None
    """Consumers it must have; None where nobody needs to listen, as on a dead-letter queue."""
    type: Literal["classic", "quorum", "stream"] | None = None
    """Its type; any without."""


class RabbitSettings(TargetSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[tool.readiness.rabbitmq.NAME]``.

    ``url`` is ``amqp://user:password@host:port/vhost`` or ``amqps://…``; without a path, or with
    ``/``, the vhost is ``/``. ``monitor_url`` is another of these, or the management API's
    address, ``https://user:password@host:port``.
    """

    platform: Literal["cloudamqp", "amazonmq"] | None = None
    vendor: Literal["debian", "ubuntu", "redhat"] | None = None
    management_url: str | None = None
    """Address of the management API; by default the same host, port 15672, or 15671 for amqps,
    or https on port 443 where a platform is given. Credentials in it go before all others."""
    ca_file: str | None = None
    """Authorities that the server's certificates are verified against; None for the system's."""
    queues: dict[str, QueueIntent] = msgspec.field(default_factory=dict)
    """The queues the application lives by, by name or by pattern: ``"orders.*" = {…}``."""
    nodes: Annotated[int, msgspec.Meta(ge=1)] | None = None
    """Nodes the cluster must have, where that is more than ``cluster_size`` asks for."""

    def problem(self) -> tuple[str, str] | None:
        wrong = super().problem()
        if wrong is not None:
            return wrong
        if self.url is not None and _scheme(self.url) in _HTTP:
            return (
                "url",
                "is the management API's; the application's own way in is amqp:// or amqps://",
            )
        if self.management_url is not None:
            problem = _wrong(self.management_url, _HTTP)
            return None if problem is None else ("management_url", problem)
        return None

    def wrong_url(self, url: str) -> str | None:
        return _wrong(url, {**_AMQP, **_HTTP})

    def hosts(self) -> list[tuple[str, int]]:
        way = self.broker or self.management
        return [(way.host, way.port)]

    def secrets(self) -> list[str]:
        urls = (self.url, self.monitor_url, self.management_url)
        ways = [_taken_apart(url) for url in urls if url]
        found = [s for way in ways for s in way.secrets()]
        pairs = [(w.user, w.password) for w in ways if w.user and w.password]
        return found + [basic_credentials(user, password) for user, password in pairs]

    @property
    def application(self) -> Url | None:
        """The application's own way in; None if only ``monitor_url`` is given."""
        return _taken_apart(self.url) if self.url else None

    @property
    def broker(self) -> Url | None:
        """The way in over AMQP; None if all that is given is the management API's address."""
        ways = [_taken_apart(url) for url in (self.url, self.monitor_url) if url]
        return next((way for way in ways if way.scheme in _AMQP), None)

    @property
    def management(self) -> Url:
        """The management API's address, and who asks it."""
        monitor = _taken_apart(self.monitor_url) if self.monitor_url else None
        who = [way for way in (monitor, self.application) if way is not None]
        if self.management_url is not None:
            where = _taken_apart(self.management_url)
            who = [where, *who]
        elif monitor is not None and monitor.scheme in _HTTP:
            where = monitor
        else:
            where = self._beside(who[0])
        named = next((way for way in who if way.user), None)
        user, password = (named.user, named.password) if named else ("guest", "guest")
        return msgspec.structs.replace(where, user=user, password=password)

    @property
    def management_declared(self) -> bool:
        """Whether a management API was asked for, and not only looked for where it may be."""
        return any((self.management_url, self.monitor_url, self.platform))

    def _beside(self, broker: Url) -> Url:
        if self.platform is not None:
            return msgspec.structs.replace(broker, scheme="https", port=443, path="")
        scheme = "https" if broker.scheme == "amqps" else "http"
        return msgspec.structs.replace(
            broker, scheme=scheme, port=_MANAGEMENT[broker.scheme], path=""
        )

    @property
    def vhost(self) -> str:
        """The virtual host that is judged."""
        return (self.broker.path if self.broker else "") or "/"


def _scheme(url: str) -> str:
    # Not up to the colon: blanks before and tabs within a URL are nothing to who reads URLs.
    return parse(url, 1).scheme


def _taken_apart(url: str) -> Url:
    return parse(url, {**_AMQP, **_HTTP}[_scheme(url)])


def _wrong(url: str, schemes: dict[str, int]) -> str | None:
    try:
        scheme = parse(url, 1).scheme
    except ValueError as error:
        return str(error)
    if scheme not in schemes:
        return f"scheme {scheme!r} is none of {', '.join(schemes)}"
    return None


def environment(environ: Mapping[str, str]) -> dict[str, Any] | None:
    """A target from ``RABBITMQ_URL`` or ``AMQP_URL``, with ``RABBITMQ_MANAGEMENT_URL`` if set."""
    url = environ.get("RABBITMQ_URL") or environ.get("AMQP_URL")
    if not url:
        return None
    management = environ.get("RABBITMQ_MANAGEMENT_URL")
    return {"url": url, "management_url": management} if management else {"url": url}


SYSTEM = System(
    name="rabbitmq",
    settings=RabbitSettings,
    probe="pytest_readiness.systems.rabbitmq.probe:RabbitProbe",
    checks="pytest_readiness.systems.rabbitmq.checks",
    extra="rabbitmq",
    variables=("RABBITMQ_URL", "AMQP_URL"),
    loggers=("pika",),
    environment=environment,
)
