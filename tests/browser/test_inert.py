"""Whatever stands in a scorecard, the page does nothing with it but show it."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Open
from tests.browser.opened import PHONE
from tests.reports import cards

_ALIEN = "iframe, object, embed, img, base, link, video, audio, frame, applet, math, foreignObject"


def test_hostile_texts_are_texts(open_page: Open) -> None:
    with open_page(cards.hostile()) as report:
        page = report.page
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert page.locator(_ALIEN).count() == 0
        assert page.locator("script").count() == page.locator("style").count() == 1
        assert page.locator("meta[http-equiv]").count() == 1
        assert page.locator("form").count() == 1
        attributes = page.evaluate(
            "[...document.querySelectorAll('*')].flatMap(e => [...e.attributes]).map(a => a.name)"
        )
        assert not [n for n in attributes if n.startswith("on") or n in ("style", "srcdoc")]
        body = page.locator("body").inner_text()
        for text in ('<script>alert("x")</script>', "{{ 7*7 }} {% raw %}", "]]> &amp; &lt;"):
            assert text in body


def test_links_lead_to_web_pages_only(open_page: Open) -> None:
    with open_page(cards.hostile()) as report:
        hrefs = report.page.evaluate(
            "[...document.querySelectorAll('[href], [src], [action], [formaction]')].map(e =>"
            " e.getAttribute('href') || e.getAttribute('src') || 'form')"
        )
        assert {href.partition(":")[0] for href in hrefs if not href.startswith("#")} <= {
            "http",
            "https",
        }


def test_a_hostile_page_can_be_used(open_page: Open) -> None:
    with open_page(cards.hostile(), PHONE) as report:
        page = report.page
        total = len(report.card.findings)
        page.locator("label.chip").first.click()
        page.locator("#filter-count", has_not_text=f"{total} of").wait_for()
        page.click("#filter-reset")
        report.told(total)
        page.fill("#filter-text", "<script>alert(")
        page.locator("#filter-count", has_not_text=f"{total} of").wait_for()
        assert 0 < report.shown() < total


@pytest.mark.parametrize("hash_", ["#<img src=x onerror=alert(1)>", "#%", "#f-", "#constructor"])
def test_a_hostile_address_does_nothing(open_page: Open, hash_: str) -> None:
    with open_page(cards.everything()) as report:
        report.page.evaluate("hash => { location.hash = hash; }", hash_)
        report.page.reload()
        report.told(len(report.card.findings))


def test_scripts_that_come_in_do_not_run(open_page: Open) -> None:
    """The policy holds even where something were not escaped."""
    with open_page(cards.everything()) as report:
        report.page.evaluate(
            """() => {
              const script = document.createElement('script');
              script.textContent = 'window.__pwned = 1';
              document.body.append(script);
              const image = document.createElement('img');
              image.setAttribute('onerror', 'window.__pwned = 2');
              image.src = 'http://127.0.0.1:9/';
              document.body.append(image);
              const form = document.createElement('div');
              form.setAttribute('style', 'color: red');
              document.body.append(form);
            }"""
        )
        report.page.wait_for_function("document.images[0].complete")
        assert report.page.evaluate("window.__pwned") is None
        assert any("policy: script-src" in one for one in report.said)
        assert any("policy: img-src" in one for one in report.said)
        assert any("policy: style-src" in one for one in report.said)
        assert not any(one.startswith("request:") for one in report.said)
        report.said.clear()


def test_hostile_texts_ran_nothing(open_page: Open) -> None:
    script = "window.alert = () => { window.__pwned = true; };"
    with open_page(cards.hostile(), script=script) as report:
        report.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert report.page.evaluate("window.__pwned") is None
