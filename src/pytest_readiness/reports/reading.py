"""Reports from the disk: the one reader of them, whoever wrote the file."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from functools import cache
from typing import Any, BinaryIO

import msgspec

from pytest_readiness.model import SCHEMA, Scorecard

LARGEST = 512 * 2**20
"""Bytes of one report; a thousand targets fill some 40 million."""

Clean = Callable[[str], str]
"""Makes one harmless line of any text."""


class Unreadable(Exception):
    """A file that is no report: what is wrong with it, without its name."""


class NoFile(Unreadable):
    """There is none of that name."""


class _Schema(msgspec.Struct):
    schema: int


def read(file: str | os.PathLike[str], clean: Clean) -> Scorecard:
    """The scorecard of a report, its texts made harmless.

    Raises:
        Unreadable: it cannot be read, is no report, or one of another version.
    """
    return cleaned(decoded(file), clean)


def decoded(file: str | os.PathLike[str]) -> Scorecard:
    """The scorecard of a report with its texts as they are, which are not to be shown.

    Raises:
        Unreadable: it cannot be read, is no report, or one of another version.
    """
    content = _content(file)
    try:
        schema = msgspec.json.decode(content, type=_Schema).schema
        if schema != SCHEMA:
            raise Unreadable(f"schema {schema}, and this version reads {SCHEMA}")
        return msgspec.json.decode(content, type=Scorecard)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Unreadable(f"not a JSON report of a run: {error}") from None


def cleaned(card: Scorecard, clean: Clean) -> Scorecard:
    """The scorecard with every text in it one harmless line, whoever wrote the report."""
    once = cache(clean)

    def harmless(value: Any) -> Any:
        if isinstance(value, str):
            return once(value)
        if isinstance(value, dict):
            return {once(key): harmless(item) for key, item in value.items()}
        many = isinstance(value, (list, tuple))
        return [harmless(item) for item in value] if many else value

    return msgspec.convert(harmless(msgspec.to_builtins(card)), Scorecard)


def opened(file: str | os.PathLike[str]) -> BinaryIO:
    """A file to read, which is one: no folder, no pipe, no device.

    Raises:
        Unreadable: it cannot be opened, or is of another kind.
    """
    try:
        # Not blocking, so that a pipe nobody writes to is seen for what it is.
        handle = os.open(
            file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        )
    except FileNotFoundError as error:
        raise NoFile(error.strerror) from None
    except (OSError, ValueError) as error:  # a name that no file can have
        raise Unreadable(getattr(error, "strerror", None) or str(error)) from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise Unreadable("not a file")
    return open(handle, "rb")


def _content(file: str | os.PathLike[str]) -> bytes:
    try:
        with opened(file) as stream:
            content = stream.read(LARGEST + 1)
    except OSError as error:
        raise Unreadable(error.strerror or str(error)) from None
    if len(content) > LARGEST:
        raise Unreadable(f"larger than {LARGEST // 2**20} MiB")
    return content
