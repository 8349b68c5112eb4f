"""Fixtures of the fault proofs: one run over all faulty targets of a system, alone and shared."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.faults.cases import Case, Lab
from tests.faults.runs import Seen, run
from tests.sandbox import Sandbox

# Its failures are to be read as those of a test are.
pytest.register_assert_rewrite("tests.faults.proof")

GOOD = "good"
"""The target that leads straight to the server, which the others are compared with."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test that asks for a case runs with each of its module's."""
    if "case" in metafunc.fixturenames:
        cases: list[Case] = metafunc.module.CASES
        assert len({case.target for case in cases}) == len(cases)
        metafunc.parametrize("case", cases, ids=lambda case: case.name)


def _seen(request: pytest.FixtureRequest, box: Sandbox, folder: Path, *args: str) -> Seen:
    """Start what the module's cases need, and judge all their targets in one run."""
    module: Any = request.module
    folder.mkdir()
    with ExitStack() as stack:
        lab = Lab(box, module, stack, folder, module.start(box))
        # Several start a server of their own.
        with ThreadPoolExecutor() as pool:
            tables = list(pool.map(lambda case: case.settings(lab), module.CASES))
        targets = {case.target: table for case, table in zip(module.CASES, tables, strict=True)}
        targets[GOOD] = lab.route(lab.server.port, timeout=20.0)
        return run(folder, module.SYSTEM, targets, *args)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the module's runs are."""
    return tmp_path_factory.mktemp("faults")


@pytest.fixture(scope="module")
def alone(request: pytest.FixtureRequest, box: Sandbox, folder: Path) -> Seen:
    """The run in one process."""
    return _seen(request, box, folder / "alone")


@pytest.fixture(scope="module")
def shared(request: pytest.FixtureRequest, box: Sandbox, folder: Path) -> Seen:
    """The run in two workers."""
    return _seen(request, box, folder / "shared", "-n", "2")


@pytest.fixture(params=["alone", "shared"])
def seen(request: pytest.FixtureRequest) -> Seen:
    """Each of the two runs."""
    found: Seen = request.getfixturevalue(request.param)
    return found
