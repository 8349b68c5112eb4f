"""Secrets leave no text, and text without secrets stays as it was."""

from __future__ import annotations

import string
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.redact import Redactor, harmless

WORDS = st.text(string.ascii_letters + string.digits, min_size=8, max_size=20)


@pytest.mark.parametrize(
    "text",
    [
        "amqp://app:hunter22@mq:5672/%2f",
        "host=db password=hunter22 user=app",
        "password='hunter22'",
        "Authorization: Basic YXBwOmh1bnRlcjIy",
        "Authorization: Bearer hunter22",
        '{"password": "hunter22"}',
        "https://x/?token=hunter22&a=1",
        "sasl_plain_password=hunter22",
    ],
)
def test_what_looks_like_a_secret_is_hidden(text: str) -> None:
    shown = Redactor().text(text)
    assert "hunter22" not in shown
    assert "YXBwOmh1bnRlcjIy" not in shown
    assert "***" in shown


@pytest.mark.parametrize(
    "text",
    [
        "the user guest exists",
        "connection refused at 127.0.0.1:6379 after 2 ms",
        "backlog is 4211 messages, must be <= 1000",
        "https://docs.example.org/page?x=1",
        "password authentication failed for user app",
    ],
)
def test_text_without_secret_is_untouched(text: str) -> None:
    assert Redactor(["hunter22", "guest", "admin"]).text(text) == text


@given(WORDS, st.text(max_size=50), st.text(max_size=50))
def test_planted_secret_never_stays(secret: str, before: str, after: str) -> None:
    shown = Redactor([secret]).text(f"{before}{secret}{after}{quote(secret)}")
    assert secret not in shown.replace("***", "\n")


def test_secret_in_every_form() -> None:
    redactor = Redactor(["p@ss/w:rd+x"])
    for form in ("p@ss/w:rd+x", "p%40ss%2Fw%3Ard%2Bx", "p%40ss/w%3Ard%2Bx".replace("/", "%2F")):
        assert form not in redactor.text(f"failed for {form}.")


@pytest.mark.parametrize("unit", ["a-", "a_", "://a:", "password='", "authorization: ", "token"])
def test_a_megabyte_of_hostile_text_keeps_nobody_busy(unit: str) -> None:
    """Time in the square of the length would take minutes here."""
    text = unit * (1_000_000 // len(unit))
    redactor = Redactor(["hunter22"])
    assert len(redactor.clean(text, 500)) <= 500
    redactor.text(text)


def test_a_secret_cut_in_two_by_the_bound_is_not_shown() -> None:
    for before in range(16_370, 16_384):
        shown = Redactor(["hunter22"]).clean(f"{'x' * before}hunter22{'y' * 99}", 20_000)
        assert "hunt" not in shown
        assert shown.endswith("…")


@given(st.text(max_size=3000))
def test_harmless_is_bounded_and_encodable(text: str) -> None:
    shown = harmless(text, 500)
    assert len(shown) <= 500
    shown.encode("utf-8")
    assert "\x1b" not in shown
    assert "\x00" not in shown
