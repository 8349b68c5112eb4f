"""Waivers in runs of pytest: what each of their states prints, under workers and merged too."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from pytest_readiness.run import command
from tests.plugin.bodies import HEAD, conftest
from tests.plugin.conftest import Project, Ran

TODAY = dt.date(2026, 11, 22)
SIZE = "readiness::folder::size[first]"


@pytest.fixture(autouse=True)
def on_that_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_readiness.clock.today", lambda: TODAY)


def waive(
    project: Project, *checks: str, left: int = 100, target: str | None = None, owner: str = "ana"
) -> None:
    """Add a waiver that ends in so many days."""
    end = TODAY + dt.timedelta(days=left)
    where = f'target = "{target}"\n' if target else ""
    with (project.path / "readiness.toml").open("a") as stream:
        stream.write(
            f"[[waivers]]\ncheck = {json.dumps(checks if len(checks) > 1 else checks[0])}\n"
            f'reason = "the archive moves in May"\nowner = "{owner}"\nexpires = {end}\n{where}'
        )


@pytest.fixture
def big(ready: Project) -> Project:
    """A project where one folder is too big, which is a high."""
    (ready.path / "folders" / "first" / "big").write_bytes(b"x" * 500)
    return ready


def section(ran: Ran) -> str:
    """What is printed from the readiness section's targets to the verdict's figures."""
    lines = ran.result.stdout.lines
    start = max(i for i, line in enumerate(lines) if line.startswith("=") and " readiness " in line)
    shown = [line.rstrip() for line in lines[start + 1 :] if not line.startswith(("=", "folder["))]
    end = next(i for i, line in enumerate(shown) if line.startswith("  decided by"))
    return "\n".join(shown[: end + 1]).strip("\n")


HEAD_LINE = "CONDITIONAL for production: shop at first, second"
IN_FORCE = f"""
waived (1)
  HIGH    folder.size[first]
          size is 520 bytes, must be <= 100
          waived by ana, {{days}}: the archive moves in May
{{note}}
{HEAD_LINE}
  decided by: waiver in force on folder.size[first]
"""
RUN_OUT = """
fix now (1)
  HIGH    folder.size[first]
          size is 520 bytes, must be <= 100 (ana's waiver ran out on
          2026-11-21)
          → Remove old files. (ops)
note: ana's waiver of folder.size ran out on 2026-11-21: 1 check counts again

CONDITIONAL for production: shop at first, second
  decided by: high folder.size[first] failed
