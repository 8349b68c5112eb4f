"""What the charts draw and say of a scorecard."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from markupsafe import Markup
from msgspec.structs import replace

from pytest_readiness.model import About, Evidence, Limits, PastRun, Scope, Verdict, Window
from pytest_readiness.reports import charts
from pytest_readiness.reports.charts import tables, watching
from pytest_readiness.reports.charts.bars import shares, told
from pytest_readiness.reports.charts.marks import MISSING, VERDICTS
from pytest_readiness.reports.parts import Part, by_category, by_system
from pytest_readiness.score import judge, score
from tests.reports import cards

NUMBERS = st.floats(allow_nan=True, allow_infinity=True) | st.integers()
VALUES = st.none() | NUMBERS
ROOT = "{http://www.w3.org/2000/svg}"


def tree(drawn: Markup) -> Any:
    """The chart as XML, which HTML's parser would read the same way."""
    assert isinstance(drawn, Markup)
    whole = str(drawn).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return etree.fromstring(whole.encode(), etree.XMLParser(resolve_entities=False))


def marks(drawn: Markup, kind: str) -> int:
    """How often a class stands in the drawing."""
    return len(tree(drawn).xpath(f"//*[contains(concat(' ', @class, ' '), ' {kind} ')]"))


def texts(drawn: Markup) -> list[str]:
    return ["".join(t.itertext()) for t in tree(drawn).iter(f"{ROOT}text")]


def described(drawn: Markup) -> str:
    return str(tree(drawn).find(f"{ROOT}desc").text)


def watched(*values: float | None, **more: Any) -> Evidence:
    points = tuple((float(n), value) for n, value in enumerate(values))
    over = Window(start="2026-11-22T08:15:00Z", seconds=float(len(values)), points=points)
    return Evidence(name="p99", window=over, **more)


def all_charts() -> dict[str, Markup]:
    drawn: dict[str, Markup] = {}
    for made in (cards.everything, cards.ready, cards.nothing, cards.hostile):
        card, name = made(), made.__name__
        drawn[f"{name}-gauge"] = charts.gauge(card.score, card.target_score, card.verdict)
        drawn[f"{name}-category"] = charts.bars(by_category(card), 95)
        drawn[f"{name}-system"] = charts.bars(by_system(card), 95)
        drawn[f"{name}-history"] = charts.history(card.past.runs if card.past else (), card)
        for number, finding in enumerate(card.findings):
            for evidence in finding.evidence:
                if evidence.window:
                    drawn[f"{name}-window-{number}"] = charts.window(evidence)
    return drawn


ALL = all_charts()


@pytest.mark.parametrize("name", ALL)
def test_charts_are_inert_named_and_hold_no_style_of_their_own(name: str) -> None:
    root = tree(ALL[name])
    kept = {"svg", "title", "desc", "text", "tspan", "line", "rect", "path", "pattern"}
    assert {element.tag.removeprefix(ROOT) for element in root.iter()} <= kept
    attributes = [(k, v) for element in root.iter() for k, v in element.attrib.items()]
    assert not [k for k, _ in attributes if k == "style" or k.startswith("on") or "href" in k]
    assert all(re.fullmatch(r"url\(#[\w-]+\)", v) for k, v in attributes if "url" in v)
    ids = [root.get("aria-labelledby"), root.get("aria-describedby")]
    assert root.get("role") == "img"
    assert [root.xpath(f"//*[@id='{one}']")[0].tag for one in ids] == [
        f"{ROOT}title",
        f"{ROOT}desc",
    ]
    assert all(root.xpath(f"//*[@id='{one}']")[0].text for one in ids)


@pytest.mark.parametrize("name", ALL)
def test_one_scorecard_gives_one_drawing(name: str) -> None:
    assert all_charts()[name] == ALL[name]


@pytest.mark.parametrize("name", ALL)
def test_patterns_that_are_used_are_there(name: str) -> None:
    root = tree(ALL[name])
    used = {v[5:-1] for e in root.iter() for k, v in e.attrib.items() if v.startswith("url(")}
    assert used <= {e.get("id") for e in root.iter(f"{ROOT}pattern")}


def test_two_charts_of_a_page_share_no_id() -> None:
    card = cards.everything()
    found = [charts.bars(by_system(card), 95, name=name) for name in ("one", "two")]
    ids = [e.get("id") for drawn in found for e in tree(drawn).iter() if e.get("id")]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", ["", "a b", '"x', "1", "<", "a\n"])
def test_a_name_that_is_no_id_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="a chart's name"):
        charts.gauge(50, 95, Verdict.READY, name=name)


