"""The `.prom` report: what parsers of both formats read is what the scorecard says."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as text_format

from pytest_readiness.model import (
    Evidence,
    Outcome,
    Relaxed,
    Scorecard,
    Severity,
    Target,
    Verdict,
    Window,
)
from pytest_readiness.reports import writer_for
from pytest_readiness.reports.openmetrics import parts, records, render
from pytest_readiness.reports.openmetrics.exposition import LONGEST, number, quoted
from tests.reports import cards
from tests.reports.cards import WINDOW, finding

CARDS = {
    "everything": cards.everything(),
    "ready": cards.ready(),
    "nothing": cards.nothing(),
    "many": cards.many(400),
    "hostile": cards.hostile(),
}
every_card = pytest.mark.parametrize("card", CARDS.values(), ids=CARDS)

COMMON = ("service", "environment", "profile")

ALWAYS = {
    "readiness_verdict",
    "readiness_complete",
    "readiness_score",
    "readiness_score_without_waivers",
    "readiness_target_score",
    "readiness_minimum_score",
    "readiness_coverage_ratio",
    "readiness_minimum_coverage_ratio",
    "readiness_route_length",
    "readiness_waivers",
    "readiness_relaxed_settings",
    "readiness_run_timestamp_seconds",
    "readiness_run_duration_seconds",
    "readiness_checks_expected",
    "readiness_checks_selected",
    "readiness_run_info",
    "readiness_build_info",
    "readiness_omitted_series",
}
"""Metrics that an alert may rest on, also where nothing was judged."""

Series = dict[tuple[tuple[str, str], ...], float]


def read(card: Scorecard) -> dict[str, Series]:
    """Metrics as OpenMetrics' parser reads them, without the labels that all have."""
    return {family.name: _series(family) for family in openmetrics(render(card).decode())}


def _series(family: Metric) -> Series:
    found: Series = {}
    for sample in family.samples:
        labels = tuple((k, v) for k, v in sample.labels.items() if k not in COMMON)
        assert labels not in found, "no series twice"
        found[labels] = sample.value
    return found


def by(series: Series, **labels: str) -> float:
    """The value of the one series that has these labels."""
    (value,) = [v for key, v in series.items() if labels.items() <= dict(key).items()]
    return value


def shown(families: Iterable[Metric]) -> list[tuple[str, str, str, list[tuple[str, object, str]]]]:
    return [
        (f.name, f.type, f.documentation, [(s.name, s.labels, repr(s.value)) for s in f.samples])
        for f in families
    ]


@every_card
def test_both_formats_read_the_same(card: Scorecard) -> None:
    page = render(card).decode()
    assert shown(text_format(page)) == shown(openmetrics(page)) != []


@every_card
def test_names_types_and_words(card: Scorecard) -> None:
    page = render(card).decode()
    for family in openmetrics(page):
        assert re.fullmatch(r"readiness_[a-z_]+", family.name)
        # The only type that all readers know and that a single value may have.
        assert family.type == "gauge"
        assert family.documentation.endswith(".") and family.samples
        assert not re.search(r"[\\\"]", family.documentation), "the formats escape it differently"
        assert all(sample.timestamp is None for sample in family.samples)
        assert all(tuple(sample.labels)[:3] == COMMON for sample in family.samples)
        # Counters alone may end so.
        assert not family.name.endswith(("_total", "_count", "_sum", "_bucket"))
    assert page.endswith("\n# EOF\n") and "\n\n" not in page and "\r" not in page


def test_help_is_the_same_for_every_scorecard() -> None:
    """Readers of several files refuse a metric that two of them explain differently."""
    words: dict[str, str] = {}
    for card in CARDS.values():
        for family in openmetrics(render(card).decode()):
            assert words.setdefault(family.name, family.documentation) == family.documentation


@every_card
def test_one_scorecard_is_one_page(card: Scorecard) -> None:
    assert render(card) == render(card) == writer_for("readiness.prom")(card)


