"""Writers of reports: one a format, chosen by the file's extension."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import PurePath

from pytest_readiness.model import Scorecard
from pytest_readiness.policy.errors import SettingsError, suggestion

Writer = Callable[[Scorecard], bytes]

FORMATS = {".json": "pytest_readiness.reports.json"}
"""Extension to the module that writes the format."""


def known(path: str) -> bool:
    """Whether a report of this name can be one of ours."""
    return PurePath(path).suffix.lower() in FORMATS


def unknown(path: str) -> str:
    """Why no report can have this name, and which extensions there are."""
    extension = PurePath(path).suffix.lower()
    if not extension:
        return f"no extension, and the format follows it: {', '.join(sorted(FORMATS))}"
    if extension == ".xml":
        return "JUnit's file is pytest's own: pytest --readiness --junitxml=PATH"
    return f"unknown extension {extension!r}{suggestion(extension, FORMATS)}"


def writer_for(path: str) -> Writer:
    """The writer for a file's extension.

    Raises:
        SettingsError: no format has this extension.
    """
    if not known(path):
        raise SettingsError(f"--readiness-report {path}: {unknown(path)}")
    writer: Writer = import_module(FORMATS[PurePath(path).suffix.lower()]).render
    return writer
