"""Observing a Redis or Valkey server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_readiness.systems.base import Probe, Unreachable
from pytest_readiness.systems.redis import RedisSettings, address, reading
from pytest_readiness.systems.redis.facts import RedisFacts
from pytest_readiness.systems.redis.wire import Replies, Session, library, quiet, session
from pytest_readiness.systems.urls import Url, parse
from pytest_readiness.systems.watch import Watch

if TYPE_CHECKING:
    from redis import Redis

NO_URL = "no url is given, only monitor_url: what the application may do was not seen"


class RedisProbe(Probe[RedisSettings, RedisFacts]):
    """A server as a check sees it."""

    facts_type = RedisFacts

    @classmethod
    def observe(cls, settings: RedisSettings, watch: Watch) -> RedisFacts:
        """Two flights after connecting (PING as a stranger; AUTH, then all commands at once),
        and the same again where a ``monitor_url`` is given.
        """
        app = parse(settings.url, address.PORT) if settings.url else None
        monitor = parse(settings.monitor_url, address.PORT) if settings.monitor_url else None
        if app is None:
            assert monitor is not None
            return _monitor_only(monitor, watch)
        rights = reading.rights_of(address.user(app))
        own = (reading.WHOAMI, rights)
        with session(app, watch) as seen:
            replies = seen.ask(own if monitor else (*own, *reading.SERVER_COMMANDS))
        if monitor is None:
            server, unseen = reading.server_facts(replies, seen.user)
            return _facts(seen, server, unseen, reading.app_facts(replies, seen.user, {}))
        others, server, unseen = _monitored(monitor, watch, rights)
        return _facts(seen, server, unseen, reading.app_facts(replies, seen.user, others))

    @property
    def declared(self) -> RedisSettings:
        """What the settings say of the target."""
        return self._settings

    @property
    def client(self) -> Redis:
        """A live ``redis.Redis`` logged in as the application, replies decoded to text.

        Raises:
            Blocked: the target was not reached.
        """
        client: Redis = super().client
        return client

    def connect(self) -> Redis:
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        way = parse(self._settings.url or self._settings.monitor_url or "", address.PORT)
        options = address.options(way)
        facts = self.facts
        if facts.sees("anonymous") and facts.anonymous == "answered":
            options = _without_needless_password(options)
        client: Redis = library().Redis(
            **options,
            socket_timeout=self.timeout,
            socket_connect_timeout=self.timeout,
            retry=Retry(NoBackoff(), 0),
            decode_responses=True,
            redis_connect_func=quiet,
        )
        return client


def _without_needless_password(options: dict[str, Any]) -> dict[str, Any]:
    # AUTH fails where the default user needs no password.
    if options["username"] in (None, "default"):
        return {**options, "username": None, "password": None}
    return options


def _monitor_only(monitor: Url, watch: Watch) -> RedisFacts:
    with session(monitor, watch) as seen:
        replies = seen.ask(reading.SERVER_COMMANDS)
    server, unseen = reading.server_facts(replies, seen.user)
    return _facts(seen, server, {**unseen, "app": NO_URL})


def _monitored(
    monitor: Url, watch: Watch, rights: tuple[str, ...]
) -> tuple[Replies, dict[str, Any], dict[str, str]]:
    try:
        with session(monitor, watch) as seen:
            replies = seen.ask((rights, *reading.SERVER_COMMANDS))
    except Unreachable as error:
        return {}, {}, {"*": f"monitor_url: {error}"}
    return replies, *reading.server_facts(replies, seen.user)


def _facts(
    seen: Session, server: dict[str, Any], unseen: dict[str, str], app: Any = None
) -> RedisFacts:
    if app is not None:
        server = {**server, "app": app}
    if seen.anonymous is not None:
        server = {**server, "anonymous": seen.anonymous}
    else:
        unseen = {**unseen, "anonymous": "the answer to a stranger's PING was not understood"}
    return RedisFacts(link=seen.link, peer=seen.peer, unseen=unseen, **server)
