"""The history of scores: whole lines whoever writes at once, and read whatever it holds."""

from __future__ import annotations

import fcntl
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.model import Outcome, Past, Scorecard, Severity
from pytest_readiness.redact import Redactor
from pytest_readiness.reports import appending, history
from pytest_readiness.reports.history import MOST, Entry, History, append, entry, latest, read
from pytest_readiness.reports.reading import Unreadable
from tests.unit.generated import ANYTHING
from tests.unit.test_merge import card, finding

WHEN = "2026-11-20T10:00:00Z"


def line(number: int = 0, **own: object) -> Entry:
    found = entry(card([finding("a")], started=WHEN, service="shop"))
    assert found is not None
    return msgspec.structs.replace(found, **{"commit": str(number), **own})


def test_what_a_line_says() -> None:
    own = msgspec.structs.replace(finding("d", "failed"), system=None)
    one = card([finding("a"), finding("b", "failed", "low"), finding("c"), own], started=WHEN)
    told = msgspec.to_builtins(entry(one))
    assert told["time"] == WHEN and told["schema"] == 1
    assert told["score"] == one.score and told["verdict"] == one.verdict.value
    assert told["severities"] == {
        "blocker": {},
        "high": {},
        "medium": {"failed": 1, "passed": 2},
        "low": {"failed": 1},
    }
    assert told["systems"] == {"own checks": {"failed": 1}, "x": {"failed": 1, "passed": 2}}


@pytest.mark.parametrize(
    "one",
    [
        card([finding("a")], left_out="-k a", started=WHEN),
        card([finding("a")], broken="Ctrl-C", started=WHEN),
        card([finding("a")], shard="1/2", started=WHEN),
        card([], started=WHEN),
    ],
)
def test_no_line_of_a_part(one: Scorecard) -> None:
    assert entry(one) is None


@given(st.lists(st.tuples(st.sampled_from(Severity), st.sampled_from(Outcome)), min_size=1))
def test_every_finding_is_counted_once_each_way(kinds: list[tuple[Severity, Outcome]]) -> None:
    found = [finding(f"n{i}", o.value, s.value) for i, (s, o) in enumerate(kinds)]
    told = entry(card(found, started=WHEN))
    assert told is not None
    for by in (told.severities, told.systems):
        assert sum(sum(outcomes.values()) for outcomes in by.values()) == len(kinds)


def test_append_and_read(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "h.jsonl"
    assert read(path) == ([], 0)
    assert [append(line(i), path) for i in range(3)] == [None] * 3
    runs, skipped = read(path)
    assert ([run.commit for run in runs], skipped) == (["0", "1", "2"], 0)
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask


def test_torn_last_line(tmp_path: Path) -> None:
    path = tmp_path / "h.jsonl"
    append(line(0), path)
    whole = path.read_bytes()
    for cut in range(1, len(whole)):
        path.write_bytes(whole + whole[:cut])
        assert append(line(2), path) is None
        content = path.read_bytes()
        assert content.startswith(whole + whole[:cut]), "nothing of it is changed"
        runs, skipped = read(path)
        # Only the end of its last line was lost: it is one all the same.
        kept = 1 if cut == len(whole) - 1 else 0
        assert (len(runs), skipped) == (2 + kept, 1 - kept)
        assert runs[-1].commit == "2"


@given(
    st.lists(
        st.binary(max_size=40)
        | ANYTHING.map(lambda value: json.dumps(value, default=str).encode())
        | st.just(b'{"schema": 2, "time": "2026-11-20T10:00:00Z"}')
    )
)
def test_garbage_between_lines(tmp_path_factory: pytest.TempPathFactory, junk: list[bytes]) -> None:
    path = tmp_path_factory.mktemp("h") / "h.jsonl"
    path.write_bytes(b"\n".join(junk))
    assert append(line(1), path) is None
    runs, skipped = read(path)
    assert [run.commit for run in runs] == ["1"]
    lines = b"\n".join(junk).split(b"\n")
    assert skipped == sum(bool(part.strip()) for part in lines)


def test_line_without_an_end_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "_LONGEST", 4096)
    path = tmp_path / "h.jsonl"
    path.write_bytes(b"x" * 100_000 + b"\n")
    append(line(1), path)
    runs, skipped = read(path)
    assert ([run.commit for run in runs], skipped) == (["1"], 1)


PROGRAM = """
import sys
from pathlib import Path
import msgspec
from pytest_readiness.reports.history import Entry, append
line = msgspec.json.decode(sys.argv[2], type=Entry)
sys.stdin.readline()
for i in range(50):
    one = msgspec.structs.replace(line, commit=f"{sys.argv[3]}-{i}", service="s" * (i * 200))
    problem = append(one, Path(sys.argv[1]), patience=300)
    assert problem is None, problem
"""


