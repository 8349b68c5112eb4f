"""The ordinary user as which a server runs when we are root."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from .errors import SandboxError


@dataclass(frozen=True)
class User:
    """An account of this machine."""

    name: str
    uid: int
    gid: int


def ordinary_user(*preferred: str) -> User | None:
    """The first of these accounts that exists, else nobody; None when we are not root.

    Only root can become somebody else, and only root needs to: initdb refuses root.
    """
    if os.geteuid() != 0:
        return None
    for name in (*preferred, "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return User(name, entry.pw_uid, entry.pw_gid)
    raise SandboxError("this machine has no ordinary account to run a server as")


def give(path: Path, user: User | None) -> None:
    """Make the path and all below it the user's own."""
    if user is None:
        return
    for entry in (path, *path.rglob("*")):
        os.chown(entry, user.uid, user.gid)


def others_can_read(path: Path) -> bool:
    """Whether an ordinary user reaches the path: every folder above lets others pass."""
    return all(folder.stat().st_mode & 0o001 for folder in path.resolve().parents)
