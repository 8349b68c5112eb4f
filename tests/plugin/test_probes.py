"""What a probe hands in: partial, wrong or no facts are never good ones."""

from __future__ import annotations

import pytest

from tests.plugin.bodies import conftest
from tests.plugin.conftest import Project, Ran

SIZE = "readiness::folder::size[first]"
NAMES = "readiness::folder::no_core[first]"


def observed(project: Project, body: str, *args: str) -> Ran:
    """A run in which the probe ends with this line."""
    conftest(
        project,
        "import sys\nimport folder_system as F\nfrom folder_system import FolderFacts as Facts\n"
        f"def observe(cls, settings, watch):\n    {body}\n"
        "F.FolderProbe.observe = classmethod(observe)\n",
    )
    return project.run(*args, subprocess=True)


@pytest.mark.parametrize(
    "body",
    [
        "pass",
        "return None",
        "return {}",
        "return []",
        "return 0",
        "return object()",
        "return Facts()",
        "return Facts(names=5, size='x')",
        "return Facts(names=None, size=None)",
        "sys.exit(0)",
        "raise KeyboardInterrupt",
        "__import__('pytest').skip('x')",
        "__import__('pytest').exit('x', returncode=0)",
    ],
)
def test_probe_that_hands_in_nothing_good(ready: Project, body: str) -> None:
    ran = observed(ready, body)
    assert (ran.verdict, ran.exit) == ("not_ready", 1)
    for node in (SIZE, NAMES):
        assert ran.outcomes()[node] in ("error", "blocked")
    assert "Traceback" not in ran.out


@pytest.mark.parametrize("args", [(), ("-n", "2")])
def test_partial_facts_block_what_needs_the_rest(ready: Project, args: tuple[str, ...]) -> None:
    ran = observed(ready, "return Facts(names=('a', 'backup'))", *args)
    assert ran.outcomes()[NAMES] == "passed"
    assert ran.finding(SIZE)["message"] == "size was not seen"
    assert ran.outcomes()[SIZE] == "blocked"
    assert ran.exit == 1


def test_probe_that_leaves_the_process(ready: Project) -> None:
    ran = observed(ready, "import os; os._exit(0)")
    assert (ran.card, ran.exit) == (None, 1)
    assert "INCOMPLETE: os._exit(0) ended the run" in ran.out