@every_card
def test_the_decision(card: Scorecard) -> None:
    read_ = read(card)
    verdicts = {dict(key)["verdict"]: value for key, value in read_["readiness_verdict"].items()}
    assert verdicts == {v.value: float(v is card.verdict) for v in Verdict}
    assert read_["readiness_complete"][()] == card.complete
    assert read_["readiness_target_score"][()] == card.target_score
    for name, value in {
        "readiness_score": card.score,
        "readiness_coverage_ratio": card.coverage,
    }.items():
        found = read_[name][()]
        assert math.isnan(found) if value is None else found == value
    assert read_["readiness_route_length"][()] == len(card.route)
    assert read_["readiness_run_duration_seconds"][()] == card.about.duration


@every_card
def test_findings_are_counted_and_none_is_left_out(card: Scorecard) -> None:
    found = read(card).get("readiness_findings", {})
    for outcome in Outcome:
        counted = sum(v for key, v in found.items() if dict(key)["outcome"] == outcome.value)
        assert counted == card.counts[outcome.value]
    systems = {dict(key)["system"] for key in found}
    assert len(found) == len(systems) * len(Severity) * len(Outcome), "zeros as well"
    assert {t.system for t in card.about.targets} <= systems


@every_card
def test_what_alerts_rest_on_is_always_there(card: Scorecard) -> None:
    assert read(card).keys() >= ALWAYS


def test_nothing_judged_has_no_score_and_is_not_ready() -> None:
    found = read(cards.nothing())
    assert math.isnan(found["readiness_score"][()])
    assert math.isnan(found["readiness_score_without_waivers"][()])
    assert by(found["readiness_verdict"], verdict="ready") == 0
    assert by(found["readiness_verdict"], verdict="incomplete") == 1
    assert set(found["readiness_waivers"].values()) == {0}


def test_without_waivers_the_two_scores_are_one() -> None:
    found = read(cards.ready())
    assert found["readiness_score_without_waivers"] == found["readiness_score"] == {(): 100.0}
    waived = read(cards.everything())
    bare, score = (waived[n][()] for n in ("readiness_score_without_waivers", "readiness_score"))
    assert bare == cards.everything().score_without_waivers < score


def test_when_it_ran() -> None:
    card = cards.everything()
    when = dt.datetime.fromisoformat(card.about.started.replace("Z", "+00:00")).timestamp()
    assert read(card)["readiness_run_timestamp_seconds"] == {(): when}


@pytest.mark.parametrize("started", ["", "yesterday", "0001-01-01T00:00:00+14:00"])
def test_a_run_of_no_time_is_stale(started: str) -> None:
    card = cards.ready()
    card = replace(card, about=replace(card.about, started=started))
    assert read(card)["readiness_run_timestamp_seconds"] == {(): 0}


def test_scores_of_targets() -> None:
    found = read(cards.everything())["readiness_score_of_target"]
    assert by(found, system="postgres", target="main") == 0
    assert by(found, system="redis", target="cache") == 44.44, "cut, never rounded up"
    # A checklist's own score, in which what other checks measure counts too.
    assert by(found, system="checklist", target="docs/GO_LIVE.md") == 33.3


def test_a_target_that_was_not_judged_has_a_series_and_no_score() -> None:
    card = cards.ready()
    more = Target(system="kafka", name="orders", address="k1:9092")
    card = replace(card, about=replace(card.about, targets=(*card.about.targets, more)))
    found = read(card)
    assert math.isnan(by(found["readiness_score_of_target"], target="orders"))
    assert by(found["readiness_findings"], system="kafka", severity="low", outcome="failed") == 0


