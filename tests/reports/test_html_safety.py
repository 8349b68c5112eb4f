"""The HTML report is inert and whole: no text becomes markup, nothing is loaded or large."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest
from msgspec.structs import replace

import pytest_readiness
from pytest_readiness.reports.html import render
from pytest_readiness.reports.html.texts import cut, link, shown, signed_number
from tests.reports import cards
from tests.reports.pages import (
    CARDS,
    LOADING,
    allowed,
    copy,
    inlined,
    nesting_of,
    parsed,
    text_of,
    tree_of,
    words,
)

ALL = pytest.mark.parametrize("name", CARDS)


@ALL
def test_tags_are_closed_in_their_order(name: str) -> None:
    page = nesting_of(name)
    assert page.wrong == [] and page.open == []


@ALL
def test_ids_are_unique_and_links_within_the_page_lead_somewhere(name: str) -> None:
    tags = nesting_of(name).tags
    ids = Counter(attrs["id"] for _, attrs in tags if "id" in attrs)
    assert [one for one, count in ids.items() if count > 1] == []
    inner = {attrs["href"][1:] for _, attrs in tags if (attrs.get("href") or "").startswith("#")}
    assert inner <= set(ids)
    for _, attrs in tags:
        for key in ("aria-labelledby", "aria-describedby", "for"):
            assert set((attrs.get(key) or "").split()) <= set(ids)


@ALL
def test_only_known_elements_and_attributes_are_there(name: str) -> None:
    page = nesting_of(name)
    names = {tag for tag, _ in page.tags}
    assert not names & {"iframe", "object", "embed", "img", "base", "link", "video", "audio", "a:b"}
    assert sum(tag == "script" for tag, _ in page.tags) == 1
    assert sum(tag == "style" for tag, _ in page.tags) == 1
    for tag, attrs in page.tags:
        assert not [
            one for one in attrs if one.startswith("on") or one in ("style", "src", "srcset")
        ]
        assert "action" not in attrs and "formaction" not in attrs, tag


@ALL
def test_the_policy_allows_the_style_and_the_script_of_the_page_alone(name: str) -> None:
    tree = tree_of(name)
    (meta,) = tree.cssselect("meta[http-equiv=Content-Security-Policy]")
    rules = dict(rule.strip().split(" ", 1) for rule in meta.get("content").split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["base-uri"] == rules["form-action"] == "'none'"
    style, script = tree.cssselect("style")[0].text, tree.cssselect("script")[0].text
    assert rules["style-src"] == allowed(style)
    assert rules["script-src"] == allowed(script)
    # It holds for what comes after it only.
    head = text_of(name).index("Content-Security-Policy")
    assert head < text_of(name).index("<style") < text_of(name).index("<script")


@ALL
def test_nothing_is_loaded_from_anywhere(name: str) -> None:
    tree = tree_of(name)
    assert not LOADING.search(tree.cssselect("style")[0].text)
    assert not re.search(r"fetch|XMLHttp|import|WebSocket|sendBeacon|https?:", inlined("script.js"))
    for tag, attrs in nesting_of(name).tags:
        for key in ("href", "xlink:href", "data", "poster", "background", "cite", "ping"):
            value = attrs.get(key) or "#"
            assert value.startswith("#") or (tag == "a" and key == "href")


@ALL
def test_links_that_lead_out_are_pages_of_the_web_and_tell_them_nothing(name: str) -> None:
    out = [a for a in tree_of(name).iter("a") if not a.get("href").startswith("#")]
    for one in out:
        assert urlsplit(one.get("href")).scheme in ("http", "https")
        assert one.get("rel") == "noopener noreferrer"
    if name == "hostile":
        assert {a.get("href") for a in out} == {"https://wiki.internal/rota"}
    assert bool(out) is (name not in ("ready", "nothing"))


def test_hostile_texts_are_shown_as_they_are_written() -> None:
    told = words(tree_of("hostile").body)
    for text in cards.HOSTILE:
        if not re.search("[\u202e\u2066]", text):
            assert " ".join(text.split()) in told
    assert "[U+202E]evil[U+2066]" in told
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", text_of("hostile"))
    assert "49" not in words(tree_of("hostile").cssselect("#notes .notes")[0])


@ALL
def test_headings_and_landmarks_are_in_order(name: str) -> None:
    tree = tree_of(name)
    assert len(tree.cssselect("h1")) == len(tree.cssselect("main")) == 1
    assert len(tree.cssselect("body > header")) == len(tree.cssselect("body > footer")) == 1
    assert tree.cssselect("a.skip")[0].get("href") == "#main"
    levels = [int(e.tag[1]) for e in tree.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    for section in tree.cssselect("section"):
        assert section.get("aria-labelledby") == f"{section.get('id')}-h"
    for table in tree.iter("table"):
        assert words(table.find("caption"))
        assert all(th.get("scope") for th in table.iter("th"))
    for svg in tree.iter("svg"):
        nested = next(svg.iterancestors("svg"), None) is not None
        hidden = svg.get("aria-hidden") == "true"
        assert nested or hidden or (svg.get("role") == "img" and svg.get("aria-labelledby"))


def test_without_script_all_is_there_and_no_dead_control_is_seen() -> None:
    tree = tree_of("everything")
    assert tree.get_element_by_id("filters").get("hidden") is not None
    hidden = [e.get("id") for e in tree.cssselect("[hidden]")]
    assert hidden == ["filters", "filter-none"]
    assert ".copy { display: none;" in inlined("style.css")
    assert ".js .copy { display: block; }" in inlined("style.css")


def test_filters_name_what_can_be_found() -> None:
    tree = tree_of("everything")
    outcomes = {e.get("value") for e in tree.cssselect("input[name=outcome]")}
    assert outcomes == {e.get("data-outcome") for e in tree.cssselect(".finding")}
    severities = {e.get("value") for e in tree.cssselect("input[name=severity]")}
    assert severities == {"blocker", "high", "medium", "low"}
    systems = {e.get("value") for e in tree.cssselect("#filter-system option")} - {""}
    assert systems == {e.get("data-system") for e in tree.cssselect(".finding")}
    status = tree.get_element_by_id("filter-count")
    assert status.get("aria-live") == "polite" and words(status) == "15 of 15 findings shown"
    for field in tree.cssselect("#filters input, #filters select"):
        assert next(field.iterancestors("label"), None) is not None or tree.cssselect(
            f"label[for={field.get('id')}]"
        )


def test_two_hundred_findings_are_a_small_file() -> None:
    assert len(render(cards.many(200))) < 300_000


def test_what_passed_takes_little() -> None:
    fine = [f for f in cards.many(2000).findings if f.outcome.value == "passed"]
    few = len(render(replace(cards.many(200), findings=tuple(fine[:100]))))
    many = len(render(replace(cards.many(200), findings=tuple(fine[:1100]))))
    assert (many - few) / 1000 < 700


def test_most_passed_findings_are_counted_on_paper_and_not_listed() -> None:
    folds = parsed(cards.many(1600)).cssselect("details.fine")
    assert folds and all("off-paper" in fold.get("class") for fold in folds)
    fine = [
        f for f in tree_of("many").cssselect("details.fine") if "off-paper" not in f.get("class")
    ]
    assert len(fine) == 1


def test_a_filter_takes_nothing_off_the_paper() -> None:
    rule = ".finding[hidden], .group[hidden] { display: block !important; }"
    assert rule in inlined("print.css").partition("@media print")[2]


def test_only_long_pages_leave_the_layout_for_later() -> None:
    assert "long" not in tree_of("many").body.get("class").split()
    assert "long" in tree_of("fleet").body.get("class").split()


def test_at_most_two_hundred_failures_stand_open() -> None:
    tree = parsed(cards.many(1600))
    assert len(tree.cssselect("article > details[open]")) == 200


def test_the_script_cannot_end_early() -> None:
    assert "</" not in inlined("script.js") and "<!--" not in inlined("script.js")
    assert "</" not in inlined("style.css") + inlined("print.css")


def test_the_package_holds_the_files_of_the_page(tmp_path: Path) -> None:
    """The wheel is made of all that lies in the package's folder."""
    pyproject = Path(pytest_readiness.__file__).parents[2] / "pyproject.toml"
    if not pyproject.exists():
        pytest.skip("not run from the source tree")
    build = pytest.importorskip("hatchling.builders.wheel", exc_type=ImportError)
    wheel = next(build.WheelBuilder(str(pyproject.parent)).build(directory=str(tmp_path)))
    names = set(zipfile.ZipFile(wheel).namelist())
    own = Path(pytest_readiness.__file__).parent / "reports" / "html"
    kept = [p for p in own.rglob("*") if p.is_file() and p.suffix in (".html", ".css", ".js")]
    assert len(kept) > 10
    for path in kept:
        assert f"pytest_readiness/reports/html/{path.relative_to(own).as_posix()}" in names


