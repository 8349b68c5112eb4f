"""The pytest11 entry: options and markers. Inert unless ``--readiness``, then registers ``run``."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

OPTIONS = (
    ("--readiness", {"action": "store_true"}, "judge whether the configured systems may go live"),
    ("--readiness-config", {"metavar": "FILE"}, "settings file instead of readiness.toml"),
    ("--readiness-profile", {"metavar": "NAME"}, "lay [profile.NAME] over the settings"),
    (
        "--readiness-environment",
        {"metavar": "NAME"},
        "production, staging or development: decides what is asked",
    ),
    (
        "--readiness-gate",
        {"metavar": "GATE"},
        "least verdict that passes: conditional (default), ready, regressions or never",
    ),
    (
        "--readiness-baseline",
        {"metavar": "FILE"},
        "JSON report of an earlier run: shows what is new, fixed, still failing and gone since",
    ),
    (
        "--readiness-allow-partial",
        {"action": "store_true"},
        "a PARTIAL run passes in production too",
    ),
    (
        "--readiness-target-score",
        {"metavar": "N", "type": float},
        "score from 0 to 100 that READY needs (default 95)",
    ),
    (
        "--readiness-wait",
        {"metavar": "TIME"},
        "keep trying a target that does not answer for this long, such as 60s",
    ),
    (
        "--readiness-shard",
        {"metavar": "K/N"},
        "judge the K-th of N parts of the targets, such as 2/8; merge the reports afterwards",
    ),
    (
        "--readiness-vantage",
        {"metavar": "NAME"},
        "name of the place this run looks from, such as dublin; each finding bears it",
    ),
    (
        "--readiness-writes",
        {"action": "store_true"},
        "allow round trips that write, and remove what they wrote",
    ),
    (
        "--readiness-report",
        {"metavar": "PATH", "action": "append"},
        (
            "write a report; the format follows the extension (.codequality.json, .htm, .html, "
            ".json, .markdown, .md, .prom); repeatable; JUnit: --junitxml"
        ),
    ),
    (
        "--readiness-update-checklists",
        {"action": "store_true"},
        "write into the checklists what was measured of the items that name checks",
    ),
    (
        "--readiness-list",
        {"action": "store_true"},
        "print the checks of the present settings, what is off and why; probes nothing",
    ),
    (
        "--readiness-explain",
        {"metavar": "ID"},
        "print all that is known of one check, such as redis.persistence; probes nothing",
    ),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options; each that changes a run has a twin in the settings."""
    group = parser.getgroup("readiness", "production readiness")
    for name, manner, text in OPTIONS:
        group.addoption(name, help=text, **manner)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the hooks for systems from outside the package, and for the scorecard."""
    from pytest_readiness import hookspecs

    pluginmanager.add_hookspecs(hookspecs)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    """Stand at the door before anything of the user's is imported that could leave by it."""
    if not getattr(early_config.known_args_namespace, "readiness", False):
        return (yield)
    from pytest_readiness.run.leaving import leaving

    with leaving(early_config).loading():
        return (yield)


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, and the run itself where it is asked for."""
    config.addinivalue_line(
        "markers",
        "readiness(severity, ref=None, owner=None, remedy=None, title=None, needs=()): a readiness "
        "check; write it as @readiness.blocker, .high, .medium or .low",
    )
    config.addinivalue_line(
        "markers", "readiness_target(*names): run a readiness check on these targets only"
    )
    if config.getoption("--readiness"):
        from pytest_readiness.run.start import start

        start(config)


def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Print the catalogue or one check's page instead of running, where that is asked for."""
    if not config.getoption("--readiness-list") and config.getoption("--readiness-explain") is None:
        return None
    from pytest_readiness.run.listing import show

    return show(config)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without ``--readiness``, leave readiness checks out: their fixtures are not there.

    Not first: a conftest, which comes later and so is called earlier, may add marks.
    """
    if config.getoption("--readiness"):
        collection: Any = config.pluginmanager.get_plugin("readiness-collection")
        collection.select(config, items)
        return
    checks = [item for item in items if "readiness" in item.keywords and _is_check(item)]
    if checks:
        config.hook.pytest_deselected(items=checks)
        items[:] = [item for item in items if item not in set(checks)]


def _is_check(item: pytest.Item) -> bool:
    # A folder or a function may be called "readiness" too; only the mark makes a check.
    return item.get_closest_marker("readiness") is not None