def test_every_class_has_its_style() -> None:
    used = {c for drawn in ALL.values() for c in re.findall(r'class="([^"]+)"', drawn)}
    names = {one for several in used for one in several.split()} - {"key", "name", "chart-bars"}
    assert {one for one in names if f".{one}" not in charts.style()} == set()


def test_the_style_asks_for_nothing_from_outside() -> None:
    assert not re.search(r"url\(|@import|@font-face|</", charts.style())


@pytest.mark.parametrize(
    ("score", "shown"),
    [(100.0, "100"), (94.99, "94.9"), (99.999, "99.9"), (0.0, "0"), (None, "none")],
)
def test_the_gauge_rounds_nothing_up(score: float | None, shown: str) -> None:
    drawn = charts.gauge(score, 95, Verdict.NOT_READY)
    assert texts(drawn)[0] == shown
    assert marks(drawn, "arc") == bool(score)
    assert "NOT READY" in texts(drawn)


def test_the_gauge_tells_what_is_missing() -> None:
    assert "below its target by 0.1," in described(charts.gauge(94.99, 95, Verdict.CONDITIONAL))
    assert "reaches" in described(charts.gauge(95, 95, Verdict.CONDITIONAL))
    assert "no score" in described(charts.gauge(None, 95, Verdict.INCOMPLETE))


@given(st.floats(min_value=0, max_value=100), st.floats(min_value=0, max_value=100))
def test_the_arc_ends_where_the_score_is(score: float, target: float) -> None:
    drawn = charts.gauge(score, target, Verdict.READY)
    ends = re.findall(r'A84 84 0 0 1 ([\d.]+) ([\d.]+)"', drawn)
    for value, (x, y) in zip((100, score), ends, strict=bool(score)):
        angle = math.pi - math.atan2(106 - float(y), float(x) - 110)
        assert math.isclose(angle / math.pi * 100, value, abs_tol=0.02)


def test_bars_tell_apart_what_was_measured_signed_and_not_judged() -> None:
    named = {part.name: part for part in by_system(cards.everything())}
    redis, signed = named["redis"], named["sign-offs"]
    assert shares(redis).written == shares(redis).unseen == 0
    assert 0 < shares(redis).measured < 1
    assert shares(signed) == (0, 1, 0)
    assert shares(named["rabbitmq"]).unseen > 0
    assert told(named["rabbitmq"]) == "rabbitmq: 57.1, 1 of 2 done, 1 not judged, 1 waived"


@pytest.mark.parametrize(
    ("severity", "outcome", "kind"),
    [
        ("blocker", "failed", "fair"),
        ("high", "error", "fair"),
        ("blocker", "blocked", "fair"),
        ("low", "failed", "good"),
        ("blocker", "waived", "fair"),
        ("low", "waived", "fair"),
        ("blocker", "not_applicable", "good"),
    ],
)
def test_a_score_that_reaches_the_target_hides_nothing(
    severity: str, outcome: str, kind: str
) -> None:
    passed = [cards.finding(f"redis.p{n}", "blocker", "passed", "a") for n in range(99)]
    found = (*passed, cards.finding("redis.x", severity, outcome, "a"))
    drawn = charts.bars([Part("redis", found, score(found))], 95)
    assert marks(drawn, kind) == 2  # the bar, and what it means
    assert ("passed, but some wrong or waived" in texts(drawn)) == (kind == "fair")
    assert ("passed, target reached" in texts(drawn)) == (kind == "good")


def test_a_checklist_with_a_failing_item_is_not_done() -> None:
    """Items that checks measure carry no points of their own, and are a part of their list."""
    ticked = cards.finding("checklist.a", "low", "attested", "GO.md")
    linked = cards.finding("checklist.b", "blocker", "failed", "GO.md", measured_by=("redis.x",))
    assert linked.weight == 0
    (part,) = by_system(judge([ticked, linked], Limits(), Scope(expected=2, selected=2), About()))
    assert part.score == 20
    assert told(part) == "checklists: 20, 1 of 2 done"


@pytest.mark.parametrize("name", ALL)
def test_without_its_style_a_chart_is_no_black_box(name: str) -> None:
    """CI servers may forbid the style: then attributes alone say what is filled."""
    root = tree(ALL[name])
    assert all(one.get("fill") for one in root.iter(f"{ROOT}rect"))
    lines = [one for one in root.iter(f"{ROOT}path") if not one.get("d", "").endswith("Z")]
    assert all(one.get("fill") == "none" and one.get("stroke") for one in lines)
    gauge = tree(ALL["everything-gauge"])
    assert gauge.get("width") == "220" and gauge.get("height") == "136"


