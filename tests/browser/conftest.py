"""A headless Chromium for the tests of this folder, and axe-core to judge pages by."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.opened import Opened, opened

Open = Callable[..., AbstractContextManager[Opened]]


# Not for the whole session: while Playwright runs, no other test of the process could have an
# event loop of its own.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; Playwright's own browsers are never downloaded."""
    program = shutil.which("chromium")
    if program is None:
        pytest.fail("chromium is not here: python -m tests.sandbox.install")
    with sync_playwright() as playwright:
        # As root, as in most containers, Chromium has no sandbox; it opens nothing but our files.
        started = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Open:
    """Opens scorecards as pages, one after the other."""
    return partial(opened, browser, tmp_path)


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core's script, as the package that is kept for it carries it."""
    return (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
