"""Redis and Valkey: the proof that every check detects, on real servers."""

from __future__ import annotations

from tests.catalogue import redis_access, redis_data, redis_nodes, redis_queues
from tests.catalogue.states import proof_of

MODULES = (redis_access, redis_data, redis_nodes, redis_queues)

test_state = proof_of("redis")
