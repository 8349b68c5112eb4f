"""What is known of each target: told by the process that observed it, kept by the controller."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from pytest_readiness.evidence import plain
from pytest_readiness.run.observe import Key, Observing
from pytest_readiness.run.state import Run

_TOLD = "readiness_cards"
"""Key under which a worker hands in what it knows."""

_MOST = 8
"""Lines of one card; the rest of a talkative system's is left out."""
_NAME, _TEXT = 40, 120
"""Characters of a line's name, and of what it says."""


class Card(msgspec.Struct, frozen=True, array_like=True):
    """What is known of one target."""

    system: str
    target: str
    version: str | None = None
    facts: dict[str, str] = {}
    problem: str | None = None
    """Why there are no lines, where the system's own code could not say them."""


class Cards:
    """Makes the cards of what this process observed, and takes those of the workers."""

    def __init__(self, run: Run, observing: Observing) -> None:
        self.run = run
        self._observing = observing
        self._workers: dict[Key, tuple[tuple[int, str], Card]] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """On a worker: hand in what was observed here, and not by another in its place."""
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            # As text: the serialiser of workers takes each value by itself.
            output[_TOLD] = msgspec.json.encode(self._own()).decode()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """On the controller: of several vantage points, that of the first worker stands."""
        told = (getattr(node, "workeroutput", None) or {}).get(_TOLD)
        if told is None:
            return
        name = str(node.gateway.id)
        rank = int(re.sub(r"\D", "", name) or 0), name
        for card in msgspec.json.decode(told, type=list[Card]):
            key = (card.system, card.target)
            if key not in self._workers or rank < self._workers[key][0]:
                # A worker on another host does not know what is secret in this one's environment.
                self._workers[key] = rank, _cleaned(card, self.run.redactor.clean)

    def all(self) -> dict[Key, Card]:
        """A card for each target that was observed, wherever; call it when all checks have run."""
        own = {(card.system, card.target): card for card in self._own()}
        return {**{key: card for key, (_, card) in self._workers.items()}, **own}

    def _own(self) -> list[Card]:
        return [self._card(*key) for key in self._observing.observed()]

    def _card(self, system: str, target: str) -> Card:
        version, facts, problem = None, {}, None
        try:
            probe = self._observing.known(system, target)
            version = probe.shown_version
            facts = dict(probe.card())
        except pytest.skip.Exception:
            pass  # it reads what was not seen, of which the checks tell why
        except (Exception, pytest.fail.Exception) as error:
            # It decorates: whatever breaks in it is told, and changes nothing that was judged.
            problem = f"{type(error).__name__}: {plain(error)}"
        return _cleaned(Card(system, target, version, facts, problem), self.run.redactor.clean)


def _cleaned(card: Card, clean: Callable[[str, int], str]) -> Card:
    """The card with harmless texts of bounded length."""
    lines = list(card.facts.items())[:_MOST]
    told = {clean(plain(name), _NAME): clean(plain(text), _TEXT) for name, text in lines}
    version = card.version and clean(plain(card.version), _NAME)
    problem = card.problem and clean(card.problem, _TEXT)
    return Card(card.system, card.target, version or None, told, problem or None)
