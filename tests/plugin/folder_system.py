"""A system from outside the package: a folder on the disk. Small, real, and hangs on demand.

It comes in by the public hook, so these tests also show that such a system is not second class.
"""

from __future__ import annotations

from pathlib import Path

from pytest_readiness import Facts, Probe, System, TargetSettings, fact
from pytest_readiness.systems.base import Unreachable


class FolderSettings(TargetSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[folder.NAME]``; the URL is ``folder://user:password@/path``."""

    blind: bool = False
    """Whether sizes may not be seen, as for a user without the right."""

    version: str = "1.5"
    """What the folder says its version is."""

    def wrong_url(self, url: str) -> str | None:
        return None if url.startswith("folder://") else "expected folder:///path"

    def hosts(self) -> list[tuple[str, int]]:
        return [("localhost", 1)]

    def secrets(self) -> list[str]:
        head = (self.url or "").partition("//")[2].partition("@")
        return [head[0].partition(":")[2]] if head[1] else []

    @property
    def path(self) -> Path:
        return Path("/" + (self.url or "").rpartition("@")[2].removeprefix("folder://").lstrip("/"))


class FolderFacts(Facts, frozen=True, kw_only=True):
    """What a folder holds."""

    names: tuple[str, ...] = fact()
    size: int = fact()


class FolderProbe(Probe[FolderSettings, FolderFacts]):
    """Looks into a folder once. A file in it named ``hang`` is a FIFO nobody writes to."""

    facts_type = FolderFacts

    @classmethod
    def observe(cls, settings, watch):
        watch.at(f"reading {settings.path}")
        if not settings.path.is_dir():
            raise Unreachable(f"no folder {settings.path}")
        if (settings.path / "hang").exists():
            (settings.path / "hang").read_bytes()
        if (settings.path / "bug").exists():
            raise ValueError(f"a bug while using {settings.url}")
        files = sorted(settings.path.iterdir())
        log = settings.path.parent / f"{settings.path.name}.observed"
        with log.open("a") as stream:
            stream.write("x")
        names = tuple(file.name for file in files)
        if settings.blind:
            return FolderFacts(
                names=names, unseen={"size": "sizes are hidden; chmod +r shows them"}
            )
        return FolderFacts(names=names, size=sum(file.stat().st_size for file in files))

    @property
    def server_version(self):
        return self._settings.version

    def card(self):
        told = {"files": f"{len(self.facts.names)}"}
        return {**told, "size": f"{self.facts.size} B"} if self.facts.sees("size") else told

    def connect(self):
        return (self._settings.path / "client").open("a")


SYSTEM = System(
    name="folder",
    settings=FolderSettings,
    probe="folder_system:FolderProbe",
    checks="folder_checks",
    extra="folder",
    variables=("FOLDER_URL",),
    warnings=("ignore:.*read_text.*:DeprecationWarning",),
)
