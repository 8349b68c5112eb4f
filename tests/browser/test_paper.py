"""The page on paper: A4, everything open, and a block to sign."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader

from pytest_readiness.model import Outcome, Scorecard
from tests.browser.conftest import Open
from tests.browser.opened import Opened, opened
from tests.reports import cards

MM = 72 / 25.4


def printed(report: Opened, **more: object) -> PdfReader:
    """The page as its reader would print it."""
    pdf = report.page.pdf(prefer_css_page_size=True, print_background=True, **more)  # type: ignore[arg-type]
    return PdfReader(io.BytesIO(pdf))


def texts(pdf: PdfReader) -> list[str]:
    """The words of each page, on one line."""
    return [" ".join(page.extract_text().split()) for page in pdf.pages]


@dataclass(frozen=True)
class Sheets:
    """A page on paper, printed and read once for all tests: both take seconds."""

    card: Scorecard
    digest: str
    sizes: list[tuple[float, float]]
    texts: list[str]


@pytest.fixture(scope="module")
def sheets(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Sheets]:
    """Sheets of one of the cards by its name."""

    @cache
    def made(name: str) -> Sheets:
        card = cards.many(200) if name == "many" else getattr(cards, name)()
        with opened(browser, tmp_path_factory.mktemp(name), card) as report:
            pdf = printed(report)
            digest = report.page.locator("#digest").inner_text()
        sizes = [(float(p.mediabox.width), float(p.mediabox.height)) for p in pdf.pages]
        return Sheets(card, digest, sizes, texts(pdf))

    return made


@pytest.mark.parametrize(
    ("name", "most"),
    [("ready", 2), ("nothing", 2), ("everything", 8), ("many", 24), ("hostile", 30)],
)
def test_few_sheets_of_a4(sheets: Callable[[str], Sheets], name: str, most: int) -> None:
    pdf = sheets(name)
    for width, height in pdf.sizes:
        assert abs(width - 210 * MM) < 1
        assert abs(height - 297 * MM) < 1
    assert len(pdf.sizes) <= most
    # A sheet with nothing on it but its foot is a waste.
    assert all(len(text) > 150 for text in pdf.texts)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_what_is_folded_on_the_screen_is_open_on_paper(open_page: Open, script: bool) -> None:
    with open_page(cards.everything(), java_script_enabled=script) as report:
        words = " ".join(texts(printed(report)))
        for finding in report.card.findings:
            if finding.outcome in (Outcome.FAILED, Outcome.ERROR, Outcome.WAIVED):
                assert finding.message.split(" (")[0] in words
            if finding.remedy:
                assert finding.remedy in words
        assert "Show all" not in words and "Copy" not in words


def test_what_printing_opened_is_folded_again(open_page: Open) -> None:
    with open_page(cards.everything()) as report:
        count = "document.querySelectorAll('details[open]').length"
        before = report.page.evaluate(count)
        printed(report)
        assert report.page.evaluate(count) == before


@pytest.mark.parametrize("name", ["ready", "everything", "many", "hostile"])
def test_the_block_to_sign_stands_on_one_sheet(sheets: Callable[[str], Sheets], name: str) -> None:
    pdf = sheets(name)
    holding = [page for page in pdf.texts if "Decision and signatures" in page]
    assert len(holding) == 1
    block = ("Name", "Role", "Date", "Signature", "Conditions:", pdf.card.verdict.words)
    assert all(word in holding[0] for word in block)
    # Four lines to sign, each with the three decisions.
    assert holding[0].count("go with conditions") == 4
    assert holding[0].count("no go") == 4
    assert pdf.digest in holding[0].replace(" ", "")


def test_every_sheet_says_what_it_is_of(sheets: Callable[[str], Sheets]) -> None:
    pdf = sheets("everything")
    for number, page in enumerate(pdf.texts, 1):
        assert pdf.digest[:16] in page
        assert f"{number} / {len(pdf.texts)}" in page
        assert "NOT READY" in page


def test_nothing_is_wider_than_the_sheet(open_page: Open) -> None:
    for card in (cards.everything(), cards.hostile()):
        with open_page(card) as report:
            # Between the margins of an A4 page, in CSS pixels.
            report.page.set_viewport_size({"width": 695, "height": 1000})
            report.page.emulate_media(media="print")
            wide = report.page.evaluate(
                """[...document.querySelectorAll('main *, header *')].filter((one) => {
                  const box = one.getBoundingClientRect();
                  return box.width && box.right > innerWidth + 1;
                }).map(one => one.outerHTML.slice(0, 120))"""
            )
            assert wide == []


def test_paper_is_light_even_where_the_screen_is_dark(open_page: Open) -> None:
    with open_page(cards.everything(), color_scheme="dark") as report:
        body = "getComputedStyle(document.body)"
        report.page.emulate_media(media="print")
        assert report.page.evaluate(f"{body}.color") == "rgb(0, 0, 0)"
        charts = report.page.locator("svg.chart text").first
        assert charts.evaluate("one => getComputedStyle(one).fill") == "rgb(0, 0, 0)"


def test_paper_has_all_findings_whatever_the_filters_hide(
    open_page: Open, sheets: Callable[[str], Sheets]
) -> None:
    """Whoever signs must not take a part for the whole."""
    with open_page(cards.everything()) as report:
        report.page.fill("#filter-text", "no finding has this")
        report.told(0)
        assert texts(printed(report)) == sheets("everything").texts
