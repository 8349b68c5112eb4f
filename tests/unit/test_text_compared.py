"""The comparison as people read it: bounded, loud where something vanished, never silent."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from pytest_readiness.baseline import compare
from pytest_readiness.model import Finding, Past, Scorecard, Target, Verdict
from pytest_readiness.reports.text import lines
from tests.unit.test_baseline import about, built_in
from tests.unit.test_merge import card, finding


def shown(now: Scorecard, earlier: Scorecard, quiet: bool = False, width: int = 120) -> list[str]:
    one = msgspec.structs.replace(now, comparison=compare(now, earlier, file="base.json"))
    found = lines(one, width, verbosity=-1 if quiet else 0)
    texts = [line.text or "".join(text for text, _ in line.pieces) for line in found]
    assert all(len(text) <= width for text in texts)
    start = next(i for i, text in enumerate(texts) if text.startswith("compared with"))
    return texts[start : texts.index("", start)]


def many(count: int, outcome: str) -> list[Finding]:
    return [finding(f"n{i:03}", outcome) for i in range(count)]


def test_each_kind() -> None:
    was = [finding("a"), finding("b", "failed"), finding("c", "failed"), finding("d", "failed")]
    now = [
        finding("a", "failed", "high"),
        finding("b"),
        finding("c", "failed"),
        finding("d", "waived"),
    ]
    earlier = about(card([*was, finding("e")]), started="2026-11-20T10:00:00Z")
    assert shown(card(now), earlier) == [
        "compared with base.json (2026-11-20): score 40 (NOT READY) then, 28.5 (NOT READY) now",
        "  new failures (1)",
        "    HIGH    x.y[a]: passed -> failed",
        "  fixed (1)",
        "    MEDIUM  x.y[a]: failed -> passed",
        "  still failing (1): 1 medium",
        "  no longer judged (1)",
        "    MEDIUM  x.y[a]: failed -> waived",
        "  DISAPPEARED: 1 check of the baseline is not in this run",
        "    MEDIUM  x.y[a]: passed -> gone",
    ]


def test_commit() -> None:
    one = card([finding("a")])
    assert "(commit cccccccccccc): " in shown(one, about(one, commit="c" * 40))[0]


def test_quiet() -> None:
    was = [finding("a"), finding("b", "failed"), finding("c", "failed"), finding("e")]
    now = [finding("a", "failed"), finding("b"), finding("c", "failed")]
    told = shown(card(now, environment="staging"), card(was), quiet=True)
    assert told[1:] == [
        "  warning: environment was production then, and is staging now",
        "  new failures (1)",
        "    MEDIUM  x.y[a]: passed -> failed",
        "  DISAPPEARED: 1 check of the baseline is not in this run",
        "    MEDIUM  x.y[a]: passed -> gone",
    ]


@pytest.mark.parametrize("width", [60, 120])
def test_lists_are_bounded(width: int) -> None:
    told = shown(card(many(500, "failed")), card(many(500, "passed")), width=width)
    assert len(told) < 20
    assert "    … and 490 more (-v shows all)" in told
    told = shown(card(many(1, "passed")), card(many(500, "passed")), width=width)
    assert len(told) < 20
    assert "DISAPPEARED: 499 checks of the baseline are not in this run" in " ".join(
        " ".join(told).split()
    )


def test_target_that_is_gone_is_one_line() -> None:
    whole = [built_in(f"redis.x{i}", "passed") for i in range(30)]
    targets = (Target(system="redis", name="a", address="h:1"),)
    was = about(card([*whole, finding("o")]), targets=targets)
    told = shown(about(card([finding("o")]), targets=()), was)
    assert told[-2:] == [
        "  DISAPPEARED: 30 checks of the baseline are not in this run",
        "    30 checks of redis[a]: the target is not configured any more",
    ]


def test_upgrade_does_not_look_like_a_regression() -> None:
    was = about(card([built_in("redis.x", "passed")]), versions={"pytest-readiness": "1"})
    both = [built_in("redis.x", "passed"), built_in("redis.y", "failed")]
    told = shown(about(card(both), versions={"pytest-readiness": "2"}), was)
    assert told[1:] == [
        "  warning: pytest-readiness was 1 then, and is 2 now",
        "  new failures (1; 1 not in the baseline)",
        "    HIGH    redis.y[a]: not in the baseline -> failed (new target)",
    ]


def test_gate_says_why_it_fails() -> None:
    now = card([finding("a", "failed", "blocker")], gate="regressions")
    earlier = card([finding("a", "failed", "blocker")])
    told = shown(now, earlier)
    assert told[-1] == "  the build fails (gate = regressions): blocker x.y[a] failed"
    assert not [line for line in shown(earlier, earlier) if "the build fails" in line]


def past(**own: Any) -> list[str]:
    one = msgspec.structs.replace(card([finding("a")]), past=Past(file="h.jsonl", **own))
    return [line.text for line in lines(one, 80)]


def test_score_of_the_last_run() -> None:
    day = {"started": "2026-11-20T10:00:00Z", "verdict": Verdict.NOT_READY}
    assert past(**day, score=76.19)[-1] == "  score 100; it was 76.1 on 2026-11-20"
    assert past(**day, score=None)[-1] == "  score 100; it was none on 2026-11-20"
    told = past(**day, score=50.0, skipped=2)
    assert told[-2:] == [
        "  score 100; it was 50 on 2026-11-20",
        "  h.jsonl: 2 lines could not be read",
    ]
    assert past(skipped=1)[-1] == "  h.jsonl: 1 line could not be read"
    assert not [line for line in past() if "h.jsonl" in line or " on 2026" in line]
