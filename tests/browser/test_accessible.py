"""Everybody can read the page: axe-core, the keyboard, a phone, another size of text."""

from __future__ import annotations

import re
from importlib.resources import files
from itertools import pairwise
from typing import Any

import pytest

from tests.browser.conftest import Open
from tests.browser.opened import LAPTOP, PHONE, violations
from tests.reports import cards

CARDS = {
    "everything": cards.everything,
    "ready": cards.ready,
    "nothing": cards.nothing,
    "hostile": cards.hostile,
    # As of 200, of which each is built as one of these.
    "many": lambda: cards.many(60),
}
UNFOLD = "document.querySelectorAll('details').forEach(d => d.open = true)"


@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])
@pytest.mark.parametrize("name", CARDS)
def test_axe_finds_nothing(open_page: Open, axe: str, name: str, size: tuple[int, int]) -> None:
    with open_page(CARDS[name](), size, color_scheme="light") as report:
        report.page.evaluate(UNFOLD)
        assert violations(report.page, axe) == []
        # The dark page is the same page in other colours.
        report.page.emulate_media(color_scheme="dark")
        assert violations(report.page, axe, "color-contrast") == []


def test_the_dark_page_differs_in_its_colours_alone() -> None:
    """So that only these are to be judged anew in the dark."""
    style = (files("pytest_readiness.reports.html") / "style.css").read_text("utf-8")
    (dark,) = re.findall(r"@media \(prefers-color-scheme: dark\) \{(.*?)\n\}", style, re.S)
    told = re.findall(r"([\w-]+):", dark.replace(":root", ""))
    assert told and all(name.startswith("--") for name in told)


def test_axe_would_find_something(open_page: Open, axe: str) -> None:
    with open_page(cards.everything()) as report:
        report.page.evaluate("document.querySelector('h1').remove()")
        report.page.evaluate("document.body.append(document.createElement('button'))")
        rules = {one.partition(":")[0] for one in violations(report.page, axe)}
        assert rules >= {"button-name", "page-has-heading-one"}


def test_axe_finds_nothing_on_paper(open_page: Open, axe: str) -> None:
    with open_page(cards.everything()) as report:
        report.page.emulate_media(media="print")
        assert violations(report.page, axe) == []


def test_axe_finds_nothing_while_filters_leave_nothing(open_page: Open, axe: str) -> None:
    with open_page(cards.everything()) as report:
        report.page.fill("#filter-text", "no finding has this")
        report.told(0)
        assert violations(report.page, axe) == []


_SPACED = """(css) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets = [sheet];
}"""
_WIDER = """* { line-height: 1.5 !important; letter-spacing: .12em !important;
  word-spacing: .16em !important; }"""


@pytest.mark.parametrize("name", CARDS)
def test_the_page_scrolls_in_one_direction(open_page: Open, name: str) -> None:
    """On a phone, at four times its size, and with texts as wide as WCAG's 1.4.12 has them."""
    with open_page(CARDS[name]()) as report:
        report.page.evaluate(UNFOLD)
        root = "document.documentElement"
        for spacing in ("", _WIDER):
            report.page.evaluate(_SPACED, spacing)
            for width in (360, 768, 1280) if spacing else (320, 360, 768, 1280):
                report.page.set_viewport_size({"width": width, "height": 800})
                over = report.page.evaluate(f"{root}.scrollWidth - {root}.clientWidth")
                assert over == 0, (width, spacing)


@pytest.mark.parametrize("name", ["everything", "hostile"])
def test_labels_of_charts_stay_on_the_page(open_page: Open, name: str) -> None:
    """Nothing of a chart is cut off at the edge of a phone."""
    with open_page(CARDS[name](), PHONE) as report:
        report.page.evaluate(UNFOLD)
        outside = report.page.evaluate(
            """[...document.querySelectorAll('svg.chart text')].filter((text) => {
              const box = text.getBoundingClientRect();
              return box.width && (box.left < 0 || box.right > innerWidth);
            }).map((text) => text.textContent)"""
        )
        assert outside == []


