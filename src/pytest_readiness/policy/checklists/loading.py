"""The checklists that the settings name, read from the disk."""

from __future__ import annotations

import os
from pathlib import Path

from pytest_readiness.policy.checklists.files import files, text_of
from pytest_readiness.policy.checklists.items import Document
from pytest_readiness.policy.checklists.reading import read
from pytest_readiness.policy.checklists.rules import hold_overrides, rules_for
from pytest_readiness.policy.errors import SettingsError
from pytest_readiness.policy.files import Source
from pytest_readiness.policy.records import Checklists


def documents(root: Path, source: Source, settings: Checklists) -> tuple[Document, ...]:
    """All checklists, in the order of their names.

    Args:
        root: the project's root, from which they are named.
        source: where the settings are from, to name it.
        settings: which files, and how each is read.

    Raises:
        SettingsError: a pattern without files, a file that cannot be read, or what it says wrongly.
    """
    try:
        paths = {_name(root, path): path for path in files(root, settings.files)}
        hold_overrides(paths, settings)
        return tuple(_document(name, path, settings) for name, path in paths.items())
    except SettingsError as error:
        if str(error).startswith("checklists."):
            raise SettingsError(f"{source.file}: {source.prefix}{error}") from None
        raise


def _name(root: Path, path: Path) -> str:
    return Path(os.path.relpath(path, root)).as_posix()


def _document(name: str, path: Path, settings: Checklists) -> Document:
    _, text = text_of(path, name)
    return read(name, text, rules_for(name, settings))
