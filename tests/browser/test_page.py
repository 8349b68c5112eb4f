"""What people do with the page: filter, copy, follow links, open what is folded."""

from __future__ import annotations

import pytest

from pytest_readiness.model import Scorecard
from tests.browser.conftest import Open
from tests.browser.opened import Opened
from tests.reports import cards


def chip(report: Opened, name: str, value: str) -> None:
    """Click a filter, as a mouse would."""
    report.page.locator("label.chip", has=report.page.locator(
        f"input[name={name}][value={value}]")).click()  # fmt: skip


def number(card: Scorecard, **wanted: str) -> int:
    """Findings of such a severity, outcome or system."""
    return sum(
        all(str(getattr(f, name).value) == value for name, value in wanted.items())
        for f in card.findings
    )


@pytest.mark.parametrize("severity", ["blocker", "high", "medium", "low"])
def test_findings_of_a_severity(open_page: Open, severity: str) -> None:
    with open_page(cards.everything()) as report:
        chip(report, "severity", severity)
        report.told(number(report.card, severity=severity))
        left = report.page.locator(".finding:not([hidden])")
        assert {one.get_attribute("data-severity") for one in left.all()} == {severity}
        chip(report, "severity", severity)
        report.told(len(report.card.findings))


def test_every_outcome_can_be_asked_for(open_page: Open) -> None:
    with open_page(cards.everything()) as report:
        for outcome, count in report.card.counts.items():
            assert count
            chip(report, "outcome", outcome)
            report.told(count)
            # What is found can be seen: nothing stays folded away around it.
            seen = report.page.locator(".finding:not([hidden])").all()
            assert all(one.is_visible() for one in seen), outcome
            chip(report, "outcome", outcome)
            report.told(len(report.card.findings))


def test_filters_of_one_kind_add_and_of_two_kinds_narrow(open_page: Open) -> None:
    with open_page(cards.everything()) as report:
        chip(report, "severity", "blocker")
        chip(report, "severity", "high")
        both = number(report.card, severity="blocker") + number(report.card, severity="high")
        report.told(both)
        chip(report, "outcome", "passed")
        report.told(number(report.card, severity="blocker", outcome="passed"))


def test_findings_of_a_system(open_page: Open) -> None:
    with open_page(cards.everything()) as report:
        for system in ("redis", "postgres", "rabbitmq"):
            report.page.select_option("#filter-system", system)
            report.told(sum(f.system == system for f in report.card.findings))
        assert report.page.locator("#filter-system option").count() == 7
        report.page.select_option("#filter-system", "")
        report.told(len(report.card.findings))


def test_systems_add_up_to_all_findings(open_page: Open) -> None:
    with open_page(cards.everything()) as report:
        options = report.page.locator("#filter-system option").all()
        names = [one.get_attribute("value") for one in options]
        counted = 0
        for name in filter(None, names):
            found = report.page.evaluate(
                "name => [...document.querySelectorAll('.finding')]"
                ".filter(one => one.dataset.system === name).length",
                name,
            )
            report.page.select_option("#filter-system", name)
            report.told(found)
            counted += found
        assert counted == len(report.card.findings)


@pytest.mark.parametrize(
    ("words", "label"),
    [
        ("pg_restore", "postgres.backup_restored"),
        ("RESTORE_CHECK dbname", "postgres.backup_restored"),
        ("已更新", "checklist.runbook"),
        ("401 unauthorized", "rabbitmq.dead_letters"),
    ],
)
def test_text_is_found_in_every_field(open_page: Open, words: str, label: str) -> None:
    with open_page(cards.everything()) as report:
        report.page.fill("#filter-text", words)
        report.told(1)
        found = next(f for f in report.card.findings if f.check == label)
        assert (found.title or found.label).split()[0] in report.page.locator(
            ".finding:not([hidden])"
        ).inner_text()


def test_nothing_left_is_said_and_show_all_brings_all_back(open_page: Open) -> None:
    with open_page(cards.everything()) as report:
        folded = report.page.locator("#findings details[open]").count()
        report.page.fill("#filter-text", "no finding has this")
        report.told(0)
        assert report.page.locator("#filter-none").is_visible()
        assert not report.page.locator("#findings h3").first.is_visible()
        report.page.click("#filter-reset")
        report.told(len(report.card.findings))
        assert not report.page.locator("#filter-none").is_visible()
        assert report.page.locator("#findings details[open]").count() == folded


def test_counts_are_announced(open_page: Open) -> None:
    with open_page(cards.everything()) as report:
        assert report.page.locator("#filter-count").get_attribute("role") == "status"
        report.told(len(report.card.findings))


