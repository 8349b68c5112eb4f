"""The last doors: what pytest prints and writes of its own accord, beside the reports of checks."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Callable, Generator, Iterable
from functools import partial
from typing import Any

import pytest
from _pytest._code.code import ExceptionRepr
from _pytest.outcomes import Exit

from pytest_readiness.redact import Redactor
from pytest_readiness.reports.forges.commands import Inert
from pytest_readiness.run.rewrite import redacted


class Outlet:
    """A stream that takes secrets out of what is written to it, one write at a time.

    Args:
        stream: where it goes to.
        redactor: knows the secrets.
        inert: keeps the text from being read as a command, where somebody reads it for some.
    """

    def __init__(
        self, stream: Any, redactor: Redactor, inert: Callable[[str], str] | None = None
    ) -> None:
        self._stream = stream
        self._redactor = redactor
        self._inert = inert

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write the text without its secrets; a caller is told that all of it was written."""
        self._stream.write(self.harmless(text))
        return len(text)

    def harmless(self, text: str) -> str:
        """What is written in the place of this text, for those who write past this stream."""
        shown = self._redactor.text(text)
        return shown if self._inert is None else self._inert(shown)

    def command(self, line: str) -> None:
        """Write a command for whoever reads the log for some: secrets are taken out, no more."""
        shown = f"{self._redactor.text(line)}\n"
        try:
            self._stream.write(shown)
        except UnicodeEncodeError:
            self._stream.write(shown.encode("ascii", "backslashreplace").decode("ascii"))

    def writelines(self, lines: Iterable[str]) -> None:
        """Write each of them."""
        for line in lines:
            self.write(line)


class _Format(logging.Formatter):
    """A handler's own formatter, and then no secrets."""

    def __init__(self, inner: logging.Formatter, redactor: Redactor) -> None:
        super().__init__()
        self._inner = inner
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        return self._redactor.text(self._inner.format(record))


class Outlets:
    """Takes secrets out of test ids, internal errors, live output and the log file."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._taken: set[str] = set()

    def guard_streams(self, config: pytest.Config) -> None:
        """Under ``--capture=no`` checks print to the terminal themselves."""
        if config.getoption("capture", None) != "no":
            return
        for name in ("stdout", "stderr"):
            before = getattr(sys, name)
            config.add_cleanup(partial(setattr, sys, name, before))
            setattr(sys, name, Outlet(before, self._redactor))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Guard pytest's own printing, live logs among it, and the log file."""
        writer = getattr(session.config.pluginmanager.get_plugin("terminalreporter"), "_tw", None)
        if writer is not None and not isinstance(writer._file, Outlet):
            # Always: in a container of the job, no variable tells that its log is read.
            writer._file = Outlet(writer._file, self._redactor, Inert())
        logs = session.config.pluginmanager.get_plugin("logging-plugin")
        handler = getattr(logs, "log_file_handler", None)
        if handler is not None and handler.formatter is not None:
            handler.setFormatter(_Format(handler.formatter, self._redactor))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection(self) -> Generator[None, object, object]:
        """A usage error of a conftest's ends the run before there is a report."""
        try:
            return (yield)
        except pytest.UsageError as error:
            error.args = tuple(self._redactor.block(str(part)) for part in error.args)
            raise

    @pytest.hookimpl(tryfirst=True)
    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Name an item in one harmless line, without the secret that is one of its parameters.

        Ids go everywhere: the terminal, JUnit, the cache, the names of temporary folders.
        """
        name = self._redactor.clean(item.nodeid)
        if name == item.nodeid:
            return
        unique, number = name, 1
        while unique in self._taken:
            # Two findings of one name would be one, and the last would stand for both.
            number += 1
            unique = f"{name.removesuffix(']')}-{number}{']' if name.endswith(']') else ''}"
        self._taken.add(unique)
        rename(item, unique)

    @pytest.hookimpl(tryfirst=True)
    def pytest_internalerror(self, excrepr: ExceptionRepr) -> None:
        """A worker prints it to its own standard error before it tells the controller."""
        redacted(excrepr, self._redactor)

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """``pytest.exit(text)``, which pytest keeps until the very end."""
        if isinstance(excinfo.value, Exit):
            quiet_exit(excinfo.value, self._redactor)

    def guard_last_words(self) -> None:
        """What a plugin raises at the very end goes past pytest, to the interpreter."""
        text, before = self._redactor.text, sys.excepthook

        def last_words(*error: Any) -> None:
            # Once: a program that runs pytest within it has words of its own.
            sys.excepthook = before
            sys.stderr.write(text("".join(traceback.format_exception(*error))))

        sys.excepthook = last_words


def rename(item: Any, nodeid: str) -> None:
    """Give an item another node id, and the name that goes with it."""
    item.name = nodeid.removeprefix(f"{item.parent.nodeid}::")
    if hasattr(item, "_nodeid"):
        item._nodeid = nodeid
    else:
        part(item, nodeid)


def part(item: Any, nodeid: str) -> None:
    """Let pytest find an item again by what it kept of it, ``--lf``: newer ones compare parts.

    They take the parameters apart in a node id that they read, but not in an item's name.
    """
    if not hasattr(item, "_nodeid"):
        item._id = type(item._id).parse(nodeid)


def quiet_exit(error: Exit, redactor: Redactor) -> None:
    """Take secrets out of what ``pytest.exit`` was told."""
    error.msg = redactor.clean(str(error.msg))
    error.args = (error.msg,)
