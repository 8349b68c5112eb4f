"""What a command did, as evidence and as a sentence."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from pytest_readiness.commands.judging import judge
from pytest_readiness.commands.kept import MOST, Kept, size
from pytest_readiness.commands.running import Ran, run
from pytest_readiness.recorder import Comparison

from .made import command, failure, judged, python, shell


def said(printed: str, *expect: dict[str, Any], err: str = "", status: int = 0) -> str:
    """What a command that printed a text fails with."""
    ran = Ran(status=status, started=True, stdout=Kept(printed.encode()), stderr=Kept(err.encode()))
    return judged(command("a", expect=list(expect)), ran)[0]


def test_a_script_that_says_nothing_passes(tmp_path: Path) -> None:
    made = shell("true")
    text, evidence = judged(made, run(made, tmp_path))
    assert text == ""
    assert evidence == [Comparison("exit status", 0, None, "==", 0, True)]


def test_the_end_of_the_output_is_evidence() -> None:
    printed = "".join(f"line {n}\n" for n in range(9))
    ran = Ran(status=0, started=True, stdout=Kept(printed.encode()), stderr=Kept(b"warning"))
    _, evidence = judged(command("a"), ran)
    shown = "line 4 | line 5 | line 6 | line 7 | line 8"
    assert evidence[1] == Comparison("output", shown, None, None, None, True)
    ran.status = 1
    _, evidence = judged(command("a"), ran)
    assert evidence[1] == Comparison("error output", "warning", None, None, None, True)


@pytest.mark.parametrize(
    ("status", "out", "err", "text"),
    [
        (
            2,
            "a",
            "3 files are world-readable\n",
            ("exit status is 2, must be 0: 3 files are world-readable"),
        ),
        (1, "\x1b[31mdown\x1b[0m\r\n", "\n", "exit status is 1, must be 0: down"),
        (77, "", "", "exit status is 77, must be 0; it printed nothing"),
        (
            127,
            "",
            "sh: 1: k: not found",
            ("exit status is 127 (a program was not found), must be 0: sh: 1: k: not found"),
        ),
        (
            126,
            "",
            "",
            (
                "exit status is 126 (found, but it cannot be executed), must be 0; it "
                "printed nothing"
            ),
        ),
    ],
)
def test_a_status_that_is_not_0(status: int, out: str, err: str, text: str) -> None:
    expect = {"text": "never looked at"}
    assert said(out, expect, err=err, status=status) == text


def test_what_has_no_status(tmp_path: Path) -> None:
    assert failure(shell("echo step 3; sleep 600", timeout=3), tmp_path) == (
        "did not end within 3 s; its last line: step 3"
    )
    assert failure(shell("kill -TERM $$"), tmp_path) == "was killed by SIGTERM; it printed nothing"
    text = failure(command("./none"), tmp_path)
    assert text == f"could not start: no program './none' in {tmp_path}"


P95 = {"number": "P95: (.+) ms", "name": "P95", "unit": "ms"}


@pytest.mark.parametrize(
    ("printed", "limits", "text"),
    [
        ("P95: 412 ms", {"at_most": 500}, ""),
        ("P95: 500 ms", {"at_most": 500, "at_least": 500}, ""),
        ("P95: 612.4 ms", {"at_most": 500}, "P95 is 612.4 ms, must be <= 500"),
        ("P95: 500.01 ms", {"at_most": 500}, "P95 is 500.01 ms, must be <= 500"),
        ("P95: 2 ms", {"at_least": 3}, "P95 is 2 ms, must be >= 3"),
        ("P95: 2 ms", {"equals": 3}, "P95 is 2 ms, must be 3"),
        ("P95: 3.0 ms", {"equals": 3}, ""),
        (
            "P95: 1 ms\nP95: 900 ms\nP95: 2 ms",
            {"at_most": 500},
            "P95 (worst of 3) is 900 ms, must be <= 500",
        ),
        (
            "P95: 1 ms\nP95: 900 ms\nP95: 2 ms",
            {"at_least": 5},
            "P95 (worst of 3) is 1 ms, must be >= 5",
        ),
        ("P95: 1 ms\nP95: 9 ms\nP95: 1 ms", {"equals": 1}, "P95 (worst of 3) is 9 ms, must be 1"),
        ("P95: 1,234 ms", {"at_most": 2000}, ""),
        (
            "P95: 1,234 ms",
            {"at_least": 1000},
            "P95 is 1.234 ms, must be >= 1000 (1,234 may be meant so)",
        ),
        ("P95: 1,234 ms", {"equals": 1234}, ""),
        ("P95: n/a ms", {"at_most": 500}, "P95: P95: (.+) ms found 'n/a', which is no number"),
        ("P95: 1 ms\nP95: - ms", {"at_most": 5}, "P95: P95: (.+) ms found '-', which is no number"),
        ("done", {"at_most": 500}, "P95: P95: (.+) ms is not in the output"),
        ("", {"at_most": 500}, "P95: P95: (.+) ms is not in the output"),
    ],
)
def test_numbers(printed: str, limits: dict[str, Any], text: str) -> None:
    assert said(printed, {**P95, **limits}) == text
    assert said("", {**P95, **limits}, err=printed) == text


STATUS = {"json": "$.status", "equals": "ok"}


@pytest.mark.parametrize(
    ("printed", "expect", "text"),
    [
        ('{"status": "ok"}', STATUS, ""),
        ('\ufeff{"status": "ok"}\r\n', STATUS, ""),
        ('{"status": "down"}', STATUS, "$.status is down, must be ok"),
        ('{"status": null}', STATUS, "$.status is null, must be ok"),
        ('{"status": {"a": 1}}', STATUS, "$.status is a table, must be ok"),
        ('{"status": 1}', STATUS, "$.status is the number 1, must be the text 'ok'"),
        (
            '{"status": "down", "status": "ok"}',
            STATUS,
            "$.status is there twice, with different values, must be ok",
        ),
        ('{"status": "ok", "x": NaN}', STATUS, ""),
        ("{}", STATUS, "$.status is not in the output"),
        ("", STATUS, "the standard output is empty, no JSON"),
        ("[1]", {"json": "$[0]", "equals": True}, "$[0] is the number 1, must be true"),
        ("[true]", {"json": "$[0]", "equals": 1}, "$[0] is true, must be the number 1"),
        ('["5"]', {"json": "$[0]", "equals": 5}, "$[0] is the text '5', must be the number 5"),
        ("[0]", {"json": "$[0]", "equals": 0}, ""),
        ("[false]", {"json": "$[0]", "equals": False}, ""),
        ("[1, 7, 3]", {"json": "$[*]", "at_most": 5}, "$[1] is 7, must be <= 5"),
        ("[1, 2, 3]", {"json": "$[*]", "at_most": 5, "at_least": 1}, ""),
        (
            '["ok", "down"]',
            {"json": "$[*]", "equals": "ok", "name": "job"},
            "job at $[1] is down, must be ok",
        ),
        ("[]", {"json": "$[*]", "equals": "ok"}, "$[*] is not in the output"),
        ('["5"]', {"json": "$[0]", "at_most": 9}, "$[0] is the text '5', and no number"),
        ("[null]", {"json": "$[0]", "at_most": 9}, "$[0] is null, and no number"),
        ("[true]", {"json": "$[0]", "at_most": 9}, "$[0] is true, and no number"),
        ("[NaN]", {"json": "$[0]", "at_most": 9}, "$[0] is nan, and no finite number"),
        ("[-1e999]", {"json": "$[0]", "at_most": 9}, "$[0] is -inf, and no finite number"),
        ("[NaN]", {"json": "$[0]", "equals": 1}, "$[0] is the number nan, must be 1"),
    ],
)
def test_json(printed: str, expect: dict[str, Any], text: str) -> None:
    assert said(printed, expect, err="a warning that is no JSON") == text


@pytest.mark.parametrize(
    ("expect", "text"),
    [
        ({"text": "^ready$"}, ""),
        ({"text": "^bad$"}, ""),
        ({"text": "gone", "name": "state"}, "state: gone is not in the output"),
        ({"no_text": "gone"}, ""),
        ({"no_text": "WARN"}, "WARN is in the output: '2 WARN disk'"),
        ({"no_text": "^ba.$"}, "^ba.$ is in the output: 'bad'"),
    ],
)
def test_text(expect: dict[str, Any], text: str) -> None:
    assert said("first\n2 WARN disk\nready\n", expect, err="bad\n") == text


def test_every_expectation_is_told() -> None:
    ran = Ran(status=0, started=True, stdout=Kept(b"P95: 900 ms"))
    text, evidence = judged(command("a", expect=[{**P95, "at_most": 500}, {"text": "ok"}]), ran)
    assert text == "P95 is 900 ms, must be <= 500; ok is not in the output"
    assert [(c.name, c.ok) for c in evidence] == [
        ("exit status", True),
        ("P95", False),
        ("ok", False),
        ("output", True),
    ]


def test_a_part_of_the_output_is_not_judged_as_the_whole() -> None:
    long = "P95: 1 ms\n" + "x\n" * MOST + "ok\n"
    told = f"cannot be judged: the output is {size(len(long))}, of which 1.0 MB are looked at"
    assert said(long, {"no_text": "ERROR"}) == f"ERROR {told}; print less"
    assert said(long, {**P95, "at_most": 500}) == f"P95: P95: (.+) ms {told}; print less"
    assert said(long, {"text": "absent"}) == f"absent {told}; print less"
    assert said(long, {"text": "^ok$"}) == ""
    assert "and JSON is read up to 1.0 MB" in said(f'["{long}"]', {"json": "$[0]", "equals": 1})


def test_json_whose_library_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    made = command("a", expect=STATUS)
    monkeypatch.setitem(sys.modules, "jsonpath_rfc9535", None)
    text, _ = judged(made, Ran(status=0, started=True, stdout=Kept(b'{"status": "ok"}')))
    assert text.startswith("$.status needs the library jsonpath-rfc9535: pip install")


class Alarm(BaseException):
    """What the alarm of a check's time-out raises."""


def test_an_expression_that_never_ends_can_be_interrupted() -> None:
    def ring(number: int, frame: FrameType | None) -> None:
        raise Alarm

    made = command("a", expect={"text": "(a+)+b"})
    ran = Ran(status=0, started=True, stdout=Kept(b"a" * 100))
    previous = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        with pytest.raises(Alarm):
            judge(made, ran)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def test_binary_output_and_a_colourful_one(tmp_path: Path) -> None:
    made = python("import sys; sys.stdout.buffer.write(bytes(range(256)) * 99); sys.exit(4)")
    text = failure(made, tmp_path)
    assert text.startswith("exit status is 4, must be 0: ")
    assert "\n" not in text and len(text) < 400
    made = shell(r"printf 'P95: \033[31m612\033[0m ms\r\n'", expect={**P95, "at_most": 500})
    assert failure(made, tmp_path) == "P95 is 612 ms, must be <= 500"
