"""Metrics of the run as a whole: what was decided, by what, when, and of what."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_readiness.model import Scorecard, Verdict
from pytest_readiness.reports.openmetrics.exposition import Metric, Sample, bounded, one
from pytest_readiness.reports.openmetrics.instants import instant

MOST_PACKAGES = 30


def decision(card: Scorecard) -> Iterator[Metric]:
    """Verdict and score, and what they are held against."""
    yield Metric(
        "readiness_verdict",
        "Verdict of the run: 1 for the one that holds, 0 for the others.",
        tuple(Sample({"verdict": v.value}, v is card.verdict) for v in Verdict),
    )
    yield one("readiness_complete", "Whether the run judged all there is.", card.complete)
    yield one("readiness_score", "Score from 0 to 100; NaN where nothing was judged.", card.score)
    bare = card.score if card.score_without_waivers is None else card.score_without_waivers
    yield one(
        "readiness_score_without_waivers",
        "Score had the waived checks been judged as found; the score itself without waivers.",
        bare,
    )
    yield one("readiness_target_score", "Score that READY needs.", card.target_score)
    yield one(
        "readiness_minimum_score",
        "Score below which the verdict is NOT READY.",
        card.limits.minimum_score,
    )
    yield one(
        "readiness_coverage_ratio",
        "Weight of what was measured over the weight of all that applies; NaN where nothing does.",
        card.coverage,
    )
    yield one(
        "readiness_minimum_coverage_ratio",
        "Coverage that READY needs.",
        card.limits.minimum_coverage,
    )
    yield one(
        "readiness_route_length",
        "Findings to mend on the shortest route to ready; 0 where there is nothing to mend.",
        len(card.route),
    )


def run(card: Scorecard) -> Iterator[Metric]:
    """When the run was, how long it took, what it judged, and with what."""
    about, scope = card.about, card.scope
    yield one(
        "readiness_run_timestamp_seconds",
        "When the run started, in seconds since 1970; 0 where nobody can tell.",
        instant(about.started),
    )
    yield one("readiness_run_duration_seconds", "How long the run took.", about.duration)
    yield one("readiness_checks_expected", "Checks that a full run would judge.", scope.expected)
    yield one("readiness_checks_selected", "Checks that the run set out to judge.", scope.selected)
    yield Metric(
        "readiness_run_info",
        "Commit that was judged, and the gate that the build was held against.",
        (Sample({"commit": about.commit, "gate": about.gate}, 1),),
    )
    versions = {
        "version": about.versions.get("pytest-readiness"),
        "python": about.versions.get("python"),
        "pytest": about.versions.get("pytest"),
    }
    yield Metric(
        "readiness_build_info",
        "Version of pytest-readiness, and of what it ran on.",
        (Sample(versions, 1),),
    )
    yield bounded(
        "readiness_package_info",
        "Versions of the packages that took part in the run.",
        [
            Sample({"package": name, "version": version}, 1)
            for name, version in sorted(about.versions.items())
        ],
        MOST_PACKAGES,
    )