def test_targets_are_seen_from_several_places() -> None:
    card = cards.ready()
    seen = tuple(
        replace(f, vantage=place, node=f"{f.node}@{place}", outcome=outcome)
        for f in card.findings
        for place, outcome in (("dublin", Outcome.PASSED), ("oslo", Outcome.BLOCKED))
    )
    found = read(replace(card, findings=seen))["readiness_score_of_target"]
    assert (by(found, vantage="dublin"), by(found, vantage="oslo"), len(found)) == (100, 0, 2)


def test_what_is_known_of_a_target() -> None:
    found = read(cards.everything())["readiness_target_info"]
    labels = {"target": "events", "version": "4.1.4", "platform": "cloudamqp"}
    assert by(found, **labels, single_node="true", address="mq1.internal:5672/shop") == 1


def test_objectives() -> None:
    found = read(cards.everything())
    labels = {"check": "tests/test_slo.py::test_latency", "name": "p99", "unit": "s", "op": "<="}
    assert by(found["readiness_slo_value"], **labels) == 1.9
    assert by(found["readiness_slo_objective"], **labels) == 1.5
    assert by(found["readiness_slo_held"], **labels, severity="high", outcome="failed") == 0


@pytest.mark.parametrize(
    ("value", "expected", "seen"),
    [
        (None, 1.5, (math.nan, 1.5)),
        ("slow", "fast", (math.nan, math.nan)),
        (True, True, (1, 1)),
        (math.inf, -math.inf, (math.inf, -math.inf)),
        (10**400, -(10**400), (math.inf, -math.inf)),
        (2**63, 1e-300, (2.0**63, 1e-300)),
    ],
)
def test_objectives_of_any_value(
    value: object, expected: object, seen: tuple[float, float]
) -> None:
    evidence = Evidence(name="p", value=value, op="<=", expected=expected, window=WINDOW)  # type: ignore[arg-type]  # any scalar
    found = read(_with(finding("http.slow", "low", "failed", "web", evidence=(evidence,))))
    (value_,), (objective,) = (
        found[f"readiness_slo_{name}"].values() for name in ("value", "objective")
    )
    assert repr([float(value_), float(objective)]) == repr([float(one) for one in seen])


def test_two_comparisons_of_one_name_show_the_one_that_did_not_hold() -> None:
    held, missed = (
        Evidence(name="p", value=2, op="<=", expected=limit, ok=ok, window=WINDOW)
        for limit, ok in ((3, True), (1, False))
    )
    between = Evidence(name="p", value=2, op=">=", expected=1, ok=True, window=WINDOW)
    found = read(_with(finding("http.p", "low", "failed", "web", evidence=(held, missed, between))))
    assert by(found["readiness_slo_held"], op="<=") == 0
    assert by(found["readiness_slo_objective"], op="<=") == 1
    assert by(found["readiness_slo_held"], op=">=") == 1
    assert by(found["readiness_omitted_series"], metric="readiness_slo_held") == 1


def test_evidence_without_a_window_is_no_objective() -> None:
    card = _with(finding("http.p", "low", "failed", "web", evidence=(Evidence(name="p", value=2),)))
    assert "readiness_slo_held" not in read(card)


def test_checklists_and_waivers() -> None:
    found = read(cards.everything())
    assert by(found["readiness_checklist_items"], file="docs/GO_LIVE.md") == 3
    assert by(found["readiness_checklist_items_done"], file="docs/GO_LIVE.md") == 1
    assert by(found["readiness_waivers"], state="ending") == 1
    assert by(found["readiness_waivers"], state="expired") == 0
    # It holds on its last day, 2026-12-06.
    end = dt.datetime(2026, 12, 7, tzinfo=dt.timezone.utc).timestamp()
    labels = {"check": "rabbitmq.tls", "target": "events", "owner": "ana"}
    assert by(found["readiness_waiver_expires_timestamp_seconds"], **labels) == end


def test_what_is_relaxed_is_named() -> None:
    found = read(cards.everything())
    assert found["readiness_relaxed_settings"] == {(): 1}
    what = "redis.persistence: severity high -> low"
    assert by(found["readiness_relaxed_info"], what=what, owner="ana") == 1


