"""Log records and warnings of client libraries: kept out of the terminal."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterable

import pytest
from _pytest.config import parse_warning_filter

SILENT = logging.CRITICAL + 1


class ClientLogs:
    """Silences the loggers of client libraries from the first observation to the run's end.

    Their warnings are about attempts that this tool makes and judges itself; printed, tracebacks
    and all, they would bury the finding that says the same in one line. Silenced by level, since
    pytest attaches its handlers to loggers that do not propagate as well.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = sorted(set(names))
        self._before: dict[str, int] = {}

    def start(self) -> None:
        """Silence from now on."""
        for name in self._names:
            logger = logging.getLogger(name)
            self._before.setdefault(name, logger.level)
            logger.setLevel(SILENT)

    def stop(self) -> None:
        """Give the loggers back as they were."""
        for name, level in self._before.items():
            logging.getLogger(name).setLevel(level)
        self._before.clear()


def quiet_warnings(config: pytest.Config, filters: Iterable[str]) -> None:
    """Ignore what client libraries warn about themselves, under ``-W error`` too.

    pytest applies both lists anew around every item. The third is in force between two, while a
    worker waits for its next one and observations go on.
    """
    for line in filters:
        warnings.filterwarnings(*parse_warning_filter(line, escape=False))
        config.addinivalue_line("filterwarnings", line)
        given = config.known_args_namespace.pythonwarnings or []
        config.known_args_namespace.pythonwarnings = [*given, line]
