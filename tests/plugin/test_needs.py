"""Checks that need others: their order, what blocks them, and needs that nobody can meet."""

from __future__ import annotations

from inspect import cleandoc

import pytest

from tests.conftest import without
from tests.plugin.conftest import Project

TOP = """
from pytest_readiness import measure, readiness

@readiness.high(needs=["test_z_base.py::test_base"])
def test_top():
    assert measure("top", 1) == 1

@readiness.low(needs="test_top")
def test_higher():
    assert measure("higher", 1) == 1
"""
BASE = """
from pathlib import Path
from pytest_readiness import measure, readiness

@readiness.medium
def test_base():
    with Path(__file__).with_name("asked").open("a") as log:
        log.write("x")
    assert measure("base", {}) == 1
"""
NODES = ("test_z_base.py::test_base", "test_a_top.py::test_top", "test_a_top.py::test_higher")
EVERYWHERE = pytest.mark.parametrize(
    "args",
    [
        (),
        ("-n", "2"),
        ("-n", "2", "--dist", "loadfile"),
        ("-n", "2", "--dist", "worksteal"),
        ("-n", "2", "--dist", "loadgroup"),
        ("-n", "2", "--dist", "each"),
    ],
    ids=" ".join,
)


def given(ready: Project, text: str = "", **modules: str) -> None:
    """The settings with a text behind them, and modules of tests."""
    settings = ready.path / "readiness.toml"
    settings.write_text(settings.read_text() + text)
    ready.tests(**modules)


@EVERYWHERE
def test_what_is_needed_comes_first(ready: Project, args: tuple[str, ...]) -> None:
    given(ready, test_a_top=TOP, test_z_base=BASE.replace("{}", "1"))
    ran = ready.run(*args)
    assert [ran.outcomes()[node] for node in NODES] == ["passed"] * 3


@EVERYWHERE
def test_what_fails_blocks_what_needs_it(ready: Project, args: tuple[str, ...]) -> None:
    given(ready, test_a_top=TOP, test_z_base=BASE.replace("{}", "2"))
    ran = ready.run(*args)
    assert [ran.outcomes()[node] for node in NODES] == ["failed", "blocked", "blocked"]
    top, higher = (ran.finding(node) for node in NODES[1:])
    assert top["message"] == ("needs test_z_base.py::test_base, which failed: base is 2, must be 1")
    assert top["behind"] == [NODES[0]]
    assert higher["message"].startswith("needs test_a_top.py::test_top, which is blocked: needs ")
    # What waits is no step of its own.
    assert ran.card is not None
    assert NODES[0] in ran.card["route"]
    assert not set(NODES[1:]) & set(ran.card["route"])


def test_a_run_asks_once(ready: Project) -> None:
    given(ready, test_a_top=TOP, test_z_base=BASE.replace("{}", "1"))
    ready.run()
    assert (ready.path / "asked").read_text() == "x"


@pytest.mark.parametrize("value", [1, 2])
def test_what_is_left_out_is_asked_all_the_same(ready: Project, value: int) -> None:
    given(ready, test_a_top=TOP, test_z_base=BASE.replace("{}", str(value)))
    ran = ready.run("-k", "test_higher")
    assert ran.outcomes() == {NODES[2]: "passed" if value == 1 else "blocked"}
    assert (ready.path / "asked").read_text() == "x"
    assert ran.card is not None
    assert ran.card["scope"]["selected"] == 1


def test_built_in_checks_are_needed_on_the_same_target(ready: Project) -> None:
    check = """
    from pytest_readiness import measure, readiness

    @readiness.high(needs=["folder.size"])
    def test_folder(folder_probe):
        assert measure("x", 1) == 1
    """
    ready.tests(test_own=check)
    big = ready.folder("big", *(f"f{i}" for i in range(50)))
    ready.settings((ready.path / "readiness.toml").read_text() + big)
    ran = ready.run()
    outcomes = {n: o for n, o in ran.outcomes().items() if "test_folder" in n or "::size" in n}
    for target in ("first", "big"):
        expected = (
            "passed" if outcomes[f"readiness::folder::size[{target}]"] == "passed" else "blocked"
        )
        assert outcomes[f"test_own.py::test_folder[{target}]"] == expected
    assert set(outcomes.values()) == {"passed", "failed", "blocked"}, outcomes