"""


def _in_force(days: str, note: str = "") -> str:
    text = IN_FORCE.format(days=days, note=note)
    return text.strip("\n")


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
@pytest.mark.parametrize(
    ("left", "printed", "state"),
    [
        (100, _in_force("100 days left"), "in_force"),
        (15, _in_force("15 days left"), "in_force"),
        (
            14,
            _in_force(
                "14 days left",
                "note: ana's waiver of folder.size runs out on 2026-12-06: 14 days left\n",
            ),
            "ending",
        ),
        (
            1,
            _in_force(
                "1 day left",
                "note: ana's waiver of folder.size runs out on 2026-11-23: 1 day left\n",
            ),
            "ending",
        ),
        (
            0,
            _in_force(
                "last day", "note: ana's waiver of folder.size runs out on 2026-11-22: last day\n"
            ),
            "ending",
        ),
        (-1, RUN_OUT.strip("\n"), "expired"),
    ],
)
def test_what_is_printed(
    big: Project, left: int, printed: str, state: str, workers: tuple[str, ...]
) -> None:
    if workers:
        # The workers are in another day: that of the controller counts.
        days = (TODAY, TODAY + dt.timedelta(days=50))
        clock(big, *days)
    waive(big, "folder.size", left=left)
    ran = big.run(*workers)
    assert section(ran) == printed
    assert ran.card is not None
    (stands,) = ran.card["waivers"]
    assert (stands["state"], stands["days_left"]) == (state, left)
    assert stands["findings"] == ["folder.size[first]", "folder.size[second]"]
    assert (stands["owner"], stands["reason"]) == ("ana", "the archive moves in May")
    assert ran.outcomes()[SIZE] == ("failed" if left < 0 else "waived")
    assert (ran.verdict, ran.exit) == ("conditional", 0)


def clock(project: Project, controller: dt.date, workers: dt.date) -> None:
    """Set the clock of processes that are not this one."""
    conftest(
        project,
        "import datetime\nfrom pytest_readiness import clock\n"
        f"days = {str(controller)!r}, {str(workers)!r}\n"
        "day = datetime.date.fromisoformat(days['PYTEST_XDIST_WORKER' in os.environ])\n"
        "clock.today = lambda: day\n",
    )


def printed_by(project: Project, *args: str) -> str:
    return section(project.run(*args))


READY = """READY for production: shop at first, second
  decided by: no blocker and no high failed, score reaches 95"""


def test_printed_of_a_stale_one(ready: Project) -> None:
    waive(ready, "folder.size")
    note = "note: ana's waiver of folder.size is stale: the check passes; remove it"
    assert printed_by(ready) == f"{note}\n\n{READY}"
    assert "is stale" not in ready.run("readiness::folder::size").out, "a part of the checks"


def test_printed_of_one_that_matches_nothing(ready: Project) -> None:
    waive(ready, "folder.tidy")
    note = "note: ana's waiver of folder.tidy matches no check of this run; correct it or"
    assert printed_by(ready) == f"{note}\n    remove it\n\n{READY}"
    assert "matches no check of" not in ready.run("-k", "size").out


def test_printed_of_a_list(big: Project) -> None:
    waive(big, "folder.size", "folder.backup", "folder.two_files")
    name = "ana's waiver of folder.size, folder.backup, folder.two_files"
    notes = big.run().card
    assert notes is not None
    out = "2 of 3 pass now: folder.backup, folder.two_files; take them out"
    assert notes["about"]["notes"] == [f"{name}: {out}"]


DOWN = """
waived (4)
  BLOCKER folder.reachable[first]
          no folder
          waived by ana, 14 days left: the archive moves in May
  with folder.reachable[first]: 3 checks, 1 of them a blocker: backup, no_core,
    size
note: ana's waiver of folder.reachable[first] runs out on 2026-12-06: 14 days
    left
