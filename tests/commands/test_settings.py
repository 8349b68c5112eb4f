"""Settings of commands: what is refused, in which words, and what comes of the rest."""

from __future__ import annotations

import shlex
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.policy.commands import Expect
from pytest_readiness.policy.errors import SettingsError
from pytest_readiness.policy.shell_signs import LINE_BREAK, assigned, shell_sign

from .made import command, held

HERE = "pyproject.toml: tool.readiness.commands[0]"
NUMBER = {"number": "([0-9]+)"}


def refusal(**keys: Any) -> str:
    with pytest.raises(SettingsError) as error:
        command(keys.pop("run", "./check.sh"), **keys)
    text = str(error.value)
    assert "\n" not in text
    assert text.startswith(HERE), text
    return text.removeprefix(HERE)


def test_a_text_is_split_and_a_list_is_taken_as_it_is() -> None:
    assert command("./check.sh --env 'two words' \"a'b\"").arguments == (
        "./check.sh",
        "--env",
        "two words",
        "a'b",
    )
    assert command(["./check.sh", "a && b", ""]).arguments == ("./check.sh", "a && b", "")
    assert command("a && b", shell=True).arguments == ("/bin/sh", "-e", "-c", "a && b")


def test_defaults() -> None:
    made = command("./check.sh")
    assert (made.severity.value, made.seconds, made.cwd, made.expectations) == (
        "high",
        60,
        None,
        (),
    )
    assert made.asks == "./check.sh"
    assert command("a", title="Is it so?").asks == "Is it so?"
    assert len(command(["a", "b" * 5000]).asks) == 120
    assert command("./check.sh", cwd="", owner="", remedy="").cwd is None


@pytest.mark.parametrize(("given", "seconds"), [("90s", 90), ("10m", 600), (5, 5), (0.5, 0.5)])
def test_a_timeout_is_a_duration(given: object, seconds: float) -> None:
    assert command("./check.sh", timeout=given).seconds == seconds


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (0, "0 leaves a command no time at all; write 60s or 10m"),
        ("0s", "0 leaves a command no time at all; write 60s or 10m"),
        ("soon", "'soon' is no duration; write 500ms, 60s, 2m, 1h or 30d"),
        ("25h", "longer than a day; a command may take 24h at most"),
        (-1, "-1.0 is negative or no number of seconds"),
        (float("nan"), "nan is negative or no number of seconds"),
    ],
)
def test_a_timeout_that_is_none(given: object, said: str) -> None:
    assert refusal(timeout=given) == f".timeout: {said}"


def test_ids_are_unique() -> None:
    with pytest.raises(SettingsError, match=r"commands\[1\]\.id: a second command 'one'"):
        held({"id": "one", "run": "a"}, {"id": "one", "run": "b"})


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"run": ""}, ".run: names no program"),
        ({"run": "  \n "}, ".run: names no program"),
        ({"run": []}, ".run: names no program"),
        ({"run": ["", "a"]}, ".run: names no program"),
        ({"run": "", "shell": True}, ".run: names no program"),
        (
            {"run": "./check.sh 'a"},
            (
                '.run: a quote is not closed, or a \\ ends it; write run as a list: ["program", '
                '"argument"]'
            ),
        ),
        (
            {"run": ["a"], "shell": True},
            (".run: a list is run without a shell; leave out shell, or write a text"),
        ),
        ({"run": "a\0b"}, ".run: holds a NUL character, which no argument can"),
        (
            {"run": "LEVEL=1 ./check.sh"},
            (".run: sets LEVEL before the program; write env = { LEVEL = … }"),
        ),
        (
            {"env": {"A-B": "1"}},
            (".env.A-B: no name of a variable, which takes letters, digits and _"),
        ),
        ({"env": {"A": "\0"}}, ".env.A: holds a NUL character, which no variable can"),
        ({"env": {"A": 1}}, ".env[...]: expected a text, got a whole number"),
        ({"cwd": "a\0"}, ".cwd: holds a NUL character, which no path can"),
        (
            {"tiemout": 3},
            (
                ".tiemout: unknown key; did you mean 'timeout'? Allowed: cwd, env, expect, "
                "id, owner, remedy, run, severity, shell, timeout, title"
            ),
        ),
    ],
)
def test_what_cannot_be_run(keys: dict[str, Any], said: str) -> None:
    assert refusal(**keys) == said


@pytest.mark.parametrize(
    ("run", "sign"),
    [
        ("./migrate --check && ./drift", "&&"),
        ("./a || true", "||"),
        ("cat log | grep x", "|"),
        ("./a; ./b", ";"),
        ("./a > log", ">"),
        ("./a 2>&1", ">&"),
        ("./a <in", "<"),
        ("./a &", "&"),
        ("./a $LEVEL", "$"),
        ('./a "$LEVEL"', "$"),
        ("./a $(date)", "$"),
        ("./a `date`", "`"),
        ("./a ${x%y}", "$"),
        ("~/bin/check", "~"),
        ("ls ~", "~"),
        ("./a\n./b", LINE_BREAK),
        ("./a \\\n -b", LINE_BREAK),
    ],
)
def test_what_only_a_shell_understands(run: str, sign: str) -> None:
    """Without a shell the second program would never run, and the first one pass."""
    assert refusal(run=run).startswith(f".run: {sign} means something to a shell only: ")
    assert command(run, shell=True).run == run