def test_a_part_of_which_nothing_was_judged_has_no_score() -> None:
    part = Part("redis", (cards.finding("redis.x", "high", "waived", "a"),), None)
    drawn = charts.bars([part], 95)
    assert "nothing judged, 1 waived none" in texts(drawn)
    assert marks(drawn, "empty") == 1 and marks(drawn, "good") == marks(drawn, "track") == 0


def test_shares_are_those_of_the_score() -> None:
    parts = by_system(cards.everything())
    for part in parts:
        found = shares(part)
        earned = 100 * (found.measured + found.written)
        assert part.score is None or math.isclose(earned, part.score, abs_tol=1e-9)
        assert sum(found) <= 1 + 1e-9


def past(*scores: float | None, **more: Any) -> list[PastRun]:
    return [
        PastRun(
            started=f"2026-11-{1 + n // 24:02}T{n % 24:02}:00:00Z",
            score=score,
            **{"verdict": Verdict.CONDITIONAL, "target_score": 95.0, **more},
        )
        for n, score in enumerate(scores)
    ]


def curve(drawn: Markup) -> str:
    return str(tree(drawn).xpath("//*[@class='curve']/@d")[0])


def test_the_line_breaks_where_a_run_had_no_score() -> None:
    drawn = charts.history(past(80, 81, None, 82), cards.ready())
    assert curve(drawn).count("M") == 2
    assert "no score" in texts(drawn)
    assert "1 of the earlier runs had no score." in described(drawn)


def test_places_are_those_of_time() -> None:
    runs = [replace(past(80)[0], started=f"2026-11-{day}T10:15:00Z") for day in ("12", "17", "20")]
    places = re.findall(r"[ML]([\d.]+) ", curve(charts.history(runs, cards.ready())))
    assert places == ["0", "500", "800", "1000"]


def test_a_target_that_changes_is_drawn_in_steps() -> None:
    runs = [*past(80, 81, target_score=90.0), *past(82)]
    runs[2] = replace(runs[2], started="2026-11-05T00:00:00Z")
    drawn = charts.history(runs, cards.ready())
    target = tree(drawn).xpath("//*[contains(@class, 'target')]/@d")[0]
    assert target.count("H") == 2 and target.count("V") == 1
    assert "target 90 to 95" in texts(drawn)


def test_verdicts_have_shapes_of_their_own() -> None:
    assert set(VERDICTS) == set(Verdict)
    looks = {(mark.shape, "hollow" in mark.kind) for mark in (*VERDICTS.values(), MISSING)}
    assert len(looks) == 6


@pytest.mark.parametrize("count", [0, 1, 2, 45, 100])
def test_this_run_is_marked_once_among_any_number(count: int) -> None:
    drawn = charts.history(past(*[80.0 + n / 10 for n in range(count)]), cards.ready())
    # And once in the legend.
    assert marks(drawn, "now") == 2
    assert marks(drawn, "fair") == count + bool(count)
    assert len(drawn) < 20_000


def test_runs_of_one_second_stand_in_the_middle() -> None:
    runs = [replace(run, started=cards.STARTED) for run in past(50, 60)]
    drawn = charts.history(runs, cards.ready())
    assert set(re.findall(r"[ML]([\d.]+) ", curve(drawn))) == {"500"}


def test_runs_whose_time_is_none_are_counted() -> None:
    runs = [replace(past(50)[0], started="<script>"), *past(60)]
    assert "1 not shown: their time cannot be read." in described(
        charts.history(runs, cards.ready())
    )
    card = cards.ready()
    untimed = replace(card, about=replace(card.about, started=""))
    assert "No run whose time" in described(charts.history([], untimed))
    assert marks(charts.history(past(60), untimed), "now") == 0


@given(st.lists(st.none() | st.floats(min_value=0, max_value=100), max_size=30))
def test_any_history_can_be_drawn(scores: list[float | None]) -> None:
    drawn = charts.history(past(*scores), cards.ready())
    assert not re.search(r"\b(nan|inf)\b", drawn)
    assert tree(drawn) is not None


def test_what_is_beyond_the_objective_is_marked_at_its_worst() -> None:
    drawn = charts.window(watched(1, 3, 9, 1, 1, 4, 1, unit="s", op="<=", expected=2, value=8))
    # Two stretches, and the legend.
    assert marks(drawn, "bad") == 3
    assert marks(drawn, "beyond") == 2
    assert "3 beyond the objective." in described(drawn)
    assert "objective: at most 2 s" in texts(drawn)
    assert described(drawn).startswith("Measured: 8 s. Objective: at most 2 s.")


