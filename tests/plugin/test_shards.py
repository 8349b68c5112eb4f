"""Shards: each judges its part, none says READY, and merged they say what one run would have."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from pytest_readiness.run import command
from tests.plugin.bodies import GOOD, HEAD
from tests.plugin.conftest import Project, Ran
from tests.sandbox import Sandbox

TARGET = "@readiness.high\ndef test_each(folder_probe):\n    assert measure('a', 1) == 1\n"
NAMES = ("one", "two", "three", "four", "five")


@pytest.fixture
def five(project: Project) -> Project:
    """Five good folders in production, and checks of the user's own."""
    tables = "".join(project.folder(name, "a", "backup") for name in NAMES)
    project.settings(f'service = "shop"\nenvironment = "production"\n{tables}')
    project.tests(test_own=HEAD + GOOD + TARGET)
    return project


def shard(project: Project, which: str, *args: str, subprocess: bool = False) -> Ran:
    """Run a shard and keep its report under its own name."""
    ran = project.run("--readiness-shard", which, *args, subprocess=subprocess)
    if ran.card is not None:
        (project.path / f"{which.replace('/', '-')}.json").write_text(json.dumps(ran.card))
    return ran


def merged(project: Project, *names: str) -> tuple[int, dict[str, object]]:
    """Merge reports by their names; exit status and report."""
    out = project.path / "all.json"
    paths = [str(project.path / f"{name}.json") for name in names]
    status = command.main(["merge", *paths, "-o", str(out)])
    return status, json.loads(out.read_bytes()) if out.exists() else {}


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_shards_merged_are_the_whole(five: Project, workers: tuple[str, ...]) -> None:
    runs = [shard(five, f"{k}/3", *workers) for k in (1, 2, 3)]
    assert [(run.verdict, run.exit) for run in runs] == [("partial", 0)] * 3
    assert [run.card["scope"]["shard"] for run in runs if run.card] == ["1/3", "2/3", "3/3"]
    assert all(run.card["complete"] is False for run in runs if run.card)
    status, card = merged(five, "1-3", "2-3", "3-3")
    whole = five.run()
    assert (status, card["verdict"]) == (0, "ready")
    assert whole.card is not None and whole.verdict == "ready"
    for key in ("score", "coverage", "counts", "scope", "complete", "decided_by", "limits"):
        assert card[key] == whole.card[key], key
    nodes = [node for run in runs for node in run.outcomes()]
    assert sorted(nodes) == sorted(whole.outcomes())


def test_targets_in_turns(five: Project) -> None:
    own = shard(five, "2/3").outcomes()
    assert {node.partition("[")[2] for node in own} == {"two]", "five]"}
    first = shard(five, "1/3").outcomes()
    assert "test_own.py::test_good" in first, "what asks for no target is the first shard's"


def test_what_a_new_user_sees(five: Project) -> None:
    ran = shard(five, "2/3")
    assert "5 targets from readiness.toml, shard 2/3 of them" in ran.out
    assert "PARTIAL for production: shop at two, five" in ran.out
    assert "checks were run: shard 2/3" in ran.out
    assert "python -m pytest_readiness merge" in ran.out


def test_missing_shard(five: Project) -> None:
    shard(five, "1/3"), shard(five, "3/3")
    status, card = merged(five, "1-3", "3-3")
    assert (status, card["verdict"]) == (1, "incomplete")
    assert card["decided_by"] == "shard 2 of 3 is missing"


def test_failing_blocker_fails_its_own_shard(five: Project) -> None:
    (five.path / "folders" / "two" / "core").touch()
    (five.path / "folders" / "two" / "a").unlink()
    (five.path / "folders" / "two" / "backup").unlink()
    ran = shard(five, "2/3")
    assert (ran.verdict, ran.exit) == ("not_ready", 1)
    assert "not the whole: " in ran.out
    shard(five, "1/3"), shard(five, "3/3")
    assert merged(five, "1-3", "2-3", "3-3")[1]["verdict"] == "not_ready"


def test_low_score_of_one_shard_is_no_alarm(five: Project) -> None:
    """The others may make up for it: the verdict is that of the merged report."""
    for name in ("two", "five"):
        (five.path / "folders" / name / "backup").unlink()
    text = (five.path / "readiness.toml").read_text()
    five.settings(f"minimum_score = 90\n{text}")
    ran = shard(five, "2/3")
    assert ran.card is not None and ran.card["score"] < 90
    assert (ran.verdict, ran.exit) == ("partial", 0)
    shard(five, "1/3"), shard(five, "3/3")
    assert merged(five, "1-3", "2-3", "3-3")[1]["verdict"] == "conditional"


def test_narrowed_shard_is_partial_for_another_reason(five: Project) -> None:
    ran = shard(five, "2/3", "-k", "reachable")
    assert (ran.verdict, ran.exit) == ("partial", 1)
    shard(five, "1/3"), shard(five, "3/3")
    status, card = merged(five, "1-3", "2-3", "3-3")
    assert (status, card["verdict"]) == (1, "partial")
    assert "shard 2/3: -k reachable" in str(card["decided_by"])