"""


def test_printed_of_a_target_that_is_down(ready: Project) -> None:
    (ready.path / "folders" / "first").rename(ready.path / "gone")
    waive(ready, "folder.reachable", target="first", left=14)
    waive(ready, "folder.two_files", target="first")
    ran = ready.run()
    got = ran.outcomes()
    assert got["readiness::folder::no_core[first]"] == "waived"
    message = ran.finding("readiness::folder::no_core[first]")["message"]
    assert message.endswith(" (waived with folder.reachable[first])")
    assert (
        "  with folder.reachable[first]: 3 checks, 1 of them a blocker: backup, no_core" in ran.out
    )
    assert "is stale" not in ran.out
    assert (ran.verdict, ran.exit) == ("conditional", 0)


def test_even_in_short(big: Project) -> None:
    waive(big, "folder.size", left=3)
    assert (
        "note: ana's waiver of folder.size runs out on 2026-11-25: 3 days left" in big.run("-q").out
    )
    waive(big, "folder.backup", left=100)
    assert "is stale" not in big.run("-q").out


def test_a_pattern_covers_no_blocker(ready: Project) -> None:
    for name in ("a", "backup"):
        (ready.path / "folders" / "first" / name).unlink()
    (ready.path / "folders" / "first" / "core").write_bytes(b"x" * 500)
    waive(ready, "folder.*")
    ran = ready.run()
    assert (ran.verdict, ran.exit) == ("not_ready", 1)
    assert ran.outcomes()[SIZE] == "waived"
    message = ran.finding("readiness::folder::no_core[first]")["message"]
    assert message.endswith(" (ana's waiver of folder.* does not cover a blocker: name it)")
    waive(ready, "folder.no_core", owner="bo")
    ran = ready.run()
    assert (ran.verdict, ran.exit) == ("conditional", 0)
    assert (
        "waived by bo, 100 days left" in ran.finding("readiness::folder::no_core[first]")["message"]
    )


OWN = HEAD + (
    "@readiness.{severity}\n@pytest.mark.parametrize('n', [1, 2])\n"
    "def test_own(n):\n    assert measure('n', n) == 0\n"
)


@pytest.mark.parametrize(
    ("named", "severity", "outcome"),
    [
        ("test_own.py::test_own", "blocker", "waived"),
        ("test_own.py::*", "high", "waived"),
        ("*", "high", "waived"),
        ("test_own.py::*", "blocker", "failed"),
        ("*", "blocker", "failed"),
    ],
)
def test_users_own_checks(ready: Project, named: str, severity: str, outcome: str) -> None:
    """The severity is that of the mark."""
    ready.tests(test_own=OWN.format(severity=severity))
    waive(ready, named)
    ran = ready.run()
    assert {o for n, o in ran.outcomes().items() if "test_own" in n} == {outcome}
    said = "does not cover a blocker: name it" in " ".join(ran.out.split())
    assert said == (outcome == "failed")


def test_a_severity_that_the_settings_raise(ready: Project) -> None:
    ready.tests(test_own=OWN.format(severity="low"))
    waive(ready, "test_own.py::*")
    with (ready.path / "readiness.toml").open("a") as stream:
        stream.write('[checks."test_own.py::test_own"]\nseverity = "blocker"\n')
    ran = ready.run()
    assert ran.outcomes()["test_own.py::test_own[1]"] == "failed"
    note = (
        "ana's waiver of test_own.py::* matches blockers only, which no pattern covers: name them"
    )
    assert ran.card is not None and ran.card["about"]["notes"] == [note]


def test_a_pattern_of_users_checks_that_there_are_not(ready: Project) -> None:
    ready.tests(test_own=OWN.format(severity="low"))
    waive(ready, "test_other.py::*")
    ran = ready.run()
    assert (ran.exit, ran.card) == (4, None)
    assert 'settings of "test_other.py::*": no such check' in ran.out


@pytest.mark.parametrize("body", ["raise OSError('no driver')", "pytest.skip('not today')"])
def test_an_error_and_what_is_not_judged_keep_their_cause(ready: Project, body: str) -> None:
    ready.tests(test_own=f"{HEAD}@readiness.blocker\ndef test_own():\n    {body}\n")
    waive(ready, "test_own.py::test_own")
    ran = ready.run()
    found = ran.finding("test_own.py::test_own")
    assert found["outcome"] == "waived"
    assert found["message"].startswith(
        ("OSError: no driver (waived", "skipped, so not judged: not")
    )
    assert ran.card is not None and ran.card["score_without_waivers"] < ran.card["score"]


def test_a_broken_run_is_not_excused(ready: Project) -> None:
    ready.tests(test_own=f"{HEAD}@readiness.low\ndef test_own():\n    pytest.exit('enough')\n")
    waive(ready, "*")
    ran = ready.run()
    assert (ran.verdict, ran.exit != 0) == ("incomplete", True)


def test_a_subtest_fails_after_its_check(ready: Project) -> None:
    """What is told of it comes when the check's own report has been made."""
    conftest(
        ready,
        "@pytest.hookimpl(tryfirst=True)\n"
        "def pytest_runtest_logreport(report):\n"
        "    if 'test_own' in report.nodeid and report.when == 'call':\n"
        "        report.outcome, report.longrepr = 'failed', 'contains 1 failed subtest'\n",
    )
    own = "@readiness.blocker\ndef test_own():\n    assert measure('a', 1) == 1\n"
    ready.tests(test_own=f"{HEAD}{own}")
    assert ready.run().verdict == "not_ready"
    waive(ready, "test_own.py::test_own")
    ran = ready.run()
    found = ran.finding("test_own.py::test_own")
    assert (found["outcome"], ran.verdict) == ("waived", "conditional"), ran.out
    assert "contains 1 failed subtest (waived by ana, 100 days left" in found["message"]


# Shards, merged


def shards(project: Project, monkeypatch: pytest.MonkeyPatch, *days: dt.date) -> dict[str, Any]:
    """Judge in two shards, and read what is merged of them."""
    paths = []
    for number, day in enumerate(days or (TODAY, TODAY), start=1):
        monkeypatch.setattr("pytest_readiness.clock.today", lambda day=day: day)
        part = project.path / f"{number}.json"
        ran = project.run("--readiness-shard", f"{number}/2", "--readiness-report", str(part))
        assert "matches no check of" not in ran.out and "is stale" not in ran.out
        paths.append(str(part))
    out = project.path / "all.json"
    command.main(["merge", *paths, "-o", str(out)])
    found: dict[str, Any] = json.loads(out.read_bytes())
    return found


