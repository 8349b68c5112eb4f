"""SIGTERM and SIGHUP: a run that is told to end does so as after Ctrl-C, and so cleans up.

Python's own way is to die at once: a round trip under way would leave what it wrote, and the
project would keep neither a verdict nor a report.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_readiness.run.tracker import Tracker

WHY = "the run was ended by {}"

SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
"""A service manager's way to end a process, and that of a terminal which was closed."""


class Ending:
    """Turns such a signal into an orderly interruption while a run is on.

    Args:
        tracker: what is to know why the run is not complete; None on an xdist worker.
    """

    def __init__(self, tracker: Tracker | None) -> None:
        self._tracker = tracker
        self._taken: list[signal.Signals] = []
        self._session: pytest.Session | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Take the signals over, unless somebody else has, or this is no main thread."""
        self._session = session
        if threading.current_thread() is not threading.main_thread():
            return
        for number in SIGNALS:
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, self._told)
                self._taken.append(number)

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Give the signals back; another handler that was set meanwhile stays."""
        self._give_back()

    def _give_back(self) -> None:
        for number in self._taken:
            if signal.getsignal(number) == self._told:
                signal.signal(number, signal.SIG_DFL)
        self._taken.clear()

    def _told(self, number: int, frame: FrameType | None) -> None:
        # Whoever asks again does not want to wait for the cleaning up.
        self._give_back()
        why = WHY.format(signal.Signals(number).name)
        if self._tracker is not None:
            self._tracker.broke(why)
        if self._session is not None:
            # Where a bare except swallows the interruption, the run ends with its check.
            self._session.shouldstop = why
        raise KeyboardInterrupt(why)
