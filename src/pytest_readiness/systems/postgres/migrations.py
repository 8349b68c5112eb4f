"""The head of a project's Alembic migrations, read from their files without running any."""

from __future__ import annotations

import ast
import configparser
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec


class Unreadable(Exception):
    """The migrations cannot be read as they are; the text says why."""


class _Revision(msgspec.Struct, frozen=True):
    id: str
    down: tuple[str, ...]
    depends: tuple[str, ...]


def heads(ini: str) -> list[str]:
    """The revisions that ``alembic_version`` holds once all migrations have run.

    Args:
        ini: path of ``alembic.ini``.

    Raises:
        Unreadable: there are no such files, or they compute what is read here as a constant.
    """
    found = [
        revision
        for folder, deep in _folders(ini)
        for path in sorted(folder.rglob("*.py") if deep else folder.glob("*.py"))
        if not path.name.startswith(("__init__", ".#")) and "__pycache__" not in path.parts
        for revision in _revisions(path)
    ]
    if not found:
        raise Unreadable(f"no migration is found by {ini}")
    known = {revision.id for revision in found}
    # What another revision depends on leaves alembic_version once that one has run.
    past = {one for r in found for one in (*r.down, *_resolved(r.depends, known))}
    return sorted(known - past)


def _folders(ini: str) -> Iterator[tuple[Path, bool]]:
    here = Path(ini).expanduser().resolve().parent
    config = configparser.ConfigParser(defaults={"here": str(here)})
    try:
        if not config.read(Path(ini).expanduser(), "utf-8"):
            raise Unreadable(f"{ini} cannot be read")
        told = config["alembic"]
        script, places = told["script_location"], told.get("version_locations", "")
        deep = told.getboolean("recursive_version_locations", False)
    except (configparser.Error, KeyError, ValueError) as error:
        reason = f"it has no {error}" if isinstance(error, KeyError) else type(error).__name__
        raise Unreadable(f"{ini} cannot be read: {reason}") from None
    for place in _split(places) or [os.path.join(_resource(script, here), "versions")]:
        # Alembic takes a relative place from the working directory, most people from the file.
        folder = next((f for f in (Path(place), here / place) if f.is_dir()), None)
        if folder is None:
            raise Unreadable(f"{ini} leads to {place}, which is no folder here")
        yield folder, deep


def _resource(script: str, here: Path) -> str:
    """The folder that ``package:folder`` means, without importing the package."""
    package, colon, rest = script.partition(":")
    if not colon or os.path.isabs(script):
        return script
    inside = os.path.join(*package.split("."), *rest.split(":"))
    places = (os.path.join(base, inside) for base in ("", str(here), *sys.path))
    return next((place for place in places if os.path.isdir(place)), script)


def _split(places: str) -> list[str]:
    return [place for place in re.split(rf"[\s,{re.escape(os.pathsep)}]+", places) if place]


def _revisions(path: Path) -> Iterable[_Revision]:
    names = ("revision", "down_revision", "depends_on")
    found: dict[str, tuple[str, ...]] = {}
    try:
        for name, value in _assigned(ast.parse(path.read_bytes())):
            if name in names:
                found[name] = _ids(ast.literal_eval(value))
    except (SyntaxError, ValueError, TypeError, OSError):
        raise Unreadable(f"{path.name} does not state its revision as a constant") from None
    if "revision" not in found:
        return
    yield _Revision(
        found["revision"][0], found.get("down_revision", ()), found.get("depends_on", ())
    )


def _assigned(module: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for node in module.body:
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign):
            targets = [node.target]
        if targets and node.value is not None:  # type: ignore[attr-defined]  # both kinds have it
            yield from ((t.id, node.value) for t in targets if isinstance(t, ast.Name))  # type: ignore[attr-defined]  # likewise


def _ids(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    ids = (value,) if isinstance(value, str) else tuple(value)  # type: ignore[arg-type]  # no iterable is a TypeError
    if not all(isinstance(one, str) for one in ids):
        raise ValueError
    return ids


def _resolved(depends: Iterable[str], known: set[str]) -> Iterator[str]:
    for name in depends:
        matches = [one for one in known if one == name] or [o for o in known if o.startswith(name)]
        if len(matches) != 1:
            raise Unreadable(f"depends_on names {name}, which is no revision at hand")
        yield matches[0]
