"""A secret in each setting that can hold one: known, and in no error of the settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from pytest_readiness.policy.load import Policy, TargetSpec
from pytest_readiness.policy.settings import Settings
from pytest_readiness.run.known import redactor
from pytest_readiness.systems import registry
from tests.plugin.conftest import Project
from tests.secrets.settings_secrets import (
    PLAIN,
    SECRET,
    URLS,
    planted,
    queries,
    text_fields,
    toml,
)
from tests.secrets.traces import forms, pytest_run

WORD = 'pl&nted s3cret/of\'the "field" é'
SYSTEMS = sorted(registry())
FIELDS = [
    (system, field)
    for system in SYSTEMS
    for field in sorted(set(text_fields(registry()[system].settings)) & SECRET)
    # A user in Kafka's URLs is refused.
    if system != "kafka" or field not in URLS
]


def shown(system: str, settings: dict[str, Any], text: str) -> str:
    """A text after the redaction that a run with this target would do."""
    typed = registry()[system].settings(**settings)
    assert typed.problem() is None, typed.problem()
    assert WORD not in repr(typed)
    policy = Policy(
        settings=Settings(),
        targets=(TargetSpec(system=system, name="main", settings=typed),),
        checks={},
        source="readiness.toml",
        prefix="",
        profile=None,
    )
    return redactor(policy, {}).block(text)


@pytest.mark.parametrize("system", SYSTEMS)
def test_no_field_is_forgotten(system: str) -> None:
    """A new field that holds a text is planted here, or said to be no secret."""
    fields = set(text_fields(registry()[system].settings))
    assert fields <= PLAIN | SECRET, fields - PLAIN - SECRET


@pytest.mark.parametrize(("system", "field"), FIELDS)
def test_a_secret_in_a_field_is_known(system: str, field: str) -> None:
    word = WORD.replace("é", "") if field in ("token", "headers") else WORD
    settings = planted(system, field, word)
    for form in forms(word):
        assert form not in shown(system, settings, f"before {form} after\n{form!r}"), form


@pytest.mark.parametrize("system", ["postgres", "redis"])
def test_a_secret_among_parameters_is_known(system: str) -> None:
    for settings in queries(system, WORD):
        for form in (*forms(WORD), settings["url"]):
            text = shown(system, settings, f"before {form} after")
            assert not [f for f in forms(WORD) if f in text], settings


def test_short_and_common_passwords_are_hidden_where_passwords_stand() -> None:
    for word in ("redis", "app", "x1", "shop"):
        url = f"redis://shop:{word}@127.0.0.1:1/0"
        text = (
            f"{url} shop:{word}@h password={word} PGPASSWORD='{word}' AUTH: the app shop of redis"
        )
        left = shown("redis", {"url": url}, text)
        assert left == (
            "redis://shop:***@127.0.0.1:1/0 shop:***@h password=*** PGPASSWORD=*** "
            "AUTH: the app shop of redis"
        ), word
    # Of this length it is hidden everywhere, but not within another word.
    left = shown("redis", {"url": "redis://app:plum@127.0.0.1:1/0"}, "plum plumber a-plum %40plum")
    assert left == "*** plumber a-*** %40***"


WRONG = {
    "enum": 'environment = "${OWN_VALUE}"',
    "gate": 'gate = "${OWN_VALUE}"',
    "number": 'target_score = "${OWN_VALUE}"',
    "duration": 'wait = "${OWN_VALUE}"',
    "report": 'report = ["${OWN_SECRET}"]',
    "role": '[redis.main]\nurl = "redis://127.0.0.1:1"\nrole = "${OWN_VALUE}"',
    "platform": '[redis.main]\nurl = "redis://127.0.0.1:1"\nplatform = "${OWN_VALUE}"',
    "within": '[redis.main]\nurl = "redis://127.0.0.1:1"\nplatform = "x ${OWN_VALUE} x"',
    "size": '[redis.main]\nurl = "redis://127.0.0.1:1"\nmemory_limit = "${OWN_VALUE}"',
    "path": '[http.main]\nurl = "http://127.0.0.1:1"\nlive = "${OWN_VALUE}"',
    "url": '[redis.main]\nurl = "${OWN_VALUE}"',
    "scheme": '[redis.main]\nurl = "${OWN_VALUE}://x"',
    "port": '[rabbitmq.main]\nurl = "amqp://app:4711${OWN_VALUE}@127.0.0.1/"',
    "kafka": '[kafka.main]\nurl = "127.0.0.1:${OWN_VALUE}"',
    "kafka host": '[kafka.main]\nurl = "user:${OWN_VALUE}@127.0.0.1:1"',
    "dsn": '[postgres.main]\nurl = "host=h password=\'${OWN_VALUE}"',
    "service file": '[postgres.main]\nurl = "service=${OWN_VALUE} password=${OWN_VALUE}"',
    "severity": '[checks."redis.persistence"]\nseverity = "${OWN_VALUE}"',
    "threshold": '[checks."redis.memory_headroom"]\nused = "${OWN_VALUE}"',
    "waiver": '[[waivers]]\ncheck = "${OWN_VALUE}"\nreason = "a"\nowner = "b"\n'
    "expires = 2099-01-01",
    "date": '[[waivers]]\ncheck = "a"\nreason = "a"\nowner = "b"\nexpires = "${OWN_VALUE}"',
    "topic": '[kafka.main]\nurl = "h:1"\ntopics.a = { cleanup_policy = "${OWN_VALUE}" }',
    "age": '[mlflow.main]\nurl = "http://h"\nmodels.a = { max_age = "${OWN_VALUE}" }',
}


@pytest.mark.parametrize("case", WRONG)
def test_no_value_of_a_variable_in_an_error_of_the_settings(
    project: Project, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    """Whatever it is called: who names a variable need not name it after a secret."""
    word = "pl4nted_Word & ’q'"
    monkeypatch.setenv("OWN_SECRET" if case == "report" else "OWN_VALUE", word)
    project.settings(WRONG[case])
    looks = [("--readiness-list",), ("--readiness-explain", "redis.persistence")]
    for options in [(), *(looks if case in ("enum", "scheme", "threshold") else [])]:
        ran = project.run(*options)
        assert not [form for form in forms(word) if form in ran.out], ran.out
        assert "pl4nted" not in ran.out, ran.out
        assert "Traceback" not in ran.out


@pytest.mark.parametrize("sign", "/?#")
@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_half_a_password_is_no_port(project: Project, scheme: str, sign: str) -> None:
    system = {"redis": "redis", "amqp": "rabbitmq"}[scheme]
    project.settings(f'[{system}.main]\nurl = "{scheme}://app:4711{sign}pl4nted@127.0.0.1:1/0"\n')
    ran = project.run()
    assert ran.exit == 4
    assert "percent-encoded" in ran.out
    assert "4711" not in ran.out and "pl4nted" not in ran.out


VARIABLES = {
    "REDIS_URL": "redis://app:{secret}@127.0.0.1:1/0",
    "DATABASE_URL": "postgresql://app:{secret}@127.0.0.1:1/shop",
    "RABBITMQ_URL": "amqp://app:{secret}@127.0.0.1:1/",
    "RABBITMQ_MANAGEMENT_URL": "http://app:{secret}@127.0.0.1:1",
    "MLFLOW_TRACKING_URI": "http://127.0.0.1:1",
    "MLFLOW_TRACKING_USERNAME": "app",
    "MLFLOW_TRACKING_PASSWORD": "{secret}",
    "MLFLOW_TRACKING_TOKEN": "{secret}",
    "PGPASSWORD": "{secret}",
    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
}


def test_targets_from_variables(tmp_path: Path) -> None:
    """No table at all: the variables that people have, each with a secret of its own."""
    secrets = {name: f"pl&nted/{name}" for name in VARIABLES}
    env = {
        name: text.format(secret=secrets[name] if text == "{secret}" else quote(secrets[name], ""))
        for name, text in VARIABLES.items()
    }
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    for options in (("-vv", "--tb=long", "--showlocals", "-k", "reachable"), ("--readiness-list",)):
        found = pytest_run(tmp_path, *options, env=env)
        held = [s for name, s in secrets.items() if "{secret}" in VARIABLES[name]]
        assert found.leaks(held) == []
        assert "127.0.0.1:1" in found.out


def test_toml_of_planted_settings_is_read() -> None:
    assert '"X-Api-Key" = "a"' in toml("http", "main", {"url": "u", "headers": {"X-Api-Key": "a"}})


@pytest.mark.parametrize(
    "table",
    [
        'run = ["./x.sh", "${API_TOKEN}"]',
        'run = ["./x.sh", "--token=${API_TOKEN}"]',
        'run = "./x.sh ${API_TOKEN}"',
        'run = "./x.sh"\nenv = { KEY = "${API_TOKEN}" }',
    ],
)
def test_a_secret_that_a_command_is_given_is_no_ordinary_word(
    ready: Project, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    """What stands in a command is shown in reports, and so a password like it hides nothing."""
    monkeypatch.setenv("API_TOKEN", "correct-horse-battery")
    script = ready.path / "x.sh"
    script.write_text('#!/bin/sh\necho "refused: $1 $KEY"\nexit 1\n')
    script.chmod(0o755)
    path = ready.path / "readiness.toml"
    path.write_text(f'{path.read_text()}[[commands]]\nid = "x"\n{table}\n')
    ran = ready.run()
    message = ran.finding("readiness::command::x")["message"]
    assert "refused: " in message
    assert "correct-horse" not in ran.out + ran.junit.read_text() + str(ran.card)
