"""What a client without credentials gets: let in, refused, or an answer that tells neither."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.exchange import Answer
from pytest_readiness.systems.http.facts import Gate
from pytest_readiness.systems.http.look import Seen

_REFUSED = (401, 403)
_ABSENT = (404, 410)
_LOGIN = re.compile(
    # No blog-index, no catalog-info, no designing and no signing of documents.
    r"(?i)(?<!\bb)login|(?<![a-z])(?:log[-_]in|sign[-_]?in)(?![a-z])|\bo?auth2?\b|authenticate"
    r"|authori[sz]e|openid|saml|\bsso\b"
)
_PASSWORD = re.compile(rb"(?i)type\s?=\s?[\"']?password")
_LOOKED_AT = 1 << 16
"""Bytes of an error page that are searched; patterns on hostile text must stay quick."""

_SIGNS = {
    "/debug/pprof/": rb"goroutine",
    "/debug/vars": rb'"memstats"',
    "/actuator/env": rb'"propertySources"',
    "/console": rb"(?i)werkzeug|h2 console",
    "/phpinfo.php": rb"phpinfo\(\)|PHP Version",
    "/server-status": rb"(?i)server status|active connections",
    "/.env": rb"(?m)\A(?:#.*\r?\n|\s)*(?:export )?[A-Za-z_][A-Za-z0-9_]*=",
    "/.git/HEAD": rb"\A(?:ref: refs/|[0-9a-f]{40}\s*\Z)",
}
"""What the page itself says, where its path is one of the usual ones. An application that answers
every path with its start page shows none of them."""

TRACES = {
    "a Python traceback": re.compile(rb"Traceback \(most recent call last\)"),
    "Werkzeug's debugger": re.compile(rb"Werkzeug Debugger|__debugger__=yes"),
    "Django's debug page": re.compile(rb"<code>DEBUG = True</code>|You're seeing this error becau"),
    "a Java stack trace": re.compile(rb"\bat [\w.$]{3,200}\([\w$]{1,100}\.(?:java|kt|scala):\d"),
    "a Node.js stack trace": re.compile(rb"\n? {4}at [^\n]{1,200}\.[cm]?[jt]s:\d+:\d+"),
    "a .NET stack trace": re.compile(
        rb"\bat [\w.]{3,200}\([^)\n]{0,200}\) in [^\n]{1,200}:line \d"
    ),
    "a PHP error": re.compile(
        rb"(?:Fatal error|Warning)(?:</b>)?: [^\n]{1,400} on line (?:<b>)?\d"
    ),
    "a Ruby stack trace": re.compile(rb"Rails\.root: |\.rb:\d+:in [`']"),
    "a Go stack trace": re.compile(rb"\bgoroutine \d+ \[running\]"),
}
"""Source: OWASP Web Security Testing Guide, WSTG-ERRH-02."""


def protected(seen: Seen, path: str, url: str) -> Gate:
    """Whether a path that must be protected refuses a stranger."""
    try:
        answer = seen.answer(f"stranger {path}", path)
    except Unreachable as error:
        return Gate(state="unclear", said=str(error))
    status = answer.reply.status
    if status in _REFUSED:
        return Gate(state="closed", said=f"status {status}")
    if 200 <= status < 300:
        return _shown(seen, answer)
    if 300 <= status < 400:
        return _led(answer, url)
    if status in _ABSENT and _opens(seen, path):
        return Gate(state="closed", said=f"status {status}")
    said = f"GET {path} answers a stranger with status {status}, which is no refusal"
    return Gate(state="unclear", said=f"{said}; name a path that exists and answers GET")


def anyway(seen: Seen, answer: Answer) -> bool:
    """Whether an answer is the start page that a one-page application shows at any path."""
    unknown = seen.answers.get("unknown")
    pages = [answer, unknown] if isinstance(unknown, Answer) else []
    return bool(pages) and all(
        page.reply.status == 200 and "html" in page.header("content-type").lower() for page in pages
    )


def _shown(seen: Seen, answer: Answer) -> Gate:
    path, status = answer.reply.path, answer.reply.status
    if anyway(seen, answer):
        said = f"GET {path} shows a stranger the start page that any path shows"
        return Gate(state="unclear", said=f"{said}; name a path of its API")
    if _PASSWORD.search(answer.body, 0, _LOOKED_AT):
        said = f"GET {path} shows a stranger a form that asks for a password, with status {status}"
        return Gate(state="unclear", said=f"{said}; answer 401, or name a path without a form")
    return Gate(state="open", said=f"status {status}")


def _opens(seen: Seen, path: str) -> bool:
    """Whether a client with credentials is let in where a stranger is told that nothing is."""
    try:
        return seen.answer(f"known {path}", path).reply.status < 300
    except Unreachable:
        return False


def _led(answer: Answer, url: str) -> Gate:
    path, own = answer.reply.path, urlsplit(url)
    to = urlsplit(urljoin(f"{url.rstrip('/')}{path}", answer.header("location")))
    place = f"{to.scheme}://{to.hostname}{to.path}"
    elsewhere = to.path if to.hostname == own.hostname else f"{to.hostname}{to.path}"
    # Only what the redirect adds can be a login: /login-log leads to /login-log/ for everybody.
    if _LOGIN.search(elsewhere) and not _LOGIN.search(path):
        return Gate(state="closed", said=f"a redirect to {place}")
    said = f"GET {path} redirects a stranger to {place}, which is no login that is known"
    return Gate(state="unclear", said=f"{said}; answer 401 or 403, or name the path it leads to")


def closed(seen: Seen, path: str, url: str) -> Gate:
    """Whether a page or file that must not be served is not."""
    try:
        answer = seen.answer(f"closed {path}", path)
        unknown = None if path in _SIGNS else seen.answer("unknown", "a page that is not there")
    except Unreachable as error:
        return Gate(state="unclear", said=str(error))
    status = answer.reply.status
    if status == 429 or status >= 500:
        return Gate(state="unclear", said=f"GET {path} answers with status {status}")
    if unknown is None:
        there = status < 300 and re.search(_SIGNS[path], answer.body)
        return Gate(state="open" if there else "closed", said=f"status {status}")
    if status >= 400:
        return Gate(state="closed", said=f"status {status}")
    return _unlike(unknown, answer, url)


def _unlike(unknown: Answer, answer: Answer, url: str) -> Gate:
    """Whether an answer without an error is more than what any path gets."""
    path, status = answer.reply.path, answer.reply.status
    alike = (status, answer.header("location")) == (
        unknown.reply.status,
        unknown.header("location"),
    )
    if alike and (status >= 300 or unknown.body == answer.body):
        return Gate(state="closed", said=f"status {status}, as any path")
    if status >= 300:
        return _led(answer, url)
    if unknown.reply.status >= 300:
        return Gate(state="open", said=f"status {status}")
    return Gate(state="unclear", said=f"GET {path}: the service answers any path with success")


def traces(answers: list[Answer]) -> dict[str, str]:
    """What gives away a stack trace or a debug page, by path."""
    found: dict[str, str] = {}
    for answer in answers:
        for name, sign in TRACES.items():
            if sign.search(answer.body, 0, _LOOKED_AT):
                found.setdefault(answer.reply.path, name)
    return found
