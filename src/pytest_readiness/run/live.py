"""A line on what the run waits for: on a terminal while it waits, in a log now and then.

Nothing where all is quick, under ``-qq``, and where nobody prints.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Generator, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from pytest_readiness.run.logs import quiet_warnings
from pytest_readiness.run.screen import Screen
from pytest_readiness.run.selection import looks_only
from pytest_readiness.run.state import Run
from pytest_readiness.run.underway import Board, Doing, observed, posted, spent, waiting

LOOK = 0.25
"""Seconds between two looks at what is under way."""
PATIENCE = 2.0
"""Seconds of waiting that nobody wonders about."""
RUNNING = 5.0
"""The same of a check that runs: it may take its time."""
FIRST = 10.0
"""Seconds before the first line in a log; each further one comes after twice the time of the last,
so that even a day has but fourteen."""

_FORKS = "ignore:This process .* is multi-threaded:DeprecationWarning"
"""Python's warning to a check that forks. The thread holds no lock that a child could need."""


class Live:
    """Tells on the controller what is waited for.

    Args:
        run: the run.
        board: what this process observes.
        folders: of the workers that share what they observe, by the name of their place.
    """

    def __init__(self, run: Run, board: Board, folders: Mapping[str | None, Path]) -> None:
        self.run = run
        self._board = board
        self._folders = folders
        self._screen: Screen | None = None
        self._named = False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="readiness-live", daemon=True)
        self._paused = False
        self._running: dict[str, float] = {}
        self._bounds = {
            f"readiness::command::{command.id}": command.seconds
            for command in run.policy.settings.commands
        }
        self._next = 0.0
        self._gap = FIRST

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Stand between pytest and the terminal, if there is one to speak to."""
        config = session.config
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        if reporter is None or looks_only(config) or config.option.verbose < -1:
            return
        quiet_warnings(config, [_FORKS])
        self._screen = Screen(reporter, rewriting=_rewriting(config, reporter))
        self._named = config.option.verbose > 0 and not config.pluginmanager.has_plugin("dsession")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        """Look at what is under way as long as checks run, and no longer."""
        screen = self._screen
        if screen is None:
            return (yield)
        screen.flush()
        self._thread.start()
        try:
            return (yield)
        finally:
            self._over.set()
            self._thread.join(1.0)
            screen.erase()

    def pytest_unconfigure(self) -> None:
        """Leave the terminal as it was; one that blocks a writing thread keeps what it uses."""
        if self._screen is not None and not self._thread.is_alive():
            self._screen.close()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A check begins, here or on a worker."""
        self._running[nodeid] = time.monotonic()

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """It has ended."""
        self._running.pop(nodeid, None)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One whose worker has died does not end in any other way."""
        if str(report.when) == "???":
            self._running.pop(report.nodeid, None)

    def pytest_enter_pdb(self) -> None:
        """Leave the screen to whoever is at the prompt."""
        self._paused = True
        if self._screen is not None:
            self._screen.erase()

    def pytest_leave_pdb(self) -> None:
        """Go on."""
        self._paused = False

    def _watch(self) -> None:
        assert self._screen is not None
        while not self._over.wait(LOOK):
            if not self._paused:
                self._look(self._screen, time.monotonic())

    def _look(self, screen: Screen, now: float) -> None:
        eldest, text = self._told(now)
        if not screen.rewriting:
            if text and eldest >= FIRST and now >= self._next:
                screen.say(text)
                self._gap *= 2
                self._next = now + self._gap / 2
        elif text:
            screen.show(text)
        else:
            screen.erase()

    def _told(self, now: float) -> tuple[float, str]:
        """For how long something is under way, and what to say of it; nothing of the quick."""
        found = [one for one in self._observing(now) if now - one.since >= PATIENCE]
        if found:
            done = self._board.done + sum(map(observed, self._folders.values()))
            text = waiting(found, now, done, self._board.expected)
            return now - min(one.since for one in found), self.run.redactor.clean(text)
        # pytest's hooks change it meanwhile, on another thread.
        running = [
            Doing(node, since, self._bounds.get(node, 0.0))
            for node, since in list(self._running.items())
            if now - since >= RUNNING
        ]
        if not running:
            return 0.0, ""
        return now - running[0].since, self.run.redactor.clean(self._at(running, now))

    def _observing(self, now: float) -> Iterable[Doing]:
        yield from self._board.entries()
        for place, folder in list(self._folders.items()):
            for one in posted(folder, now):
                several = len(self._folders) > 1 and place is not None
                yield one._replace(name=f"{one.name}@{place}") if several else one

    def _at(self, running: list[Doing], now: float) -> str:
        """``running readiness::command::backups: 12 s of 60 s``."""
        first = running[0]
        if self._named:
            # Its name stands on the line above.
            return f"still running: {spent(first, now)}"
        more = f" and {len(running) - 1} more" if len(running) > 1 else ""
        return f"running {first.name}{more}: {spent(first, now)}"


def _rewriting(config: pytest.Config, reporter: Any) -> bool:
    """Whether a line may be taken back: no escape sequence where nobody wants any."""
    tty = reporter.isatty
    return (
        # A property in pytest 8, a method since.
        bool(tty() if callable(tty) else tty)
        and bool(reporter.hasmarkup)
        and os.environ.get("TERM") != "dumb"
        and sys.platform != "win32"
        # What a check prints past the captured would stand behind the line, and go with it.
        and config.getoption("capture", None) in ("fd", "sys")
    )
