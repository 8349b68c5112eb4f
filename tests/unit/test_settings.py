"""Bad input: one line that names file, key and what is allowed; exit status 4; nothing probed."""

from __future__ import annotations

import pytest

from pytest_readiness.policy.durations import seconds
from pytest_readiness.policy.errors import SettingsError
from pytest_readiness.policy.load import load
from pytest_readiness.run.catalogue import Catalogue
from pytest_readiness.systems import registry

SYSTEMS = registry()
CATALOGUE = Catalogue(SYSTEMS)
GOOD = '[redis.cache]\nurl = "redis://cache:6379"\n'

BAD = {
    'servise = "x"': "readiness.toml: servise: unknown key; did you mean 'service'? Allowed: ",
    "target_score = 'x'": "readiness.toml: target_score: expected a number, got a text",
    "target_score = 101": "readiness.toml: target_score: expected a number <= 100",
    'environment = "prod"': "readiness.toml: environment: unknown value 'prod'; did you mean "
    "'production'? Allowed: development, production, staging",
    'gate = "red"': "readiness.toml: gate: unknown value 'red'",
    'wait = "soon"': "readiness.toml: wait: 'soon' is no duration; write 500ms, 60s",
    "service = ": "readiness.toml: not valid TOML: ",
    'service = "${NO_SUCH}"': "readiness.toml: service: the variable NO_SUCH is not set",
    'report = ["x.docx"]': "--readiness-report x.docx: unknown extension '.docx'",
    '[redis.cache]\nurl = "redis://x"': "readiness.toml: not valid TOML: ",
    '[redis.other]\nulr = "redis://x"': "readiness.toml: redis.other.ulr: unknown key; did you "
    "mean 'url'? Allowed: ",
    "[redis.other]\ntimeout = 3": "readiness.toml: redis.other.url: missing",
    '[redis.other]\nurl = "redis://x"\ntimeout = "x"': "readiness.toml: redis.other.timeout: "
    "expected a number, got a text",
    '[redis.other]\nurl = "redis://x"\ntimeout = 0': "readiness.toml: redis.other.timeout: "
    "expected",
    '[redis.other]\nurl = "http://u:hunter22@x"': "readiness.toml: redis.other.url: scheme 'http'",
    '[redis."a b"]\nurl = "redis://x"': "readiness.toml: redis.a b: a target's name takes",
    '[reddis.x]\nurl = "redis://x"': "readiness.toml: reddis: unknown key; did you mean 'redis'?",
    '[checks."redis.persistance"]\nseverity = "low"': 'readiness.toml: checks."redis.persistance": '
    "unknown check; did you mean 'redis.persistence'? (--readiness-list shows all; your own",
    '[checks."redis.nope"]\nseverity = "low"': 'readiness.toml: checks."redis.nope": unknown check '
    "(--readiness-list shows all",
    '[checks."redis"]\nseverity = "low"': 'readiness.toml: checks."redis": unknown check (--read',
    '[checks.redis.persistence]\nseverity = "low"': "readiness.toml: checks.redis.persistence: the "
    'id needs quotes: [checks."redis.persistence"]',
    '[tool.readiness.redis.other]\nurl = "redis://x"': "readiness.toml: tool: tool.readiness. "
    "stands before a table in pyproject.toml only; leave it out",
    '[checks."redis.reachable"]\nseverity = "lo"': 'readiness.toml: checks."redis.reachable".'
    "severity: unknown value 'lo'; did you mean 'low'? Allowed: blocker, high, low, medium",
    '[checks."redis.reachable"]\nlimit = 3': 'readiness.toml: checks."redis.reachable".limit: '
    "unknown key",
    '[checks."redis.memory_headroom"]\nused = "x"': 'readiness.toml: checks."redis.memory_headroom"'
    ".used: expected a number",
    '[rabbitmq.mq]\nurl = "amqp://mq"\nqueues.orders = { max_redy = 3 }': "readiness.toml: "
    "rabbitmq.mq.queues.orders.max_redy: unknown key; did you mean 'max_ready'?",
    '[rabbitmq.mq]\nurl = "amqp://mq"\nqueues.orders = { type = "quorom" }': "readiness.toml: "
    "rabbitmq.mq.queues.orders.type: unknown value 'quorom'; did you mean 'quorum'?",
    '[rabbitmq.mq]\nurl = "amqp://mq"\nqueues.orders = { max_ready = "x" }': "readiness.toml: "
    "rabbitmq.mq.queues",
    '[redis.other]\nurl = "redis://x"\nlists.jobs = 5': "readiness.toml: redis.other.lists.jobs: "
    "expected a table, got a number",
    'testpaths = "checks"': "readiness.toml: testpaths: expected a list, got a text",
    'writes = "yes"': "readiness.toml: writes: expected true or false, got a text",
    '[redis.other]\nurl = "redis://x"\nreplicas = 1.5': "readiness.toml: redis.other.replicas: "
    "expected a whole number, got a number",
    '[[waivers]]\ncheck = "redis.reachable"\nreason = "x"\nowner = "a"\nexpires = "soon"': (
        "readiness.toml: waivers[0].expires: expected a date, written expires = 2026-12-31"
    ),
    "checks = 3": "readiness.toml: checks: expected tables",
    "profile = 3": "readiness.toml: profile: expected tables",
    '[[waivers]]\ncheck = "redis.reachabel"\nreason = "x"\nowner = "ana"\nexpires = 2999-01-01': (
        "readiness.toml: waivers[0].check: unknown check 'redis.reachabel'; did you mean "
        "'redis.reachable'?"
    ),
    '[[waivers]]\ncheck = "redis.reachable"': "readiness.toml: waivers",
}


