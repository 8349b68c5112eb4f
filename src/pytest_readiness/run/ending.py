"""SIGTERM: a run that is told to end does so as after Ctrl-C, and so cleans up behind itself.

Python's own way is to die at once: a round trip under way would leave what it wrote, and the
project would keep neither a verdict nor a report.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType

import pytest

from pytest_readiness.run.tracker import Tracker

WHY = "the run was ended by SIGTERM"


class Ending:
    """Turns SIGTERM into an orderly interruption while a run is on.

    Args:
        tracker: what is to know why the run is not complete; None on an xdist worker.
    """

    def __init__(self, tracker: Tracker | None) -> None:
        self._tracker = tracker
        self._installed = False
        self._session: pytest.Session | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Take the signal over, unless somebody else has, or pytest runs beside the main thread."""
        self._session = session
        main = threading.current_thread() is threading.main_thread()
        if main and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, self._told)
            self._installed = True

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Give the signal back; another handler that was set meanwhile stays."""
        if self._installed and signal.getsignal(signal.SIGTERM) == self._told:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        self._installed = False

    def _told(self, number: int, frame: FrameType | None) -> None:
        # Whoever asks again does not want to wait for the cleaning up.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if self._tracker is not None:
            self._tracker.broke(WHY)
        if self._session is not None:
            # Where a bare except swallows the interruption, the run ends with its check.
            self._session.shouldstop = WHY
        raise KeyboardInterrupt(WHY)