def test_what_waits_for_a_waived_check_is_waived(ready: Project) -> None:
    given(
        ready,
        '[[waivers]]\ncheck = "test_z_base.py::test_base"\nreason = "r"\nowner = "ana"\n'
        "expires = 2999-01-01\n",
        test_a_top=TOP,
        test_z_base=BASE.replace("{}", "2"),
    )
    ran = ready.run()
    assert [ran.outcomes()[node] for node in NODES] == ["waived"] * 3


@pytest.mark.parametrize(
    ("needs", "words"),
    [
        ('["folder.siez"]', "needs 'folder.siez', and there is no such check; did you mean"),
        ('["test_nothing"]', "there is no such check"),
        ('["test_own.py::test_secnd"]', "did you mean 'test_own.py::test_second'?"),
        ('["test_second"]', "needs itself: test_own.py::test_first needs"),
        ('["test_first"]', "needs itself: test_own.py::test_first needs test_own.py::test_first"),
    ],
)
def test_what_cannot_be_met_is_a_settings_error(ready: Project, needs: str, words: str) -> None:
    ready.tests(
        test_own=f"""
        from pytest_readiness import measure, readiness

        @readiness.high(needs={needs})
        def test_first():
            assert measure("x", 1) == 1

        @readiness.high(needs=["test_first"])
        def test_second():
            assert measure("x", 1) == 1
        """
    )
    for args in ((), ("-n", "2")):
        ran = ready.run(*args)
        assert ran.exit == pytest.ExitCode.USAGE_ERROR, ran.out
        assert words in " ".join(ran.out.split())
        assert ran.card is None


def test_need_of_a_system_without_target_blocks(ready: Project) -> None:
    ready.tests(
        test_own="""
        from pytest_readiness import measure, readiness

        @readiness.high(needs=["redis.reachable"])
        def test_first():
            assert measure("x", 1) == 1
        """
    )
    finding = ready.run().finding("test_own.py::test_first")
    assert finding["outcome"] == "blocked"
    assert finding["message"] == "needs redis.reachable, and no redis target is configured"


def test_fixtures_of_a_module_survive_a_need_elsewhere(ready: Project) -> None:
    """A needed check of another file is asked in between, and nothing is torn down twice."""
    module = """
    import pytest
    from pathlib import Path
    from pytest_readiness import measure, readiness

    @pytest.fixture(scope="module")
    def opened():
        log = Path(__file__).with_name("log")
        log.write_text("up")
        yield log
        log.write_text(log.read_text() + " down")

    @readiness.low
    def test_one(opened):
        assert measure("state", opened.read_text()) == "up"

    @readiness.low(needs=["test_z_base.py::test_base"])
    def test_two(opened):
        assert measure("state", opened.read_text()) == "up"
    """
    given(ready, test_a=module, test_z_base=BASE.replace("{}", "1"))
    ran = ready.run("-k", "test_a.py")
    assert list(ran.outcomes().values()) == ["passed", "passed"], ran.out
    assert (ready.path / "log").read_text() == "up down"


def test_what_a_path_leaves_out_cannot_be_asked(ready: Project) -> None:
    given(ready, test_a_top=TOP, test_z_base=BASE.replace("{}", "1"))
    ran = ready.run("test_a_top.py")
    assert ran.finding(NODES[1])["message"] == (
        "needs test_z_base.py::test_base, and only test_a_top.py was looked at"
    )


HEAD = """
import pytest
from pytest_readiness import measure, readiness

def one(expected=1):
    assert measure("x", 1) == expected
"""


