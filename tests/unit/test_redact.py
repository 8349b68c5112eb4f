"""Secrets leave no text, and text without secrets stays as it was."""

from __future__ import annotations

import base64
import html
import json
import string
import unicodedata
from collections.abc import Callable
from unittest import mock
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_readiness.redact import Redactor, harmless

WORDS = st.text(string.ascii_letters + string.digits, min_size=8, max_size=20).map(
    lambda s: f"{s}7"
)
FEW = settings(max_examples=40, deadline=None)


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


@FEW
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


VISIBLE = st.characters(exclude_categories=("C", "Z"))
# The digit keeps it apart from the published defaults, which are no secrets.
ANY = st.text(VISIBLE | st.just(" "), min_size=7, max_size=30).map(lambda s: f"{s}7")
ENCODERS: list[Callable[[str], str]] = [
    lambda s: s,
    lambda s: quote(s, safe=""),
    lambda s: quote(s, safe="").lower() if s.islower() else quote(s),
    lambda s: quote(quote(s, safe=""), safe=""),
    quote_plus,
    lambda s: "".join(f"%{byte:02x}" for byte in s.encode()),
    lambda s: repr(s)[1:-1],
    lambda s: ascii(s)[1:-1],
    lambda s: repr(s.encode())[2:-1],
    lambda s: repr({"a": [s, '"']})[8:-8],
    lambda s: json.dumps(s)[1:-1],
    lambda s: json.dumps(json.dumps(s))[3:-3],
    lambda s: json.dumps(s, ensure_ascii=False)[1:-1],
    html.escape,
    lambda s: html.escape(s, quote=False),
]


@FEW
@given(ANY, st.sampled_from(ENCODERS), st.text(max_size=30), st.text(max_size=30))
def test_planted_secret_never_stays_in_any_form(
    secret: str, encode: Callable[[str], str], before: str, after: str
) -> None:
    form = encode(secret)
    shown = Redactor([secret]).block(f"{before}{form}{after}")
    # Of a secret like "........" the neighbours may make another.
    assert "***" in shown
    if not set(form) <= set(before + after):
        assert form not in shown.replace("***", "\n")


@FEW
@given(ANY, st.text(max_size=30), st.text(max_size=30))
def test_planted_secret_never_stays_in_base64(secret: str, before: str, after: str) -> None:
    whole = f"{before}{secret}{after}".encode("utf-8", "replace")
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        assert "***" in Redactor([secret]).text(encode(whole).decode())


@FEW
@given(WORDS, st.integers(4, 7), st.sampled_from(["...", "…"]))
def test_a_secret_that_others_cut_in_two_is_not_shown(secret: str, size: int, mark: str) -> None:
    redactor = Redactor([secret])
    assert redactor.text(f"url = 'x{secret[:size]}{mark}") == f"url = 'x***{mark}"
    assert redactor.text(f"{mark}{secret[-size:]}@h") == f"{mark}***@h"


@FEW
@given(st.text(string.ascii_letters + " .,:/@%\\&+-_\n…", max_size=300), st.lists(WORDS))
def test_text_without_any_secret_is_never_changed(text: str, secrets: list[str]) -> None:
    # No digit in the text, and one in every secret; nothing named or placed like a secret.
    text = text.replace("://", "").replace(":", "").replace("=", "")
    assert Redactor(secrets).text(text) == text


def test_short_secrets_are_hidden_where_passwords_stand() -> None:
    """Elsewhere they are words: hiding them would make the text unreadable, and say which."""
    redactor = Redactor(["db", "redis", "shop"], shown=["shop"])
    for text in ("redis is up", "table shop of db", "shopping"):
        assert redactor.text(text) == text
    for secret in ("db", "redis", "shop"):
        for text in (f"amqp://a:{secret}@h", f"a:{secret}@h", f"PGPASSWORD={secret}"):
            assert f":{secret}@" not in redactor.text(text)
            assert redactor.text(text).endswith(("***@h", "=***"))


@pytest.mark.parametrize(
    "text",
    [
        "[('Authorization', 'Basic YXBwOmh1bnRlcjIy')]",
        "{b'authorization': b'Basic YXBwOmh1bnRlcjIy'}",
        "proxy-authorization: YXBwOmh1bnRlcjIy",
        "PGPASSWORD=hunter22",
        "ALTER ROLE app PASSWORD 'hunter22'",
        "password='it\\'s hunter22'",
        "password='hunter22 cut her",
        "('password', 'hunter22')",
        "AWS_SECRET_ACCESS_KEY=hunter22",
        "X-Api-Key: hunter22",
    ],
)
def test_more_of_what_looks_like_a_secret(text: str) -> None:
    shown = Redactor().text(text)
    assert "hunter22" not in shown
    assert "YXBwOmh1bnRlcjIy" not in shown


@pytest.mark.parametrize("sign", ["%20", "\\", "&amp;", "...", "\\'hunter2", "hunter2", "%68"])
def test_a_megabyte_is_looked_through_once(sign: str) -> None:
    """With many secrets, and signs that make all patterns look; in the square it were hours."""
    redactor = Redactor([f"hunter2{number}-of-many" for number in range(20)])
    text = sign * (1_000_000 // len(sign))
    assert redactor.text(text) == text


def test_commands_of_a_ci_are_broken_and_addresses_are_not() -> None:
    assert harmless("x\n::error file=a::b") == "x : :error file=a::b"
    assert harmless("##[add-mask]a ##vso[task.x]b") == "# #[add-mask]a # #vso[task.x]b"
    for text in ("refused at ::1 port 80", "from ::ffff:10.0.0.1", "a.py::test_b", "#1 ## Title"):
        assert harmless(text) == text


@given(st.text(max_size=3000))
def test_harmless_is_bounded_and_encodable(text: str) -> None:
    shown = harmless(text, 500)
    assert len(shown) <= 500
    shown.encode("utf-8")
    assert not {unicodedata.category(sign) for sign in shown} & {"Cc", "Cs", "Zl", "Zp"}


NAMES = (
    *("Password", "PAſſWD", "passphrase", "pwd", "ſecret"),
    *("api_\u212aey", "TOKEN", "AuthorızatioN"),
)
NEAR_A_SECRET = st.lists(
    st.sampled_from((*NAMES, ": ", "=", "'", " ", "hunter22", "//u:", "@h", "Basic ", "%41", "…"))
)


@given(NEAR_A_SECRET.map("".join))
def test_what_is_looked_for_only_where_it_can_stand_is_found_all_the_same(text: str) -> None:
    with mock.patch("pytest_readiness.redact._may_name", return_value=True):
        looked_everywhere = Redactor(["hunter22"]).text(text)
    assert Redactor(["hunter22"]).text(text) == looked_everywhere


def test_a_text_that_comes_again_is_as_harmless_as_before() -> None:
    redactor = Redactor(["hunter22"])
    shown = [(redactor.text("a\x1bhunter22"), redactor.clean("a\x1bhunter22")) for _ in range(2)]
    assert shown == [("a\x1b***", "a\ufffd***")] * 2
    assert redactor.clean("a hunter22", 4) == "a *…"