def test_shard_that_broke_off(five: Project) -> None:
    (five.path / "folders" / "two").rename(five.path / "gone")
    ran = shard(five, "2/3", "-x")
    assert (ran.verdict, ran.exit != 0) == ("incomplete", True)
    shard(five, "1/3"), shard(five, "3/3")
    status, card = merged(five, "1-3", "2-3", "3-3")
    assert (status, card["verdict"]) == (1, "incomplete")
    assert "shard 2/3: the run stopped early" in str(card["decided_by"])


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_more_shards_than_targets(five: Project, workers: tuple[str, ...]) -> None:
    """A matrix of fixed size over fewer targets: nothing to do is no failure, and never READY."""
    ran = shard(five, "7/7", *workers)
    assert (ran.verdict, ran.exit) == ("partial", 0), ran.out
    assert ran.card is not None and ran.card["findings"] == []
    for k in range(1, 7):
        shard(five, f"{k}/7")
    status, card = merged(five, *(f"{k}-7" for k in range(1, 8)))
    assert (status, card["verdict"]) == (0, "ready")


def test_shard_that_an_option_empties_is_incomplete(five: Project) -> None:
    ran = shard(five, "2/3", "-k", "nothing")
    assert (ran.verdict, ran.exit != 0) == ("incomplete", True)


def test_named_check_of_another_shard(five: Project) -> None:
    ran = shard(five, "2/3", "readiness::folder::reachable[one]", "readiness::folder::size[two]")
    assert list(ran.outcomes()) == ["readiness::folder::size[two]"]
    assert ran.verdict == "partial"


def test_one_of_one_is_the_whole(five: Project) -> None:
    ran = shard(five, "1/1")
    assert (ran.verdict, ran.exit) == ("ready", 0)
    assert ran.card is not None and ran.card["scope"]["shard"] is None


def test_shard_from_the_settings(five: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI_NODE_INDEX", "2")
    monkeypatch.setenv("CI_NODE_TOTAL", "3")
    text = (five.path / "readiness.toml").read_text()
    five.settings(f'shard = "${{CI_NODE_INDEX:-1}}/${{CI_NODE_TOTAL:-1}}"\n{text}')
    ran = five.run()
    assert ran.card is not None and ran.card["scope"]["shard"] == "2/3"
    monkeypatch.delenv("CI_NODE_INDEX")
    monkeypatch.delenv("CI_NODE_TOTAL")
    assert five.run().verdict == "ready"


@pytest.mark.parametrize("which", ["0/3", "4/3", "x", "3"])
def test_no_shard(five: Project, which: str) -> None:
    ran = five.run("--readiness-shard", which)
    assert (ran.exit, ran.card) == (4, None)
    assert "--readiness-shard: " in ran.out and "shard" in ran.out


def test_stale_waiver_is_no_remark_of_a_shard(five: Project) -> None:
    waiver = '[[waivers]]\ncheck = "folder.size"\ntarget = "one"\nreason = "r"\nowner = "o"\n'
    text = (five.path / "readiness.toml").read_text()
    five.settings(f"{text}{waiver}expires = 2999-01-01\n")
    assert "matches no check" not in shard(five, "2/3").out


def test_other_settings_are_refused(five: Project, capsys: pytest.CaptureFixture[str]) -> None:
    shard(five, "1/2")
    shard(five, "2/2", "--readiness-target-score", "50")
    assert merged(five, "1-2", "2-2") == (2, {})
    assert "2-2.json disagree on the target_score: 95 and 50" in capsys.readouterr().err


def test_real_targets(five: Project, box: Sandbox) -> None:
    """A real server, each shard a process of its own, merged by the program."""
    url = box.start("redis").url.removesuffix("/0")
    tables = "".join(f'[redis.r{i}]\nurl = "{url}/{i}"\n' for i in range(3))
    five.settings(f'environment = "development"\n{tables}')
    runs = [shard(five, f"{k}/2", subprocess=True) for k in (1, 2)]
    assert all(run.outcomes()["readiness::redis::reachable[r1]"] == "passed" for run in runs[1:])
    paths = [str(five.path / f"{k}-2.json") for k in (1, 2)]
    program = [sys.executable, "-m", "pytest_readiness", "merge", *paths]
    done = subprocess.run(program, capture_output=True, text=True, cwd=five.path)
    whole = five.run()
    assert f"{whole.verdict.upper().replace('_', ' ')} for development: r0, r1, r2" in done.stdout
    assert done.returncode == whole.exit


def test_a_shard_that_leaves_nothing_to_merge_is_refused(five: Project) -> None:
    text = (five.path / "readiness.toml").read_text()
    five.settings(f'shard = "2/3"\n{text}')
    done = five.pytester.runpytest("--readiness")
    done.stderr.fnmatch_lines(["*shard 2/3: the verdict stands where all shards are merged*"])
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    assert five.pytester.runpytest("--readiness", "--collect-only").ret == pytest.ExitCode.OK
