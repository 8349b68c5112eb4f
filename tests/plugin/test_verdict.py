"""The verdict, the gate and the exit status, from runs of pytest."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from tests.plugin.conftest import Project, Ran

OWN = """
import pytest
from pytest_readiness import measure, readiness

@readiness.{severity}(ref="FR-122", remedy="Do it.", owner="ana")
def test_own(folder_probe):
    assert measure("files", len(folder_probe.facts.names), unit="files") == {wanted}
"""


def test_ready(ready: Project) -> None:
    ran = ready.run()
    assert ran.verdict == "ready", ran.out
    assert ran.exit == 0
    assert ran.card["score"] == 100
    assert ran.card["complete"] is True
    assert "READY for production: shop at first, second" in ran.out
    assert ran.outcomes()["readiness::folder::round_trip[first]"] == "not_applicable"


def test_failing_blocker_is_not_ready(ready: Project) -> None:
    ready.tests(test_own=OWN.format(severity="blocker", wanted=3))
    ran = ready.run()
    assert (ran.verdict, ran.exit) == ("not_ready", 1)
    assert ran.card["decided_by"] == "blocker test_own.py::test_own[first] failed (and 1 more)"
    found = ran.finding("test_own.py::test_own[first]")
    assert found["message"] == "files is 2 files, must be 3"
    assert found["evidence"] == [
        {
            "name": "files",
            "value": 2,
            "unit": "files",
            "op": "==",
            "expected": 3,
            "ok": False,
            "window": None,
        }
    ]
    assert (found["ref"], found["remedy"], found["owner"]) == ("FR-122", "Do it.", "ana")
    assert (found["system"], found["target"], found["points"]) == ("folder", "first", 10)


def test_failing_high_is_conditional(ready: Project) -> None:
    ready.tests(test_own=OWN.format(severity="high", wanted=3))
    ran = ready.run("-p", "no:randomly")
    assert (ran.verdict, ran.exit) == ("conditional", 0), ran.out
    assert "2 failed, and the build passes" in ran.out
    strict = ready.run("--readiness-gate", "ready")
    assert (strict.verdict, strict.exit) == ("conditional", 1)


def test_failing_low_fails_no_build(ready: Project) -> None:
    ready.tests(test_own=OWN.format(severity="low", wanted=3))
    ran = ready.run()
    assert (ran.verdict, ran.exit) == ("conditional" if ran.card["score"] < 95 else "ready", 0)


def test_gate_never_reports_only(ready: Project) -> None:
    ready.tests(test_own=OWN.format(severity="blocker", wanted=3))
    ran = ready.run("--readiness-gate", "never")
    assert (ran.verdict, ran.exit) == ("not_ready", 0)


def test_other_failures_are_never_masked(ready: Project) -> None:
    """A failing fixture teardown of another kind, or a worker's crash, keeps the exit status."""
    ready.tests(test_own=OWN.format(severity="low", wanted=3))
    with (ready.path / "conftest.py").open("a") as stream:
        stream.write(
            "\nimport pytest\n@pytest.hookimpl(wrapper=True)\n"
            "def pytest_runtestloop(session):\n"
            "    try:\n        return (yield)\n"
            "    finally:\n        session.testsfailed += 1\n"
        )
    assert ready.run().exit == 1


def test_verdict_is_a_test_case_and_suite_property(ready: Project) -> None:
    ready.tests(test_own=OWN.format(severity="blocker", wanted=3))
    ran = ready.run()
    root = ET.parse(ran.junit).getroot()
    cases = {(c.get("classname"), c.get("name")): c for c in root.iter("testcase")}
    assert len(cases) == len(list(root.iter("testcase")))
    failure = cases["readiness", "verdict"].find("failure")
    assert failure is not None
    assert failure.get("message", "").startswith("NOT READY: blocker test_own.py::test_own[first]")
    properties = {p.get("name"): p.get("value") for p in root.iter("property")}
    assert properties["readiness.verdict"] == "NOT READY"
    assert properties["readiness.score"] == str(ran.card["score"])
    own = cases["test_own", "test_own[first]"].find("failure")
    assert own is not None
    assert own.get("message") == "[blocker] files is 2 files, must be 3"
    skipped = cases["readiness.folder.first", "round_trip"].find("skipped")
    assert skipped is not None
    assert (skipped.get("message") or "").startswith("[blocker] not applicable: it writes")


