"""The metrics in the hands of those who read them, with the alerts and the dashboard for them."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from prometheus_client.parser import text_string_to_metric_families as text_format

from pytest_readiness.reports.files import write
from pytest_readiness.reports.openmetrics import metrics, render
from tests.docs_pages import DOCS
from tests.reports import cards, prometheus
from tests.reports.test_openmetrics import CARDS
from tests.sandbox import process

FOLDER = DOCS.parent / "examples" / "prometheus"
ALERTS = FOLDER / "alerts.yml"
DASHBOARD = json.loads((FOLDER / "dashboard.json").read_text("utf-8"))
WRITTEN = {metric.name for metric in metrics(cards.everything()) if metric.samples}
_SECONDS = 60.0


def promtool(*arguments: str, folder: Path, text: str | None = None) -> str:
    return process.run(["promtool", *arguments], folder=folder, text=text)


def named(text: str) -> set[str]:
    """Names of our metrics in a text."""
    return set(re.findall(r"\breadiness_[a-z_]+", text))


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = DASHBOARD["panels"]
    return found


def expressions() -> Iterator[str]:
    """What the dashboard asks of Prometheus, with everything selected."""
    for panel in panels():
        for target in panel["targets"]:
            yield re.sub(r"\$(service|environment|profile)", ".*", target["expr"])


@pytest.mark.parametrize("card", CARDS.values(), ids=CARDS)
def test_promtool_has_nothing_to_say(card: Any, tmp_path: Path) -> None:
    """Neither that it cannot be read nor that a name breaks a rule."""
    assert promtool("check", "metrics", folder=tmp_path, text=render(card).decode()) == ""


def test_the_alerts_hold_what_they_say(tmp_path: Path) -> None:
    assert "SUCCESS" in promtool("check", "rules", str(ALERTS), folder=tmp_path)
    tests = FOLDER / "alerts_test.yml"
    assert "SUCCESS" in promtool("test", "rules", str(tests), folder=FOLDER)


def test_every_alert_is_documented_and_tested() -> None:
    alerts = re.findall(r"alert: (\w+)", ALERTS.read_text("utf-8"))
    page = (FOLDER / "README.md").read_text("utf-8")
    tests = (FOLDER / "alerts_test.yml").read_text("utf-8")
    assert alerts == re.findall(r"^\| `(\w+)` \|", page, re.M)
    for alert in alerts:
        assert re.search(rf"alertname: {alert}\n\s+exp_alerts:\n", tests), "it fires"
        assert re.search(rf"alertname: {alert}(,|\n\s+)\s?exp_alerts: \[\]", tests), "it is silent"


@pytest.mark.parametrize(
    "path", [*sorted(FOLDER.iterdir()), DOCS / "reports-metrics.md"], ids=lambda path: path.name
)
def test_every_metric_that_is_named_is_written(path: Path) -> None:
    assert named(path.read_text("utf-8")) <= WRITTEN


def test_every_metric_is_documented() -> None:
    assert named((DOCS / "reports-metrics.md").read_text("utf-8")) == WRITTEN


def test_the_dashboard_has_the_shape_that_grafana_imports() -> None:
    numbers = [panel["id"] for panel in panels()]
    assert len(set(numbers)) == len(numbers) and DASHBOARD["schemaVersion"] >= 36
    assert "id" not in DASHBOARD, "Grafana gives it one"
    variables = {one["name"]: one["type"] for one in DASHBOARD["templating"]["list"]}
    assert variables.pop("datasource") == "datasource" and set(variables.values()) == {"query"}
    for panel in panels():
        assert panel["title"] and panel["type"]
        places = [panel["datasource"], *(target["datasource"] for target in panel["targets"])]
        assert all(place["uid"] == "${datasource}" for place in places)
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])
    used = set(re.findall(r"\$\{?(\w+)", json.dumps([panel["targets"] for panel in panels()])))
    assert used == {"datasource", *variables}


def test_no_panel_lies_over_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert at["x"] + at["w"] <= 24 and not cells & taken
        taken |= cells


def test_promtool_reads_every_expression_of_the_dashboard(tmp_path: Path) -> None:
    rules = [{"record": f"readiness:r{n}", "expr": e} for n, e in enumerate(expressions())]
    file = tmp_path / "rules.yml"
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    said = promtool("check", "rules", str(file), folder=tmp_path)
    assert f"SUCCESS: {len(rules)} rules" in said


@pytest.mark.parametrize("card", CARDS.values(), ids=CARDS)
def test_the_node_exporter_serves_it(card: Any, tmp_path: Path) -> None:
    assert write(card, tmp_path / "shop.prom") is None
    other = replace(card, about=replace(card.about, service="another"))
    assert write(other, tmp_path / "another.prom") is None
    with prometheus.node_exporter(tmp_path) as address:
        page = prometheus.page(address)
    assert "node_textfile_scrape_error 0" in page
    served = sum(len(f.samples) for f in text_format(page) if f.name.startswith("readiness_"))
    written = sum(len(f.samples) for f in text_format(render(card).decode()))
    assert served == 2 * written


def test_the_pushgateway_takes_it_and_what_was_pushed_before_goes_away(tmp_path: Path) -> None:
    path = "/metrics/job/readiness/service/shop"
    with prometheus.pushgateway(tmp_path) as address:
        prometheus.pushed(address, path, render(cards.hostile()))
        prometheus.pushed(address, path, render(cards.everything()))
        page = prometheus.page(address)
    found = {f.name: f.samples for f in text_format(page)}
    assert {sample.value for sample in found["readiness_score"]} == {39.39}
    assert len(found["readiness_target_info"]) == len(cards.everything().about.targets)


def test_prometheus_scrapes_it_and_raises_the_alarm(tmp_path: Path) -> None:
    """From the file to a firing alert; every panel of the dashboard has something to show."""
    scraped, own = tmp_path / "files", tmp_path / "prometheus"
    scraped.mkdir(), own.mkdir()
    assert write(cards.everything(), scraped / "shop.prom") is None
    ready = replace(cards.ready(), about=replace(cards.ready().about, service="cart"))
    assert write(ready, scraped / "cart.prom") is None
    with (
        prometheus.node_exporter(scraped) as exporter,
        prometheus.prometheus(own, exporter, ALERTS) as address,
    ):
        _until(lambda: _alerts(address, "shop") >= LOUD)
        # Time decides about the other alerts; these two speak of the card alone.
        assert not LOUD & _alerts(address, "cart")
        silent = [e for e in expressions() if not _query(address, e)]
    assert silent == []


LOUD = {"ReadinessNotReady", "ReadinessScoreBelowTarget", "ReadinessSloMissed"}


def _alerts(address: str, service: str) -> set[str]:
    found = prometheus.asked(address, "/api/v1/alerts")["alerts"]
    return {a["labels"]["alertname"] for a in found if a["labels"]["service"] == service}


def _query(address: str, expression: str) -> list[Any]:
    found: list[Any] = prometheus.asked(address, "/api/v1/query", query=expression)["result"]
    return found


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + _SECONDS
    while not holds():
        assert time.monotonic() < end, "no alert in a minute"
        time.sleep(0.2)