def _load(root, text: str, environ: dict[str, str] | None = None, **kwargs):  # type: ignore[no-untyped-def]  # a helper
    (root / "readiness.toml").write_text(text)
    from pytest_readiness.run.start import _writable

    return _writable(load(root, SYSTEMS, CATALOGUE, environ or {}, **kwargs))


@pytest.mark.parametrize("text", BAD)
def test_bad_setting_is_one_line(tmp_path, text: str) -> None:  # type: ignore[no-untyped-def]  # tmp_path
    with pytest.raises(SettingsError) as caught:
        # Keys before tables: TOML reads what follows a table's header as its own.
        _load(tmp_path, f"{text}\n{GOOD}")
    message = str(caught.value)
    assert message.startswith(BAD[text])
    assert "\n" not in message
    assert "hunter22" not in message
    assert len(message) < 400, "the 266 ids would bury the nearest one"


def test_unknown_profile(tmp_path) -> None:  # type: ignore[no-untyped-def]  # tmp_path
    text = f"{GOOD}[profile.staging]\ntarget_score = 80\n"
    with pytest.raises(SettingsError, match=r"no profile 'stagin'; did you mean 'staging'\?"):
        _load(tmp_path, text, profile="stagin")
    assert _load(tmp_path, text, profile="staging").settings.target_score == 80
    assert _load(tmp_path, text).settings.target_score == 95


def test_profile_lays_over_targets_and_unused_profiles_need_no_variable(tmp_path) -> None:  # type: ignore[no-untyped-def]  # tmp_path
    text = f'{GOOD}[profile.other.redis.cache]\nurl = "${{OTHER}}"\nsingle_node = true\n'
    policy = _load(tmp_path, text)
    assert policy.targets[0].settings.url == "redis://cache:6379"
    policy = _load(tmp_path, text, {"OTHER": "redis://other"}, profile="other")
    assert policy.targets[0].settings.url == "redis://other"
    assert policy.targets[0].settings.single_node is True


def test_variables_are_filled_in(tmp_path) -> None:  # type: ignore[no-untyped-def]  # tmp_path
    text = '[redis.a]\nurl = "${R}"\n[redis.b]\nurl = "redis://${H:-fallback}:1"\n'
    policy = _load(tmp_path, text, {"R": "redis://x"})
    assert [t.settings.url for t in policy.targets] == ["redis://x", "redis://fallback:1"]


