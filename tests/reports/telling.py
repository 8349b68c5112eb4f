"""What a reader of each format is told of a run, in the same words for all of them."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import lxml.html
import msgspec
from junitparser import JUnitXml
from markdown_it import MarkdownIt
from prometheus_client.openmetrics import parser

from pytest_readiness.model import Outcome, Scorecard, Severity, Verdict

SUMS = re.compile(r"(\d+) (" + "|".join(o.value.replace("_", " ") for o in Outcome) + r")\b")
"""``3 failed, 2 not applicable``."""

Told = dict[str, Any]


def of_card(card: Scorecard) -> Told:
    """What is to be told."""
    return {
        "verdict": card.verdict.words,
        "decided by": card.decided_by,
        "score": None if card.score is None else int(card.score * 10 + 1e-9) / 10,
        "target": card.target_score,
        "coverage": None if card.coverage is None else int(card.coverage * 100 + 1e-9),
        "environment": card.about.environment,
        "commit": card.about.commit,
        "counts": {name.replace("_", " "): n for name, n in card.counts.items() if n},
        "grave": Counter(
            (f.severity.value, f.outcome.value) for f in card.findings if f.outcome.wrong
        ),
        "messages": {f.message for f in card.findings if f.outcome is Outcome.FAILED},
    }


def of_json(content: bytes) -> Told:
    return of_card(msgspec.json.decode(content, type=Scorecard))


def of_html(content: bytes) -> Told:
    page = lxml.html.document_fromstring(content.decode())
    (head,) = page.xpath("//h1")
    found = page.xpath('//*[contains(concat(" ", @class, " "), " finding ")]')
    top = _spaced(page.xpath('//header[@id="top"]')[0])
    return {
        "verdict": Verdict(head.get("data-verdict")).words,
        "decided by": _after(top, "Decided by ", page.xpath('//p[@class="rule"]')[0]),
        **_figures(top),
        "counts": dict(Counter(f.get("data-outcome").replace("_", " ") for f in found)),
        "grave": Counter(
            (f.get("data-severity"), f.get("data-outcome"))
            for f in found
            if Outcome(f.get("data-outcome")).wrong
        ),
        "text": _spaced(page),
    }


def of_markdown(content: bytes) -> Told:
    shown = MarkdownIt("commonmark").enable("table").render(content.decode())
    text = _spaced(lxml.html.document_fromstring(shown))
    decided = re.search(r"Decided by: (.*?) Score Target", text)
    assert decided is not None
    return {
        "verdict": _verdict(text),
        "decided by": decided[1],
        **_figures(text),
        "counts": _counts(text.partition(" Gate ")[2]),
        "text": text,
    }


def of_metrics(content: bytes) -> Told:
    samples = [
        s for f in parser.text_string_to_metric_families(content.decode()) for s in f.samples
    ]

    def value(name: str) -> float | None:
        (one,) = (s.value for s in samples if s.name == name)
        return None if one != one else one

    score, coverage = value("readiness_score"), value("readiness_coverage_ratio")
    found = [s for s in samples if s.name == "readiness_findings" and s.value]
    counts: Counter[str] = Counter()
    grave: Counter[tuple[str, str]] = Counter()
    for one in found:
        counts[one.labels["outcome"].replace("_", " ")] += int(one.value)
        if Outcome(one.labels["outcome"]).wrong:
            grave[one.labels["severity"], one.labels["outcome"]] += int(one.value)
    (verdict,) = (s.labels for s in samples if s.name == "readiness_verdict" and s.value)
    return {
        "verdict": Verdict(verdict["verdict"]).words,
        "environment": verdict["environment"],
        "score": None if score is None else int(score * 10 + 1e-9) / 10,
        "target": value("readiness_target_score"),
        "coverage": None if coverage is None else int(coverage * 100 + 1e-9),
        "counts": dict(counts),
        "grave": grave,
    }


def of_code_quality(content: bytes) -> Told:
    words = {"blocker": "blocker", "critical": "high", "major": "medium", "minor": "low"}
    found = [one for one in json.loads(content) if one["check_name"] != "readiness.verdict"]
    wrong = [one for one in found if one["severity"] in words]
    return {
        "severities": Counter(words[one["severity"]] for one in wrong),
        "text": " ".join(one["description"] for one in found),
    }


def of_terminal(text: str) -> Told:
    """What stands in the terminal's last block, its lines as they were before they were wrapped."""
    starts = [m.start() for v in Verdict for m in re.finditer(rf"^{v.words} for ", text, re.M)]
    block = re.sub(r"\n {4,}(?!\d+\. )", " ", text[max(starts) :])
    lines = [line.strip() for line in block.splitlines()]
    (decided,) = (line for line in lines if line.startswith("decided by: "))
    score = next((line for line in lines if line.startswith("score ")), "")
    # Of a run without a score, the terminal says what became of the checks in its place.
    none = next((line for line in lines if line.startswith("no score, nothing was judged: ")), "")
    counts = next((line for line in lines if SUMS.match(line)), score or none)
    figures = _figures(score) if "of 100" in score else {"score": None}
    return {
        "verdict": _verdict(lines[0]),
        "decided by": decided.removeprefix("decided by: "),
        **figures,
        "counts": _counts(counts.partition(": ")[2] or counts),
        "text": " ".join(text.split()),
    }