def test_merged_shards_say_what_is_stale(
    ready: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (ready.path / "folders" / "second" / "big").write_bytes(b"x" * 500)
    waive(ready, "folder.size", left=3)
    waive(ready, "folder.backup")
    waive(ready, "folder.tidy")
    card = shards(ready, monkeypatch)
    assert {tuple(w["checks"]): w["state"] for w in card["waivers"]} == {
        ("folder.size",): "ending",
        ("folder.backup",): "stale",
        ("folder.tidy",): "unmatched",
    }
    assert card["about"]["notes"] == [
        "ana's waiver of folder.size runs out on 2026-11-25: 3 days left",
        "ana's waiver of folder.backup is stale: the check passes; remove it",
        "ana's waiver of folder.tidy matches no check of this run; correct it or remove it",
    ]
    assert card["waivers"][0]["findings"] == ["folder.size[first]", "folder.size[second]"]
    assert "waived by ana, 3 days left" in capsys.readouterr().out


def test_merged_shards_of_two_days(ready: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("first", "second"):
        (ready.path / "folders" / name / "big").write_bytes(b"x" * 500)
    waive(ready, "folder.size", left=0)
    card = shards(ready, monkeypatch, TODAY, TODAY + dt.timedelta(days=1))
    (stands,) = card["waivers"]
    assert (stands["state"], stands["days_left"]) == ("expired", -1)
    assert card["about"]["notes"] == [
        "ana's waiver of folder.size ran out on 2026-11-22: 1 check counts again"
    ]


def test_secrets_and_lines_in_texts_of_a_waiver(big: Project) -> None:
    text = (big.path / "readiness.toml").read_text()
    path = big.path / "folders" / "first"
    big.settings(text.replace(f"folder://{path}", f"folder://ana:hunter22-xyz@{path}"))
    waive(big, "folder.size", owner="a\\nb\\u001b[31m hunter22-xyz", left=3)
    ran = big.run()
    report = Path(big.path / "r.json").read_text()
    for where in (ran.out, report, ran.junit.read_text()):
        assert "hunter22" not in where and "\x1b[31m hunter" not in where
    assert ran.outcomes()[SIZE] == "waived"


EVERY_STATE = {
    "in_force": ("failed", 312),
    "two_weeks": ("failed", 14),
    "tomorrow": ("failed", 1),
    "today": ("failed", 0),
    "ran_out": ("failed", -1),
    "renewed": ("failed", -9),
    "fixed": ("passed", 40),
    "far": ("failed", 4000),
}
"""What a check comes to, and the days that its waiver has left."""

BODIES = {"failed": "measure('answer', 41) == 42", "passed": "measure('answer', 42) == 42"}
PRINTED = Path(__file__).with_name("waivers_printed.txt")
"""Every state of a waiver as it is printed, in one run."""


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_every_state_as_printed(ready: Project, workers: tuple[str, ...]) -> None:
    checks = [
        f"@readiness.low\ndef test_{name}():\n    assert {BODIES[outcome]}\n"
        for name, (outcome, _) in EVERY_STATE.items()
    ]
    ready.tests(test_shop=HEAD + "\n".join(checks))
    # A path of the same length wherever the tests run: lines are wrapped.
    text = (ready.path / "readiness.toml").read_text()
    ready.settings(text.replace(str(ready.path / "folders" / "first"), "/srv/gone"))
    clock(ready, TODAY, TODAY)
    for name, (_, left) in EVERY_STATE.items():
        waive(ready, f"test_shop.py::test_{name}", left=left)
    waive(ready, "test_shop.py::test_renewed", left=90, owner="bo")
    waive(ready, "folder.tidy", target="second")
    waive(ready, "folder.*", left=20, target="second")
    waive(ready, "folder.reachable", "folder.backup", target="first", owner="storage team")
    ran = ready.run(*workers)
    assert section(ran) == PRINTED.read_text("utf-8").strip("\n")
