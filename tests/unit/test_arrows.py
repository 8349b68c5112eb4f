"""The import arrows of the rooms, and that the entry point imports nothing foreign."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import pytest_readiness

ROOT = Path(pytest_readiness.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
CLIENTS = {"redis", "psycopg", "pika", "kafka", "httpx", "xdist", "jsonpath_rfc9535"}

ALLOWED = {
    "model": {"model"},
    "recorder": {"model"},  # for its types
    "clock": set(),
    "redact": {"secret_forms"},
    "secret_forms": set(),
    "outcomes": {"recorder"},
    "evidence": {"recorder", "outcomes", "windows", "model"},
    "windows": {"model"},
    "markers": set(),
    "hookspecs": {"systems", "model"},
    "score": {"model", "policy"},
    "policy": {"model", "policy"},
    "reports": {"model", "policy", "score", "records", "waiving", "reports"},
    "systems": {
        "model", "outcomes", "evidence", "recorder", "markers", "clock", "redact", "policy",
        "systems",
    },
    "provenance": {"model", "provenance"},
    "records": {"model", "policy", "provenance", "records"},
    "merging": {"model", "policy", "score", "waiving", "records", "merging"},
    "waiving": {"model", "policy", "waiving"},
    "comparable": {"model"},
    "baseline": {"model", "score", "comparable"},
    "commands": {
        "model", "policy", "evidence", "recorder", "outcomes", "clock", "commands",
    },
    "plugin": {"run", "hookspecs"},
    "__main__": {"run"},
    "__init__": {"evidence", "markers", "outcomes", "systems"},
    "run": {
        "model", "outcomes", "evidence", "recorder", "markers", "clock", "redact", "policy",
        "score", "reports", "systems", "merging", "provenance", "commands", "records", "waiving",
        "baseline", "comparable", "run",
    },
}  # fmt: skip
"""Room to the rooms it may import. Only ``plugin`` and ``__main__`` import ``run``."""


def room(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[0]


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            if node.module == "pytest_readiness":
                names.update(f"pytest_readiness.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_arrows_hold(path: Path) -> None:
    own = {n.split(".")[1] for n in imported(path) if n.startswith("pytest_readiness.")}
    assert own <= ALLOWED[room(path)], own - ALLOWED[room(path)]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_clients_are_imported_lazily(path: Path) -> None:
    tree = ast.parse(path.read_text())
    top = [n for n in tree.body if isinstance(n, (ast.Import, ast.ImportFrom))]
    names = {alias.name for n in top if isinstance(n, ast.Import) for alias in n.names}
    names |= {n.module or "" for n in top if isinstance(n, ast.ImportFrom)}
    assert not {n.split(".")[0] for n in names} & CLIENTS


def test_one_system_imports_no_other() -> None:
    for path in FILES:
        parts = path.relative_to(ROOT).parts
        if parts[0] == "systems" and len(parts) > 2:
            others = {
                name.split(".")[2]
                for name in imported(path)
                if name.startswith("pytest_readiness.systems.") and name.count(".") >= 2
            }
            folders = {p.name for p in (ROOT / "systems").iterdir() if p.is_dir()}
            assert not (others & folders) - {parts[1]}, path


def test_entry_point_imports_nothing_foreign() -> None:
    """Beside what a bare ``import pytest`` brings: only the plugin itself."""
    program = (
        "import sys, pytest\nbefore = set(sys.modules)\n"
        "import pytest_readiness.plugin\nprint(*sorted(set(sys.modules) - before))"
    )
    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert out.stdout.split() == ["pytest_readiness", "pytest_readiness.plugin"]


def test_merging_needs_no_pytest() -> None:
    """It runs where reports are gathered: a job that has no use for pytest or a client."""
    program = (
        "import sys\nimport pytest_readiness.run.command\n"
        f"print(*({CLIENTS | {'pytest', '_pytest'}!r} & set(sys.modules)))"
    )
    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert out.stdout.split() == []


def test_importing_checks_brings_no_client() -> None:
    program = (
        "import sys\nfrom pytest_readiness.systems import registry\n"
        "from importlib import import_module\n"
        "[import_module(s.checks) for s in registry().values()]\n"
        f"print(*({CLIENTS!r} & set(sys.modules)))"
    )
    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert out.stdout.split() == []


def test_public_names_resolve() -> None:
    assert sorted(pytest_readiness.__all__) == pytest_readiness.__all__
    for name in pytest_readiness.__all__:
        assert getattr(pytest_readiness, name) is not None
    with pytest.raises(AttributeError):
        _ = pytest_readiness.nothing


def test_a_run_imports_the_checks_of_its_own_systems_only() -> None:
    program = (
        "import sys\nfrom pytest_readiness.run.catalogue import Catalogue\n"
        "from pytest_readiness.systems import registry\n"
        "catalogue = Catalogue(registry())\ncatalogue.get('redis.reachable')\n"
        "catalogue.get('nothing.here')\n"
        "print(*sorted(n for n in sys.modules if 'systems' in n and n.endswith('.checks')))"
    )
    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert out.stdout.split() == ["pytest_readiness.systems.redis.checks"]
