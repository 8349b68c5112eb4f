"""Everybody can read the page: axe-core, the keyboard, a phone, another size of text."""

from __future__ import annotations

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
    "many": lambda: cards.many(200),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])
@pytest.mark.parametrize("name", CARDS)
def test_axe_finds_nothing(
    open_page: Open, axe: str, name: str, size: tuple[int, int], scheme: str
) -> None:
    with open_page(CARDS[name](), size, color_scheme=scheme) as report:
        report.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert violations(report.page, axe) == []


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


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
@pytest.mark.parametrize("name", CARDS)
def test_the_page_scrolls_in_one_direction(open_page: Open, name: str, width: int) -> None:
    with open_page(CARDS[name](), (width, 800)) as report:
        report.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        root = "document.documentElement"
        assert report.page.evaluate(f"{root}.scrollWidth - {root}.clientWidth") == 0


@pytest.mark.parametrize("name", ["everything", "hostile"])
def test_labels_of_charts_stay_on_the_page(open_page: Open, name: str) -> None:
    """Nothing of a chart is cut off at the edge of a phone."""
    with open_page(CARDS[name](), PHONE) as report:
        report.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        outside = report.page.evaluate(
            """[...document.querySelectorAll('svg.chart text')].filter((text) => {
              const box = text.getBoundingClientRect();
              return box.width && (box.left < 0 || box.right > innerWidth);
            }).map((text) => text.textContent)"""
        )
        assert outside == []


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
