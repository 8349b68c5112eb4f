"""Any text comes out as it went in, and does nothing: properties of the escaping."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_readiness.reports.markdown.escaping import code, link, text
from tests.reports.cards import HOSTILE
from tests.reports.rendered import ACTIVE, pages

PIECES = (
    *HOSTILE,
    *"\\`*_{}[]<>#@|~$^&!:%./-+=()'\" \n01aF",
    *("@ana", "#1", "GH-1", "owner/repo#1", "!7", "~bug", "%v1", "&2", "$x$", "$`x`$", ":tada:"),
    *("0123abc", "deadbeef" * 5, "a@b.com", "www.a.com", "http://a.com", "a.com", "xmpp:a@b.c"),
    *("``", "```", "~~a~~", "**a**", "<br>", "<!--", "-->", "&amp;", "&#64;ana", "\\|", "\\\\|"),
    *(
        "1. a",
        "- a",
        "+ a",
        "> a",
        "# a",
        "[ ] a",
        "---",
        "===",
        "a\\",
        "  ",
        "[a]: http://b",
        "/close",
    ),
    *("[[a]]", "[^1]", "*iteration:1", "[vulnerability:1]", "^alert#1", "é", "数", "👩‍👩‍👧‍👦"),
)
TEXTS = st.lists(
    st.sampled_from(PIECES)
    | st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=5),
    max_size=12,
).map("".join)
PLACES = {
    "paragraph": "Said: {}",
    "item": "- {}",
    "cell": "| a | b |\n| --- | --- |\n| x | {} |",
    "heading": "## x {}",
}
ALLOWED = {"p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "h2", "code", "br"}


def held(content: str) -> str:
    """The text as it is to be read: blanks at the ends of its lines are not kept."""
    return "\n".join(line.strip() for line in content.split("\n"))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("form", [text, code])
@given(content=TEXTS)
@example("\n".join(HOSTILE))
@example("`a`|`b`")
@example("a\\|b \\")
@example("- a")
@example("12345678. a")
def test_text_comes_out_as_it_went_in(form, place: str, content: str) -> None:  # type: ignore[no-untyped-def]  # one of two functions
    before = {"cell": "abx", "paragraph": "Said:", "heading": "x"}.get(place, "")
    for page in pages(PLACES[place].format(form(content, 10_000))):
        # Between cells stand line breaks of the page's own.
        seen = page.text.replace("\n", "") if place == "cell" else page.text.strip("\n")
        wanted = held(content).replace("\n", "") if place == "cell" else held(content)
        assert held(seen.removeprefix(before)).strip() == wanted.strip()
        assert page.tags <= ALLOWED
        assert not page.links
        assert not ACTIVE.search(page.plain), page.plain


@given(content=TEXTS)
def test_a_text_is_one_line_of_markdown(content: str) -> None:
    for form in (text, code):
        assert "\n" not in form(content) and "\r" not in form(content)


def test_plain_words_stay_as_they_are() -> None:
    for plain in ("last restore is 131 days, must be 92", "Runbook 已更新 ✅", "(it's 90% full)"):
        assert text(plain) == plain


def test_a_long_text_is_cut_with_a_mark() -> None:
    assert text("z" * 20, 10) == "z" * 9 + "…"
    assert code("x" * 20, 10) == f"`{'x' * 9}…`"


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "http:",
        "http://",
        "https://a b",
        "https://a/<x>",
        "https://a/|b",
        "http://[::1",
        "file:///etc/passwd",
        "SHOP-7",
    ],
)
def test_only_addresses_of_the_web_are_links(address: str) -> None:
    assert link("reference", address) is None


@given(st.sampled_from(["http", "https"]), TEXTS)
def test_a_link_leads_where_it_says(scheme: str, tail: str) -> None:
    found = link("reference", f"{scheme}://example.org/{tail}")
    for page in pages(f"| a |\n| --- |\n| {found} |") if found else ():
        (address,) = page.links
        assert address.startswith(f"{scheme}://example.org/")
        assert page.tags <= ALLOWED | {"a"}