def test_a_run_without_findings_has_no_filters(open_page: Open) -> None:
    with open_page(cards.nothing()) as report:
        assert report.page.locator("#filters").count() == 0
        assert report.page.locator("#verdict").get_attribute("data-verdict") == "incomplete"


def _copied(report: Opened) -> str:
    """What a paste brings."""
    report.page.focus("#filter-text")
    report.page.keyboard.press("Control+V")
    return report.page.input_value("#filter-text")


_CLIPBOARDS = {
    "allowed": "",
    "forbidden": "navigator.clipboard.writeText = () => Promise.reject(new Error('no'));",
    "missing": "Object.defineProperty(navigator, 'clipboard', {value: undefined});",
}


@pytest.mark.parametrize("clipboard", _CLIPBOARDS)
def test_a_remedy_is_copied(open_page: Open, clipboard: str) -> None:
    remedy = "pg_restore --dbname=restore_check backup.dump"
    with open_page(cards.everything(), script=_CLIPBOARDS[clipboard]) as report:
        if clipboard == "allowed":
            report.context.grant_permissions(["clipboard-read", "clipboard-write"])
        shown = report.page.locator(".finding .remedy", has_text=remedy)
        if not shown.is_visible():
            report.page.locator(".finding", has=shown).locator("summary").first.click()
        shown.locator("button.copy").click()
        report.page.locator("#copied", has_text="Remedy copied").wait_for(state="attached")
        assert report.page.evaluate("document.activeElement.className") == "copy"
        assert _copied(report) == remedy


def test_a_remedy_that_nobody_may_copy_is_selected(open_page: Open) -> None:
    script = _CLIPBOARDS["missing"] + "document.execCommand = () => false;"
    with open_page(cards.everything(), script=script) as report:
        remedy = report.page.locator(".remedy").first
        text = remedy.locator("code").inner_text()
        remedy.locator("button.copy").click()
        report.page.locator("#copied", has_text="selected").wait_for(state="attached")
        assert report.page.evaluate("getSelection().toString()") == text


def test_each_finding_stands_there_once_under_a_name_of_its_own(open_page: Open) -> None:
    for card in (cards.everything(), cards.hostile(), cards.many(200)):
        with open_page(card) as report:
            names = report.page.evaluate(
                "[...document.querySelectorAll('.finding')].map(f => f.id)"
            )
            assert len(names) == len(set(names)) == len(card.findings)
            ids = report.page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
            assert len(ids) == len(set(ids))


def test_links_within_the_page_lead_somewhere(open_page: Open) -> None:
    for card in (cards.everything(), cards.hostile()):
        with open_page(card) as report:
            lost = report.page.evaluate(
                """[...document.querySelectorAll("a[href^='#']")].map(a => a.getAttribute('href'))
                .filter(href => !document.getElementById(decodeURIComponent(href.slice(1))))"""
            )
            assert lost == []


def test_a_link_leads_to_what_is_filtered_out_and_folded(open_page: Open) -> None:
    with open_page(cards.everything()) as report:
        page = report.page
        page.fill("#filter-text", "no finding has this")
        report.told(0)
        link = page.locator("#route a[href^='#f-']").last
        name = (link.get_attribute("href") or "").removeprefix("#")
        link.click()
        report.told(len(report.card.findings))
        found = page.locator(f"[id='{name}']")
        assert found.is_visible()
        assert found.locator("details").first.get_attribute("open") is not None


def test_without_script_everything_can_be_read(open_page: Open) -> None:
    with open_page(cards.everything(), java_script_enabled=False) as report:
        page = report.page
        assert not page.locator("#filters").is_visible()
        assert page.locator("button:visible").count() == 0
        folded = page.locator("details:not([open]) > summary:visible")
        while folded.count():
            folded.first.click()
        assert page.locator("details:not([open])").count() == 0
        findings = page.locator(".finding").all()
        assert len(findings) == len(report.card.findings)
        assert all(one.is_visible() for one in findings)


def test_ten_thousand_findings_can_be_filtered(open_page: Open) -> None:
    with open_page(cards.many(10_000, targets=500)) as report:
        page = report.page
        assert report.shown() == 10_000
        chip(report, "outcome", "failed")
        report.told(number(report.card, outcome="failed"))
        page.fill("#filter-text", "setting_007[cache-010]")
        named = [f for f in report.card.findings if f.label == "redis.setting_007[cache-010]"]
        page.click("#filter-reset")
        page.fill("#filter-text", "setting_007[cache-010]")
        report.told(len(named))
        page.click("#filter-reset")
        report.told(10_000)
