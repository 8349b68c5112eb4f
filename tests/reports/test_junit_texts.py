"""Names, messages and texts of JUnit's cases, of scorecards as they may come."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pytest_readiness.model import Finding, Outcome
from pytest_readiness.reports.junit import (
    Name,
    message,
    names,
    note,
    properties,
    text,
    unique,
    verdict_text,
)
from tests.reports import cards

words = st.text("ab.-2() @", min_size=1, max_size=4)


def test_class_names() -> None:
    found = names(cards.everything().findings)
    assert found["readiness::redis::persistence[cache]"] == ("readiness.redis.cache", "persistence")
    assert found["readiness::attestation::oncall"] == ("readiness.attestation", "oncall")
    assert ("readiness.checklist.docs/GO_LIVE_md", "runbook") in {
        (c, n.split("[")[0]) for c, n in found.values()
    }
    assert "tests/test_slo.py::test_latency" not in found, "pytest knows it better"


def test_vantage_point_is_no_part_of_the_class() -> None:
    [one] = names([cards.finding("redis.tls", "low", "passed", "cache", vantage="dublin")]).values()
    assert one == ("readiness.redis.cache", "tls@dublin")


@given(st.lists(st.tuples(words, words, words), unique=True, max_size=12))
def test_names_are_unique_whatever_targets_are_called(found: list[tuple[str, str, str]]) -> None:
    findings = [
        cards.finding(f"redis.{check}", "low", "passed", target, vantage=at, node=f"readiness::{n}")
        for n, (check, target, at) in enumerate(found)
    ]
    taken = {Name("readiness.redis.a", "a")}
    named = unique(names(findings), taken)
    assert len({*named.values(), *taken}) == len(findings) + 1
    classes = {f.target: named[f.node].classname for f in findings}
    assert len(set(classes.values())) == len(classes), "two targets have two classes"
    assert all(c.count(".") == 2 for c in classes.values())
    assert unique(names(findings[::-1]), taken) == named, "whichever worker was the faster"


@given(st.sampled_from(cards.everything().findings), st.sampled_from(Outcome))
def test_severity_and_reason_come_first(finding: Finding, outcome: Outcome) -> None:
    told = replace(finding, outcome=outcome)
    assert message(told).startswith(f"[{told.severity.value}] ")
    assert told.message in message(told)
    assert text(told).splitlines()[0] == message(told), "GitLab shows the text, not the message"


def test_nothing_that_did_not_pass_looks_like_a_pass() -> None:
    for finding in cards.everything().findings:
        if finding.outcome is Outcome.ATTESTED:
            assert note(finding).startswith("attested: ")
        elif finding.outcome is Outcome.WAIVED:
            assert " waived: " in message(finding)


def test_verdict_says_what_was_made_easier() -> None:
    card = cards.everything()
    told = verdict_text(card)
    assert (
        "Relaxed by settings: redis.persistence: severity high -> low: a cache only (ana)" in told
    )
    assert "Note: passed only when run again" in told
    assert f"Decided by: {card.decided_by}" in verdict_text(card, "no new failures")


def test_verdict_of_many_is_bounded() -> None:
    told = verdict_text(cards.many(10_000))
    assert len(told.splitlines()) < 200
    assert " more" in told.splitlines()[-1]


def test_what_is_not_known_is_no_property() -> None:
    found = properties(cards.nothing())
    assert found["readiness.verdict"] == "INCOMPLETE"
    assert not {"readiness.score", "readiness.coverage", "readiness.service"} & set(found)
