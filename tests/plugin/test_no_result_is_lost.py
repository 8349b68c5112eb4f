"""Results that others make, wrap or repeat: the worst of a check counts, and nothing gets lost."""

from __future__ import annotations

import pytest

from tests.plugin.bodies import conftest
from tests.plugin.conftest import Project

HEAD = "from pytest_readiness import measure, readiness\n"

TWICE = """
from _pytest.runner import runtestprotocol

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    for _ in range(2):
        runtestprotocol(item, nextitem=nextitem, log=True)
    return True
"""


@pytest.mark.parametrize("args", [(), ("-n", "1")])
def test_a_check_that_is_run_twice_counts_as_its_worse_run(
    ready: Project, args: tuple[str, ...]
) -> None:
    conftest(ready, TWICE)
    body = "runs = []\n\n@readiness.blocker\ndef test_case():\n    runs.append(1)\n"
    ready.tests(test_own=f"{HEAD}{body}    assert measure('run', len(runs)) == 2\n")
    ran = ready.run(*args, subprocess=True)
    assert (ran.verdict, ran.exit) == ("not_ready", 1)


def test_what_is_measured_around_a_check_is_of_that_check(ready: Project) -> None:
    around = (
        "from pytest_readiness import measure\n\n@pytest.hookimpl(wrapper=True)\n"
        "def pytest_runtest_call(item):\n    if item.name == 'test_case':\n"
        "        measure('never', 1)\n    return (yield)\n"
    )
    conftest(ready, around)
    own = "@readiness.blocker\ndef test_case():\n    assert measure('a', 1) == 1\n"
    ready.tests(test_own=f"{HEAD}\n{own}")
    ran = ready.run()
    assert "measure 'never' was never compared" in ran.finding("test_own.py::test_case")["message"]
    assert (ran.verdict, ran.exit) == ("not_ready", 1)


def test_a_check_of_another_package_cannot_change_what_the_next_one_sees(ready: Project) -> None:
    changed = (
        "import folder_system as F\nF.FolderFacts.__annotations__['names'] = list\n"
        "class Facts(F.FolderFacts, frozen=True, kw_only=True):\n    names: list = F.fact()\n"
        "F.FolderProbe.facts_type = Facts\n"
        "def observe(cls, settings, watch):\n    return Facts(names=['a', 'backup'], size=20)\n"
        "F.FolderProbe.observe = classmethod(observe)\n"
        "import folder_checks as C\nfrom pytest_readiness import measure\n"
        "def emptying(folder_probe):\n    folder_probe.facts.names.clear()\n"
        "    assert measure('n', 1) == 1\n"
        "emptying.__module__, emptying.pytestmark = C.__name__, [readiness.low.mark]\n"
        "C.__dict__.update({'a_first': emptying, **{k: C.__dict__.pop(k) for k in list(vars(C))"
        " if getattr(vars(C)[k], 'pytestmark', None)}})\n"
    )
    plain = ready.run(subprocess=True).card
    conftest(ready, changed)
    ran = ready.run(subprocess=True)
    assert plain is not None
    assert ran.verdict == plain["verdict"]


def test_a_check_that_a_conftest_adds_at_the_end_has_a_time_limit(ready: Project) -> None:
    late = (
        "@pytest.hookimpl(trylast=True)\ndef pytest_collection_modifyitems(session, items):\n"
        "    mine = next(i for i in items if i.name == 'test_case')\n"
        "    new = pytest.Function.from_parent(mine.parent, name='test_added', callobj=mine.obj)\n"
        "    items.append(new)\n"
    )
    conftest(ready, late)
    text = (ready.path / "readiness.toml").read_text()
    ready.settings(f"check_timeout = 1\n{text}")
    body = "import time\n\n@readiness.low\ndef test_case(request):\n"
    wait = "    time.sleep(5 if request.node.name == 'test_added' else 0)\n"
    ready.tests(test_own=f"{HEAD}{body}{wait}    assert measure('a', 1) == 1\n")
    ran = ready.run(subprocess=True)
    assert "did not end in time" in ran.finding("test_own.py::test_added")["message"]


def test_a_secret_of_this_machine_does_not_come_in_from_a_worker(
    ready: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "planted-elsewhere-1")
    away = "if 'PYTEST_XDIST_WORKER' in os.environ:\n    os.environ.pop('SHOP_PASSWORD', None)\n"
    conftest(ready, away)
    text = "'planted-elsewhere-' + str(1)"
    body = f"@readiness.low\ndef test_case():\n    assert measure('told', {text}) == 'other'\n"
    ready.tests(test_own=f"{HEAD}\n{body}")
    ran = ready.run("-n", "1", subprocess=True)
    assert "planted-elsewhere" not in str(ran.card)
    assert ran.finding("test_own.py::test_case")["outcome"] == "failed"
