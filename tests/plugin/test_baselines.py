"""Baselines, the gate on regressions and the history, from runs of pytest."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from pytest_readiness.reports import history
from pytest_readiness.run import command
from tests.plugin.bodies import GOOD, HEAD
from tests.plugin.conftest import Project, Ran

BAD = "\n@readiness.{0}\ndef test_{1}():\n    assert measure('a', 1) == 2\n"
FINE = "\n@readiness.{0}\ndef test_{1}():\n    assert measure('a', 1) == 1\n"
GATE = ("--readiness-gate", "regressions")
AGAINST = ("--readiness-baseline", "base.json")


def kept(project: Project, *args: str, name: str = "base.json") -> Ran:
    """Run, and keep the report as a baseline."""
    ran = project.run("--readiness-gate", "never", *args)
    assert ran.card is not None, ran.out
    (project.path / name).write_text(json.dumps(ran.card))
    return ran


def labels(ran: Ran, group: str) -> list[str]:
    assert ran.card is not None, ran.out
    return [change["label"] for change in ran.card["comparison"][group]]


def flat(ran: Ran) -> str:
    """What was printed, without its line breaks."""
    return " ".join(ran.out.split())


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_what_became_of_each(ready: Project, workers: tuple[str, ...]) -> None:
    own = HEAD + BAD.format("low", "mended") + BAD.format("high", "old") + FINE.format("low", "b")
    ready.tests(test_own=own + GOOD)
    kept(ready)
    own = HEAD + FINE.format("low", "mended") + BAD.format("high", "old") + BAD.format("low", "b")
    ready.tests(test_own=own + BAD.format("medium", "added"))
    ran = ready.run(*AGAINST, *workers)
    assert labels(ran, "fixed") == ["test_own.py::test_mended"], ran.out
    assert labels(ran, "still_failing") == ["test_own.py::test_old"]
    assert labels(ran, "new_failures") == ["test_own.py::test_added", "test_own.py::test_b"]
    assert labels(ran, "disappeared") == ["test_own.py::test_good"]
    assert "compared with base.json (" in ran.out
    assert "new failures (2; 1 not in the baseline)" in ran.out
    assert "test_own.py::test_b: passed -> failed" in ran.out
    assert "test_own.py::test_added: not in the baseline -> failed (new check)" in ran.out
    assert "still failing (1): 1 high" in ran.out
    assert "DISAPPEARED: 1 check of the baseline is not in this run" in ran.out
    assert "test_own.py::test_good: passed -> gone (no such check in this run)" in ran.out


def test_quiet_still_says_what_vanished(ready: Project) -> None:
    ready.tests(test_own=HEAD + GOOD)
    kept(ready)
    ready.tests(test_own=HEAD + BAD.format("low", "b"))
    ran = ready.run("-q", *AGAINST)
    assert "DISAPPEARED: 1 check of" in ran.out
    assert "test_own.py::test_b: not in the baseline -> failed" in ran.out
    assert "still failing" not in ran.out


def test_nothing_new(ready: Project) -> None:
    kept(ready)
    ran = ready.run(*AGAINST)
    assert ran.exit == 0
    assert "no new failure" in ran.out and "score 100 (READY) then, 100 (READY) now" in flat(ran)
    assert ran.card is not None and ran.card["comparison"]["warnings"] == []
    assert "warning:" not in ran.out


def test_the_report_may_take_the_baselines_place(ready: Project) -> None:
    ready.tests(test_own=HEAD + FINE.format("low", "b"))
    kept(ready, name="r.json")
    ready.tests(test_own=HEAD + BAD.format("low", "b"))
    ran = ready.run("--readiness-baseline", str(ready.path / "r.json"))
    assert labels(ran, "new_failures") == ["test_own.py::test_b"], ran.out


def test_setting_is_found_from_the_root(ready: Project) -> None:
    kept(ready)
    text = (ready.path / "readiness.toml").read_text()
    (ready.path / "kept").mkdir()
    (ready.path / "base.json").rename(ready.path / "kept" / "base.json")
    ready.settings(f'baseline = "kept/base.json"\ngate = "regressions"\n{text}')
    ran = ready.run()
    assert ran.exit == 0 and "compared with kept/base.json" in ran.out
    assert ran.card is not None
    assert {r["what"] for r in ran.card["about"]["relaxed"]} == {"gate conditional -> regressions"}
    # Neither of the two makes other settings of it.
    assert ran.card["comparison"]["warnings"] == []


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_gate_regressions(ready: Project, workers: tuple[str, ...]) -> None:
    bad = "".join(BAD.format("high", f"x{i}") for i in range(9))
    ready.tests(test_own=HEAD + bad + FINE.format("low", "b"))
    kept(ready)
    ran = ready.run(*GATE, *AGAINST, *workers)
    assert (ran.verdict, ran.exit) == ("not_ready", 0), ran.out
    assert "9 failed, and the build passes: none of them is a blocker, and none is new" in flat(ran)
    ready.tests(test_own=HEAD + bad + BAD.format("low", "b"))
    ran = ready.run(*GATE, *AGAINST, *workers)
    assert (ran.verdict, ran.exit) == ("not_ready", 1)
    assert "the build fails (gate = regressions): new failure low test_own.py::test_b" in flat(ran)


def test_new_failure_fails_a_ready_run(ready: Project) -> None:
    """The verdict stays, the gate is what looks at the change: it names it in JUnit too."""
    good = "".join(FINE.format("blocker", f"x{i}") for i in range(20))
    ready.tests(test_own=HEAD + good + FINE.format("low", "b"))
    kept(ready)
    ready.tests(test_own=HEAD + good + BAD.format("low", "b"))
    ran = ready.run(*GATE, *AGAINST)
    assert (ran.verdict, ran.exit) == ("ready", 1)
    assert "READY: new failure low test_own.py::test_b" in ran.junit.read_text()


def test_blocker_that_was_wrong_before_fails(ready: Project) -> None:
    ready.tests(test_own=HEAD + BAD.format("blocker", "b"))
    kept(ready)
    ran = ready.run(*GATE, *AGAINST)
    assert labels(ran, "new_failures") == []
    assert (ran.verdict, ran.exit) == ("not_ready", 1)
    assert "(gate = regressions): blocker test_own.py::test_b failed" in flat(ran)


def test_target_that_went_down_is_one_cause(ready: Project) -> None:
    kept(ready)
    (ready.path / "folders" / "first").rename(ready.path / "gone")
    ran = ready.run(*GATE, *AGAINST)
    assert ran.exit == 1
    new = ran.card["comparison"]["new_failures"] if ran.card else []
    assert new[0]["label"] == "folder.reachable[first]"
    assert {c["behind"] for c in new[1:]} == {"folder.reachable[first]"} and len(new) > 3
    assert f"new failures ({len(new)}; {len(new) - 1} of them blocked behind another)" in ran.out


def test_part_has_not_lost_the_rest(ready: Project) -> None:
    kept(ready)
    ran = ready.run(*AGAINST, *GATE, "-k", "reachable")
    assert labels(ran, "disappeared") == []
    assert "DISAPPEARED" not in ran.out
    assert "not judged in this run (-k reachable): whether they are still there" in flat(ran)
    assert (ran.verdict, ran.exit) == ("partial", 1)
    assert ready.run(*AGAINST, *GATE, "-k", "reachable", "--readiness-allow-partial").exit == 0


def test_target_removed_from_the_settings(ready: Project) -> None:
    kept(ready)
    text = (ready.path / "readiness.toml").read_text()
    ready.settings(text.partition("[folder.second]")[0])
    ran = ready.run(*AGAINST)
    assert len(labels(ran, "disappeared")) == 6
    assert "6 checks of folder[second]: the target is not configured any more" in ran.out
    assert "the settings ask for something else than then" in flat(ran)


def test_check_switched_off(ready: Project) -> None:
    kept(ready)
    text = (ready.path / "readiness.toml").read_text()
    ready.settings(f'{text}\n[checks."folder.size"]\nenabled = false\nreason = "no"\n')
    ran = ready.run(*AGAINST)
    assert labels(ran, "disappeared") == ["folder.size[first]", "folder.size[second]"]
    assert "passed -> gone (switched off by the settings)" in ran.out


def test_waived_since_is_not_fixed(ready: Project) -> None:
    ready.tests(test_own=HEAD + BAD.format("low", "b"))
    kept(ready)
    text = (ready.path / "readiness.toml").read_text()
    ready.settings(
        f'{text}\n[[waivers]]\ncheck = "test_own.py::test_b"\nreason = "r"\nowner = "ana"\n'
        "expires = 2999-01-01\n"
    )
    ran = ready.run(*AGAINST, *GATE)
    assert ran.exit == 0
    assert labels(ran, "fixed") == []
    assert labels(ran, "no_longer_judged") == ["test_own.py::test_b"]
    assert "no longer judged (1)" in ran.out and "failed -> waived" in ran.out
    assert "warning:" not in ran.out, "a waiver is no change of what is asked"


def test_renamed_check_is_the_same(ready: Project) -> None:
    text = (ready.path / "readiness.toml").read_text()
    ready.settings(f'catalogue = "full"\n{text}'.replace("folder://", "folder://", 1))
    kept(ready)
    base = ready.path / "base.json"
    base.write_text(
        base.read_text().replace("folder.tidy", "folder.neat").replace("::tidy", "::neat")
    )
    assert "readiness::folder::neat[first]" in base.read_text()
    ran = ready.run(*AGAINST)
    assert labels(ran, "disappeared") == [], ran.out


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "there is no such file; make one of a whole run: pytest --readiness"),
        (b"", "not a JSON report of a run"),
        (b"{", "not a JSON report of a run"),
        (b"[]", "not a JSON report of a run"),
        (b'{"schema": 1}', "missing required field"),
        (b'{"schema": 7, "verdict": "ready"}', "schema 7, and this version reads 1"),
    ],
)
def test_no_baseline(ready: Project, content: bytes | None, words: str) -> None:
    if content is not None:
        (ready.path / "base.json").write_bytes(content)
    ran = ready.run(*AGAINST)
    assert ran.exit == 4 and ran.card is None
    line = next(x for x in ran.out.splitlines() if "ERROR" in x)
    assert "readiness: --readiness-baseline base.json: " in line and words in line
    assert "Traceback" not in ran.out
    assert not list(ready.path.glob("folders/*.observed")), "nothing is probed"


@pytest.mark.parametrize("content", [None, b"{", b'{"schema": 7}'])
def test_run_that_makes_the_baseline_of_its_settings(ready: Project, content: bytes | None) -> None:
    """What the refusal says to do can be done with the setting in place."""
    text = (ready.path / "readiness.toml").read_text()
    ready.settings(f'baseline = "r.json"\ngate = "regressions"\n{text}')
    if content is not None:
        (ready.path / "r.json").write_bytes(content)
    first = ready.run()
    assert (first.verdict, first.exit) == ("ready", 1)
    assert first.card is not None and first.card["comparison"] is None
    assert "note: compared with no baseline, r.json is made by this run" in flat(first)
    assert "(gate = regressions): there is no baseline to tell new failures by" in flat(first)
    second = ready.run()
    assert (second.verdict, second.exit) == ("ready", 0), second.out
    assert "compared with r.json" in second.out and "no baseline" not in second.out


def test_torn_and_incomplete_baselines(ready: Project) -> None:
    kept(ready)
    base = ready.path / "base.json"
    base.write_bytes(base.read_bytes()[:-400])
    ran = ready.run(*AGAINST)
    assert ran.exit == 4 and "not a JSON report of a run" in ran.out
    ready.tests(test_own=HEAD + "\nraise SystemError\n")
    kept(ready)
    ready.tests(test_own="")
    ran = ready.run(*AGAINST)
    assert ran.exit == 4 and "its run was INCOMPLETE (test_own.py could not" in ran.out


def test_folder_is_no_baseline(ready: Project) -> None:
    (ready.path / "base.json").mkdir()
    ran = ready.run(*AGAINST)
    assert ran.exit == 4 and "base.json: not a file" in ran.out
    ran = ready.run("--readiness-baseline", "")
    assert ran.exit == 4 and "names no file; make one of a whole run" in ran.out


def test_gate_without_a_baseline(ready: Project) -> None:
    ran = ready.run(*GATE)
    assert ran.exit == 4
    assert (
        "gate = regressions tells new failures by an earlier run: --readiness-baseline" in ran.out
    )
    assert ready.run(*GATE, "--collect-only").exit == 0


def test_another_service_and_a_part(ready: Project) -> None:
    kept(ready, "-k", "reachable")
    text = (ready.path / "readiness.toml").read_text()
    ready.settings(text.replace('"shop"', '"store"').replace('"production"', '"staging"'))
    ran = ready.run(*AGAINST)
    out = flat(ran)
    assert "warning: service was shop then, and is store now" in out
    assert "warning: environment was production then, and is staging now" in out
    assert "warning: the baseline is of a part (-k reachable): what it left out counts" in out


def test_merged_reports_against_a_baseline(
    ready: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ready.path)
    ready.tests(test_own=HEAD + BAD.format("high", "old") + FINE.format("low", "b"))
    kept(ready)
    ready.tests(test_own=HEAD + BAD.format("high", "old") + BAD.format("low", "b"))
    for k in (1, 2):
        ran = ready.run("--readiness-shard", f"{k}/2", *GATE, *AGAINST)
        assert labels(ran, "disappeared") == []
        assert (k, ran.exit) in [(1, 1), (2, 0)], ran.out
        Path(f"{k}.json").write_text(json.dumps(ran.card))
    capsys.readouterr()
    assert command.main(["merge", "1.json", "2.json"]) == 2
    assert "gate = regressions tells new failures by a baseline: --baseline FILE" in (
        capsys.readouterr().err
    )
    merge = ["merge", "1.json", "2.json", "--baseline"]
    assert command.main([*merge, "base.json", "-o", "base.json"]) == 1
    out = capsys.readouterr().out
    assert "test_own.py::test_b: passed -> failed" in out
    card = json.loads(Path("base.json").read_bytes())
    assert [c["label"] for c in card["comparison"]["new_failures"]] == ["test_own.py::test_b"]
    assert card["comparison"]["disappeared"] == [] and card["comparison"]["warnings"] == []
    assert command.main([*merge, "base.json", "--history", "h.jsonl"]) == 0, "the baseline now"
    assert command.main([*merge, "base.json", "--history", "h.jsonl", "-o", "again.json"]) == 0
    past = json.loads(Path("again.json").read_bytes())["past"]
    assert [run["score"] for run in past["runs"]] == [card["score"]]
    runs, skipped = history.read(Path("h.jsonl"))
    assert ([run.score for run in runs], skipped) == ([card["score"]] * 2, 0)
    assert f" on {runs[0].time[:10]}" in capsys.readouterr().out
    assert command.main(["merge", "1.json", "--baseline", "base.json", "--history", "i.jsonl"]) == 1
    assert not Path("i.jsonl").exists(), "a shard is missing"
    assert command.main([*merge, "base.json", "--history", "."]) == 1
    assert "not written: .: Is a directory" in capsys.readouterr().out
    assert command.main([*merge, "none.json"]) == 2
    assert "--baseline none.json: there is no such file" in capsys.readouterr().err


HISTORY = '\n[history]\nfile = "kept/history.jsonl"\n'


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_history_of_complete_runs(ready: Project, workers: tuple[str, ...]) -> None:
    text = (ready.path / "readiness.toml").read_text()
    ready.settings(text + HISTORY)
    path = ready.path / "kept" / "history.jsonl"
    first = ready.run(*workers)
    assert "score 100, " not in first.out
    assert ready.run("-k", "reachable", *workers).verdict == "partial"
    ready.run("--readiness-shard", "1/2", *workers)
    ready.run("--collect-only", *workers)
    ready.tests(test_own=HEAD + "\nraise SystemError\n")
    assert ready.run(*workers).verdict == "incomplete"
    runs, skipped = history.read(path)
    assert (len(runs), skipped) == (1, 0)
    assert first.card is not None
    told = msgspec.to_builtins(runs[0])
    assert told["score"] == first.card["score"] and told["counts"] == first.card["counts"]
    assert told["severities"]["blocker"] == {"passed": 4, "not_applicable": 2}
    assert sum(told["systems"]["folder"].values()) == len(first.card["findings"])
    ready.tests(test_own=HEAD + BAD.format("high", "b"))
    with path.open("ab") as stream:
        stream.write(b'{"schema": 1, "time": "2026-')
    ran = ready.run(*workers)
    assert f"; it was 100 on {first.card['about']['started'][:10]}" in ran.out
    assert "kept/history.jsonl: 1 line could not be read" in ran.out
    assert ran.card is not None
    about, past = first.card["about"], ran.card["past"]
    own = ("started", "verdict", "score")
    then = (about["started"], first.card["verdict"], first.card["score"])
    assert [tuple(run[name] for name in own) for run in past["runs"]] == [then]
    assert tuple(past[name] for name in own) == then
    runs, skipped = history.read(path)
    assert (len(runs), skipped) == (2, 1)
    assert runs[1].systems["own checks"] == {"failed": 1}


def test_option_is_found_from_where_pytest_is_started(
    ready: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ready.path / "sub").mkdir()
    kept(ready, name="sub/base.json")
    monkeypatch.chdir(ready.path / "sub")
    ran = ready.run("--rootdir", "..", *AGAINST, "..")
    assert "compared with base.json (" in ran.out, ran.out


def test_history_is_no_report(ready: Project) -> None:
    text = (ready.path / "readiness.toml").read_text()
    ready.settings(f'{text}\n[history]\nfile = "r.json"\n')
    ran = ready.run()
    assert ran.exit == 4 and "history.file: r.json is a report of this run" in flat(ran)


def test_hostile_baseline_is_inert(ready: Project) -> None:
    ran = kept(ready)
    assert ran.card is not None
    ran.card["about"]["service"] = "a\x1b[31m\n::error::b"
    ran.card["findings"][0]["node"] += "\x1b[2J\n::error::gone"
    ran.card["findings"][0]["check"] = "\x1b[2J"
    (ready.path / "base.json").write_text(json.dumps(ran.card))
    ran = ready.run(*AGAINST)
    assert "\x1b" not in ran.out and "\n::error" not in ran.out
    assert "DISAPPEARED: 1 check" in ran.out


def test_history_that_cannot_be_kept(ready: Project) -> None:
    text = (ready.path / "readiness.toml").read_text()
    ready.settings(text + HISTORY)
    (ready.path / "kept" / "history.jsonl").mkdir(parents=True)
    ran = ready.run()
    assert (ran.verdict, ran.exit) == ("ready", 1)
    assert "not written: " in ran.out and "history.jsonl: Is a directory" in flat(ran)
    assert "Traceback" not in ran.out
