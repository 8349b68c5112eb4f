"""One observation: the live path first, then all single questions at once, then the two runs.

Whatever does not fit into the deadline is unseen, and takes nothing else with it.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping

import msgspec

from pytest_readiness.systems import net
from pytest_readiness.systems.asking import Caller, Door
from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.exchange import Answer
from pytest_readiness.systems.http import HttpSettings, parsed, runs, tls
from pytest_readiness.systems.http.pool import Together
from pytest_readiness.systems.urls import Url
from pytest_readiness.systems.watch import DeadlineExceeded, Watch

_WORKERS = 6
_SINGLE, _LATENCY, _BODY, _ASIDE = 0.4, 0.6, 0.5, 0.4
"""Shares of the time left: for single questions before the runs begin, for the latency, for the
body of the first answer, and for what goes to other ports."""

_PATIENCE = 3
"""Times that the first answer took, after which silence is no slowness."""

UNKNOWN = "/readiness-no-such-page"
FOREIGN = "https://readiness-foreign.invalid"


class Seen(msgspec.Struct, kw_only=True):
    """What was asked and answered, before it is read."""

    door: Door
    untrusted: str | None
    live: Answer
    answers: Mapping[str, Answer | Unreachable] = {}
    latency: runs.Run | None = None
    burst: Mapping[str, Answer | Unreachable] = {}
    aside: Mapping[str, Answer | str | Unreachable] = {}

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
        with inner.gathering() as asking:
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
    door = Door(way, verified)
    try:
        live = _live(door, settings.live, watch)
    except Unreachable as error:
        if door.speaks_tls(watch):
            raise Unreachable(f"{door.where} speaks TLS on this port; give https://") from None
        # Its text is for people; what it came from says for certain what it was.
        if not isinstance(error.__context__, ssl.SSLCertVerificationError):
            raise
        return _unverified(settings, way, watch, error)
    # Many a server answers plaintext on its TLS port in HTTP.
    if live.reply.status == 400 and door.speaks_tls(watch):
        raise Unreachable(f"{door.where} speaks TLS on this port; give https://")
    return Seen(door=door, untrusted=None, live=live)


def _unverified(settings: HttpSettings, way: Url, watch: Watch, error: Unreachable) -> Seen:
    """Look on without trust, where clients would not accept the certificate."""
    door = Door(way, tls.context(None, verify=False))
    return Seen(door=door, untrusted=str(error), live=_live(door, settings.live, watch))


def _live(door: Door, path: str, watch: Watch) -> Answer:
    with door.caller(watch) as caller:
        return caller.ask(path, body=Watch(watch.left() * _BODY))


def _rest(settings: HttpSettings, seen: Seen, watch: Watch, patience: Watch) -> None:
    """Fill in what is asked after the first answer; ``patience`` waits for what is cut off."""
    door = seen.door
    # Nobody knows who is behind a certificate that is not accepted: no secret goes there.
    known = {} if seen.untrusted else settings.credentials(door.way)
    singles = Together(door, _questions(settings, door, known, watch), watch, _WORKERS)
    aside = Together(door, _aside(settings, door, Watch(watch.remaining * _ASIDE)), watch, 2)
    singles.wait(watch.remaining * _SINGLE)

    page = known if settings.page else {}
    brief = Watch(watch.remaining * _LATENCY)
    seen.latency = runs.sequential(door, settings.measured, page, settings.requests, brief)
    if settings.measured == settings.live and seen.live.reply.status < 400:
        seen.latency.warming.append(seen.live.reply.ms)

    live: dict[str, Callable[[Caller], Answer]] = {
        str(number): lambda caller: _bodiless(caller.ask(settings.live))
        for number in range(settings.burst)
    }
    burst = Together(door, live, watch, runs.AT_ONCE)
    for work in (burst, singles, aside):
        work.wait(patience.remaining)
    seen.answers, seen.burst, seen.aside = singles.said(), burst.said(), aside.said()


def _bodiless(answer: Answer) -> Answer:
    return msgspec.structs.replace(answer, body=b"")


def _questions(
    settings: HttpSettings, door: Door, known: Mapping[str, str], watch: Watch
) -> dict[str, Callable[[Caller], Answer]]:
    """All that is asked once, what matters most first."""

    def ask(path: str, headers: Mapping[str, str]) -> Callable[[Caller], Answer]:
        return lambda caller: caller.ask(path, headers)

    def inside(path: str) -> Callable[[Caller], Answer]:
        monitor = settings.monitor_url
        if monitor is None:
            return ask(path, known)
        return lambda _: _at(parsed(monitor), settings, path, watch)

    found: dict[str, Callable[[Caller], Answer]] = {}
    if settings.ready:
        found["ready"] = inside(settings.ready)
    if settings.page:
        found["page"] = ask(settings.page, known)
    found |= {f"stranger {path}": ask(path, {}) for path in settings.protected}
    if known:
        found |= {f"known {path}": ask(path, known) for path in settings.protected}
    if settings.metrics:
        found["metrics"] = inside(settings.metrics)
    found["unknown"] = ask(UNKNOWN, {})
    found["origin"] = ask(
        settings.measured, {**(known if settings.page else {}), "Origin": FOREIGN}
    )
    return found | {f"closed {p}": ask(p, {}) for p in (*settings.debug, *settings.files)}


def _aside(
    settings: HttpSettings, door: Door, watch: Watch
) -> dict[str, Callable[[Caller], Answer | str]]:
    """What goes to other ports or speaks no HTTP, and is often met by a firewall's silence."""
    found: dict[str, Callable[[Caller], Answer | str]] = {}
    plain = settings.plaintext_entry
    if plain:
        found["plain"] = lambda _: _at(parsed(plain), None, settings.below(settings.live), watch)
    if door.tls is not None:
        found["old TLS"] = lambda _: tls.old_version(door, watch)
    return found


def _at(way: Url, settings: HttpSettings | None, path: str, watch: Watch) -> Answer:
    """An answer from another address; with credentials where the settings are given."""
    verified = (
        tls.context(settings.ca_file if settings else None) if way.scheme == "https" else None
    )
    with Door(way, verified).caller(watch) as caller:
        return caller.ask(path, settings.credentials(way) if settings else {})
