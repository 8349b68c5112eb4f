"""JUnit of real runs of all kinds: by the rules of its readers, and as the JSON report has it."""

from __future__ import annotations

import datetime as dt

import pytest
from junitparser import Error, Failure, Skipped

from tests.conftest import without
from tests.plugin.bodies import HEAD, conftest
from tests.plugin.conftest import Project, Ran
from tests.plugin.test_vantage import far
from tests.reports.junit_files import cases, hold, result, suite

OWN = """
@pytest.fixture
def broken():
    1 / 0

@pytest.fixture
def ends_badly():
    yield
    raise ValueError("teardown")

@readiness.blocker(remedy="Do it.")
@pytest.mark.parametrize("x", ["a.b", "c/d", "e::f", "[g]", "\\x07\\x1b", "é\\u202e", ""])
def test_many(x):
    print("<printed>&")
    assert measure("a", 1) == 2

@readiness.high
def test_setup(broken):
    assert measure("a", 1) == 1

class TestInside:
    @readiness.high
    def test_teardown(self, ends_badly):
        assert measure("a", 1) == 1

    @readiness.high
    def test_both(self, ends_badly):
        assert measure("a", 1) == 2

@readiness.medium
def test_bug():
    print("x" * 10)
    raise RuntimeError("]]> <b> \\x00\\x08\\ud800\\uffff &amp;")

@readiness.low
def test_not_asked():
    not_applicable("another role")

@readiness.low
def test_skipped():
    pytest.skip("not today")

@readiness.low
@pytest.mark.xfail
def test_expected():
    assert measure("a", 1) == 2

@readiness.low
def test_silent():
    pass

@readiness.low
def test_good(capsys):
    assert measure("a", 1) == 1
"""
SUBTESTS = """
@readiness.high
def test_parts(subtests):
    for n in (1, 2, 3):
        with subtests.test(n=n):
            assert measure("n", n) == 2
"""
WAIVER = (
    '[[waivers]]\ncheck = "folder.size"\nreason = "growing"\nowner = "ana"\nexpires = 2999-01-01\n'
)


@pytest.fixture
def own(ready: Project) -> Project:
    """A project with tests of its own that end in every way there is."""
    (ready.path / "folders" / "first" / "big").write_bytes(b"x" * 500)
    text = (ready.path / "readiness.toml").read_text()
    ready.settings(text.replace("[folder.first]", f"{WAIVER}[folder.first]"))
    ready.tests(test_own=HEAD + OWN)
    return ready


RUNS = {
    "plain": (),
    "workers": ("-n", "2"),
    "each worker all": ("-n", "2", "--dist=each"),
    "stops at the first": ("-x",),
    "all that was printed": ("-o", "junit_logging=all"),
    "what failures printed": ("-o", "junit_logging=all", "-o", "junit_log_passing_tests=false"),
    "time of calls": ("-o", "junit_duration_report=call"),
    "a prefix": ("--junitprefix=nightly",),
    "no terminal": ("-p", "no:terminal"),
    "tracebacks off": ("--tb=no",),
    "part": ("-k", "test_many or size"),
}


@pytest.mark.parametrize("kind", RUNS)
def test_it_agrees_with_the_report(own: Project, kind: str) -> None:
    ran = own.run(*RUNS[kind])
    assert ran.card is not None, ran.out
    hold(ran.junit, ran.card)


@pytest.mark.parametrize("family", ["xunit1", "legacy"])
def test_older_families(own: Project, family: str) -> None:
    ran = own.run("-o", f"junit_family={family}", "-o", "junit_logging=all")
    assert ran.card is not None
    hold(ran.junit, ran.card, strict=False)
    named = cases(ran.junit)
    assert named["test_own", "test_bug"]._elem.get("file") == "test_own.py"
    # The packaged file of a built-in check would say where Python is installed.
    assert named["readiness.folder.first", "size"]._elem.get("file") is None


