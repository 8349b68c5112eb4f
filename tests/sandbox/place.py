"""The place that one server gets: a folder, its processes, certificates."""

from __future__ import annotations

import secrets
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from . import process, users
from .certificates import Authority, Certificate, Kind
from .process import Child
from .users import User


@dataclass
class Place:
    """A folder of its own, and a list of all that was started in it.

    What is started here is in the list at once: when the rest of a server's start
    fails, its box still stops every process.
    """

    folder: Path
    authority: Authority
    user: User | None = None
    children: list[Child] = field(default_factory=list)

    def become(self, *preferred: str) -> None:
        """When we are root, run all that follows as an ordinary user who owns the folder."""
        self.user = users.ordinary_user(*preferred)
        users.give(self.folder, self.user)

    def write(self, name: str, text: str, mode: int = 0o600) -> Path:
        """A file in the folder, readable by the server's user only."""
        path = self.folder / name
        path.touch(mode=mode)
        path.write_text(text)
        path.chmod(mode)
        users.give(path, self.user)
        return path

    def subfolder(self, name: str) -> Path:
        """A folder in the folder, the server's user's own."""
        path = self.folder / name
        path.mkdir(mode=0o700)
        users.give(path, self.user)
        return path

    def certificate(self, kind: Kind) -> Certificate:
        """A server certificate whose files the server's user can read."""
        certificate = self.authority.issue(kind, self.subfolder("certificate"))
        users.give(certificate.file.parent, self.user)
        return certificate

    def start(
        self,
        name: str,
        command: list[str],
        *,
        env: Mapping[str, str] | None = None,
        stop_signal: int = signal.SIGTERM,
        death_signal: int = signal.SIGKILL,
    ) -> Child:
        """Start a process of the server in the folder."""
        child = process.start(
            name,
            command,
            folder=self.folder,
            env=env,
            user=self.user,
            stop_signal=stop_signal,
            death_signal=death_signal,
        )
        self.children.append(child)
        return child

    def run(
        self, command: list[str], *, env: Mapping[str, str] | None = None, text: str | None = None
    ) -> str:
        """Run a command of the server to its end and return its output."""
        return process.run(command, folder=self.folder, env=env, user=self.user, text=text)


def password() -> str:
    """A password that needs no quoting in a URL, a configuration file or SQL."""
    return secrets.token_hex(12)
