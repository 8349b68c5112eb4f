"""What the command line asks for: which checks by name, and whether it leaves any out."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

import pytest

from pytest_readiness.policy.errors import nearest
from pytest_readiness.policy.patterns import covers, is_pattern, of_own
from pytest_readiness.run.state import Run

PREFIX = "readiness::"
VERDICT = "readiness::verdict"

_COLLECTING = ("python_files", "python_classes", "python_functions", "norecursedirs", "testpaths")
"""Settings of pytest that say what is collected; set for one run, they leave tests out."""


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
        why = None if testpaths or own else _by_folder(config)
        return Selection(named, why or _by_option(config), skip_built_in=False)
    nodes = [arg for arg in rest if "::" in arg]
    why = _by_arguments(config, named, nodes, rest, testpaths) or _by_option(config)
    return Selection(named, why, skip_built_in=bool(nodes) and not own)


def hold_ids(names: Iterable[str], collected: Iterable[str]) -> None:
    """Hold the ids of users' checks in the settings against what there is.

    Raises:
        pytest.UsageError: there is no such check, so what the settings ask of it is not in force.
    """
    known = {nodeid.partition("[")[0] for nodeid in collected}
    for name in names:
        # A pattern of other checks has been held against them already.
        like = is_pattern(name) and any(covers(name, nodeid) for nodeid in known)
        if ("::" in name or of_own(name)) and name not in known and not like:
            hint = nearest(name, known)
            raise pytest.UsageError(f'readiness: settings of "{name}": no such check{hint}')


def hold_links(
    links: Iterable[tuple[str, str]], checks: Collection[str], tests: Container[str]
) -> None:
    """Hold the checks that measure items of checklists against what there is.

    Args:
        links: where each stands, and the node id that it names.
        checks: node ids of all checks.
        tests: node ids of all that was collected.

    Raises:
        pytest.UsageError: there is no such check, so nothing would ever be measured.
    """
    known = {nodeid.partition("[")[0] for nodeid in checks}
    for where, name in links:
        if name in known or name in checks:
            continue
        why = nearest(name, known)
        if name in tests:
            why = "; it is a test, and no check: mark it, @readiness.high"
        raise pytest.UsageError(f"readiness: {where}: no check {name!r}{why}")


def unselected(run: Run, argument: str) -> str:
    """Why ``readiness::…`` selects nothing: no target, switched off, or mistyped."""
    system, _, rest = argument.removeprefix(PREFIX).rstrip(":").partition("::")
    written = [node for node in run.written_down if node.startswith(f"{PREFIX}{system}::")]
    if written:
        return nearest(argument, written)
    if system not in run.systems:
        close = get_close_matches(system, run.systems)
        return nearest(argument, (PREFIX + name for name in close))
    targets = run.names(system)
    if not targets:
        return f"; no {system} target is configured"
    name, _, target = rest.partition("[")
    check = run.catalogue.get(f"{system}.{name}")
    if check is None:
        short = (c.id.partition(".")[2] for c in run.catalogue.of(system))
        return nearest(argument, (f"{PREFIX}{system}::{c}" for c in get_close_matches(name, short)))
    present = f"{PREFIX}{check.id.replace('.', '::', 1)}"
    if check.id != f"{system}.{name}":
        return f"; it is called '{present}' now"
    off = [run.off(check, t) for t in targets if not target or target == f"{t}]"]
    if off and all(off):
        return f", {off[0]}"
    return nearest(argument, (f"{present}[{t}]" for t in targets) if target else (present,))


def looks_only(config: pytest.Config) -> bool:
    """Whether pytest is only asked what there is: nothing is probed, judged or written then."""
    options = ("collectonly", "showfixtures", "show_fixtures_per_test", "cacheshow")
    return any(config.getoption(name, None) for name in options)


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
    paths = [Path(config.invocation_params.dir) / arg for arg in rest]
    holds = _hold(config, paths, testpaths)
    return None if holds else f"only {', '.join(rest)} was looked at"


def _by_folder(config: pytest.Config) -> str | None:
    """Whether pytest, without any path, looks into the current folder, which is but a part."""
    here = Path(config.invocation_params.dir)
    inside = config.args_source is pytest.Config.ArgsSource.INVOCATION_DIR
    holds = not inside or _hold(config, [here], ())
    return None if holds else f"only {here.name}, the current folder, was looked at"


def _hold(config: pytest.Config, paths: list[Path], testpaths: tuple[str, ...]) -> bool:
    roots = [config.rootpath / path for path in testpaths or config.getini("testpaths")]
    looked = [path.resolve() for path in paths]
    # A parent of a root holds it; a path below it leaves its neighbours out.
    return all(
        any(path == root.resolve() or path in root.resolve().parents for path in looked)
        for root in roots or [config.rootpath]
    )


def _by_option(config: pytest.Config) -> str | None:
    usual = [str(word).partition("=")[0] for word in config.getini("addopts")]
    for option, name in (("ignore", "--ignore"), ("ignore_glob", "--ignore-glob")):
        # What the project's own settings leave out is no part of the whole.
        if len(config.getoption(option, None) or ()) > usual.count(name):
            return f"{name} leaves files out"
    for entry in config.getoption("override_ini", None) or ():
        if entry.partition("=")[0].strip() in _COLLECTING:
            return f"-o {entry} changes what is collected"
    last_failed = config.pluginmanager.get_plugin("lfplugin")
    if config.getoption("lf", False) and getattr(last_failed, "lastfailed", None):
        return "--lf runs what failed last time only"
    return None