def test_names_and_messages(own: Project) -> None:
    ran = own.run()
    named = cases(ran.junit)
    size = result(named["readiness.folder.first", "size"])
    assert isinstance(size, Skipped)
    assert size.type == "readiness.waived"
    assert size.message.startswith("[high] waived: size is 520 bytes, must be <= 100 (waived by an")
    assert "Measured: size: 520 bytes, expected at most 100 bytes (does not hold)" in size.text
    assert "Remedy: Remove old files.\nOwner: ops" in size.text
    both = result(named["test_own.TestInside", "test_both"])
    assert isinstance(both, Failure)
    assert both.message == "[high] a is 1, must be 2"
    assert "ValueError: teardown" in both.text, "the teardown's traceback is not lost"
    assert isinstance(result(named["test_own.TestInside", "test_teardown"]), Error)
    assert isinstance(result(named["test_own", "test_setup"]), Error)
    assert "passed: no evidence" in named["test_own", "test_silent"].system_out
    many = result(named["test_own", "test_many[a.b]"])
    assert "Remedy: Do it." in many.text and "def test_many(x)" in many.text
    verdict = result(named["readiness", "verdict"])
    assert ran.card is not None
    assert verdict.message == f"NOT READY: {ran.card['decided_by']}"
    assert "NOT READY for production: shop at first, second" in verdict.text
    assert "To mend: test_own.py::test_many[a.b]\n" in verdict.text


def test_what_was_printed_is_kept(own: Project) -> None:
    named = cases(own.run("-o", "junit_logging=all").junit)
    assert "<printed>&" in named["test_own", "test_many[a.b]"].system_out
    assert "passed: no evidence" in named["test_own", "test_silent"].system_out


def test_subtests(ready: Project) -> None:
    ready.tests(test_own=HEAD + SUBTESTS)
    ran = ready.run()
    if "fixture 'subtests' not found" in ran.out:
        pytest.skip("this pytest has no subtests")
    assert ran.card is not None
    hold(ran.junit, ran.card)