@pytest.mark.parametrize(
    "text",
    [
        "https://redis.io/docs/latest/#x",
        "http://10.0.0.1:8080/a?b=c&d=e",
        "https://wiki.internal/备份",
    ],
)
def test_addresses_of_the_web_become_links(text: str) -> None:
    assert link(text) == text


@pytest.mark.parametrize(
    "text",
    [
        None, "", "SHOP-7", "javascript:alert(1)", "JaVaScRiPt://x/%0aalert(1)", "data:text/html,x",
        "//example.org", "https:", "https://", "https:///x", "http:/x", "file:///etc/passwd",
        "https://a b", "https://a\tb", " https://a", "https://a\u202eb", "https://[::1", "ftp://a",
        'https://a"onclick="x', "https://a/<b>", "https://x\\y", "vbscript:x", "http://:80/",
        "https://a/" + "x" * 3000,
    ],
)  # fmt: skip
def test_all_else_stays_text(text: str | None) -> None:
    assert link(text) is None


def test_small_things() -> None:
    assert cut("abc", 3) == "abc"
    assert cut("abcd", 3) == "abc… (1 more characters in the JSON report)"
    assert signed_number(94.99) == "94.9" and signed_number(7.5) == "7.5"
    assert shown("a\u202eb") == "a[U+202E]b" and shown(3) == 3
    assert shown("👩‍👩‍👧") == "👩‍👩‍👧"


def test_a_card_read_from_its_json_gives_the_same_page() -> None:
    card = cards.everything()
    assert render(copy(card)) == render(card)
    assert msgspec.json.encode(copy(card)) == msgspec.json.encode(card)
