"""Log records and warnings of client libraries: kept out of the terminal."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable

import pytest

KEPT = 50


class _Tail(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: deque[logging.LogRecord] = deque(maxlen=KEPT)

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


class ClientLogs:
    """Captures the loggers of client libraries from the first observation to the run's end.

    Their reconnection warnings are about attempts that this tool makes and judges itself;
    printed, they would bury the finding that says the same in one line.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = sorted(set(names))
        self._handler = _Tail()
        self._before: dict[str, bool] = {}

    def start(self) -> None:
        """Capture from now on."""
        for name in self._names:
            if name not in self._before:
                logger = logging.getLogger(name)
                self._before[name] = logger.propagate
                logger.addHandler(self._handler)
                logger.propagate = False

    def stop(self) -> None:
        """Give the loggers back as they were."""
        for name, propagate in self._before.items():
            logger = logging.getLogger(name)
            logger.removeHandler(self._handler)
            logger.propagate = propagate
        self._before.clear()


def quiet_warnings(config: pytest.Config, filters: Iterable[str]) -> None:
    """Ignore what client libraries warn about themselves, under ``-W error`` too.

    pytest applies both lists anew around every item; filters set once would be lost between two.
    """
    for line in filters:
        config.addinivalue_line("filterwarnings", line)
        given = config.known_args_namespace.pythonwarnings or []
        config.known_args_namespace.pythonwarnings = [*given, line]