@pytest.mark.parametrize("args", [("-k", "test_top"), ("-n", "2")], ids=" ".join)
def test_subtests_of_what_is_asked_quietly_are_not_told(
    ready: Project, args: tuple[str, ...]
) -> None:
    pytest.importorskip("_pytest.subtests")
    module = """
    @readiness.medium
    def test_base(subtests):
        with subtests.test("part"):
            one(2)
        one()
    """
    top = '@readiness.high(needs=["test_z_base.py::test_base"])\ndef test_top(): one()\n'
    tests = "".join(f"\n{top.replace('test_top', f'test_top_{i}')}" for i in range(4))
    given(ready, test_a_top=HEAD + tests, test_z_base=HEAD + cleandoc(module))
    ran = ready.run(*args)
    assert {n for n, o in ran.outcomes().items() if o == "blocked"} == {
        f"test_a_top.py::test_top_{i}" for i in range(4)
    }
    told = 0 if "-k" in args else 1
    assert ran.out.count("SUBFAILED") == told, ran.out
    assert ran.card is not None
    assert ran.card["scope"]["broken"] is None


def test_a_long_row_is_asked_from_its_end(ready: Project) -> None:
    """One check asking for the next would go as deep as the row is long."""
    rows = [f"\n@readiness.low(needs='test_{i}')\ndef test_{i + 1}(): one()\n" for i in range(600)]
    given(ready, test_a=HEAD + "\n@readiness.low\ndef test_0(): one()\n" + "".join(rows))
    assert ready.run("-k", "test_600").outcomes() == {"test_a.py::test_600": "passed"}


@pytest.mark.parametrize("end", ["pytest.fail('no')", "pytest.skip('no')", "raise OSError('no')"])
def test_a_finaliser_that_fails_in_between_is_told(ready: Project, end: str) -> None:
    """It belongs to the check before, whatever the one behind it needs."""
    module = f"""
    @pytest.fixture(scope="module")
    def opened():
        yield
        {end}

    @readiness.blocker
    def test_one(opened):
        one()

    @readiness.low(needs=["test_z_base.py::test_base"])
    def test_two():
        one()
    """
    given(ready, test_a=HEAD + cleandoc(module), test_z_base=BASE.replace("{}", "1"))
    ran = ready.run("-k", "test_a.py")
    assert ran.outcomes() == {
        "test_a.py::test_one": "blocked" if "skip" in end else "error",
        "test_a.py::test_two": "passed",
    }
    assert ran.verdict == "not_ready"


def test_another_target_does_not_answer_for_one_on_which_it_is_off(ready: Project) -> None:
    check = "@readiness.high(needs='folder.size')\ndef test_own(folder_probe): one()\n"
    off = '[checks."folder.size".targets.first]\nenabled = false\nreason = "later"\n'
    given(ready, off, test_a=f"{HEAD}\n{check}")
    ran = ready.run()
    assert ran.outcomes()["test_a.py::test_own[second]"] == "passed"
    finding = ran.finding("test_a.py::test_own[first]")
    assert finding["outcome"] == "blocked"
    assert finding["message"] == "needs folder.size, which is not asked: switched off: later"


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=" ".join)
def test_a_users_check_that_is_switched_off_is_no_unknown_one(
    ready: Project, workers: tuple[str, ...]
) -> None:
    checks = """
    @readiness.low
    def test_base(): one()

    @readiness.high(needs=["test_base"])
    def test_top(): one()
    """
    off = (
        '[checks."test_a.py::test_base"]\nenabled = false\nreason = "later"\nowner = "ana"\n'
        "expires = 2999-01-01\n"
    )
    given(ready, off, test_a=HEAD + cleandoc(checks))
    finding = ready.run(*workers).finding("test_a.py::test_top")
    assert finding["outcome"] == "blocked"
    assert finding["message"] == "needs test_base, which is not asked: switched off: later"


def test_a_class_finds_what_stands_in_its_module(ready: Project) -> None:
    checks = """
    class TestTop:
        @readiness.high(needs=["test_base"])
        def test_top(self): one()

    @readiness.low
    def test_base(): one(2)
    """
    given(ready, test_a=HEAD + cleandoc(checks))
    finding = ready.run().finding("test_a.py::TestTop::test_top")
    assert finding["message"] == "needs test_a.py::test_base, which failed: x is 1, must be 2"


