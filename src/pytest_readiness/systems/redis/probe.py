"""Observing a Redis or Valkey server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_readiness.systems.base import Probe, Unreachable
from pytest_readiness.systems.redis import RedisSettings, accounts, address, card, client, reading
from pytest_readiness.systems.redis.facts import RedisFacts
from pytest_readiness.systems.redis.lookup import Lookup
from pytest_readiness.systems.redis.queues import Queues
from pytest_readiness.systems.redis.resp import Command, Replies
from pytest_readiness.systems.redis.wire import Session, session
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
        """One connection and one round trip: a stranger's PING, the login, then all commands.

        More is spent only where it is forced: a second connection and its round trip on a
        ``monitor_url``; another connection where a certificate is what lets in, to see what a
        stranger gets without one; a round trip each for SCAN, where queues are declared by
        pattern, and for the consumers of groups by pattern (see ``lookup``); one for the login of
        a server before Redis 6, which takes no names of users.
        """
        app = parse(settings.url, address.PORT) if settings.url else None
        monitor = parse(settings.monitor_url, address.PORT) if settings.monitor_url else None
        if app is None:
            assert monitor is not None
            return _monitor_only(settings, monitor, watch)
        user = address.user(app)
        own: tuple[Command, ...] = (accounts.WHOAMI, accounts.rights_of(user))
        if monitor is None:
            own = (*own, *reading.SERVER_COMMANDS, *accounts.dry_runs(user))
        with session(app, watch) as seen:
            replies, queues = _asked(settings, seen, own)
        if monitor is None:
            server, unseen = reading.server_facts(replies, user)
            server["app"] = accounts.app_facts(replies, user, {}, user)
            return _facts(seen, {**server, "queues": queues}, unseen)
        # Names of one database mean nothing in another, and each refusal is a line in a log.
        look = bool(queues.unseen) and address.database(app) == address.database(monitor)
        others, server, unseen, theirs = _monitored(
            monitor, watch, user, settings if look else None
        )
        if theirs is not None and len(theirs.unseen) < len(queues.unseen):
            queues = theirs
        server["app"] = accounts.app_facts(replies, user, others, address.user(monitor))
        return _facts(seen, {**server, "queues": queues}, unseen)

    @property
    def server_version(self) -> str | None:
        """The version of Redis whose commands the server knows, Valkey's too."""
        facts = self.facts
        if not facts.sees("server") or not facts.server.sees("compatible"):
            return None
        return facts.server.compatible

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

    @property
    def shown_version(self) -> str | None:
        return card.version(self.facts)

    def card(self) -> dict[str, str]:
        return card.card(self.facts)

    def connect(self) -> Redis:
        way = parse(self._settings.url or self._settings.monitor_url or "", address.PORT)
        options = address.options(way)
        facts = self.facts
        if facts.sees("anonymous") and facts.anonymous != "refused":
            options = _without_needless_password(options)
        made: Redis = client.opened(options, self.timeout)
        return made


def _without_needless_password(options: dict[str, Any]) -> dict[str, Any]:
    # AUTH fails where the default user needs no password.
    if options["username"] in (None, "default"):
        return {**options, "username": None, "password": None}
    return options


def _asked(
    settings: RedisSettings, seen: Session, commands: tuple[Command, ...]
) -> tuple[Replies, Queues]:
    """Replies to commands, and what was found of the declared queues in the same flight."""
    lookup = Lookup(settings, seen)
    replies = seen.ask((*commands, *lookup.commands))
    return replies, lookup.read(replies)


def _monitor_only(settings: RedisSettings, monitor: Url, watch: Watch) -> RedisFacts:
    with session(monitor, watch) as seen:
        replies, queues = _asked(settings, seen, reading.SERVER_COMMANDS)
    server, unseen = reading.server_facts(replies, seen.user)
    return _facts(seen, {**server, "queues": queues}, {**unseen, "app": NO_URL})


def _monitored(
    monitor: Url, watch: Watch, user: str, look: RedisSettings | None
) -> tuple[Replies, dict[str, Any], dict[str, str], Queues | None]:
    """What the monitor sees of the server and of the application's user; of queues, if told to."""
    asked = (accounts.rights_of(user), *reading.SERVER_COMMANDS, *accounts.dry_runs(user))
    try:
        with session(monitor, watch) as seen:
            replies, queues = _asked(look, seen, asked) if look else (seen.ask(asked), None)
    except Unreachable as error:
        return {}, {}, {"*": f"monitor_url: {error}"}, None
    return replies, *reading.server_facts(replies, seen.user), queues


def _facts(seen: Session, server: dict[str, Any], unseen: dict[str, str]) -> RedisFacts:
    if seen.anonymous is not None:
        server = {**server, "anonymous": seen.anonymous}
    else:
        unseen = {**unseen, "anonymous": seen.unclear}
    server = {**server, "answer_ms": seen.answer_ms}
    return RedisFacts(link=seen.link, peer=seen.peer, unseen=unseen, **server)
