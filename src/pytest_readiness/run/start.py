"""The start of a run: settings read and held against the catalogue, then the plugins registered."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from pytest_readiness import clock
from pytest_readiness.policy.environments import assumed
from pytest_readiness.policy.errors import SettingsError
from pytest_readiness.policy.load import Policy, load
from pytest_readiness.policy.relaxations import relaxations
from pytest_readiness.reports import extension, writer_for
from pytest_readiness.run.asked import Asked
from pytest_readiness.run.baselines import with_baseline
from pytest_readiness.run.cards import Cards
from pytest_readiness.run.catalogue import Catalogue
from pytest_readiness.run.collect import Collection
from pytest_readiness.run.ending import Ending
from pytest_readiness.run.findings import Findings
from pytest_readiness.run.known import outer_redactor, redactor
from pytest_readiness.run.leaving import leaving
from pytest_readiness.run.logs import quiet_warnings
from pytest_readiness.run.needed import Needs
from pytest_readiness.run.observe import Observing, probe_fixtures
from pytest_readiness.run.outlets import Outlets
from pytest_readiness.run.places import Place
from pytest_readiness.run.records import Unrun, records
from pytest_readiness.run.selection import take_selection
from pytest_readiness.run.shards import Shard
from pytest_readiness.run.state import Run
from pytest_readiness.run.underway import Board
from pytest_readiness.run.workers import told as handed
from pytest_readiness.systems import registry
from pytest_readiness.systems.base import System

_OWN = tuple(
    f"readiness-{name}"
    for name in (
        "leaving",
        "outlets",
        "ending",
        "collection",
        "observing",
        "cards",
        "fixtures",
        "unrun",
        "asked",
        "needs",
        "findings",
        "workers",
        "tracker",
        "written",
        "junit",
        "telling",
        "gate",
        "terminal",
        "forges",
    )
)
"""Plugins that this registers: a run without one of them would judge less than it says."""


def start(config: pytest.Config) -> None:
    """Read the settings and register the plugins of a run.

    Raises:
        pytest.UsageError: the settings cannot be used; nothing has been probed.
    """
    if sys.flags.optimize:
        raise pytest.UsageError("python -O removes every assert; run --readiness without -O")
    for name in _missing(config.pluginmanager):
        raise pytest.UsageError(f"no check can be judged with -p no:{name}; leave it out")
    try:
        run = with_baseline(_mergeable(resolved(config), config), config)
    except SettingsError as error:
        raise pytest.UsageError(f"readiness: {told(error)}") from None
    configured = dict.fromkeys(target.system for target in run.policy.targets)
    quiet_warnings(config, (line for name in configured for line in run.systems[name].warnings))
    manager = config.pluginmanager
    outlets = Outlets(run.redactor)
    outlets.guard_streams(config)
    manager.register(outlets, "readiness-outlets")
    observing = Observing(run)
    manager.register(Collection(run, observing.shared_probe), "readiness-collection")
    manager.register(observing, "readiness-observing")
    cards = Cards(run, observing)
    manager.register(cards, "readiness-cards")
    manager.register(probe_fixtures(observing), "readiness-fixtures")
    manager.register(Unrun(), "readiness-unrun")
    manager.register(Needs(run), "readiness-needs")
    manager.register(Asked(run), "readiness-asked")
    manager.register(Findings(run), "readiness-findings")
    if run.worker:
        manager.register(Ending(None), "readiness-ending")
    else:
        _decide(config, run, outlets, cards, observing.board)


def _mergeable(run: Run, config: pytest.Config) -> Run:
    """The run, if its verdict will be found: that of a shard stands in the merged report alone.

    Raises:
        SettingsError: a shard would judge, pass, and leave nothing to merge.
    """
    if run.shard is None or run.worker or config.option.collectonly:
        return run
    if not any(extension(path) == ".json" for path in run.policy.settings.report):
        raise SettingsError(
            f"shard {run.shard.name}: the verdict stands where all shards are merged; write this "
            "one's part: --readiness-report shard.json"
        )
    return run


def _decide(config: pytest.Config, run: Run, outlets: Outlets, cards: Cards, board: Board) -> None:
    """Register what follows the reports and decides: not on workers, which start the faster."""
    from pytest_readiness.run.forges import Forges
    from pytest_readiness.run.gate import Gate
    from pytest_readiness.run.junit import JUnit
    from pytest_readiness.run.live import Live
    from pytest_readiness.run.telling import Telling
    from pytest_readiness.run.terminal import Terminal
    from pytest_readiness.run.tracker import Tracker
    from pytest_readiness.run.workers import Workers
    from pytest_readiness.run.written import Written

    manager, tracker = config.pluginmanager, Tracker(run)
    junit = JUnit(config, run.redactor)
    gate = Gate(run, tracker, leaving(config), outlets, junit, cards)
    manager.register(Ending(tracker), "readiness-ending")
    workers = Workers(run)
    manager.register(workers, "readiness-workers")
    manager.register(tracker, "readiness-tracker")
    manager.register(Written(run, tracker, config.rootpath), "readiness-written")
    manager.register(junit, "readiness-junit")
    manager.register(gate, "readiness-gate")
    manager.register(Telling(gate), "readiness-telling")
    manager.register(Terminal(run, gate), "readiness-terminal")
    manager.register(Live(run, board, workers.folders), "readiness-live")
    # Last: what it prints stands below the verdict.
    manager.register(Forges(run, gate, config.rootpath, os.environ), "readiness-forges")


def told(error: SettingsError) -> str:
    """What is wrong with the settings, in one line without secrets."""
    return outer_redactor(os.environ).clean(str(error))


def _missing(manager: pytest.PytestPluginManager) -> list[str]:
    """Plugins without which nothing is judged, as far as they are switched off."""
    others = [name for name in ("python", "timeout") if not manager.has_plugin(name)]
    return others + [name for name in _OWN if manager.is_blocked(name)]


def known_systems(config: pytest.Config) -> dict[str, System]:
    """All systems by name, those of conftests and plugins too."""
    # Conftests register their own systems while they are loaded, before pytest_configure.
    others: list[Iterable[System]] = config.hook.pytest_readiness_systems()
    return registry(system for group in others for system in group)


def resolved(config: pytest.Config, *, targets_needed: bool = True) -> Run:
    """What a run would know from its start on.

    Raises:
        SettingsError: the settings cannot be used.
    """
    systems = known_systems(config)
    catalogue = Catalogue(systems)
    given = handed(config, systems)
    policy = given.policy if given else _writable(_load(config, systems, catalogue, targets_needed))
    today = (given.today if given else None) or clock.today()
    environment, why = policy.settings.environment, None
    if environment is None:
        # A target that names no host may be anywhere.
        hosts = [t.settings.hosts() or [("?", 0)] for t in policy.targets]
        name, why = assumed(host for found in hosts for host, _ in found)
    else:
        name = environment
    selection = take_selection(config, policy.settings.testpaths)
    shard, vantage = policy.settings.shard, policy.settings.vantage
    cleaner = redactor(policy, os.environ)
    return Run(
        policy=policy,
        systems=systems,
        catalogue=catalogue,
        redactor=cleaner,
        environment=name,
        environment_assumed=why,
        relaxed=relaxations(policy, filter(None, map(catalogue.get, policy.checks)), today),
        today=today,
        started=clock.now(),
        worker=hasattr(config, "workerinput"),
        selection=selection.named,
        narrowed=given.narrowed if given else selection.narrowed,
        skip_built_in=selection.skip_built_in,
        shard=Shard(shard, policy.targets) if shard else None,
        records=records(policy, cleaner.clean),
        place=given.place if given else Place(vantage, names_checks=True),
    )


def _load(
    config: pytest.Config, systems: dict[str, System], catalogue: Catalogue, targets_needed: bool
) -> Policy:
    option = config.getoption
    scalars: dict[str, Any] = {
        "environment": option("--readiness-environment"),
        "gate": option("--readiness-gate"),
        "baseline": option("--readiness-baseline"),
        "shard": option("--readiness-shard"),
        "vantage": option("--readiness-vantage"),
        "target_score": option("--readiness-target-score"),
        "wait": option("--readiness-wait"),
        "allow_partial": option("--readiness-allow-partial") or None,
        "writes": option("--readiness-writes") or None,
        "report": option("--readiness-report"),
    }
    explicit = option("--readiness-config")
    if explicit is not None:
        explicit = str(Path(config.invocation_params.dir) / explicit)
    return load(
        config.rootpath,
        systems,
        catalogue,
        os.environ,
        config=explicit,
        profile=option("--readiness-profile"),
        options=scalars,
        targets_needed=targets_needed,
    )


def _writable(policy: Policy) -> Policy:
    """The policy, if somebody writes every report that it asks for.

    Raises:
        SettingsError: a report has an extension that nobody writes.
    """
    for path in policy.settings.report:
        writer_for(path)
    return policy