def of_junit(path: str) -> Told:
    """What pytest's own report says, with the outcome's word where a case was not judged."""
    file = JUnitXml.fromfile(path)
    suites = [file] if hasattr(file, "properties") and not hasattr(file, "_tag") else list(file)
    properties = {p.name: p.value for suite in suites for p in suite.properties()}
    cases = [case for suite in suites for case in suite if case.name != "verdict"]
    score, coverage = properties.get("readiness.score"), properties.get("readiness.coverage")
    return {
        "verdict": properties["readiness.verdict"],
        "decided by": properties["readiness.decided_by"],
        "environment": properties["readiness.environment"],
        "score": None if score is None else int(float(score) * 10 + 1e-9) / 10,
        "target": float(properties["readiness.target_score"]),
        "coverage": None if coverage is None else int(float(coverage) * 100 + 1e-9),
        "failing": {result.message for case in cases for result in case.result},
    }


def severities(told: Told) -> Counter[str]:
    """How many are wrong of each severity."""
    found: Counter[str] = Counter()
    for (severity, _), count in told["grave"].items():
        found[Severity(severity).value] += count
    return found


def _counts(text: str) -> dict[str, int]:
    return {word: int(number) for number, word in SUMS.findall(text[:300])}


def _spaced(element: Any) -> str:
    return " ".join(" ".join(element.itertext()).split())


def _after(text: str, words: str, element: Any) -> str:
    return _spaced(element).partition(words)[2]


def _verdict(text: str) -> str:
    """The first verdict that is named, of which one is a part of another."""
    at = {v.words: re.search(rf"(?<!NOT )\b{v.words} for ", text) for v in Verdict}
    return min((m.start(), word) for word, m in at.items() if m is not None)[1]


def _figures(text: str) -> Told:
    head = r"[Ss]core (?:Target Evidence coverage Findings Gate )?"
    # The page does not say that no score is one of 100.
    score = re.search(rf"{head}([\d.]+)(?: \([^)]*\))? of 100", text) or re.search(
        rf"{head}(none)", text
    )
    target = re.search(r"of 100 \(?(?:target )?([\d.]+)", text) or re.search(
        r"[Ss]core none (?:\([^)]*\) )?target ([\d.]+)", text
    )
    coverage = re.search(r"[Ee]vidence coverage (none|\d+)", text) or re.search(
        r"of 100 [\d.]+ (none|\d+)%?", text
    )
    assert score is not None and target is not None and coverage is not None, text[:800]
    return {
        "score": None if score[1] == "none" else float(score[1]),
        "target": float(target[1]),
        "coverage": None if coverage[1] == "none" else int(coverage[1]),
    }
