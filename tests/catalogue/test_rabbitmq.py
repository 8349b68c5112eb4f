"""RabbitMQ: the proof that every check detects, on real brokers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.catalogue import rabbitmq_cluster, rabbitmq_scripted, rabbitmq_servers, rabbitmq_states
from tests.catalogue.states import proof_of

MODULES = (rabbitmq_states, rabbitmq_scripted, rabbitmq_cluster)


@pytest.fixture(scope="module", autouse=True)
def one_consumer() -> Iterator[None]:
    """The consumer that the states share, until they have all been seen."""
    yield
    rabbitmq_servers.let_go()


test_state = proof_of("rabbitmq")
