"""URLs of every system: whatever is written there, a way in or one line without the password."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pytest_readiness.policy.errors import SettingsError
from pytest_readiness.policy.files import EMPTY
from pytest_readiness.policy.load import _target
from pytest_readiness.systems import registry
from pytest_readiness.systems.kafka.way import addresses
from pytest_readiness.systems.postgres.ways import parse as postgres_way
from pytest_readiness.systems.urls import parse
from tests.unit.generated import one_line

SYSTEMS = registry()
SCHEMES = {
    "redis": ("redis", "rediss", "valkeys"),
    "postgres": ("postgresql", "postgresql+asyncpg", "postgis"),
    "rabbitmq": ("amqp", "amqps"),
    "kafka": ("kafka", "SASL_SSL"),
    "mlflow": ("http", "https"),
    "http": ("http", "https"),
}
PASSWORD = "planted&secret"
HUGE = "9" * 5000

PARTS = st.sampled_from(
    [
        *(":", "//", "://", "@", "/", "?", "#", "[", "]", "[::1]", "%", "%zz", "%2F", ",", "="),
        *("host", "db1:6379", ":0", ":99999", ":²", f":{HUGE}", f"/{HUGE}", "?db=", "?ssl=", "&"),
        *(" ", "\t", "\n", "\0", "\\", "'", "ℂ", "\udc80", "user", "?ssl_min_version=77"),
        *("host=", "port=", "hostaddr=", "service=x", "https://"),
    ]
)
few = settings(max_examples=50)  # a system
REST = st.lists(PARTS | st.text(max_size=4), max_size=7).map("".join)


@st.composite
def urls(draw: st.DrawFn, system: str) -> str:
    """What somebody may take for a URL of a system."""
    before = draw(st.sampled_from(["", "", "", " ", "\t", "\n"]))
    scheme = draw(st.sampled_from([*SCHEMES[system], "amqp", "x"]) | st.text(max_size=5))
    between = draw(st.sampled_from(["://", "://", "://", ":", ":/", ""]))
    login = draw(st.sampled_from(["", f"app:{PASSWORD}@", f":{PASSWORD}@"]))
    return before + scheme + between + login + draw(REST)


def settled(system: str, table: dict[str, Any]) -> None:
    """Read a target's table as the policy does, and all that a run asks of it from then on."""
    table = {key: value for key, value in table.items() if value != ""}
    try:
        spec = _target(EMPTY, SYSTEMS[system], "main", table)  # type: ignore[arg-type]  # a system
    except SettingsError as error:
        one_line(error, PASSWORD)
        return
    for name in ("hosts", "secrets"):
        getattr(spec.settings, name)()
    assert PASSWORD not in spec.settings.address


@pytest.mark.parametrize("system", SCHEMES)
@few
@given(data=st.data())
def test_a_target_of_any_url(system: str, data: st.DataObject) -> None:
    keys = st.sampled_from(["url", "monitor_url"])
    table: dict[str, Any] = data.draw(st.dictionaries(keys, urls(system), min_size=1))
    if system == "rabbitmq":
        table |= data.draw(st.dictionaries(st.just("management_url"), urls("http")))
    settled(system, table)


@pytest.mark.parametrize("parser", [addresses, postgres_way, lambda text: parse(text, 1)])
@given(text=st.one_of(*map(urls, SCHEMES)))
@example(text=f"redis://app:{PASSWORD}@host:²")
def test_readers_raise_their_own_kind(parser: Callable[[str], object], text: str) -> None:
    try:
        parser(text)
    except ValueError as error:
        one_line(error, PASSWORD)


@pytest.mark.parametrize("system", SCHEMES)
@few
@given(data=st.data())
def test_a_target_of_any_variable(system: str, data: st.DataObject) -> None:
    names = sorted({*SYSTEMS[system].variables, "MLFLOW_TRACKING_USERNAME", "PGPORT", "PGPASSWORD",
                    "MLFLOW_TRACKING_PASSWORD", "RABBITMQ_MANAGEMENT_URL"})  # fmt: skip
    environ = data.draw(st.dictionaries(st.sampled_from(names), urls(system) | REST, max_size=4))
    found = SYSTEMS[system].from_environment(environ)
    if isinstance(found, dict):
        settled(system, found)
    else:
        assert PASSWORD not in (found or "")


@pytest.mark.parametrize(
    ("system", "url"),
    [
        # No host at all would be this machine's, which nobody asked to judge.
        *(("redis", "redis:db1"), ("rabbitmq", "amqp:mq1/vhost"), ("mlflow", "http:mlflow:5000")),
        *(("http", "https:/shop.example/health"), ("postgres", "postgresql:db1/shop")),
        # Numbers that no port is.
        *(("postgres", "postgresql://db1:99999/shop"), ("postgres", "host=db1 port=0")),
        *(("kafka", f"k1:{HUGE}"), ("redis", f"redis://db1/{HUGE}")),
    ],
)  # fmt: skip
def test_what_leads_nowhere_is_said_before_the_run(system: str, url: str) -> None:
    with pytest.raises(SettingsError, match=f"{system}.main.url: "):
        _target(EMPTY, SYSTEMS[system], "main", {"url": url})  # type: ignore[arg-type]  # a system


@pytest.mark.parametrize("url", [" amqp://mq1", "\tamqp://mq1", "am\nqp://mq1"])
def test_blanks_about_a_url_are_nothing(url: str) -> None:
    spec = _target(EMPTY, SYSTEMS["rabbitmq"], "main", {"url": url})  # type: ignore[arg-type]  # a system
    assert spec.settings.address == "mq1:5672"
