"""The scorecard as metrics: for the node exporter's textfile collector, or a push.

Numbers that alerts compare are there in every page, 0 or ``NaN`` where there is nothing to count:
an alert on a series that is not there never fires. What grows with the project has a bound, and
``readiness_omitted_series`` says how many are not shown.
"""

from __future__ import annotations

from pytest_readiness.model import Scorecard
from pytest_readiness.reports.openmetrics import parts, records, run
from pytest_readiness.reports.openmetrics.exposition import Metric, Sample, page


def render(scorecard: Scorecard) -> bytes:
    """The scorecard as gauges: text format 0.0.4 of Prometheus, and OpenMetrics 1.0 as well."""
    about = scorecard.about
    common = {
        "service": about.service,
        "environment": about.environment,
        "profile": about.profile,
    }
    return page(metrics(scorecard), common)


def metrics(card: Scorecard) -> list[Metric]:
    """All metrics of a scorecard, in the order of the page."""
    found = [*run.decision(card), *parts.metrics(card), *records.metrics(card), *run.run(card)]
    return [*found, _omitted(found)]


def _omitted(found: list[Metric]) -> Metric:
    return Metric(
        "readiness_omitted_series",
        "Series that are not on this page because there are too many of the metric.",
        tuple(
            Sample({"metric": metric.name}, metric.omitted)
            for metric in found
            if metric.omitted is not None
        ),
    )