def test_target_down_fails_once_and_blocks_the_rest(ready: Project) -> None:
    ready.tests(test_own=OWN.format(severity="high", wanted=2))
    (ready.path / "folders" / "first").rename(ready.path / "gone")
    ran = ready.run()
    mine = {n: o for n, o in ran.outcomes().items() if "[first]" in n}
    assert mine.pop("readiness::folder::reachable[first]") == "failed"
    assert mine.pop("readiness::folder::round_trip[first]") == "not_applicable"
    assert set(mine.values()) == {"blocked"}
    assert "no folder" in ran.finding("readiness::folder::reachable[first]")["message"]
    assert (ran.verdict, ran.exit) == ("not_ready", 1)
    assert "Traceback" not in ran.out


def test_bug_in_a_probe_is_an_error_without_secret(ready: Project) -> None:
    path = ready.path / "folders" / "first"
    (path / "bug").touch()
    text = (ready.path / "readiness.toml").read_text()
    ready.settings(text.replace(f"folder://{path}", f"folder://ana:hunter22@{path}"))
    ran = ready.run("-vv", "--tb=long", "--showlocals")
    found = ran.finding("readiness::folder::reachable[first]")
    assert found["outcome"] == "error"
    assert "hunter22" not in ran.out + ran.junit.read_text() + str(ran.card)


def test_same_scorecard_with_workers(ready: Project) -> None:
    ready.tests(test_own=OWN.format(severity="high", wanted=3))
    alone, shared = ready.run(), ready.run("-n", "2")
    assert shared.exit == alone.exit
    for key in ("verdict", "score", "coverage", "counts", "decided_by", "route", "scope"):
        assert shared.card[key] == alone.card[key], key
    strip = [{**f, "duration": 0, "evidence": None} for f in shared.card["findings"]]
    assert strip == [{**f, "duration": 0, "evidence": None} for f in alone.card["findings"]]


def test_workers_observe_each_target_once(ready: Project) -> None:
    ready.tests(test_own=OWN.format(severity="high", wanted=2))
    ready.run("-n", "2")
    for name in ("first", "second"):
        assert (ready.path / "folders" / f"{name}.observed").read_text() == "x"


def test_hanging_target_ends_at_its_deadline(ready: Project) -> None:
    import os
    import time

    path = ready.path / "folders" / "first"
    os.mkfifo(path / "hang")
    text = (ready.path / "readiness.toml").read_text()
    ready.settings(text.replace("[folder.first]", "[folder.first]\ntimeout = 1"))
    start = time.monotonic()
    ran = ready.run(subprocess=True)
    assert time.monotonic() - start < 1 + 1 + 5  # deadline, margin, pytest's own start
    found = ran.finding("readiness::folder::reachable[first]")
    assert found["outcome"] == "failed"
    assert found["message"].startswith("no answer within 1 s (reading ")


def test_wait_retries_until_the_target_answers(ready: Project) -> None:
    import threading

    path = ready.path / "folders" / "first"
    path.rename(ready.path / "late")
    timer = threading.Timer(1.0, lambda: (ready.path / "late").rename(path))
    timer.start()
    ran = ready.run("--readiness-wait", "20s")
    timer.join()
    assert ran.verdict == "ready", ran.out


def test_writes_only_where_allowed(ready: Project) -> None:
    assert not (ready.path / "folders" / "first" / "client").exists()
    ran = ready.run("--readiness-writes")
    assert ran.outcomes()["readiness::folder::round_trip[first]"] == "passed"
    assert (ready.path / "folders" / "first" / "client").read_text() == "x"


def test_environment_is_assumed_and_said(ready: Project) -> None:
    text = (ready.path / "readiness.toml").read_text()
    ready.settings(text.replace('environment = "production"\n', ""))
    ran = ready.run()
    assert ran.card["about"]["environment"] == "development"
    assert "assumed: every target is on this machine" in ran.out
    assert ran.outcomes()["readiness::folder::backup[first]"] == "not_applicable"