def test_names_and_figures_of_a_bar_do_not_meet(open_page: Open) -> None:
    with open_page(cards.everything(), PHONE) as report:
        met = report.page.evaluate(
            """[...document.querySelectorAll('.chart-bars text.name')].filter((name) => {
              const side = name.nextElementSibling.getBoundingClientRect();
              return name.getBoundingClientRect().right > side.left;
            }).map((name) => name.parentElement.textContent)"""
        )
        assert met == []


_STEPS = """() => {
  const wanted = "a[href], button, input, select, summary, textarea, [tabindex]";
  return [...document.querySelectorAll(wanted)]
    .filter((one) => one.tabIndex >= 0 && one.checkVisibility({visibilityProperty: true}))
    .map((one, n) => { one.dataset.step = n; return n; });
}"""
_AT = """() => {
  const at = document.activeElement;
  if (!at || at === document.body || at.dataset.step === undefined) return null;
  const shown = [at, at.parentElement, at.nextElementSibling].filter(Boolean).some((one) => {
    const style = getComputedStyle(one);
    return style.outlineStyle !== "none" || style.boxShadow !== "none";
  });
  const box = at.getBoundingClientRect();
  const seen = box.bottom > 0 && box.top < innerHeight;
  return [Number(at.dataset.step), shown, seen];
}"""


def _walk(page: Any) -> list[list[Any]]:
    steps = []
    for _ in range(page.locator("[data-step]").count()):
        page.keyboard.press("Tab")
        steps.append(page.evaluate(_AT))
    return steps


@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_the_keyboard_reaches_everything_in_order(open_page: Open, size: tuple[int, int]) -> None:
    # As who wants no motion sees it: otherwise the page is still on its way to where one is.
    with open_page(cards.everything(), size, reduced_motion="reduce") as report:
        steps = report.page.evaluate(_STEPS)
        assert len(steps) > 30
        # Each is reached, in the order of the page, is seen and shows that it is where one is.
        assert _walk(report.page) == [[step, True, True] for step in steps]


def test_the_keyboard_does_what_the_mouse_does(open_page: Open) -> None:
    with open_page(cards.everything()) as report:
        page = report.page
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        page.locator("input[name=severity][value=blocker]").focus()
        page.keyboard.press("Space")
        report.told(sum(f.severity.value == "blocker" for f in report.card.findings))
        page.locator("#filter-reset").focus()
        page.keyboard.press("Enter")
        report.told(len(report.card.findings))
        folded = page.locator("#findings details:not([open]) > summary").first
        folded.evaluate("one => { one.parentElement.id = 'folded'; }")
        folded.focus()
        page.keyboard.press("Enter")
        assert page.locator("#folded").get_attribute("open") is not None


def test_headings_leave_no_level_out(open_page: Open) -> None:
    with open_page(cards.everything()) as report:
        levels = report.page.evaluate(
            "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => Number(h.tagName[1]))"
        )
        assert levels.count(1) == 1 and levels[0] == 1
        assert all(b - a <= 1 for a, b in pairwise(levels))


def test_charts_have_names_that_are_said(open_page: Open) -> None:
    with open_page(cards.everything()) as report:
        charts = report.page.locator("svg.chart[role=img]")
        said = [one.get_attribute("aria-labelledby") for one in charts.all()]
        assert len(said) == len(set(said)) >= 3
        gauge = report.page.get_by_role("img", name="Score 39.3, target 95", exact=True)
        assert gauge.count() == 1
        assert report.page.locator("svg.chart:not([role=img])").count() == 0


def test_nothing_moves_for_who_wants_it_still(open_page: Open) -> None:
    with open_page(cards.everything(), reduced_motion="reduce") as report:
        moving = report.page.evaluate(
            """[...document.querySelectorAll('*')].filter((one) => {
              const style = getComputedStyle(one);
              return style.animationName !== 'none' || style.scrollBehavior === 'smooth';
            }).length"""
        )
        assert moving == 0


def test_forced_colours_leave_charts_readable(open_page: Open) -> None:
    with open_page(cards.everything(), forced_colors="active") as report:
        text = report.page.locator("svg.chart text").first
        assert text.evaluate("one => getComputedStyle(one).fill") == text.evaluate(
            "one => getComputedStyle(document.body).color"
        )