@pytest.mark.parametrize(
    ("op", "beyond"),
    [("<", 2), ("<=", 1), (">", 2), (">=", 1), ("==", 2), ("!=", 1), ("contains", 0), (None, 0)],
)
def test_each_comparison_has_its_side(op: str | None, beyond: int) -> None:
    evidence = watched(1, 2, 3, op=op, expected=2)
    assert evidence.window
    assert sum(watching.watched(evidence, evidence.window).beyond) == beyond


def test_a_gap_is_no_line() -> None:
    drawn = charts.window(watched(1, None, None, 2, 3))
    assert curve(drawn).count("M") == 2
    assert "2 without a value." in described(drawn)
    assert "no value" in texts(drawn)


@pytest.mark.parametrize("values", [(), (None,), (None, None), (0,), (5, 5, 5), (-3, -2), (1e12,)])
def test_windows_of_little_are_drawn_too(values: tuple[float | None, ...]) -> None:
    assert tree(charts.window(watched(*values, op="<", expected=4, value=1))) is not None


@given(
    st.lists(st.tuples(NUMBERS, VALUES), max_size=8),
    VALUES,
    NUMBERS,
    st.sampled_from(["<", ">=", "==", None]),
    st.text(max_size=12),
)
def test_any_window_can_be_drawn(
    points: Any, expected: Any, seconds: Any, op: str | None, start: str
) -> None:
    evidence = Evidence(
        name="x",
        op=op,
        expected=expected,
        window=Window(start=start, seconds=seconds, points=tuple(points)),
    )
    drawn = charts.window(evidence)
    assert not re.search(r'="[^"]*\b(nan|inf)\b', drawn)
    assert tree(drawn) is not None


def test_a_long_window_stays_small_and_loses_no_peak() -> None:
    values = [None if n == 7000 else 9.0 if n == 4321 else 1 + n % 7 / 10 for n in range(20_000)]
    drawn = charts.window(watched(*values, op="<", expected=5))
    assert len(drawn) < 14_000
    assert marks(drawn, "bad") == 2
    assert marks(drawn, "edged") == 1
    assert "20000 points" in described(drawn)


@given(st.lists(st.none() | st.floats(-10, 10), min_size=1, max_size=1200))
def test_of_many_points_the_ends_of_each_stretch_stay(values: list[float | None]) -> None:
    points = [(n / len(values), value) for n, value in enumerate(values)]
    kept = watching.thinned(points, [value is not None and value > 9 for value in values])
    shown = [points[n][1] for n in kept if points[n][1] is not None]
    there = [value for value in values if value is not None]
    assert (min(there, default=0), max(there, default=0)) == (
        min(shown, default=0),
        max(shown, default=0),
    )
    assert any(points[n][1] is None for n in kept) == (None in values)
    assert kept == sorted(set(kept))


@pytest.mark.parametrize("drawing", [charts.window, charts.window_table])
def test_evidence_without_a_window_is_a_mistake_of_ours(
    drawing: Callable[[Evidence], object],
) -> None:
    with pytest.raises(ValueError, match="no window"):
        drawing(Evidence(name="x"))


def test_tables_have_the_figures() -> None:
    card = cards.everything()
    assert card.past
    table = charts.history_table(card.past.runs, card)
    assert len(table.rows) == 34
    assert table.rows[0] == ("2026-11-22T10:15:00Z (this run)", "39.3", "95", "not ready")
    parts = charts.bars_table(by_system(card), 95, "Score by system")
    assert ("rabbitmq", "57.1", "1 of 2 done, 1 not judged, 1 waived", "1 blocked") in parts.rows
    seen = charts.window_table(watched(1.5, None, unit="s"))
    assert seen.rows == (("08:15:00", "1.5 s"), ("08:15:01", "none"))


def test_a_table_of_many_points_says_which_it_shows() -> None:
    table = charts.window_table(watched(*[1.0] * 1000))
    assert len(table.rows) <= tables.MOST
    assert table.caption.endswith("one in 17 is shown")


def test_tables_are_inert() -> None:
    for text in cards.HOSTILE:
        drawn = charts.described(charts.Table(text, (text,), ((text, text),)))
        found = etree.fromstring(drawn.encode(), etree.XMLParser(resolve_entities=False))
        assert {e.tag for e in found.iter()} <= {
            "table", "caption", "thead", "tbody", "tr", "th", "td",
        }  # fmt: skip
