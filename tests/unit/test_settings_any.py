"""Settings of any kind: one line that says what is wrong, or a policy; never another error."""

from __future__ import annotations

import datetime as dt
import math
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import msgspec
import pytest
from hypothesis import assume, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pytest_readiness.policy import load as loading
from pytest_readiness.policy.durations import seconds
from pytest_readiness.policy.errors import SettingsError
from pytest_readiness.policy.files import Source
from pytest_readiness.policy.load import Policy, load
from pytest_readiness.policy.records import Checklists
from pytest_readiness.policy.relaxations import relaxations
from pytest_readiness.policy.settings import Settings
from pytest_readiness.redact import Redactor
from pytest_readiness.run.catalogue import Catalogue
from pytest_readiness.run.start import _writable
from pytest_readiness.systems import registry
from tests.unit.generated import ANYTHING, one_line, values

SYSTEMS = registry()
CATALOGUE = Catalogue(SYSTEMS)
TODAY = dt.date(2026, 1, 1)
GOOD = {"redis": {"cache": {"url": "redis://cache:6379"}}}
HUGE = 10**400
OPTIONS = (
    "environment",
    "gate",
    "target_score",
    "wait",
    "allow_partial",
    "writes",
    "report",
    "shard",
    "vantage",
)


def resolved(root: Path, environ: Mapping[str, str], **more: Any) -> Policy:
    """What a run makes of its settings before it starts."""
    policy = _writable(load(root, SYSTEMS, CATALOGUE, environ, **more))
    relaxations(policy, filter(None, map(CATALOGUE.get, policy.checks)), TODAY)
    Redactor(secret for t in policy.targets for secret in t.settings.secrets())
    for target in policy.targets:
        target.settings.hosts()
    return policy


def of_table(table: dict[str, Any], environ: Mapping[str, str] | None = None, **more: Any) -> None:
    """Resolve a table as if a file held it."""
    source = Source(file="f.toml", prefix="", table=table)
    with mock.patch.object(loading, "find", return_value=source):
        attempt(Path(), environ or {}, **more)


def attempt(root: Path, environ: Mapping[str, str], **more: Any) -> None:
    """Resolve settings, which may end in their own error only."""
    try:
        resolved(root, environ, **more)
    except SettingsError as error:
        one_line(error)


