"""MLflow: the tracking server and the model registry, over REST."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, Literal
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

import msgspec

from pytest_readiness.policy.durations import seconds
from pytest_readiness.redact import basic_credentials
from pytest_readiness.systems.base import System, TargetSettings
from pytest_readiness.systems.urls import Url, parse

PORTS = {"http": 80, "https": 443}


class ModelIntent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a registered model should be: ``models.churn = { alias = "champion" }``."""

    alias: str | None = None
    """Alias that must lead to a version: the one the application loads."""
    max_age: str | float | None = None
    """Age at which that version is too old, ``"30d"``; not judged unless declared."""


def is_pattern(name: str) -> bool:
    """Whether a declared name stands for all models that match it, as in ``fraud-*``."""
    return any(sign in name for sign in "*?[")


class MlflowSettings(TargetSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[tool.readiness.mlflow.NAME]``; ``url`` is ``https://user:password@host:port/prefix``."""

    timeout: float = 15.0
    """Seconds for one observation; the first answers of a new server take some of them, and with
    basic-auth each question costs half a second of one of its processors."""
    platform: Literal["databricks", "sagemaker", "azureml"] | None = None
    """Whose managed service it is."""
    token: str | None = None
    """Bearer token, for a URL without a user: ``"${MLFLOW_TRACKING_TOKEN}"``."""
    ca_file: str | None = None
    """Authorities that the server's certificate is verified against; None for the system's."""
    backend: Literal["postgresql", "mysql", "mariadb", "mssql", "sqlite", "file"] | None = None
    """Where runs and models are kept. REST does not tell it, so it is judged where declared."""
    models: dict[str, ModelIntent] = msgspec.field(default_factory=dict)
    """The registered models the application loads, by name or pattern (``fraud-*``)."""

    def intents(self, model: str) -> list[ModelIntent]:
        """What is declared of a registered model: by its own name, or by patterns it matches."""
        if model in self.models:
            return [self.models[model]]
        return [i for name, i in self.models.items() if fnmatchcase(model, name)]

    def problem(self) -> tuple[str, str] | None:
        for name, intent in self.models.items():
            try:
                seconds(intent.max_age or 0)
            except ValueError as error:
                return f"models.{name}.max_age", str(error)
        return super().problem()

    def wrong_url(self, url: str) -> str | None:
        try:
            way = parse(url, 0)
        except ValueError as error:
            return str(error)
        if way.scheme not in PORTS:
            return f"scheme {way.scheme!r} is none of http, https"
        if way.query:
            return "takes no parameters"
        return None

    def hosts(self) -> list[tuple[str, int]]:
        way = parsed(self.url or self.monitor_url or "")
        return [(way.host, way.port)]

    def secrets(self) -> list[str]:
        ways = [parsed(url) for url in (self.url, self.monitor_url) if url]
        basic = [basic_credentials(w.user or "", w.password) for w in ways if w.password]
        return [s for way in ways for s in way.secrets()] + basic + [t for t in (self.token,) if t]


def parsed(url: str) -> Url:
    """A URL in parts, with the port that its scheme implies."""
    way = parse(url, 0)
    return way if way.port else msgspec.structs.replace(way, port=PORTS.get(way.scheme, 80))


_NOTES = {
    "": "a folder, with no server to judge",
    "file": "a folder, with no server to judge",
    "sqlite": "a file, with no server to judge",
    "databricks": "Databricks, whose duty it is",
    "databricks-uc": "Databricks, whose duty it is",
}


def _split(uri: str) -> SplitResult | None:
    """A URI in parts; None if it is none, which its settings say better."""
    with contextlib.suppress(ValueError):
        return urlsplit(uri)
    return None


def from_environment(environ: Mapping[str, str]) -> dict[str, Any] | str | None:
    """A target from the variables MLflow's own client reads, or a note why it is not judged."""
    uri = environ.get("MLFLOW_TRACKING_URI")
    if not uri:
        return None
    scheme = uri.partition(":")[0].lower() if ":" in uri else uri.lower()
    if scheme not in PORTS:
        kind = _NOTES.get(scheme, _NOTES[""] if "://" not in uri else f"{scheme}, no MLflow server")
        return f"MLFLOW_TRACKING_URI is not judged: it is {kind}"
    user, password = (environ.get(f"MLFLOW_TRACKING_{n}") for n in ("USERNAME", "PASSWORD"))
    parts = _split(uri)
    if user and password and parts is not None and "@" not in parts.netloc:
        login = f"{quote(user, safe='')}:{quote(password, safe='')}"
        uri = urlunsplit(parts._replace(netloc=f"{login}@{parts.netloc}"))
    more = {
        "token": environ.get("MLFLOW_TRACKING_TOKEN"),
        "ca_file": environ.get("MLFLOW_TRACKING_SERVER_CERT_PATH"),
    }
    return {"url": uri, **{name: value for name, value in more.items() if value}}


SYSTEM = System(
    name="mlflow",
    settings=MlflowSettings,
    probe="pytest_readiness.systems.mlflow.probe:MlflowProbe",
    checks="pytest_readiness.systems.mlflow.checks",
    extra="mlflow",
    variables=("MLFLOW_TRACKING_URI",),
    loggers=("httpx", "httpcore"),
    environment=from_environment,
)
