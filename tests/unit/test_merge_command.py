"""``python -m pytest_readiness merge``: files of any kind, exit statuses, one line an error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_readiness.model import Scorecard, Target
from pytest_readiness.reports import reading
from pytest_readiness.run import command
from tests.docs_pages import DOCS
from tests.unit.generated import ANYTHING
from tests.unit.test_merge import card, finding

GOOD = card([finding("n")])


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(name: str, scorecard: Scorecard) -> str:
    Path(name).write_bytes(msgspec.json.encode(scorecard))
    return name


def refused(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    """The one line of a merge that makes no verdict."""
    assert command.main(["merge", *args]) == command.REFUSED
    out, error = capsys.readouterr()
    assert not out
    assert len(error.splitlines()) == 1, error
    return error.removeprefix("readiness: ").strip()


@pytest.mark.parametrize(
    ("one", "status", "verdict"),
    [
        (card([finding("a")]), 0, "READY"),
        (card([finding("a", "failed", "blocker")]), 1, "NOT READY"),
        (card([finding("a", "failed", "blocker")], gate="never"), 0, "NOT READY"),
        (card([finding("a", "failed", "high"), *map(finding, "bcdefghijk")]), 0, "CONDITIONAL"),
        (
            card([finding("a", "failed", "high"), *map(finding, "bcdefghijk")], gate="ready"),
            1,
            "CONDITIONAL",
        ),
        (card([finding("a")], left_out="-k a"), 1, "PARTIAL"),
        (card([finding("a")], left_out="-k a", allow_partial=True), 0, "PARTIAL"),
        (card([finding("a")], left_out="-k a", environment="staging"), 0, "PARTIAL"),
        (card([finding("a")], broken="Ctrl-C", gate="never"), 1, "INCOMPLETE"),
        (card([finding("a")], shard="1/2", expected=2, gate="never"), 1, "INCOMPLETE"),
        (card([]), 1, "INCOMPLETE"),
    ],
)
def test_gate(
    one: Scorecard, status: int, verdict: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["merge", written("a.json", one), "-o", "all.json"]) == status
    assert f"{verdict} for " in capsys.readouterr().out
    got = json.loads(Path("all.json").read_bytes())
    assert got["verdict"] == verdict.lower().replace(" ", "_")
    assert got["schema"] == 1


def test_failures_that_pass_are_explained(capsys: pytest.CaptureFixture[str]) -> None:
    found = [finding("a", "failed", "low"), *map(finding, "bcdefghijk")]
    assert command.main(["merge", written("a.json", card(found))]) == 0
    assert "1 failed, and the build passes" in capsys.readouterr().out


def test_a_fleet_shows_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    """Hundreds of targets that are well are a number; the verdict names the first."""
    found = [
        msgspec.structs.replace(
            finding(f"n{i:03}", "failed" if i >= 240 else "passed"), target=f"t{i:03}"
        )
        for i in range(300)
    ]
    targets = tuple(Target(system="x", name=f"t{i:03}", address="h:1") for i in range(300))
    one = card(found)
    one = msgspec.structs.replace(one, about=msgspec.structs.replace(one.about, targets=targets))
    command.main(["merge", written("a.json", one)])
    out = capsys.readouterr().out
    assert "x[t240]" in out and "x[t000]" not in out
    assert "… and 10 more with something wrong, 240 all right" in out
    assert "t000, t001" in out and "and 281 more" in " ".join(out.split())


def test_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    command.main(["merge", "-q", written("a.json", card([finding("a", "failed", "low")]))])
    assert "decide (" not in capsys.readouterr().out


def test_verbose(capsys: pytest.CaptureFixture[str]) -> None:
    found = [finding(f"n{i:02}", "failed", "low") for i in range(15)]
    command.main(["merge", "-v", written("a.json", card([*found, finding("good")]))])
    out = capsys.readouterr().out
    assert "passed (1)" in out and "shows all" not in out
    # Whose own last line would it be?
    assert "pytest's own line" not in out


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not a JSON report of a run"),
        (b"{", "not a JSON report of a run"),
        (b"[]", "not a JSON report of a run"),
        (b"\xff\xfe\x00", "not a JSON report of a run"),
        (b"[" * 100_000, "not a JSON report of a run"),
        (b'{"schema": 1}', "missing required field `verdict`"),
        (b'{"schema": 2, "verdict": "ready"}', "schema 2, and this version reads 1"),
        (b'{"schema": 1e999}', "not a JSON report of a run"),
        (msgspec.json.encode(card(shard="9/8")), "'9/8' is no shard"),
        (msgspec.json.encode(card(shard="1-9999/9999")), "'1-9999/9999' is no shard"),
        (msgspec.json.encode(card(shard="\x1b[31m")), "is no shard"),
    ],
)
def test_garbage(content: bytes, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("bad.json").write_bytes(content)
    Path("all.json").write_text('{"verdict": "ready"}')
    line = refused(capsys, written("good.json", GOOD), "bad.json", "-o", "all.json")
    assert line.startswith("bad.json") and words in line
    assert not Path("all.json").exists(), "one of an earlier merge must not be taken for this one's"


def _mutated(data: st.DataObject, value: Any) -> Any:
    """The value with something else somewhere in it."""
    if isinstance(value, dict) and value and data.draw(st.booleans()):
        key = data.draw(st.sampled_from(sorted(value)))
        return {**value, key: _mutated(data, value[key])}
    if isinstance(value, list) and value and data.draw(st.booleans()):
        i = data.draw(st.integers(0, len(value) - 1))
        return [*value[:i], _mutated(data, value[i]), *value[i + 1 :]]
    return data.draw(ANYTHING)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_report_is_a_verdict_or_one_line(
    capsys: pytest.CaptureFixture[str], data: st.DataObject
) -> None:
    whole = msgspec.to_builtins(card([finding("b", "failed", "blocker")]))
    Path("all.json").unlink(missing_ok=True)
    # As Python writes it, with the numbers and texts that JSON has not.
    Path("bad.json").write_text(json.dumps(_mutated(data, whole)), "utf-8")
    status = command.main(["merge", written("a.json", GOOD), "bad.json", "-o", "all.json"])
    out, error = capsys.readouterr()
    assert len(error.splitlines()) == (status == 2), error
    assert Path("all.json").exists() is (status in (0, 1)), out


def test_hostile_texts_are_inert(capsys: pytest.CaptureFixture[str]) -> None:
    bad = msgspec.structs.replace(finding("a", "failed", "blocker"), message="\x1b[2J\n::error::x")
    scope = "\x1b]0;title\x07"
    assert command.main(["merge", written("a.json", card([bad], broken=scope)), "-o", "b.json"])
    for text in (capsys.readouterr().out, Path("b.json").read_text()):
        assert "\x1b" not in text and "\x07" not in text and "\\u001b" not in text
        assert "::error::x" not in text


@pytest.mark.parametrize("bad", ["none.json", ".", "no\0name", "x" * 5000])
def test_file_that_cannot_be_read(bad: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(capsys, written("a.json", GOOD), bad)


def test_file_that_never_ends(capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo("pipe.json")
    assert refused(capsys, "pipe.json") == "pipe.json: not a file"
    assert refused(capsys, "/dev/zero") == "/dev/zero: not a file"


def test_huge_file(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LARGEST", 3 * 2**20)
    with Path("huge.json").open("wb") as stream:
        stream.truncate(2**40)  # a hole: nothing of it is on the disk
    assert refused(capsys, "huge.json") == "huge.json: larger than 3 MiB"


@pytest.mark.parametrize(
    "path", ["file/all.json", "folder.json", "no\0name.json", f"{'x' * 300}.json"]
)
def test_file_that_cannot_be_written(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("file").touch()
    Path("folder.json").mkdir()
    assert command.main(["merge", written("a.json", GOOD), "-o", path, "-o", "b.json"]) == 1
    out, error = capsys.readouterr()
    assert "READY for production" in out and "not written: " in out
    assert not error
    assert Path("b.json").exists()
    assert sorted(p.name for p in Path().iterdir()) == ["a.json", "b.json", "file", "folder.json"]


@pytest.mark.parametrize("out", ["a.json", "./a.json", "link.json"])
def test_output_is_no_input(out: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = Path(written("a.json", GOOD)).read_bytes()
    Path("link.json").symlink_to("a.json")
    assert "is one of the reports to merge" in refused(capsys, "a.json", "-o", out)
    assert Path("a.json").read_bytes() == before


def test_output_of_no_format(capsys: pytest.CaptureFixture[str]) -> None:
    written("a.json", GOOD)
    Path("all.txt").write_text("mine")
    line = refused(capsys, "a.json", "-o", "all.txt")
    assert line.startswith("-o all.txt: unknown extension '.txt'; Allowed: ")
    assert Path("all.txt").read_text() == "mine"


@pytest.mark.parametrize("args", [[], ["merge"], ["merg", "a"], ["merge", "a.json", "--no"]])
def test_usage(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        command.main(args)
    assert caught.value.code == 2
    assert "usage: python -m pytest_readiness" in capsys.readouterr().err


def test_as_a_program() -> None:
    """A terminal of few letters, and a reader that goes away, change nothing about the status."""
    program = [sys.executable, "-m", "pytest_readiness"]
    bad = written("a.json", card([finding("a", "failed", "blocker")]))
    ascii_only = {**os.environ, "PYTHONIOENCODING": "ascii"}
    plain = subprocess.run([*program, "merge", bad], capture_output=True, env=ascii_only)
    assert (plain.returncode, plain.stderr) == (1, b"")
    assert b"NOT READY for production" in plain.stdout
    for report, status in ((bad, 1), (written("b.json", GOOD), 0)):
        with subprocess.Popen([*program, "merge", report], stdout=-1, stderr=-1) as gone:
            assert gone.stdout is not None and gone.stderr is not None
            gone.stdout.close()
            assert gone.stderr.read() == b""
        assert gone.returncode == status
    told = subprocess.run([*program, "--help"], capture_output=True, text=True)
    assert told.returncode == 0
    assert "merge" in told.stdout


def test_the_schemas_are_those_that_are_published(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["schema", "new/folder"]) == 0
    told = capsys.readouterr().out.splitlines()
    published = sorted((DOCS / "schema").iterdir())
    assert sorted(Path(line).name for line in told) == [path.name for path in published]
    for path in published:
        assert Path("new/folder", path.name).read_bytes() == path.read_bytes()


def test_a_folder_that_cannot_be_made_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    Path("file").write_text("mine")
    assert command.main(["schema", "file"]) == command.REFUSED
    out, error = capsys.readouterr()
    assert (out, error) == ("", "readiness: file: File exists\n")
