"""Servers that come inside installed Python packages."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from .errors import MissingError


def package_folder(package: str) -> Path:
    """Where a top-level package is installed, without importing it.

    Some of these packages bring pytest plugins or look for servers on import.
    """
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise MissingError(
            f"the Python package {package}", "pip install -r tests/sandbox/requirements.txt"
        )
    return Path(next(iter(spec.submodule_search_locations)))


def installed(package: str) -> bool:
    """Whether a top-level package can be imported."""
    return find_spec(package) is not None