@pytest.mark.parametrize("args", [(), ("-k", "top"), ("-n", "2")], ids=" ".join)
def test_what_passes_when_run_again_blocks_nothing(
    ready: Project, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...]
) -> None:
    pytest.importorskip("pytest_rerunfailures")
    monkeypatch.setenv("PYTEST_ADDOPTS", without("rerunfailures"))
    base = """
    import os
    from pathlib import Path

    @readiness.low
    def test_base():
        seen = Path(__file__).with_name(f"seen{os.getpid()}")
        before = seen.exists()
        seen.touch()
        one(1 if before else 2)
    """
    tops = "".join(
        f"\n@readiness.high(needs='test_z.py::test_base')\ndef test_top_{i}(): one()\n"
        for i in range(4)
    )
    given(ready, test_a=HEAD + tops, test_z=HEAD + cleandoc(base))
    ran = ready.run("--reruns", "1", *args, subprocess=True)
    assert {ran.outcomes()[f"test_a.py::test_top_{i}"] for i in range(4)} == {"passed"}, ran.out


def test_what_is_asked_quietly_warns_nobody(ready: Project) -> None:
    base = (
        "import warnings\n@readiness.low\ndef test_base():\n    warnings.warn('loud')\n    one()\n"
    )
    top = "@readiness.high(needs='test_z.py::test_base')\ndef test_top(): one()\n"
    given(ready, test_a=f"{HEAD}\n{top}", test_z=f"{HEAD}\n{base}")
    ran = ready.run("-k", "test_top", "-rA", "--durations=0", "-vv", subprocess=True)
    assert "loud" not in ran.out
    assert "test_z.py" not in ran.out + ran.junit.read_text()


@pytest.mark.parametrize("args", [(), ("-n", "2"), ("-k", "test_d")], ids=" ".join)
def test_what_is_waived_with_another_says_so_once(ready: Project, args: tuple[str, ...]) -> None:
    waiver = (
        '[[waivers]]\ncheck = "test_z.py::test_n"\nreason = "later"\nowner = "ana"\n'
        "expires = 2999-01-01\n"
    )
    top = "@readiness.blocker(needs='test_z.py::test_n')\ndef test_d(): one()\n"
    base = "@readiness.blocker\ndef test_n(): one(2)\n"
    given(ready, waiver, test_a=f"{HEAD}\n{top}", test_z=f"{HEAD}\n{base}")
    ran = ready.run(*args)
    finding = ran.finding("test_a.py::test_d")
    assert finding["outcome"] == "waived", finding
    assert finding["message"] == (
        "needs test_z.py::test_n, which is waived: x is 1, must be 2 "
        "(waived with test_z.py::test_n)"
    )
    assert ran.verdict == ("partial" if "-k" in args else "conditional")


def test_what_waits_for_a_waived_check_and_a_failed_one_is_not_waived(ready: Project) -> None:
    waiver = (
        '[[waivers]]\ncheck = "test_z.py::test_n"\nreason = "later"\nowner = "ana"\n'
        "expires = 2999-01-01\n"
    )
    top = (
        "@readiness.blocker(needs=['test_z.py::test_n', 'test_z.py::test_m'])\n"
        "def test_d(): one()\n"
    )
    base = "@readiness.blocker\ndef test_n(): one(2)\n\n@readiness.low\ndef test_m(): one(2)\n"
    given(ready, waiver, test_a=f"{HEAD}\n{top}", test_z=f"{HEAD}\n{base}")
    ran = ready.run()
    assert ran.outcomes()["test_a.py::test_d"] == "blocked"
    assert ran.verdict == "not_ready"


@pytest.mark.parametrize(
    ("need", "words"),
    [
        ("attestation.pager", "it is judged when all else has been"),
        ("attestation.pagr", "did you mean 'attestation.pager'?"),
        ("command.smokes", "did you mean 'command.smoke'?"),
    ],
)
def test_needs_of_what_is_no_test(ready: Project, need: str, words: str) -> None:
    own = (
        '[[attestations]]\nid = "pager"\ntitle = "t"\nseverity = "high"\nby = "ana"\n'
        'on = 2026-11-01\nvalid_for = "90d"\nevidence = "e"\n'
        '[[commands]]\nid = "smoke"\nrun = "true"\n'
    )
    given(ready, own, test_a=f"{HEAD}\n@readiness.low(needs='{need}')\ndef test_d(): one()\n")
    for args in ((), ("-n", "2")):
        ran = ready.run(*args)
        assert ran.exit == pytest.ExitCode.USAGE_ERROR
        assert words in " ".join(ran.out.split())