def test_processes_at_once(tmp_path: Path) -> None:
    path = tmp_path / "h.jsonl"
    path.write_bytes(b'{"schema": 1, "ti')
    given_ = msgspec.json.encode(line()).decode()
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(path), given_, str(i)], stdin=subprocess.PIPE
        )
        for i in range(8)
    ]
    for process in running:
        assert process.stdin is not None
        process.stdin.write(b"go\n")
        process.stdin.close()
    assert [process.wait() for process in running] == [0] * 8
    runs, skipped = read(path)
    assert skipped == 1, "the torn line that was there"
    expected = [f"{process}-{i}" for process in range(8) for i in range(50)]
    assert sorted(str(run.commit) for run in runs) == sorted(expected)
    for process in range(8):
        own = [run.commit for run in runs if str(run.commit).startswith(f"{process}-")]
        assert own == [f"{process}-{i}" for i in range(50)]


def test_lock_that_is_held_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "h.jsonl"
    with path.open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        problem = append(line(), path, patience=0.05)
    assert problem == f"{path}: another process holds its lock and does not let go of it"
    assert path.read_bytes() == b""
    assert append(line(), path) is None, "it went with the process"


def test_file_put_aside_while_we_waited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "h.jsonl"
    path.write_bytes(b"")
    lock = appending._lock

    def locked(handle: int, until: float) -> None:
        if not (tmp_path / "old").exists():
            path.rename(tmp_path / "old")
        lock(handle, until)

    monkeypatch.setattr(appending, "_lock", locked)
    assert append(line(1), path) is None
    assert (tmp_path / "old").read_bytes() == b""
    assert len(read(path)[0]) == 1


def test_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "h.jsonl"
    append(line(0), path)
    before = path.read_bytes()
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, content: write(handle, content[:20]))
    problem = append(line(1), path)
    monkeypatch.undo()
    assert problem == f"{path}: No space left on device"
    assert path.read_bytes() == before


def test_places_that_take_no_line(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for name, why in [
        ("folder", "Is a directory"),
        ("pipe", "not a file"),
        ("file/h.jsonl", "File exists"),
        ("loop", "Too many levels of symbolic links"),
        ("no\0name", "embedded null byte"),
        ("x" * 300, "File name too long"),
    ]:
        problem = append(line(), tmp_path / name)
        assert problem is not None and problem.endswith(why), problem
        assert len(problem.splitlines()) == 1
    for name in ("folder", "pipe", "loop"):
        with pytest.raises(Unreadable):
            read(tmp_path / name)


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="needs a file system to read only")
def test_read_only_place() -> None:
    """Also for root, whom no mode keeps out."""
    problem = append(line(), Path("/proc/readiness/h.jsonl"))
    assert problem is not None and problem.startswith("/proc/readiness/h.jsonl: ")


def test_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "h.jsonl").symlink_to(tmp_path / "real.jsonl")
    assert append(line(), tmp_path / "h.jsonl") is None
    assert (tmp_path / "h.jsonl").is_symlink()
    assert len(read(tmp_path / "real.jsonl")[0]) == 1


def test_latest_of_the_same_service_environment_and_profile() -> None:
    now = card([finding("a")], service="shop", started=WHEN)
    others = [line(0, service="store"), line(1, environment="staging"), line(2, profile="x")]
    assert latest(others, now) == []
    early, late = line(3), line(4, time="2026-11-21T10:00:00Z")
    # Histories that were joined need not be in order.
    assert latest([*others, late, early], now) == [early, late]
    same = line(5)
    assert latest([early, same, late], now) == [early, same, late], "the lower one is later"


@given(st.lists(st.integers(0, 9), max_size=30), st.integers(1, 12))
def test_latest_are_the_last_ones_in_order(seconds: list[int], most: int) -> None:
    runs = [line(n, time=f"2026-11-20T10:00:0{s}Z") for n, s in enumerate(seconds)]
    found = latest(runs, card([finding("a")], service="shop", started=WHEN), most)
    assert found == sorted(runs, key=lambda run: run.time)[-most:]


def test_what_a_report_holds_of_the_history(tmp_path: Path) -> None:
    now = card([finding("a")], service="shop", started=WHEN)
    kept = History("h.jsonl", tmp_path, Redactor(["hunter22"]).clean)
    empty = kept.past(now).past
    assert empty == Past(file="h.jsonl"), "this run is none of those before it"
    for n in range(MOST + 5):
        append(
            line(n, score=n / 2, time=f"2026-11-20T10:{n // 60:02}:{n % 60:02}Z"),
            tmp_path / "h.jsonl",
        )
    append(line(0, service="store", time="2027-11-20T10:00:00Z"), tmp_path / "h.jsonl")
    told = kept.past(now).past
    assert told is not None
    assert [run.commit for run in told.runs] == [str(n) for n in range(5, MOST + 5)]
    final = told.runs[-1]
    assert (final.started, final.score, final.target_score) == (told.started, told.score, 95)
    assert final.verdict is told.verdict


def test_what_stands_in_the_history_is_harmless(tmp_path: Path) -> None:
    kept = History("h.jsonl", tmp_path, Redactor(["hunter22"]).clean)
    append(line(commit="\x1b[2Jhunter22\n" + "a" * 5000), tmp_path / "h.jsonl")
    told = kept.past(card([finding("a")], service="shop", started=WHEN)).past
    assert told is not None and told.runs[0].commit is not None
    commit = told.runs[0].commit
    assert commit.isprintable() and "hunter22" not in commit and len(commit) == 64