def test_bounds_and_what_they_leave_out() -> None:
    card = cards.many(3000, targets=1500)
    waiver, window = cards.everything().waivers[0], Window(start="", seconds=1)
    slow = tuple(
        finding(
            f"http.p{n}",
            "low",
            "failed",
            "web",
            evidence=(Evidence(name="p", value=n, ok=n < 600, window=window),),
        )
        for n in range(1100)
    )
    relaxed = tuple(Relaxed(what=f"r{n}") for n in range(records.MOST_RELAXED + 3))
    waivers = tuple(
        replace(waiver, checks=(f"redis.w{n}", f"redis.x{n}"), expires=f"20{90 - n}-01-01")
        for n in range(70)
    )
    about = replace(card.about, relaxed=relaxed)
    found = read(replace(card, findings=(*card.findings, *slow), about=about, waivers=waivers))
    omitted = found["readiness_omitted_series"]
    for name, most, left_out in (
        ("readiness_score_of_target", parts.MOST_TARGETS, 501),
        ("readiness_target_info", parts.MOST_TARGETS, 500),
        ("readiness_slo_held", parts.MOST_OBJECTIVES, 600),
        ("readiness_relaxed_info", records.MOST_RELAXED, 3),
        ("readiness_waiver_expires_timestamp_seconds", records.MOST_WAIVERS, 40),
    ):
        assert (len(found[name]), by(omitted, metric=name)) == (most, left_out)
    # The worst are shown: the lowest scores, what was missed, what ends first.
    assert set(found["readiness_slo_held"].values()) == {0}
    assert 0 in found["readiness_score_of_target"].values()
    assert by(found["readiness_waiver_expires_timestamp_seconds"], check="redis.w69")
    # What is not shown is counted all the same.
    assert by(found["readiness_waivers"], state="ending") == 70
    assert sum(found["readiness_findings"].values()) == 4100


def test_ten_thousand_findings_are_a_bounded_page() -> None:
    assert len(render(cards.many(10_000, targets=1500))) < 1_000_000


@given(st.text(st.characters(codec=None)))
def test_any_label_is_read_back(text: str) -> None:
    seen = re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", " ", text)
    page = f'x{{a="{quoted(text)}",b="c"}} 1\n'
    for parse in (text_format, openmetrics):
        end = "# EOF\n" if parse is openmetrics else ""
        ((sample,),) = [f.samples for f in parse(page + end)]
        if len(seen) <= LONGEST:
            assert sample.labels == {"a": seen, "b": "c"}
        else:
            assert len(sample.labels["a"]) == LONGEST


def test_what_differs_behind_the_cut_stays_apart() -> None:
    one, other = (quoted("x" * 300 + end) for end in "ab")
    assert one != other and len(one) == len(other) == LONGEST
    found = read(_with(*(finding("http.p", "low", "passed", "x" * 300 + end) for end in "ab")))
    assert list(found["readiness_score_of_target"].values()).count(100) == 2


@given(st.floats() | st.integers() | st.booleans())
def test_any_number_is_read_back(value: float) -> None:
    for parse, end in ((text_format, ""), (openmetrics, "# EOF\n")):
        ((sample,),) = [f.samples for f in parse(f"x {number(value)}\n{end}")]
        assert sample.value == float(value) or (math.isnan(sample.value) and math.isnan(value))


def test_hostile_names_are_values_and_nothing_else() -> None:
    found = read(cards.hostile())
    names: Mapping[str, float] = {
        dict(key)["target"]: v for key, v in found["readiness_score_of_target"].items()
    }
    assert {" ".join(t.splitlines()) for t in cards.HOSTILE} <= names.keys()


def _with(*found: object) -> Scorecard:
    return replace(cards.ready(), findings=tuple(found))  # type: ignore[arg-type]  # findings