@pytest.mark.parametrize(
    "run",
    [
        "curl -fsS http://shop/?a=1&b=2",
        "grep 'a|b; c > d' file",
        'grep "a && b" file',
        "awk '{print $1}' file",
        r"grep a\|b\ \&\ c file",
        "grep ^a$ file~ 'a ~/b' HEAD~1",
        "\n./check.sh --all\n",
    ],
)
def test_what_no_shell_is_needed_for(run: str) -> None:
    assert command(run).arguments == tuple(shlex.split(run))


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)))
def test_what_is_quoted_asks_for_no_shell(words: list[str]) -> None:
    assert shell_sign(shlex.join(words)) is None


@given(st.text())
def test_any_text_is_looked_at(text: str) -> None:
    shell_sign(text)
    assigned(text)


def test_a_filled_in_value_stays_one_argument() -> None:
    table = {"id": "one", "run": "./check.sh --key ${KEY}"}
    filled = held(table, environ={"KEY": "s3cret"}).commands[0]
    assert filled.arguments == ("./check.sh", "--key", "s3cret")
    for value in ("two words", "it's", "a\\b", "a$b", "x; rm"):
        with pytest.raises(SettingsError) as error:
            held(table, environ={"KEY": value})
        assert value not in str(error.value)
        assert "${KEY} holds blanks, quotes or signs of a shell" in str(error.value)
    listed = {"id": "one", "run": ["./check.sh", "${KEY}"]}
    assert held(listed, environ={"KEY": "it's $x; rm"}).commands[0].arguments[1] == "it's $x; rm"


def test_a_variable_is_never_filled_into_a_shells_text() -> None:
    table = {"id": "one", "run": "echo ${BRANCH}", "shell": True}
    with pytest.raises(SettingsError) as error:
        held(table, environ={"BRANCH": "main; rm -rf x"})
    assert "rm -rf" not in str(error.value)
    assert 'write "$BRANCH", without braces' in str(error.value)


@pytest.mark.parametrize(
    ("expect", "said"),
    [
        ({}, ": expected one of json, number, text, no_text, got none of them"),
        (
            {"json": "$.a", **NUMBER},
            (": expected one of json, number, text, no_text, got json and number"),
        ),
        ({"json": "$.a"}, ": json needs one of equals, at_most, at_least"),
        (NUMBER, ": number needs one of equals, at_most, at_least"),
        (
            {"text": "a", "equals": "a"},
            (".equals: text is found or not; equals compares json and number"),
        ),
        (
            {"no_text": "a", "at_most": 1},
            (".at_most: no_text is found or not; at_most compares json and number"),
        ),
        ({**NUMBER, "equals": 1, "at_most": 2}, ".at_most: equals says it all; leave out at_most"),
        (
            {**NUMBER, "at_least": 3, "at_most": 2},
            (".at_least: 3 is above at_most, 2: nothing holds"),
        ),
        ({**NUMBER, "equals": "1"}, ".equals: expected a number, as number finds numbers"),
        ({**NUMBER, "equals": True}, ".equals: expected a number, as number finds numbers"),
        ({**NUMBER, "at_most": float("nan")}, ".at_most: expected a finite number"),
        ({**NUMBER, "at_least": float("-inf")}, ".at_least: expected a finite number"),
        ({"json": "$.a", "equals": float("inf")}, ".equals: expected a finite number"),
        (
            {"text": "("},
            (".text: no regular expression: missing ), unterminated subpattern at position 0"),
        ),
        (
            {"number": "[0-9]+", "at_most": 1},
            (
                ".number: expected one group, which holds the number, "
                "got 0: P95: ([0-9.]+) ms; (?:…) groups without being one"
            ),
        ),
        (
            {"number": "(a)(b)", "at_most": 1},
            (
                ".number: expected one group, which holds the number, "
                "got 2: P95: ([0-9.]+) ms; (?:…) groups without being one"
            ),
        ),
        (
            {"json": "status", "equals": 1},
            (
                ".json: no JSONPath: expected '$', found 's'; write "
                "$.status, $.jobs[0].state or $['a-b']"
            ),
        ),
        ({"json": "", "equals": 1}, ".json: expected a text of length >= 1"),
    ],
)
def test_what_cannot_be_expected(expect: dict[str, Any], said: str) -> None:
    told = refusal(expect=expect)
    if said.startswith((".json: no JSONPath", ".json: expected")):
        # The library's words, and msgspec's, differ between versions.
        assert told.startswith(f".expect{said[:18]}")
    else:
        assert told == f".expect{said}"


def test_which_expectation_of_a_list() -> None:
    good = {"text": "a"}
    assert refusal(expect=[good, {"text": "["}]).startswith(".expect[1].text: no regular")
    made = command("a", expect=[good, {**NUMBER, "equals": 2}])
    assert made.expectations == (Expect(text="a"), Expect(number="([0-9]+)", equals=2))
    assert command("a", expect=good).expectations == (Expect(text="a"),)


def test_a_named_group_and_a_pattern_of_the_future() -> None:
    assert command("a", expect={"number": "(?P<ms>[0-9]+)", "at_most": 1})
    assert command("a", expect={"text": "[[a]"})


def test_json_without_its_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jsonpath_rfc9535", None)
    said = 'needs the library jsonpath-rfc9535: pip install "pytest-readiness[commands]"'
    assert refusal(expect={"json": "$.a", "equals": 1}) == f".expect.json: {said}"
    assert command("a", expect={**NUMBER, "at_most": 1})