def test_empty_variable_is_a_setting_not_given(tmp_path) -> None:  # type: ignore[no-untyped-def]  # tmp_path
    text = '[postgres.a]\nurl = "postgresql://x"\nmonitor_url = "${M:-}"\n'
    assert _load(tmp_path, text).targets[0].settings.monitor_url is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"gate": "red"}, "command line: --readiness-gate: unknown value 'red'"),
        (
            {"target_score": 200.0},
            "command line: --readiness-target-score: expected a number <= 100",
        ),
        ({"wait": "soon"}, "command line: --readiness-wait: 'soon' is no duration"),
        ({"environment": "prod"}, "command line: --readiness-environment: unknown value 'prod'"),
    ],
)
def test_bad_option_is_named_as_written(tmp_path, options, message: str) -> None:  # type: ignore[no-untyped-def]  # tmp_path
    with pytest.raises(SettingsError) as caught:
        _load(tmp_path, GOOD, options=options)
    assert str(caught.value).startswith(message)


def test_bad_variable_is_named_as_written(tmp_path) -> None:  # type: ignore[no-untyped-def]  # tmp_path
    with pytest.raises(SettingsError) as caught:
        _load(tmp_path, GOOD, {"READINESS_ENVIRONMENT": "prod"})
    assert str(caught.value).startswith("environment variables: READINESS_ENVIRONMENT: unknown")


def test_command_line_goes_before_file_before_variable(tmp_path) -> None:  # type: ignore[no-untyped-def]  # tmp_path
    text, environ = f'environment = "staging"\n{GOOD}', {"READINESS_ENVIRONMENT": "production"}
    assert _load(tmp_path, GOOD, environ).settings.environment == "production"
    assert _load(tmp_path, text, environ).settings.environment == "staging"
    options = {"environment": "development"}
    assert _load(tmp_path, text, environ, options=options).settings.environment == "development"


def test_two_files_with_settings(tmp_path) -> None:  # type: ignore[no-untyped-def]  # tmp_path
    (tmp_path / "pyproject.toml").write_text("[tool.readiness]\n")
    with pytest.raises(SettingsError, match=r"both readiness\.toml and pyproject\.toml"):
        _load(tmp_path, GOOD)


def test_pyproject_names_the_whole_key(tmp_path) -> None:  # type: ignore[no-untyped-def]  # tmp_path
    (tmp_path / "pyproject.toml").write_text("[tool.readiness]\nservise = 'x'\n")
    with pytest.raises(SettingsError, match=r"pyproject.toml: tool.readiness.servise: unknown key"):
        load(tmp_path, SYSTEMS, CATALOGUE, {})


def test_nothing_configured_says_what_was_looked_for(tmp_path) -> None:  # type: ignore[no-untyped-def]  # tmp_path
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, SYSTEMS, CATALOGUE, {"DATABASE_URL": "sqlite:///x.db"})
    message = str(caught.value)
    for word in ("REDIS_URL", "DATABASE_URL", "RABBITMQ_URL", "[tool.readiness.kafka.NAME]"):
        assert word in message
    assert "DATABASE_URL is sqlite://" in message


def test_targets_from_the_environment(tmp_path) -> None:  # type: ignore[no-untyped-def]  # tmp_path
    environ = {
        "REDIS_URL": "redis://cache",
        "DATABASE_URL": "postgresql+asyncpg://app:x@db/shop",
        "AMQP_URL": "amqp://mq",
        "KAFKA_BOOTSTRAP_SERVERS": "k1:9092,k2:9092",
        "MLFLOW_TRACKING_URI": "http://mlflow:5000",
        "READINESS_ENVIRONMENT": "staging",
    }
    policy = load(tmp_path, SYSTEMS, CATALOGUE, environ)
    named = [name for name, system in SYSTEMS.items() if system.variables]
    assert sorted(t.system for t in policy.targets) == sorted(named)
    assert policy.settings.environment == "staging"


@pytest.mark.parametrize(
    ("text", "value"), [("60s", 60), ("2m", 120), ("500ms", 0.5), ("1h", 3600), (7, 7), ("3", 3)]
)
def test_durations(text: str | float, value: float) -> None:
    assert seconds(text) == value