def test_reruns(ready: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pytest_rerunfailures")
    monkeypatch.setenv("PYTEST_ADDOPTS", without("rerunfailures"))
    flaky = "N = []\n@readiness.high\ndef test_flaky():\n    N.append(1)\n"
    flaky += "    assert measure('turns', len(N)) == 2\n"
    ready.tests(test_own=HEAD + OWN + flaky)
    ran = ready.run("--reruns", "2", subprocess=True)
    assert ran.card is not None
    hold(ran.junit, ran.card)
    assert result(cases(ran.junit)["test_own", "test_flaky"]) is None
    assert "passed only when run again" in result(cases(ran.junit)["readiness", "verdict"]).text


def test_vantage_points(own: Project) -> None:
    ran = far(own)
    assert ran.card is not None
    hold(ran.junit, ran.card)
    assert {("readiness.folder.first", f"size@{at}") for at in ("frankfurt", "dublin")} <= set(
        cases(ran.junit)
    )


def test_what_is_no_finding_stays_as_pytest_has_it(ready: Project) -> None:
    ready.tests(test_own=HEAD + OWN, test_torn="import no_such_module")
    (ready.path / "folders" / "second").rename(ready.path / "gone")
    ran = ready.run("--continue-on-collection-errors")
    assert ran.card is not None
    hold(ran.junit, ran.card, others=1)
    torn = result(cases(ran.junit)["", "test_torn"])
    assert (torn.message, ran.verdict) == ("collection failure", "incomplete")


def test_plain_tests_without_readiness(ready: Project) -> None:
    body = "import pytest\ndef test_a(): assert 1 == 2\ndef test_b(): pytest.skip('x')\n"
    ready.tests(test_plain=body)
    ran = ready.run(readiness=False)
    named = cases(ran.junit)
    assert set(named) == {("test_plain", "test_a"), ("test_plain", "test_b")}
    assert result(named["test_plain", "test_a"]).message == "assert 1 == 2"


def test_worker_that_crashes(ready: Project) -> None:
    crash = "import os, signal\n@readiness.high\ndef test_dies():\n"
    ready.tests(test_own=HEAD + crash + "    os.kill(os.getpid(), signal.SIGKILL)\n")
    ran = ready.run("-n", "2")
    assert ran.card is not None
    dies = "test_own.py::test_dies" in ran.outcomes()
    hold(ran.junit, ran.card, others=0 if dies else 1)
    assert result(cases(ran.junit)["readiness", "verdict"]).message.startswith("INCOMPLETE: ")


def test_run_that_is_interrupted(own: Project) -> None:
    conftest(
        own,
        "def pytest_runtest_logfinish(nodeid):\n"
        "    if 'test_setup' in nodeid: raise KeyboardInterrupt\n",
    )
    ran = own.run(subprocess=True)
    assert ran.card is not None
    assert ran.card["scope"]["broken"] == "the run was interrupted"
    hold(ran.junit, ran.card)


def test_a_check_that_is_interrupted_is_no_pass(ready: Project) -> None:
    ready.tests(
        test_own=f"{HEAD}\n@readiness.high\ndef test_half():\n    raise KeyboardInterrupt\n"
    )
    ran = ready.run("-k", "test_half or first", subprocess=True)
    assert (ran.exit, ran.verdict) == (2, "incomplete")
    assert ran.card is not None
    hold(ran.junit, ran.card)
    assert all(case.name and case.classname for case in suite(ran.junit))
    assert len(list(suite(ran.junit))) == len(ran.card["findings"]) + 1


def test_what_users_record(ready: Project) -> None:
    body = (
        "@readiness.high\ndef test_a(record_property, record_testsuite_property):\n"
        "    record_property('ticket', 'SHOP-1 \\x01')\n"
        "    record_testsuite_property('bad\\x02name', 'bad\\ud800value')\n"
        "    assert measure('a', 1) == 1\n"
    )
    ready.tests(test_own=HEAD + body)
    ran = ready.run("-o", "junit_suite_name=nightly", "-o", "junit_family=xunit1")
    assert ran.card is not None
    hold(ran.junit, ran.card, strict=False)
    whole = suite(ran.junit)
    assert whole.name == "nightly"
    assert {p.name: p.value for p in whole.properties()}["bad#x02name"] == "bad#xD800value"
    case = cases(ran.junit)["test_own", "test_a"]
    assert [p.attrib for p in case._elem.iter("property")] == [
        {"name": "ticket", "value": "SHOP-1 \ufffd"}
    ]


def test_ready_says_so_in_words(ready: Project) -> None:
    ran = ready.run()
    assert (ran.verdict, ran.exit) == ("ready", 0)
    verdict = cases(ran.junit)["readiness", "verdict"]
    assert result(verdict) is None
    assert verdict.system_out.startswith("READY: ")
    assert ran.card is not None
    hold(ran.junit, ran.card)


LIST = """# Going live

- [x] Runbook is written
- [ ] Dashboard
- [ ] Dashboard
- [x] Folder is small <!-- readiness: check=folder.size -->
"""
SIGNED = (
    '[checklists]\nfiles = ["docs/v1.2/GO.LIVE.md"]\n'
    '[[attestations]]\nid = "rota"\ntitle = "The rota is staffed"\nseverity = "high"\n'
    'by = "Ana"\non = {on}\n'
)


def test_what_people_wrote_down(ready: Project) -> None:
    (ready.path / "docs" / "v1.2").mkdir(parents=True)
    (ready.path / "docs" / "v1.2" / "GO.LIVE.md").write_text(LIST)
    text = (ready.path / "readiness.toml").read_text()
    head, folder, rest = text.partition("[folder.first]")
    ready.settings(head + SIGNED.format(on=dt.date.today().isoformat()) + folder + rest)
    ran = ready.run()
    assert ran.card is not None, ran.out
    hold(ran.junit, ran.card)
    classes = {classname for classname, _ in cases(ran.junit)}
    # Jenkins takes what is before the last dot for the package.
    assert "readiness.checklist.docs/v1_2/GO_LIVE_md" in classes
    signed = cases(ran.junit)["readiness.attestation", "rota"]
    assert "attested: signed by Ana" in signed.system_out


def test_a_gate_that_lets_all_pass_hides_nothing(own: Project) -> None:
    ran: Ran = own.run("--readiness-gate=never")
    verdict = cases(ran.junit)["readiness", "verdict"]
    assert ran.exit == 0
    assert result(verdict) is None
    assert verdict.system_out.startswith("NOT READY: ")
