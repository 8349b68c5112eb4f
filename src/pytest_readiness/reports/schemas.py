"""The published JSON Schemas, of the version that is installed."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from pytest_readiness.reports.files import replaced

NAMES = ("settings-1.json", "pyproject-1.json", "report-1.json")
"""Of the settings, of them in pyproject.toml (which needs the first beside it), of the report."""


def put(folder: Path) -> list[Path]:
    """Write the schemas into a folder, which is made where there is none; returns where they are.

    Raises:
        OSError: one of them cannot be written.
        ValueError: no folder can have the name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    held = files("pytest_readiness").joinpath("data/schema")
    for name in NAMES:
        replaced(folder / name, held.joinpath(name).read_bytes(), 0o644)
    return [folder / name for name in NAMES]
