"""Writers of reports: one a format, chosen by the file's extension."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from importlib import import_module
from pathlib import PurePath

from pytest_readiness.model import Scorecard
from pytest_readiness.policy.errors import SettingsError

Writer = Callable[[Scorecard], bytes]

FORMATS = {
    ".json": "pytest_readiness.reports.json",
    ".md": "pytest_readiness.reports.markdown",
    ".markdown": "pytest_readiness.reports.markdown",
    ".html": "pytest_readiness.reports.html",
    ".htm": "pytest_readiness.reports.html",
    ".prom": "pytest_readiness.reports.openmetrics",
    ".codequality.json": "pytest_readiness.reports.forges.codequality",
}
"""Extension to the module that writes the format; of two that fit, the longer one counts."""

ALL = ", ".join(sorted(FORMATS))
"""The extensions, as people are told of them."""

OF_A_REPOSITORY = (".codequality.json",)
"""Formats that name files as a forge does, from the top of the repository."""

_ALIKE = 0.6
"""How near an extension must be to be taken for a slip: in short ones, half of it is like any."""


def extension(path: str) -> str:
    """What a file's name ends in, as far as it tells the format: ``.md``, ``.codequality.json``."""
    name = PurePath(path).name.lower()
    longer = [one for one in FORMATS if one.count(".") > 1 and name.endswith(one)]
    return max(longer, key=len, default=PurePath(name).suffix)


def known(path: str) -> bool:
    """Whether a report of this name can be one of ours."""
    return extension(path) in FORMATS


def unknown(path: str) -> str:
    """Why no report can have this name, and which extensions there are."""
    found = extension(path)
    if not found:
        return f"no extension, and the format follows it: {ALL}"
    if found == ".xml":
        return "JUnit's file is pytest's own: pytest --readiness --junitxml=PATH"
    near = get_close_matches(found, FORMATS, n=1, cutoff=_ALIKE)
    meant = f"did you mean {near[0]!r}? " if near else ""
    return f"unknown extension {found!r}; {meant}Allowed: {ALL}"


def writer_for(path: str) -> Writer:
    """The writer for a file's extension.

    Raises:
        SettingsError: no format has this extension.
    """
    if not known(path):
        raise SettingsError(f"--readiness-report {path}: {unknown(path)}")
    writer: Writer = import_module(FORMATS[extension(path)]).render
    return writer
