"""What the command line asks for: which checks by name, and whether it leaves any out."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

PREFIX = "readiness::"
VERDICT = "readiness::verdict"


class Selection(NamedTuple):
    """The command line, as far as it narrows a run."""

    named: tuple[str, ...]
    narrowed: str | None
    skip_built_in: bool


def take_selection(config: pytest.Config, testpaths: tuple[str, ...]) -> Selection:
    """Take ``readiness::…`` out of pytest's arguments, and say how the rest narrows the run.

    ``readiness::verdict`` names no check: the verdict always stands on all that was selected.
    """
    own = [arg for arg in config.args if _is_own(arg)]
    named = tuple(arg for arg in own if arg != VERDICT)
    rest = [arg for arg in config.args if not _is_own(arg)]
    if own:
        config.args[:] = rest
    given = config.args_source is pytest.Config.ArgsSource.ARGS
    if own and not rest and not named:
        given, rest = False, []
    if not given:
        if testpaths:
            config.args[:] = [str(config.rootpath / path) for path in testpaths]
        elif own:
            config.args[:] = [str(config.rootpath)]
        return Selection(named, _by_option(config), skip_built_in=False)
    nodes = [arg for arg in rest if "::" in arg]
    why = _by_arguments(config, named, nodes, rest, testpaths) or _by_option(config)
    return Selection(named, why, skip_built_in=bool(nodes) and not own)


def _is_own(arg: str) -> bool:
    return arg == "readiness::" or arg.startswith(PREFIX)


def _by_arguments(
    config: pytest.Config,
    named: tuple[str, ...],
    nodes: list[str],
    rest: list[str],
    testpaths: tuple[str, ...],
) -> str | None:
    if named:
        return f"only {', '.join(named)} asked for"
    if nodes:
        return f"only {', '.join(nodes)} asked for"
    roots = [config.rootpath / path for path in testpaths or config.getini("testpaths")]
    paths = [(Path(config.invocation_params.dir) / arg).resolve() for arg in rest]
    for root in roots or [config.rootpath]:
        # A parent of the root holds it; a path below it leaves its neighbours out.
        if not any(path == root.resolve() or path in root.resolve().parents for path in paths):
            return f"only {', '.join(rest)} was looked at"
    return None


def _by_option(config: pytest.Config) -> str | None:
    for option, name in (("ignore", "--ignore"), ("ignore_glob", "--ignore-glob")):
        if config.getoption(option, None):
            return f"{name} leaves files out"
    last_failed = config.pluginmanager.get_plugin("lfplugin")
    if config.getoption("lf", False) and getattr(last_failed, "lastfailed", None):
        return "--lf runs what failed last time only"
    return None
