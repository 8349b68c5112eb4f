"""Every way out of the process: its exit status is 0 only where a verdict let the build pass."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from traceback import walk_tb
from typing import Any, NoReturn

import pytest
from _pytest import junitxml

from pytest_readiness.policy.files import asked_reports
from pytest_readiness.reports import known
from pytest_readiness.reports.files import discard

NAME = "readiness-leaving"
FAILED = int(pytest.ExitCode.TESTS_FAILED)

_CURRENT = "PYTEST_CURRENT_TEST"

_LOOKING = (
    "collectonly",
    "showfixtures",
    "show_fixtures_per_test",
    "cacheshow",
    "help",
    "version",
    "markers",
    "readiness_list",
    "readiness_explain",
)
"""Options under which nothing is judged, and nothing is expected to be."""


class Leaving:
    """Stands at the door of a run, from before the first conftest to the very end."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.status = FAILED
        """The exit status that the gate has decided; until then, nothing has passed."""
        self.words = "INCOMPLETE"
        """The verdict, for the line that is printed where no summary follows."""
        self.unwritten: list[str] = []
        """Files that could not be written, and why."""
        self.troubles: list[str] = []
        """What else went wrong after the verdict, each a line."""
        self._began = False
        self._outer_test = os.environ.get(_CURRENT)

    @contextmanager
    def loading(self) -> Generator[None, None, None]:
        """While conftests are loaded: one that leaves has not passed anything."""
        self._hold_exit()
        self.config.add_cleanup(self._discard_unless_begun)
        try:
            yield
        except SystemExit as error:
            if error.code or self._looks():
                raise
            self._say("sys.exit() in a conftest ended the run")
            raise SystemExit(FAILED) from None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_cmdline_main(self) -> Generator[None, Any, Any]:
        """Have the last word on the status, whatever ended the session."""
        try:
            status = yield
        except SystemExit as error:
            if error.code or self._looks():
                raise
            status = 0
        except KeyboardInterrupt:
            # Files are written before other plugins end; a run that broke off leaves none.
            self._discard()
            raise
        if status or not self.status or self._looks():
            return status
        self._say("the run was ended with exit status 0")
        return self.status

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """From now on the gate looks after the reports."""
        self._began = True

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self) -> Generator[None, None, None]:
        """A JUnit file that cannot be written is one line and a failure, not a traceback."""
        try:
            return (yield)
        except OSError as error:
            problem = error.strerror or str(error)
            self.unwritten.append(f"{self._file(error)}: {problem}")

    def _file(self, error: OSError) -> str:
        places = {frame.f_code.co_filename for frame, _ in walk_tb(error.__traceback__)}
        if junitxml.__file__ in places:
            return str(self.config.option.xmlpath)
        return str(error.filename or "a report of another plugin")

    def _hold_exit(self) -> None:
        """Let ``os._exit(0)`` end this process with the status that the verdict has earned.

        Nothing else in Python sees that call. Forked children keep their own.
        """
        leave, home = os._exit, os.getpid()

        def held(status: int) -> NoReturn:
            if os.getpid() == home and self.status and not self._looks():
                self._discard_unless_begun()
                # The system keeps one byte of it.
                if isinstance(status, int) and not status & 0xFF:
                    self._say("os._exit(0) ended the run")
                    status = self.status
            leave(status)

        def give_back() -> None:
            if os._exit is held:
                os._exit = leave

        os._exit = held
        self.config.add_cleanup(give_back)

    def _looks(self) -> bool:
        """Whether no verdict is asked for: of a worker, or where pytest only shows something."""
        given = self.config.known_args_namespace
        worker = hasattr(self.config, "workerinput")
        return worker or any(getattr(given, name, None) for name in _LOOKING)

    def _say(self, what: str) -> None:
        current = os.environ.get(_CURRENT)
        # A run that a test starts inherits that test's variable.
        while_ = f" in {current}" if current and current != self._outer_test else ""
        capture: Any = self.config.pluginmanager.get_plugin("capturemanager")
        with suppress(Exception):  # whatever state capturing is in, the status counts
            capture.suspend(in_=True)
        sys.stderr.write(
            f"\nreadiness: {self.words}: {what}{while_}; the exit status is {self.status}\n"
        )
        sys.stderr.flush()

    def _discard_unless_begun(self) -> None:
        if not self._began:
            self._discard()

    def _discard(self) -> None:
        """Remove reports of an earlier run: none will be written that could take their place."""
        if self._looks():
            return
        given = self.config.known_args_namespace
        base = Path(self.config.invocation_params.dir)
        explicit = given.readiness_config and str(base / given.readiness_config)
        settings = asked_reports(self.config.rootpath, explicit, given.readiness_profile)
        for path in (*(given.readiness_report or ()), *settings):
            if known(path):
                discard(base / path)


def leaving(config: pytest.Config) -> Leaving:
    """The one of a run; it is made with the first conftest or, at the latest, with the run."""
    manager = config.pluginmanager
    found: Leaving | None = manager.get_plugin(NAME)
    if found is None:
        found = Leaving(config)
        manager.register(found, NAME)
    return found
