"""Texts of a service: readiness answers in many dialects, metrics, good and bad and hostile."""

from __future__ import annotations

import time
from typing import Any

import pytest

from pytest_readiness.systems import exchange
from pytest_readiness.systems.http import gates, metrics, parsed, words
from pytest_readiness.systems.http.facts import Reply


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"status": "UP", "components": {"db": {"status": "DOWN"}}}, "down"),
        ({"status": "pass", "checks": {"db:responseTime": [{"status": "pass"}]}}, "pass"),
        ({"checks": [{"name": "db", "status": "UP"}]}, "up"),
        ({"db": True}, "ok"),
        ({"db": False}, "false"),
        ({"entries": {"db": {"data": {}, "status": "Healthy"}}}, "healthy"),
        ({"checks": {"db": [{"status": "ok"}, {"status": "fail"}]}}, "fail"),
        ({"db": {"status": "ok", "ready": False}}, "false"),
        ({"db": {"ms": 3}}, words.NO_STATE),
        ({"database": "ok"}, None),
        (["db"], None),
    ],
)
def test_dependencies_in_readiness_answers(body: Any, word: str | None) -> None:
    assert words.named(body, "db") == word


def test_hostile_words_are_harmless_and_short() -> None:
    assert (
        words.word_of({"status": "\ud800\x1b[31m" + "x" * 500})
        == "\ufffd\ufffd[31m" + "x" * 73 + "…"
    )


def test_a_name_beyond_ascii_is_asked_for_as_the_wire_has_it() -> None:
    for url, host in (
        ("http://bücher.example", b"xn--bcher-kva"),
        ("http://пример.example", b"xn--"),
    ):
        assert b"\r\nHost: " + host in exchange._told(parsed(url), exchange.Question(path="/"))


@pytest.mark.parametrize(
    ("place", "known"),
    [
        *((f"/{place}", True) for place in ("login", "Log-In", "users/sign_in", "weblogin.php")),
        *((f"/{place}", True) for place in ("loginPage", "signin-oidc", "SignIn", "oauth2/start")),
        *((f"/{place}", False) for place in ("catalog-index", "blog-in-depth", "bloginfo")),
        *((f"/{place}", False) for place in ("designing", "signing/7", "assigning", "plugin")),
    ],
)
def test_where_a_login_is_and_where_it_only_reads_like_one(place: str, known: bool) -> None:
    answer = exchange.Answer(
        reply=Reply(path="/admin", status=302, ms=1, size=0),
        headers=(("Location", place),),
        body=b"",
        closes=False,
    )
    assert (gates._led(answer, "http://shop").state == "closed") == known


def test_words_that_mean_well() -> None:
    assert all(map(words.good, ("ok", "UP", "Healthy", "pass", "ok (3 ms)", "working")))
    assert all(map(words.good, ("SERVING", "RUNNING")))
    assert not any(map(words.good, ("down", "ok but slow", "degraded", "warn", "0", "", "false")))
    assert not words.good("NOT_SERVING")


@pytest.mark.parametrize(
    "line",
    [
        "up 1",
        "up{} 1",
        'up{a="b",} +Inf',
        'up{ a = "b" , c="d\\"e}\\n" } NaN 1395066363000',
        'a_bucket{le="0.1"} 8 # {trace_id="x"} 0.05 1520879607.789',
        "# anything at all",
        "",
    ],
)
def test_lines_of_metrics(line: str) -> None:
    assert metrics.parse(line).problem is None


@pytest.mark.parametrize(
    "line", ["<html>", '{"a": 1}', "up", "up one", "1up 1", "up{a=b} 1", 'up{a="b} 1', "up 1 2 3"]
)
def test_lines_that_are_no_metrics(line: str) -> None:
    assert "line 2 is no sample" in str(metrics.parse(f"x 1\n{line}").problem)


def test_metrics_that_were_cut_off() -> None:
    assert metrics.parse('a 1\nb{x="', cut=True).problem is None
    assert metrics.parse("# TYPE b counter\n").names == {"b"}


@pytest.mark.parametrize(
    "line",
    [
        "a" + " " * 100_000,
        "a{" + " " * 100_000,
        'a{b="' + "\\" * 100_000,
        "a 1" + "1" * 100_000 + "x",
    ],
)
def test_hostile_lines_are_read_quickly(line: str) -> None:
    start = time.monotonic()
    metrics.parse(line)
    assert time.monotonic() - start < 1
