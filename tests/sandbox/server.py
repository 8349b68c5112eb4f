"""What every running server offers."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from .process import Child


@dataclass(frozen=True, kw_only=True, eq=False)
class Server:
    """A server of the sandbox, running or stopped.

    `url` is what an application would be given, credentials included; `monitor_url`
    belongs to a role that may see more, where the system knows one.
    """

    host: str
    port: int
    folder: Path
    log: Path
    url: str = field(repr=False)
    monitor_url: str | None = field(default=None, repr=False)
    children: tuple[Child, ...] = field(repr=False)

    @property
    def alive(self) -> bool:
        """Whether none of its processes has ended."""
        return all(child.alive for child in self.children)

    @property
    def pids(self) -> tuple[int, ...]:
        """The ids of its processes."""
        return tuple(child.pid for child in self.children)

    def pause(self) -> None:
        """Freeze it: its ports accept connections, and nothing answers."""
        for child in self.children:
            child.pause()

    def resume(self) -> None:
        """Let it go on after `pause`."""
        for child in self.children:
            child.resume()

    def kill(self) -> None:
        """End it at once, as a crash would."""
        for child in reversed(self.children):
            child.kill()

    def stop(self) -> None:
        """End it in good order, or by force when it does not end."""
        for child in reversed(self.children):
            child.stop()
