"""What a run leaves on its forge: a summary, annotations, code quality, a log without commands."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_readiness.reports.forges.summary import LIMIT
from pytest_readiness.reports.markdown import MARKER
from pytest_readiness.run import command
from tests.plugin.bodies import BAD, GOOD, HEAD, LOW, conftest
from tests.plugin.conftest import Project, Ran
from tests.reports.runner import Command, commands

MANNERS = {
    "plain": (),
    "quiet": ("-q",),
    "very quiet": ("-qq",),
    "tracebacks": ("--tb=long", "-rA"),
    "no summary": ("--no-summary",),
    "workers": ("-n", "2"),
}


@dataclass
class Job:
    """A step of a job on GitHub."""

    project: Project
    file: Path

    @property
    def summary(self) -> str:
        return self.file.read_text("utf-8")

    def run(self, *args: str) -> tuple[Ran, list[Command]]:
        """Run the step; what became of it, and the commands that the runner sees."""
        ran = self.project.run(*args)
        return ran, commands(ran.result.stdout.str() + "\n" + ran.result.stderr.str())


@pytest.fixture
def job(ready: Project, tmp_path_factory: pytest.TempPathFactory, monkeypatch) -> Job:  # type: ignore[no-untyped-def]  # pytest's own
    file = tmp_path_factory.mktemp("runner") / "summary.md"
    file.touch()
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(ready.path))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))
    return Job(ready, file)


@pytest.mark.parametrize("manner", MANNERS)
def test_a_failing_step(job: Job, manner: str) -> None:
    job.project.tests(test_own=HEAD + GOOD + BAD + LOW)
    ran, found = job.run(*MANNERS[manner])
    assert (ran.exit, ran.verdict) == (1, "not_ready")
    assert job.summary.count(MARKER) == 1
    assert "## ⛔ NOT READY for production: shop at first, second" in job.summary
    verdict, bad = found
    assert verdict.properties["title"].startswith("NOT READY for production")
    assert bad == Command(
        "error",
        {
            "file": "test_own.py",
            "line": "7",
            "title": "BLOCKER failed: test_own.py::test_bad",
        },
        "a is 1, must be 2",
    )


def test_a_ready_step_that_fails_says_why(job: Job) -> None:
    (job.project.path / "file").touch()
    ran, found = job.run("--readiness-report=file/r.html")
    assert (ran.exit, ran.verdict) == (1, "ready")
    verdict, unwritten = found
    assert verdict.name == "notice"
    assert unwritten.name == "error" and "file/r.html" in unwritten.message


def test_annotations_stand_below_the_verdict(job: Job) -> None:
    ran, _ = job.run()
    lines = [line for line in ran.result.stdout.lines if line]
    (place,) = [n for n, line in enumerate(lines) if line.startswith("::notice")]
    assert any("READY for production" in line for line in lines[:place])


def test_elsewhere_nothing_is_left(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name)
    job.project.tests(test_own=HEAD + BAD)
    _, found = job.run()
    assert found == [] and job.summary == ""


def test_an_empty_variable_is_none(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "")
    ran, _ = job.run()
    assert ran.exit == 0 and "summary" not in ran.out


def test_without_a_terminal_there_is_a_summary(job: Job) -> None:
    ran, found = job.run("-p", "no:terminal")
    assert ran.exit == 0 and found == []
    assert job.summary.count(MARKER) == 1


@pytest.mark.parametrize("args", [("--collect-only",), ("--no-such-option",), ("no_such_file.py",)])
def test_what_judges_nothing_leaves_nothing(job: Job, args: tuple[str, ...]) -> None:
    _, found = job.run(*args)
    assert job.summary == "" and found == []


def test_without_readiness_nothing_is_left(job: Job) -> None:
    job.project.tests(test_own="def test_it(): print('::error::mine')")
    ran = job.project.run(readiness=False)
    assert job.summary == "" and "::error" not in ran.out


def test_settings_and_tables_have_lines(job: Job) -> None:
    (job.project.path / "folders" / "second" / "core").mkdir()
    text = (job.project.path / "readiness.toml").read_text()
    line = text.splitlines().index("[folder.second]") + 1
    _, found = job.run()
    places = [(c.properties.get("file"), c.properties.get("line")) for c in found[1:]]
    assert places and set(places) == {("readiness.toml", str(line))}


def test_root_folder_within_the_repository(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(job.project.path.parent))
    job.project.tests(test_own=HEAD + BAD)
    _, found = job.run()
    assert found[1].properties["file"] == f"{job.project.path.name}/test_own.py"


def test_root_folder_outside_the_repository(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(job.file.parent))
    job.project.tests(test_own=HEAD + BAD)
    _, found = job.run()
    assert "file" not in found[1].properties and "line" not in found[1].properties


@pytest.mark.parametrize("place", ["none/summary.md", ".", "no\\0name"])
def test_a_summary_that_cannot_be_written_is_a_note(
    job: Job, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(job.file.parent / place))
    ran, _ = job.run()
    assert ran.exit == 0
    said = [line for line in ran.out.splitlines() if line.startswith("note: not in the step's")]
    assert len(said) == 1 and "GITHUB_STEP_SUMMARY=" in said[0]
    assert "Traceback" not in ran.out
    assert not (job.file.parent / "none").exists()


def test_what_others_wrote_stays(job: Job) -> None:
    job.file.write_text("# mine")
    job.run()
    assert job.summary.startswith(f"# mine\n\n{MARKER}\n")


@pytest.mark.parametrize(("taken", "written"), [(LIMIT - 1500, True), (LIMIT - 50, False)])
def test_no_longer_than_github_shows(job: Job, taken: int, written: bool) -> None:
    job.file.write_bytes(b"x" * taken)
    ran, _ = job.run()
    assert ran.exit == 0
    assert job.file.stat().st_size <= LIMIT
    assert (MARKER in job.summary) is written
    assert ("full, GitHub shows 1 MiB" in ran.out) is not written


def test_several_runs_of_a_step(job: Job) -> None:
    job.run()
    job.run()
    assert job.summary.count(f"\n\n{MARKER}") == 1 and job.summary.startswith(MARKER)


def test_a_log_of_few_signs(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    monkeypatch.setenv("PYTHONUTF8", "0")
    job.project.tests(test_own=HEAD + BAD.replace("blocker", "blocker(remedy='größer')"))
    ran = job.project.run(subprocess=True)
    found = commands(ran.result.stdout.str())
    assert (ran.exit, len(found)) == (1, 2)
    assert "gr\\xf6\\xdfer" in found[1].message
    assert "INTERNALERROR" not in ran.out and "größer" in job.summary


HOSTILE = """
@readiness.blocker
def test_hostile():
    print("::error::printed")
    print("  ::stop-commands::x")
    print("##[error]printed ##vso[task.complete]x ##teamcity[message text='x']")
    print("\\x1b[0Ksection_start:1560896352:x\\r\\x1b[0K")
    raise ValueError("::warning::raised\\n::add-mask::x\\n##[error]y")
