"""One observation: the live path first, then all single questions at once, then the two runs.

Whatever does not fit into the deadline is unseen, and takes nothing else with it.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

import msgspec

from pytest_readiness.systems import net
from pytest_readiness.systems.asking import Caller, Door
from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.exchange import Answer
from pytest_readiness.systems.http import HttpSettings, parsed, runs, tls
from pytest_readiness.systems.pool import Flight, Pool
from pytest_readiness.systems.urls import Url
from pytest_readiness.systems.watch import DeadlineExceeded, Watch

T = TypeVar("T")

AT_ONCE = 6
"""Connections to the service at the same time: those that were made for the single questions are
kept for the runs."""
_SINGLE, _LATENCY, _BODY, _ASIDE = 0.4, 0.6, 0.5, 0.4
"""Shares of the time left: for single questions before the runs begin, for the latency, for the
body of the first answer, and for what goes to other ports."""

_PATIENCE = 3
"""Times that the first answer took, after which silence is no slowness."""

UNKNOWN = "/readiness-no-such-page"
FOREIGN = "https://readiness-foreign.invalid"


class Seen(msgspec.Struct, kw_only=True):
    """What was asked and answered, before it is read."""

    pool: Pool
    untrusted: str | None
    live: Answer
    answers: Mapping[str, Answer | Unreachable] = {}
    latency: runs.Run | None = None
    burst: Mapping[str, Answer | Unreachable] = {}
    aside: Mapping[str, Answer | str | Unreachable] = {}

    @property
    def door(self) -> Door:
        """Where the service was met."""
        return self.pool.door

    def answer(self, name: str, path: str) -> Answer:
        """An answer by the question's name.

        Raises:
            Unreachable: there is none, and why.
        """
        found = self.answers.get(name)
        if isinstance(found, Unreachable):
            raise found
        if found is None:
            raise Unreachable(f"GET {path} was not answered before the deadline; raise timeout")
        return found


def look(settings: HttpSettings, watch: Watch) -> Seen:
    """Ask everything that the settings name.

    Raises:
        Unreachable: the cause in plain words: nobody there, or somebody who speaks no HTTP.
    """
    way = parsed(settings.url or "")
    watch.at(f"looking up and asking {way.host}")
    with watch.gathering() as inner:
        try:
            seen = _first(settings, way, inner)
        except DeadlineExceeded as error:
            raise Unreachable(f"{net.at(way.host, way.port)}: {error}") from None
        left = inner.remaining
        with inner.gathering() as asking, contextlib.closing(seen.pool):
            _rest(settings, seen, asking, inner)
        _insist_on_more(settings, seen, left)
        return seen


def _insist_on_more(settings: HttpSettings, seen: Seen, seconds: float) -> None:
    """Let no service pass that answered once and died: what is left would look like a success.

    Raises:
        Unreachable: no question but the first was answered, and not for want of time.
    """
    run = seen.latency
    said = [*seen.answers.values(), *seen.burst.values()]
    if any(isinstance(one, Answer) for one in said) or (run and run.answered):
        return
    cause = next((str(one) for one in said if isinstance(one, Unreachable)), run and run.why)
    if cause is None and 1000 * seconds < _PATIENCE * seen.live.reply.ms:
        return
    silence = f"no answer to any other question within {seconds:.3g} s"
    where = seen.door.where
    why = (cause or silence).removeprefix(f"{where} ")
    raise Unreachable(f"{where} answered GET {settings.live} and then no more: {why}")


def _first(settings: HttpSettings, way: Url, watch: Watch) -> Seen:
    verified = tls.context(settings.ca_file) if way.scheme == "https" else None
    pool = Pool(Door(way, verified), watch, "http", wide=False)
    try:
        live = _live(pool, settings.live)
    except Unreachable as error:
        if pool.door.speaks_tls(watch):
            where = pool.door.where
            raise Unreachable(f"{where} speaks TLS on this port; give https://") from None
        # Its text is for people; what it came from says for certain what it was.
        if not isinstance(error.__context__, ssl.SSLCertVerificationError):
            raise
        return _unverified(settings, way, watch, error)
    # Many a server answers plaintext on its TLS port in HTTP.
    if live.reply.status == 400 and pool.door.speaks_tls(watch):
        raise Unreachable(f"{pool.door.where} speaks TLS on this port; give https://")
    return Seen(pool=pool, untrusted=None, live=live)


def _unverified(settings: HttpSettings, way: Url, watch: Watch, error: Unreachable) -> Seen:
    """Look on without trust, where clients would not accept the certificate."""
    pool = Pool(Door(way, tls.unverified()), watch, "http", wide=False)
    return Seen(pool=pool, untrusted=str(error), live=_live(pool, settings.live))


def _live(pool: Pool, path: str) -> Answer:
    with pool.caller() as caller:
        return caller.ask(path, body=Watch(pool.watch.left() * _BODY))


def _rest(settings: HttpSettings, seen: Seen, watch: Watch, patience: Watch) -> None:
    """Fill in what is asked after the first answer; ``patience`` waits for what is cut off."""
    pool = seen.pool
    pool.watch = watch
    # Nobody knows who is behind a certificate that is not accepted: no secret goes there.
    known = {} if seen.untrusted else settings.credentials(pool.door.way)
    singles = [pool.flight(_questions(settings, known), AT_ONCE), *_inside(settings, watch)]
    aside = _aside(settings, pool.door, Watch(watch.remaining * _ASIDE))
    first = Watch(watch.remaining * _SINGLE)
    for flight in singles:
        flight.wait(first.remaining)

    page = known if settings.page else {}
    with pool.caller() as caller:
        caller.watch = Watch(watch.remaining * _LATENCY)
        seen.latency = runs.sequential(caller, settings.measured, page, settings.requests)
    if settings.measured == settings.live and seen.live.reply.status < 400:
        seen.latency.warming.append(seen.live.reply.ms)

    live: dict[str, Callable[[Caller], Answer]] = {
        str(number): lambda caller: _bodiless(caller.ask(settings.live))
        for number in range(settings.burst)
    }
    burst = pool.flight(live, runs.AT_ONCE)
    flights: list[Flight[Any]] = [burst, *singles, aside]
    for work in flights:
        work.wait(patience.remaining)
    seen.answers = {name: said for flight in singles for name, said in flight.said().items()}
    seen.burst, seen.aside = burst.said(), aside.said()


def _bodiless(answer: Answer) -> Answer:
    return msgspec.structs.replace(answer, body=b"")


def _asking(path: str, headers: Mapping[str, str]) -> Callable[[Caller], Answer]:
    return lambda caller: caller.ask(path, headers)


def _questions(
    settings: HttpSettings, known: Mapping[str, str]
) -> dict[str, Callable[[Caller], Answer]]:
    """All that is asked of the service once, what matters most first."""
    found: dict[str, Callable[[Caller], Answer]] = {}
    if settings.monitor_url is None:
        found |= _inner(settings, known)
    if settings.page:
        found["page"] = _asking(settings.page, known)
    found |= {f"stranger {path}": _asking(path, {}) for path in settings.protected}
    if known:
        found |= {f"known {path}": _asking(path, known) for path in settings.protected}
    found["unknown"] = _asking(UNKNOWN, {})
    origin = {**(known if settings.page else {}), "Origin": FOREIGN}
    found["origin"] = _asking(settings.measured, origin)
    return found | {f"closed {p}": _asking(p, {}) for p in (*settings.debug, *settings.files)}


def _inner(
    settings: HttpSettings, headers: Mapping[str, str]
) -> dict[str, Callable[[Caller], Answer]]:
    """What may be served inside the network only."""
    paths = {"ready": settings.ready, "metrics": settings.metrics}
    return {name: _asking(path, headers) for name, path in paths.items() if path}


def _inside(settings: HttpSettings, watch: Watch) -> list[Flight[Answer]]:
    """What is asked at the ``monitor_url``, on connections of its own."""
    if settings.monitor_url is None:
        return []
    way = parsed(settings.monitor_url)
    jobs = _inner(settings, settings.credentials(way))
    try:
        door = Door(way, tls.context(settings.ca_file) if way.scheme == "https" else None)
    except Unreachable as error:
        # No authorities there: neither is seen, and all the rest is.
        door, jobs = Door(way, None), {name: partial(_failing, str(error)) for name in jobs}
    return [_elsewhere(door, jobs, watch)]


def _failing(cause: str, _: Caller) -> Answer:
    raise Unreachable(cause)


def _aside(settings: HttpSettings, door: Door, watch: Watch) -> Flight[Answer | str]:
    """What goes to other ports or speaks no HTTP, and is often met by a firewall's silence."""
    found: dict[str, Callable[[Caller], Answer | str]] = {}
    plain = settings.plaintext_entry
    if plain:
        found["plain"] = _asking(settings.below(settings.live), {})
    if door.tls is not None:
        found["old TLS"] = lambda _: tls.old_version(door, watch)
    return _elsewhere(Door(parsed(plain), None) if plain else door, found, watch)


def _elsewhere(door: Door, jobs: Mapping[str, Callable[[Caller], T]], watch: Watch) -> Flight[T]:
    """Jobs at another address; each hangs up when it has its answer."""
    with contextlib.closing(Pool(door, watch, "http", wide=False)) as pool:
        return pool.flight(jobs, len(jobs))