def of_file(content: bytes, name: str = "readiness.toml", **more: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(content)
        attempt(Path(folder), {}, **more)


ODD = st.one_of(
    ANYTHING,
    st.dates(),
    st.datetimes(),
    st.times(),
    st.sampled_from(
        [HUGE, -HUGE, 2**63, math.nan, math.inf, "${X}", "${X:-}", "${", "\n", "\0", "9" * 5000]
    ),
    st.text(st.characters(codec=None), max_size=5),
    st.lists(st.dictionaries(st.sampled_from(["check", "reason", "owner", "expires"]), ANYTHING)),
)
few = hypothesis_settings(max_examples=25)  # a system
NAMES = st.sampled_from([*SYSTEMS, "checks", "profile", "x", *Settings.__struct_fields__])


@given(st.dictionaries(NAMES | st.text(max_size=4), ODD, max_size=4))
def test_any_tables(table: dict[str, Any]) -> None:
    of_table(table)


@given(data=st.data())
def test_any_value_at_every_key(data: st.DataObject) -> None:
    """Of the run, of a check, of a waiver and of a target, each beside what is right."""
    check = data.draw(st.sampled_from(CATALOGUE.ids()))
    names = [*(CATALOGUE.thresholds(check) or ()), "severity", "enabled", "targets", "expires"]
    waiver = st.dictionaries(
        st.sampled_from(["check", "reason", "owner", "expires", "target"]), ODD
    )
    table = {
        **GOOD,
        **data.draw(st.dictionaries(st.sampled_from(Settings.__struct_fields__), ODD, max_size=2)),
        "checks": {check: data.draw(st.dictionaries(st.sampled_from(names), ODD, max_size=2))},
        "waivers": data.draw(st.lists(waiver, max_size=1)),
    }
    of_table(table, profile=data.draw(st.none() | st.text(max_size=3)))


@pytest.mark.parametrize("system", SYSTEMS)
@few
@given(data=st.data())
def test_any_value_at_every_key_of_a_target(system: str, data: st.DataObject) -> None:
    keys = st.sampled_from(SYSTEMS[system].settings.__struct_fields__)
    fields = data.draw(st.dictionaries(keys, ODD, max_size=3))
    url = {"kafka": "k1:9092", "rabbitmq": "amqp://mq"}.get(system, f"{system}://host")
    of_table({system: {"main": {"url": url, **fields}}})


@pytest.mark.parametrize("system", SYSTEMS)
@few
@given(data=st.data())
def test_values_of_the_right_type(system: str, data: st.DataObject) -> None:
    kind = SYSTEMS[system].settings
    fields = msgspec.to_builtins(data.draw(values(kind)), builtin_types=(dt.date,))
    given_ = {key: value for key, value in fields.items() if value is not None}
    url = {"kafka": "k1:9092", "rabbitmq": "amqp://mq", "mlflow": "http://m"}.get(system)
    of_table({system: {"main": {**given_, "url": url or f"{system}://host"}}})


PIECES = st.sampled_from(
    [
        *("[redis.cache]", "[[waivers]]", "[", "]", "{", "}", "=", ".", ",", '"', "'", '"""', "\\"),
        *(
            "url",
            "service",
            "wait",
            "checks",
            "\n",
            "\n",
            "\r\n",
            "#",
            "-inf",
            "nan",
            "true",
            "1e9",
        ),
        *("2026-01-01", "1979-05-27T07:32:00Z", "07:32:00", "0x1F", "${X}", "\\uD800", "\ufeff"),
    ]
)


@given(st.one_of(st.binary(), st.lists(PIECES).map(lambda parts: " ".join(parts).encode())))
@example(b"\xff\xfe")
@example(b"service = 1\nservice = 2\n")
@example(b"x = " + b"[" * 5000 + b"]" * 5000)
@example(b"x = " + b"{x = " * 900 + b"1" + b"}" * 900)
@example(b"x" + b".x" * 3000 + b" = 1")
@example(b"max_failed_high = " + b"9" * 5000)
@example(b"max_failed_high = " + b"9" * 400)
@example(b'[checks."redis.memory_headroom"]\nused = ' + b"9" * 400)
@example(b'"a\\nb" = 1')
@example(b'service = "${A\\nB}"')
def test_any_file(content: bytes) -> None:
    for name in ("readiness.toml", "pyproject.toml"):
        of_file(content, name)
    of_file(b"[tool.readiness]\n" + content, "pyproject.toml")


TEXTS = st.text(st.sampled_from("${}:-AB \n\udc80x")) | st.sampled_from(["${A}", "${A:-${B}}"])


@given(TEXTS, st.dictionaries(st.sampled_from("AB"), st.text(st.characters(codec=None))))
def test_any_variable_in_a_text(text: str, environ: dict[str, str]) -> None:
    table = {"service": text, "redis": {"cache": {"url": f"redis://:{text}@cache"}}}
    of_table({**table, "mlflow": {"m": {"url": f"http://u:{text}@m"}}}, environ)


@given(st.dictionaries(st.sampled_from(OPTIONS), ODD), TEXTS)
def test_any_option_and_variable(options: dict[str, Any], environment: str) -> None:
    of_table(GOOD, {"READINESS_ENVIRONMENT": environment}, options=options)


@given(values(Settings))
def test_settings_come_out_as_they_went_in(written: Settings) -> None:
    table = msgspec.to_builtins(written, builtin_types=(dt.date,))
    # Held against each other, the catalogue and the disk: they have tests of their own.
    apart = dict.fromkeys(("waivers", "report", "attestations", "commands"), ())
    apart |= {"checklists": Checklists(), **dict.fromkeys(("shard", "vantage", "history"))}
    kept = {k: v for k, v in table.items() if v is not None and k not in apart}
    assume("$" not in str(kept))
    try:
        durations = {k: seconds(kept[k]) for k in ("wait", "check_timeout")}
        if not durations["check_timeout"]:
            raise ValueError("refused: nothing would bound a check")
    except ValueError:
        kept = {k: v for k, v in kept.items() if k not in ("wait", "check_timeout")}
        durations = {"wait": 0, "check_timeout": 60}
    source = Source(file="f.toml", prefix="", table={**GOOD, **kept})
    with mock.patch.object(loading, "find", return_value=source):
        try:
            read = resolved(Path(), {}).settings
        except SettingsError as error:
            assert "64 bits" in str(error)  # noqa: PT017  # only where TOML has no such number
            return
    expected = msgspec.structs.replace(written, **apart, **durations)
    assert read == expected


@given(st.text() | st.integers() | st.floats() | st.from_regex(r"\d{1,30}(\.\d+)?(ms|s|m|h|d)?"))
@example("9" * 400 + "d")
@example(HUGE)
def test_durations_are_finite(text: str | float) -> None:
    try:
        value = seconds(text)
    except ValueError as error:
        one_line(error)
        return
    # Longer than threads can wait would break the wait itself.
    assert 0 <= value < 4e9
