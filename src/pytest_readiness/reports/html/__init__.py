"""The HTML report: one file that asks nothing of anybody, for people to read, to print and to sign.

What stands on the page is gathered by :mod:`~pytest_readiness.reports.html.view` from the facts of
all formats; how it stands there, by the templates. Style and script are inlined, and allowed by
their digests alone: whatever else a text might smuggle in stays dead.
"""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pytest_readiness.model import Scorecard
from pytest_readiness.reports import charts, parts
from pytest_readiness.reports.html.cards import look
from pytest_readiness.reports.html.texts import cut, shown, signed_number
from pytest_readiness.reports.html.view import Page, moment, page

_UNSAFE = re.compile(r"[^0-9A-Za-z:. -]")
"""Signs that have no place in a string of the style sheet."""


def render(scorecard: Scorecard) -> bytes:
    """The page as UTF-8."""
    view = page(scorecard)
    style = f"{_asset('style.css')}{charts.style()}{_asset('print.css')}{_margin(view)}"
    script = _asset("script.js")
    text = _environment().get_template("page.html").render(
        page=view, card=scorecard, style=Markup(style), script=Markup(script),
        policy=_policy(style, script),
    )  # fmt: skip
    return text.encode()


def _policy(style: str, script: str) -> str:
    """What the browser may do with the page: apply this style, run this script, nothing else."""
    return (
        f"default-src 'none'; style-src {_allowed(style)}; script-src {_allowed(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _allowed(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _margin(view: Page) -> str:
    """What the foot of every printed page says, so that a single sheet tells what it is of."""
    parts = (view.card.verdict.words, view.started, view.commit, f"sha256 {view.digest[:16]}")
    text = "  -  ".join(_UNSAFE.sub("", part) for part in parts if part)
    return f'@page{{@bottom-left{{content:"{text}"}}}}\n'


@cache
def _asset(name: str) -> str:
    return (files(__package__) / name).read_text("utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("pytest_readiness.reports.html", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=shown,
    )
    environment.filters["cut"] = cut
    environment.filters["number"] = signed_number
    environment.globals.update(
        charts=charts, look=look, by_severity=parts.by_severity, moment=moment, range=range
    )
    return environment