"""


@pytest.mark.parametrize(
    ("variable", "manner"),
    [
        *(("GITHUB_ACTIONS", manner) for manner in MANNERS),
        ("TF_BUILD", "tracebacks"),
        ("TEAMCITY_VERSION", "plain"),
        # As in a container of a job.
        ("NOTHING_THAT_IS_READ", "tracebacks"),
    ],
)
def test_no_text_is_a_command(
    job: Job, manner: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS")
    monkeypatch.setenv(variable, "true")
    job.project.tests(test_own=HEAD + HOSTILE)
    ran, found = job.run(*MANNERS[manner])
    assert ran.exit == 1
    assert {one.name for one in found} <= ({"error"} if variable == "GITHUB_ACTIONS" else set())
    assert all("file" in one.properties or "title" in one.properties for one in found)
    assert "##vso[" not in ran.out and "##teamcity[" not in ran.out
    assert "\x1b" not in ran.out


def test_other_plugins_print_no_command_by_accident(job: Job) -> None:
    conftest(
        job.project,
        "def pytest_terminal_summary(terminalreporter):\n"
        "    terminalreporter.write(':')\n"
        "    terminalreporter.write(':error::x\\n')\n",
    )
    _, found = job.run()
    assert [one.name for one in found] == ["notice"]


def test_a_shard_says_that_it_is_a_part(job: Job) -> None:
    ran, (verdict,) = job.run("--readiness-shard", "1/2")
    assert ran.exit == 0
    assert "This is part `1/2` of the targets" in job.summary
    assert "this is shard 1/2" in verdict.message


def test_merged_shards_have_a_summary(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    for k in (1, 2):
        ran, _ = job.run("--readiness-shard", f"{k}/2")
        (job.project.path / f"{k}.json").write_text(json.dumps(ran.card))
    job.file.write_bytes(b"")
    names = [str(job.project.path / f"{k}.json") for k in (1, 2)]
    out = str(job.project.path / "all.codequality.json")
    markdown = str(job.project.path / "all.md")
    assert command.main(["merge", *names, "-o", out, "-o", markdown]) == 0
    assert "✅ READY for production" in job.summary and job.summary.count(MARKER) == 1
    assert json.loads(Path(out).read_bytes()) == []
    assert Path(markdown).read_text("utf-8").startswith(MARKER)


def test_merging_where_there_is_no_summary_is_no_failure(
    job: Job, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    job.run()
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "/none/summary.md")
    assert command.main(["merge", str(job.project.path / "r.json")]) == 0
    out = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("note: not in the step's summary") for line in out) == 1


def test_code_quality(ready: Project) -> None:
    ready.tests(test_own=HEAD + BAD)
    out = ready.path / "gl.codequality.json"
    ran = ready.run("--readiness-report", str(out), "--readiness-report", "r.md")
    assert ran.exit == 1
    (entry,) = json.loads(out.read_bytes())
    assert entry["check_name"] == "test_own.py::test_bad"
    assert entry["location"] == {"path": "test_own.py", "lines": {"begin": 4}}
    assert (ready.path / "r.md").read_text("utf-8").startswith(MARKER)


def test_code_quality_as_seen_from_the_top(ready: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI_PROJECT_DIR", str(ready.path.parent))
    ready.tests(test_own=HEAD + BAD)
    ran = ready.run("--readiness-report", "gl.codequality.json")
    (entry,) = json.loads((ready.path / "gl.codequality.json").read_bytes())
    assert entry["location"]["path"] == f"{ready.path.name}/test_own.py"
    # The JSON report itself is the same wherever it was made.
    assert ran.finding("test_own.py::test_bad")["file"] == "test_own.py"


def test_a_shard_cannot_be_merged_from_code_quality(ready: Project) -> None:
    result = ready.pytester.runpytest_inprocess(
        "--readiness", "--readiness-shard", "1/2", "--readiness-report", "a.codequality.json"
    )
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*write this one's part: --readiness-report shard.json"])


def test_code_quality_is_no_report_to_merge(
    ready: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    ready.run("--readiness-report", "a.codequality.json")
    assert command.main(["merge", str(ready.path / "a.codequality.json")]) == command.REFUSED
    assert "not a JSON report of a run" in capsys.readouterr().err


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_own_checks_have_a_place(ready: Project, workers: tuple[str, ...]) -> None:
    (ready.path / "checks").mkdir()
    (ready.path / "checks" / "test_own.py").write_text(f"{HEAD}\n{GOOD}")
    ran = ready.run(*workers)
    finding = ran.finding("checks/test_own.py::test_good")
    assert (finding["file"], finding["line"]) == ("checks/test_own.py", 6)
    assert ran.finding("readiness::folder::reachable[first]")["file"] is None
