"""Observing an MLflow server."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pytest_readiness.outcomes import blocked
from pytest_readiness.systems.base import Probe, Unreachable
from pytest_readiness.systems.mlflow import (
    MlflowSettings,
    card,
    doors,
    http,
    parsed,
    questions,
    reading,
    registry,
)
from pytest_readiness.systems.mlflow.facts import MlflowFacts, Model
from pytest_readiness.systems.pool import beside
from pytest_readiness.systems.urls import Url
from pytest_readiness.systems.watch import Watch

if TYPE_CHECKING:
    import httpx

_SERVERS = (
    "version",
    "store",
    "experiments",
    "registered",
    "running",
    "metrics",
    "artifact_store",
)
"""Facts about the server itself, which the monitor sees."""


class MlflowProbe(Probe[MlflowSettings, MlflowFacts]):
    """A tracking server as a check sees it."""

    facts_type = MlflowFacts

    @classmethod
    def observe(cls, settings: MlflowSettings, watch: Watch) -> MlflowFacts:
        """All on at most ``http.AT_ONCE`` kept connections, and two round trips deep:

        1. a search of experiments and the version, to know that it is MLflow: a server that has
           just started makes its tables at the first question, and one more at the same time may
           leave them half made;
        2. everything else at the same time, the logins as ``admin`` and as a stranger among it.

        More only where answers lead on: the files of declared models, whose versions the registry
        tells; a declared model that the registry's first page does not list; a first answer so
        slow that it is asked for again. A ``monitor_url`` is another login, hence connections of
        its own: it goes through the same two round trips beside the application's second.
        """
        way = parsed(settings.url or settings.monitor_url or "")
        both = settings.url is not None and settings.monitor_url is not None
        with http.opened(way, settings.token, settings.ca_file, watch) as api:
            answers = _introduced(api, way, settings)
            if reading.slow(answers["database"]):
                answers |= api.ask(questions.once_more())
            monitor = beside(partial(_monitored, settings, watch)) if both else None
            own = {} if both else questions.server_questions(answers)
            answers |= api.ask(questions.app_questions(settings) | own)
            models, hidden = _models(api, answers, settings, way.user or "?")
        more = reading.server_facts(answers) if monitor is None else monitor()
        seen, unseen = doors.app_facts(answers, way.user)
        return MlflowFacts(
            link=api.link,
            peer=api.door.peer,
            models=models,
            hidden=hidden,
            unseen={**unseen, **more[1]},
            **seen,
            **more[0],
        )

    @property
    def server_version(self) -> str | None:
        """Version that the server tells; None where it tells none."""
        facts = self.facts
        return facts.version if facts.sees("version") else None

    @property
    def declared(self) -> MlflowSettings:
        """What the settings say of the target."""
        return self._settings

    @property
    def client(self) -> httpx.Client:
        """A live ``httpx.Client`` with the server's address and the application's credentials:
        ``mlflow_probe.client.get("/api/2.0/mlflow/experiments/search?max_results=5")``.

        Raises:
            Blocked: the target was not reached.
        """
        client: httpx.Client = super().client
        return client

    def card(self) -> dict[str, str]:
        return card.card(self.facts)

    def connect(self) -> httpx.Client:
        settings = self._settings
        way = parsed(settings.url or settings.monitor_url or "")
        made: httpx.Client = http.client(way, settings.token, settings.ca_file, self.timeout)
        return made

    def model(self, name: str) -> Model:
        """A registered model; one that is not declared costs a request.

        Raises:
            Blocked: the server was not reached, or did not show the model to this user.
        """
        facts = self.facts
        if name in facts.hidden:
            blocked(facts.hidden[name])
        return facts.models.get(name) or self._asked(name)

    def _asked(self, name: str) -> Model:
        settings, watch = self._settings, Watch(self.timeout)
        way = parsed(settings.url or settings.monitor_url or "")
        try:
            with http.opened(way, settings.token, settings.ca_file, watch) as api:
                answers = api.ask(questions.by_name(name))
        except Unreachable as error:
            blocked(f"model {name} was not seen: {error}")
        found = registry.one(answers, name, None, way.user or "?")
        if isinstance(found, str):
            blocked(found)
        return found


def _models(
    api: http.Api, answers: http.Answers, settings: MlflowSettings, user: str
) -> registry.Found:
    """The declared models; what lists do not tell is asked beside the files of what they do."""
    listed = questions.follow_ups(registry.listed(answers, settings), settings)
    answers |= api.ask(questions.unlisted(answers, settings) | listed)
    models, hidden = registry.models(answers, settings, user)
    led = questions.follow_ups(models.values(), settings)
    answers |= api.ask({name: ask for name, ask in led.items() if name not in answers})
    return registry.looked_into(models, answers, settings, user), hidden


def _monitored(settings: MlflowSettings, watch: Watch) -> reading.Seen:
    """Facts about the server as the monitor sees them; without it, only the reason."""
    way = parsed(settings.monitor_url or "")
    try:
        with http.opened(way, settings.token, settings.ca_file, watch) as api:
            answers = _introduced(api, way, settings)
            answers |= api.ask(questions.server_questions(answers))
    except Unreachable as error:
        return {}, dict.fromkeys(_SERVERS, f"monitor_url: {error}")
    return reading.server_facts(answers)


def _introduced(api: http.Api, way: Url, settings: MlflowSettings) -> http.Answers:
    """The first answers, of a server that is MLflow.

    Raises:
        Unreachable: it is not, or lets us not in.
    """
    try:
        answers = api.ask(questions.first_questions())
        reading.insist_on_mlflow(answers, way, api.door.where, settings.token is not None)
    except Unreachable:
        # Many a server answers plaintext on its TLS port in HTTP.
        if api.speaks_tls():
            raise Unreachable(f"{api.door.where} speaks TLS on this port; give https://") from None
        raise
    return answers
