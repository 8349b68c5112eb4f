"""A report in a browser: opened from its file, with everything that it does written down."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Browser, BrowserContext, Page, Route

from pytest_readiness.model import Scorecard
from pytest_readiness.reports.html import render

PHONE = (360, 740)
LAPTOP = (1280, 800)

_WATCHED = """
addEventListener("securitypolicyviolation", (event) =>
  console.error("policy: " + event.violatedDirective + " " + event.blockedURI));
"""


class Opened(NamedTuple):
    """A page, and what it did that a report must not do."""

    page: Page
    context: BrowserContext
    card: Scorecard
    said: list[str]
    """Requests, messages on the console, errors and dialogs."""

    def shown(self) -> int:
        """How many findings the filters leave."""
        return self.page.locator(".finding:not([hidden])").count()

    def told(self, shown: int) -> None:
        """Wait until the page says that so many findings are left, and see that they are."""
        words = f"{shown} of {len(self.card.findings)} findings shown"
        self.page.locator("#filter-count", has_text=words).wait_for()
        assert self.page.locator("#filter-count").inner_text() == words
        assert self.shown() == shown


@contextmanager
def opened(
    browser: Browser,
    folder: Path,
    card: Scorecard,
    size: tuple[int, int] = LAPTOP,
    script: str = "",
    **more: Any,
) -> Iterator[Opened]:
    """A scorecard's page; in the end it must have been silent.

    Args:
        browser: where to open it.
        folder: where the file is put.
        card: the scorecard.
        size: of the window.
        script: run before the page's own.
        more: of the browser's context, ``color_scheme``, ``java_script_enabled``, …
    """
    file = folder / "report.html"
    file.write_bytes(render(card))
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height}, **more)
    try:
        # What hangs is a failure, and no page of ours takes long.
        context.set_default_timeout(30_000)
        context.add_init_script(_WATCHED + script)
        said: list[str] = []
        context.route("**/*", lambda route: _only(file.as_uri(), route, said))
        page = context.new_page()
        page.on("console", lambda message: said.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: said.append(f"error: {error}"))
        page.on(
            "dialog", lambda dialog: (said.append(f"dialog: {dialog.message}"), dialog.dismiss())
        )
        page.on("popup", lambda other: said.append(f"popup: {other.url}"))
        page.goto(file.as_uri())
        yield Opened(page, context, card, said)
        assert said == []
    finally:
        context.close()


def _only(allowed: str, route: Route, said: list[str]) -> None:
    if route.request.url.partition("#")[0] == allowed:
        route.continue_()
        return
    said.append(f"request: {route.request.url}")
    route.abort()


def violations(page: Page, script: str, *rules: str) -> list[str]:
    """What axe-core finds wrong with the page as it is: rule, help, and the elements.

    Args:
        page: what to look at.
        script: axe-core's.
        rules: the only ones to ask; without any, all.
    """
    page.evaluate(script)
    only = {"runOnly": list(rules)} if rules else {}
    found = page.evaluate("options => axe.run(options)", {"resultTypes": ["violations"], **only})
    return [
        f"{one['id']}: {one['help']}: {json.dumps([node['target'] for node in one['nodes'][:3]])}"
        for one in found["violations"]
    ]