@pytest.mark.parametrize(
    ("environment", "backup", "two"),
    [
        ("production", "passed", "passed"),
        ("staging", "not_applicable", "not_applicable"),
        ("development", "not_applicable", "not_applicable"),
    ],
)
def test_environment_decides_what_is_asked(
    ready: Project, environment: str, backup: str, two: str
) -> None:
    ran = ready.run("--readiness-environment", environment)
    assert ran.outcomes()["readiness::folder::backup[first]"] == backup
    assert ran.outcomes()["readiness::folder::two_files[first]"] == two


def test_single_node_is_said_in_the_verdict(ready: Project) -> None:
    text = (ready.path / "readiness.toml").read_text()
    ready.settings(text.replace("[folder.first]", "[folder.first]\nsingle_node = true"))
    ran = ready.run()
    assert ran.outcomes()["readiness::folder::two_files[first]"] == "not_applicable"
    assert "first (single node)" in ran.out


def test_unseen_fact_blocks(ready: Project) -> None:
    text = (ready.path / "readiness.toml").read_text()
    ready.settings(text.replace("[folder.first]", "[folder.first]\nblind = true"))
    ran = ready.run()
    found = ran.finding("readiness::folder::size[first]")
    assert found["outcome"] == "blocked"
    assert found["message"] == "sizes are hidden; chmod +r shows them"
    assert "not judged (1)" in ran.out


def _relaxed(ran: Ran) -> list[str]:
    return [item["what"] for item in ran.card["about"]["relaxed"]]


def test_relaxations_are_listed(ready: Project) -> None:
    with (ready.path / "readiness.toml").open("a") as stream:
        stream.write(
            '[checks."folder.size"]\nsize = 500\nseverity = "low"\n'
            '[checks."folder.backup"]\nenabled = false\nreason = "none yet"\n'
        )
    ran = ready.run("--readiness-target-score", "90")
    assert _relaxed(ran) == [
        "target_score 95 -> 90",
        "folder.size: severity high -> low",
        "folder.size: size 100 -> 500",
        "folder.backup: switched off",
    ]
    assert "relaxed by settings" in ran.out
    assert "readiness::folder::backup[first]" not in ran.outcomes()


def test_relaxed_blocker_must_be_answered_for(ready: Project) -> None:
    with (ready.path / "readiness.toml").open("a") as stream:
        stream.write('[checks."folder.no_core"]\nenabled = false\n')
    ran = ready.run()
    assert ran.exit == 4
    assert "a blocker is relaxed only with reason, owner, expires" in ran.out


def test_waiver_in_force_and_run_out(ready: Project) -> None:
    waiver = '[[waivers]]\ncheck = "folder.size"\nreason = "growing"\nowner = "ana"\nexpires = {}\n'
    text = (ready.path / "readiness.toml").read_text()
    (ready.path / "folders" / "first" / "big").write_bytes(b"x" * 500)
    ready.settings(text.replace("[folder.first]", waiver.format("2999-01-01") + "[folder.first]"))
    ran = ready.run()
    assert ran.outcomes()["readiness::folder::size[first]"] == "waived"
    assert ran.verdict == "conditional"
    assert ran.card["score_without_waivers"] < ran.card["score"]
    message = ran.finding("readiness::folder::size[first]")["message"]
    assert message.startswith("size is 520 bytes, must be <= 100 (waived by ana, ")
    skipped = next(
        c.find("skipped")
        for c in ET.parse(ran.junit).getroot().iter("testcase")
        if (c.get("classname"), c.get("name")) == ("readiness.folder.first", "size")
    )
    assert skipped is not None
    assert (skipped.get("message") or "").startswith("[high] waived: size is 520 bytes")
    assert "1 waived" in ran.out
    assert " failed" not in ran.result.stdout.lines[-1]
    ready.settings(text.replace("[folder.first]", waiver.format("2020-01-01") + "[folder.first]"))
    ran = ready.run()
    assert ran.outcomes()["readiness::folder::size[first]"] == "failed"
    assert "ana's waiver ran out on 2020-01-01" in " ".join(ran.out.split())
