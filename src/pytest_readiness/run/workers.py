"""What the controller tells the workers of pytest-xdist: the settings, and where to share facts.

The settings are read once, on the controller, and travel resolved: a worker with other variables,
in another folder or on another host judges the same targets by the same demands. They hold
passwords, so they go through execnet's own pipe and nowhere else.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from pytest_readiness.policy.checklists.items import Document
from pytest_readiness.policy.checks import CheckSettings
from pytest_readiness.policy.errors import SettingsError
from pytest_readiness.policy.load import Policy, TargetSpec
from pytest_readiness.policy.settings import Settings
from pytest_readiness.run.places import FOLDER, Place, place_of
from pytest_readiness.run.state import Run
from pytest_readiness.systems.base import System

_TOLD = "readiness_run"
_REFUSED = re.compile(r"UsageError: (readiness: .*)")


class Told(NamedTuple):
    """What a worker is told of the run."""

    policy: Policy
    place: Place
    narrowed: str | None
    today: dt.date | None = None
    """The day on which the run began: a waiver ends for all of its processes at once."""


class Workers:
    """On the controller: tells each worker what it needs before it starts."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._apart = False
        self.folders: dict[str | None, Path] = {}
        """Where the workers of a vantage point share what they observe, by its name."""
        self._session: pytest.Session | None = None
        self._collected: set[str] = set()

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Know the session, which counts what is to be run."""
        self._session = session

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Count the checks of every vantage point."""
        self._collected.update(ids)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self) -> None:
        """Let the progress shown be that of all vantage points, which end at 100 % together."""
        if self._apart and self._session is not None:
            self._session.testscollected = len(self._collected)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_setupnodes(self, config: pytest.Config, specs: Iterable[object]) -> None:
        """See whether the work is shared between vantage points, or done at each of them."""
        places = {self._name(spec) for spec in specs}
        dist = config.getoption("dist", "no")
        # Workers that share the work must collect the same ids, and groups are read off them.
        self._apart = dist == "each" or (len(places) == 1 and dist != "loadgroup")

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker the settings, its place, and the folder of those who see what it sees."""
        name = self._name(node.gateway.spec)
        node.workerinput[_TOLD] = pack(
            Told(self.run.policy, Place(name, self._apart), self.run.narrowed, self.run.today)
        )
        if node.gateway.spec.popen and not node.gateway.spec.via:
            node.workerinput[FOLDER] = str(self._shared(name))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodeready(self, node: Any) -> None:
        """Forget what has been sent: other plugins may print what a worker was told."""
        node.workerinput.pop(_TOLD, None)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """End the run where a worker cannot use the settings: another in its place could not.

        Raises:
            pytest.UsageError: what the worker said.
        """
        refused = _REFUSED.search(str(error)) if error else None
        told = (getattr(node, "workeroutput", None) or {}).get("readiness", {})
        if refused is not None or told.get("refused"):
            raise pytest.UsageError(refused[1] if refused else told["refused"])

    def pytest_unconfigure(self) -> None:
        """Remove the workers' folders."""
        for folder in self.folders.values():
            shutil.rmtree(folder, ignore_errors=True)

    def _name(self, spec: object) -> str | None:
        return place_of(str(spec), self.run.policy.settings.vantage)

    def _shared(self, name: str | None) -> Path:
        """The folder of one vantage point, entered by its owner only."""
        if name not in self.folders:
            self.folders[name] = Path(tempfile.mkdtemp(prefix="readiness-"))
        return self.folders[name]


def told(config: pytest.Config, systems: Mapping[str, System]) -> Told | None:
    """On a worker: what the controller told it; None in any other process.

    Raises:
        SettingsError: this host's packages do not know what the controller's do.
    """
    text = getattr(config, "workerinput", {}).pop(_TOLD, None)
    return None if text is None else unpack(text, systems)


def pack(given: Told) -> str:
    """What a worker is told, as text: the one form in which every setting survives the way."""
    # json's own writer takes lone surrogates, of a variable that is not UTF-8, and infinities.
    return json.dumps(msgspec.to_builtins(given._asdict()))


def unpack(text: str, systems: Mapping[str, System]) -> Told:
    """What was packed.

    Raises:
        SettingsError: it speaks of a system or a setting that is not known here.
    """
    data = json.loads(text)
    policy = data["policy"]
    try:
        targets = tuple(_target(target, systems) for target in policy.pop("targets"))
        settings = msgspec.convert(policy.pop("settings"), Settings)
        checks = msgspec.convert(policy.pop("checks"), dict[str, CheckSettings])
        documents = msgspec.convert(policy.pop("documents"), tuple[Document, ...])
    except msgspec.ValidationError as error:
        raise SettingsError(
            f"a worker does not know a setting of the controller's: {error}"
        ) from None
    policy["notes"] = tuple(policy["notes"])
    read = Policy(settings=settings, targets=targets, checks=checks, documents=documents, **policy)
    today = data["today"] and dt.date.fromisoformat(data["today"])
    return Told(read, Place(*data["place"]), data["narrowed"], today)


def _target(data: Any, systems: Mapping[str, System]) -> TargetSpec:
    system, name = data["system"], data["name"]
    if system not in systems:
        raise SettingsError(
            f"a worker does not know the system {system!r}, which the controller has"
        )
    settings = msgspec.convert(data["settings"], systems[system].settings)
    return TargetSpec(system=system, name=name, settings=settings)
