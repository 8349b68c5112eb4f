"""Answers to facts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.exchange import Answer
from pytest_readiness.systems.http import HttpSettings, gates, runs, words
from pytest_readiness.systems.http.facts import (
    Gate,
    HttpFacts,
    Metrics,
    Origin,
    Page,
    Plain,
    Ready,
)
from pytest_readiness.systems.http.look import FOREIGN, Seen

_NUMBERED = re.compile(r"\d\.\d|/\d+\b")
_DAY = 86400
_SERVER = 100
"""Characters of a header that tells who serves."""


def facts(settings: HttpSettings, seen: Seen) -> HttpFacts:
    """All that was seen, and why the rest was not."""
    found: dict[str, Any] = {}
    unseen: dict[str, str] = {}
    for name, read in _READERS.items():
        try:
            found[name] = read(settings, seen)
        except Unreachable as error:
            unseen[name] = str(error)
    url = _public(settings)
    assert seen.door.link is not None, "the live path was asked"
    return HttpFacts(
        link=seen.door.link,
        peer=seen.door.peer,
        server=seen.live.header("server")[:_SERVER] or None,
        untrusted=seen.untrusted,
        live=seen.live.reply,
        live_anyway=settings.live != "/" and gates.anyway(seen, seen.live),
        protected={path: gates.protected(seen, path, url) for path in settings.protected},
        debug=_closed(seen, settings.debug, url),
        files=_closed(seen, settings.files, url),
        error_pages=len(_errors(seen)),
        unseen=unseen,
        **found,
    )


def _public(settings: HttpSettings) -> str:
    """The URL without its user."""
    parts = urlsplit(settings.url or "")
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _closed(seen: Seen, paths: tuple[str, ...], url: str) -> dict[str, Gate]:
    return {path: gates.closed(seen, path, url) for path in paths}


def _ready(settings: HttpSettings, seen: Seen) -> Ready:
    path = settings.ready or ""
    answer = seen.answer("ready", path)
    try:
        body = json.loads(answer.body)
        named = {name: words.named(body, name) for name in settings.dependencies}
        said = words.word_of(body) if isinstance(body, dict) else None
    except (ValueError, RecursionError):
        return Ready(reply=answer.reply, json=False, anyway=gates.anyway(seen, answer))
    dependencies = {name: word for name, word in named.items() if word is not None}
    return Ready(reply=answer.reply, json=True, said=said, dependencies=dependencies)


def _page(settings: HttpSettings, seen: Seen) -> Page:
    answer = seen.answer("page", settings.page) if settings.page else seen.live
    html = "html" in answer.header("content-type").lower()
    return Page(
        reply=answer.reply,
        html=html,
        hsts_days=_hsts(answer.header("strict-transport-security")),
        lacking=tuple(_lacking(answer, html)),
        versions=tuple(_versions(answer)),
    )


def _hsts(value: str) -> float | None:
    match = re.search(r'(?i)\bmax-age\s*=\s*"?(\d{1,12})', value)
    return int(match[1]) / _DAY if match else None


def _lacking(answer: Answer, html: bool) -> list[str]:
    policy = answer.header("content-security-policy").lower()
    framed = answer.header("x-frame-options").lower()
    lacking = []
    if "nosniff" not in answer.header("x-content-type-options").lower():
        lacking.append("X-Content-Type-Options")
    # Data is not shown in a frame: only pages are asked who may frame them.
    if html and "frame-ancestors" not in policy and framed not in ("deny", "sameorigin"):
        lacking.append("X-Frame-Options")
    return lacking


def _versions(answer: Answer) -> list[str]:
    tell = {name: answer.header(name)[:_SERVER] for name in ("Server", "X-Powered-By")}
    told = [f"{name}: {value}" for name, value in tell.items() if _NUMBERED.search(value)]
    more = ("X-AspNet-Version", "X-AspNetMvc-Version")
    return told + [name for name in more if answer.header(name)]


def _latency(settings: HttpSettings, seen: Seen) -> Any:
    if seen.latency is None:
        raise Unreachable("no time was left to measure it; raise timeout")
    return runs.latency(seen.latency, settings.measured, settings.requests)


def _burst(settings: HttpSettings, seen: Seen) -> Any:
    if not seen.burst:
        raise Unreachable("no request of the burst ended before the deadline; raise timeout")
    return runs.burst(seen.burst, settings.live, settings.burst)


def _opened(settings: HttpSettings, seen: Seen) -> dict[str, int]:
    if seen.untrusted:
        raise Unreachable("the certificate is not accepted, so no credentials were sent")
    paths = settings.protected
    return {path: seen.answer(f"known {path}", path).reply.status for path in paths}


def _errors(seen: Seen) -> list[Answer]:
    answers = [one for one in seen.answers.values() if isinstance(one, Answer)]
    return [one for one in (seen.live, *answers) if one.reply.status >= 400]


def _traces(settings: HttpSettings, seen: Seen) -> dict[str, str]:
    unknown = seen.answer("unknown", "a page that is not there")
    return gates.traces([unknown, *_errors(seen)])


def _origins(settings: HttpSettings, seen: Seen) -> dict[str, Origin]:
    answer = seen.answer("origin", settings.measured)
    if answer.reply.status >= 400:
        said = f"GET {settings.measured} answers with status {answer.reply.status}"
        raise Unreachable(f"{said}: no page of the application")
    allowed = answer.header("access-control-allow-origin").strip()
    return {
        settings.measured: Origin(
            allowed="every origin"
            if allowed == "*"
            else "the foreign origin"
            if allowed == FOREIGN
            else "no origin",
            credentials=answer.header("access-control-allow-credentials").lower() == "true",
        )
    }


def _metrics(settings: HttpSettings, seen: Seen) -> Metrics:
    # Its patterns take milliseconds to compile, and most services name no metrics.
    from pytest_readiness.systems.http import metrics

    answer = seen.answer("metrics", settings.metrics or "")
    cut = answer.reply.end != "complete"
    read = metrics.parse(answer.body.decode("utf-8", "replace"), cut=cut)
    missing = [name for name in settings.metrics_names if name not in read.names]
    return Metrics(
        reply=answer.reply, samples=read.samples, problem=read.problem, missing=tuple(missing)
    )


def _old_tls(settings: HttpSettings, seen: Seen) -> str:
    said = seen.aside.get("old TLS")
    if isinstance(said, Unreachable):
        raise said
    if not isinstance(said, str):
        raise Unreachable("no answer to an old TLS hello before the deadline; raise timeout")
    return said


def _plain(settings: HttpSettings, seen: Seen) -> Plain | None:
    url, answer = settings.plaintext_entry or "", seen.aside.get("plain")
    if not isinstance(answer, Answer):
        if settings.redirect_from is None:
            return None
        raise Unreachable(f"{url}: {answer or 'no answer before the deadline; raise timeout'}")
    status, to = answer.reply.status, answer.header("location").lower()
    if status == 429 or status >= 500:
        raise Unreachable(f"{url} answers with status {status}")
    leads = 300 <= status < 400 and to.startswith("https://")
    return Plain(
        url=url,
        status=status,
        serves="a redirect to https" if leads else "a refusal" if status >= 400 else "plaintext",
    )


_READERS: dict[str, Callable[[HttpSettings, Seen], Any]] = {
    "ready": _ready,
    "page": _page,
    "latency": _latency,
    "burst": _burst,
    "opened": _opened,
    "traces": _traces,
    "origins": _origins,
    "metrics": _metrics,
    "old_tls": _old_tls,
    "plain": _plain,
}
