"""What people want to know of a target first: figures, units, and facts that were not seen."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.redact import Redactor
from pytest_readiness.run.cards import Card, Cards, _cleaned
from pytest_readiness.systems import cards, registry, units
from pytest_readiness.systems.base import Observation
from pytest_readiness.systems.kafka import card as kafka
from pytest_readiness.systems.kafka.facts import KafkaFacts
from pytest_readiness.systems.kafka.topic_facts import Partition, Topic
from pytest_readiness.systems.mlflow import card as mlflow
from pytest_readiness.systems.mlflow.facts import Experiments, MlflowFacts
from pytest_readiness.systems.net import Link
from pytest_readiness.systems.postgres import card as postgres
from pytest_readiness.systems.postgres.facts import Archiver, PostgresFacts, Replay, Replica
from pytest_readiness.systems.postgres.facts.server import Setting
from pytest_readiness.systems.rabbitmq import card as rabbitmq
from pytest_readiness.systems.rabbitmq.facts import Management, Node, Queue, RabbitFacts
from pytest_readiness.systems.redis import card as redis
from pytest_readiness.systems.redis.facts import (
    Cluster,
    Memory,
    Persistence,
    RedisFacts,
    Replication,
    Server,
)
from pytest_readiness.systems.redis.facts import Replica as RedisReplica
from tests.unit.generated import values
from tests.unit.test_encodings import wide

LINK = Link(host="h", port=1, connect_ms=1.0)
END = dt.datetime(2027, 2, 11, 9, tzinfo=dt.timezone.utc).timestamp()


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1 KiB"),
        (1536, "1.5 KiB"),
        (64 * 2**20, "64 MiB"),
        (2**30 - 1, "1023 MiB"),
        (1.26 * 2**40, "1.2 TiB"),
        (2**70, "1048576 PiB"),
        (float("inf"), "unknown"),
    ],
)
def test_size(count: float, text: str) -> None:
    assert units.size(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        *((-1, "0 s"), (0.9, "0 s"), (41.7, "41 s"), (119, "119 s"), (120, "2 min")),
        *((7199, "119 min"), (7200, "2 h"), (172799, "47 h"), (172800, "2 days")),
        (float("nan"), "unknown"),
    ],
)
def test_span(seconds: float, text: str) -> None:
    assert units.span(seconds) == text


@given(st.integers(0, 2**60), st.integers(1, 2**60))
def test_a_share_is_never_rounded_up(used: int, whole: int) -> None:
    shown = int(units.part(used, whole).strip("( %)"))
    assert shown * whole <= 100 * used < (shown + 1) * whole


def test_counts() -> None:
    assert units.counted(1, "replica") == "1 replica"
    assert units.counted(12345, "query", "queries") == "12,345 queries"
    assert units.part(1, 0) == ""


@pytest.mark.parametrize(
    ("link", "text"),
    [
        (LINK, "none, plaintext"),
        (msgspec.structs.replace(LINK, tls="TLSv1.3"), "TLSv1.3"),
        (
            msgspec.structs.replace(LINK, tls="TLSv1.2", expires=END),
            "TLSv1.2, certificate until 2027-02-11",
        ),
        (msgspec.structs.replace(LINK, tls="TLSv1.2", expires=1e30), "TLSv1.2"),
    ],
)
def test_way(link: Link, text: str) -> None:
    assert cards.way(link) == text


@pytest.mark.parametrize("system", registry())
@wide
@given(data=st.data())
def test_any_facts_make_a_card(system: str, data: st.DataObject) -> None:
    kind = registry()[system].probe_type()
    facts = data.draw(values(kind.facts_type))
    probe = kind("main", registry()[system].settings(), Observation(facts={}))
    probe.take(facts)
    told = probe.card()
    assert len(told) <= 5
    assert all(name and text for name, text in told.items())
    assert probe.shown_version is None or isinstance(probe.shown_version, str)


@pytest.mark.parametrize("system", registry())
def test_facts_that_were_not_seen_are_left_out(system: str) -> None:
    kind = registry()[system].probe_type()
    nothing = {
        "redis": RedisFacts(link=LINK, peer="h"),
        "postgres": PostgresFacts(version="15.1", number=150001),
        "rabbitmq": RabbitFacts(
            vhost="/", management=Management(address="h", state="off", user="u"), queues_unread="x"
        ),
        "kafka": KafkaFacts(),
        "mlflow": MlflowFacts(link=LINK, peer="h"),
    }.get(system)
    if nothing is None:
        return
    probe = kind("main", registry()[system].settings(), Observation(facts={}))
    probe.take(nothing)
    assert probe.card() == {}
    assert probe.shown_version == ("15.1" if system == "postgres" else None)


def redis_facts(**own: Any) -> RedisFacts:
    return RedisFacts(link=LINK, peer="h", **own)


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        (
            {"replication": Replication(role="replica", link="down", link_down_seconds=300)},
            {"role": "replica, link down for 5 min"},
        ),
        (
            {
                "replication": Replication(
                    role="master",
                    replicas=(RedisReplica(state="online"), RedisReplica(state="wait_bgsave")),
                ),
                "cluster": Cluster(state="ok", slots_ok=16384, masters=3),
            },
            {"role": "master in a cluster of 3 masters, 1 of 2 replicas in sync"},
        ),
        (
            {"memory": Memory(used=75 * 2**20, maximum=100 * 2**20)},
            {"memory": "75 MiB of 100 MiB (75 %)"},
        ),
        ({"memory": Memory(used=2**20, maximum=0)}, {"memory": "1 MiB, no maxmemory"}),
        # Whether snapshots are made is not known: nothing is denied.
        ({"persistence": Persistence(aof=False, last_save_age=None)}, {}),
        ({"persistence": Persistence(aof=False, last_save_age=3.0)}, {"persistence": "snapshots"}),
        (
            {"persistence": Persistence(aof=True, last_save_age=None)},
            {"persistence": "append-only file"},
        ),
    ],
)
def test_redis(facts: dict[str, Any], told: dict[str, str]) -> None:
    assert redis.card(redis_facts(**facts)) == told


def test_valkey_is_named() -> None:
    valkey = Server(engine="valkey", version="8.0.1", compatible="7.2.4")
    assert redis.version(redis_facts(server=valkey)) == "Valkey 8.0.1"


def replica(state: str, kind: str = "standby") -> Replica:
    return Replica(name="a", state=state, sync_state="async", kind=kind, lag_bytes=None, lag=None)


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        (
            {"standby": True, "replay": Replay(receiving=True, behind=200.0)},
            {"role": "standby, 3 min behind"},
        ),
        (
            {
                "standby": False,
                "replicas": [replica("streaming"), replica("startup"), replica("x", "backup")],
            },
            {"role": "primary, 1 of 2 standbys streaming"},
        ),
        ({"standby": False}, {"role": "primary"}),
        ({"settings": {"archive_mode": Setting(value="always", unit=None)}, "archiver": Archiver(
            target="set", archived=1, failed=3, archived_age=9.0, failed_age=1.0, failing=True,
            behind=None,
        )}, {"archiving": "failing"}),
    ],
)  # fmt: skip
def test_postgres(facts: dict[str, Any], told: dict[str, str]) -> None:
    assert postgres.card(PostgresFacts(version="15.1", number=150001, **facts)) == told


def rabbit_queue(name: str, **own: Any) -> Queue:
    return Queue(name=name, vhost="/", exists=True, **own)


def test_rabbitmq_says_at_least_where_it_did_not_see_all() -> None:
    node = Node(name="a", running=True, mem_used=2**30, mem_limit=2**32)
    full = Node(name="b", running=True, mem_used=2**31, mem_limit=2**32)
    facts = RabbitFacts(
        vhost="/",
        management=Management(address="h", state="answering", user="u"),
        nodes=(node, full, Node(name="c", running=False)),
        queues={
            "a": rabbit_queue("a", type="quorum", messages=1200, consumers=0),
            "b": rabbit_queue("b", type="classic", consumers=0),
            "c": rabbit_queue("c", type="quorum", messages=34, consumers=0),
        },
    )
    assert rabbitmq.card(facts) == {
        "nodes": "2 of 3 running",
        "queues": "3 in vhost / (1 classic, 2 quorum)",
        "messages": "at least 1,234",
        "consumers": "0",
        "memory": "2 GiB of 4 GiB (50 %) on the fullest of 2 nodes",
    }
    cut = rabbitmq.card(msgspec.structs.replace(facts, queues_unread="there are 9,000"))
    assert cut["queues"].startswith("at least 3 in vhost /")
    assert "consumers" not in cut, "of none of those seen; of the others, nobody knows"


def test_kafka_says_at_least_where_rights_may_hide_topics() -> None:
    layout = tuple(Partition(n, 1, (1,), (1,)) for n in range(3))
    topics = {
        "orders": Topic(name="orders", exists=True, layout=layout),
        "_schemas": Topic(name="_schemas", exists=True, layout=layout, internal=True),
        "hidden": Topic(name="hidden"),
        "none": Topic(name="none", exists=False, layout=()),
    }
    facts = KafkaFacts(topics=topics, quorum=None, version=(4, 1), newest=True)
    told = kafka.card(facts)
    assert told["topics"] == "at least 1 with 3 partitions, and 1 internal"
    assert told["controllers"] == "not KRaft"
    assert kafka.version(facts) == "4.1 or later"
    seen = msgspec.structs.replace(facts, sees_topics=True)
    assert kafka.card(seen)["topics"] == "1 with 3 partitions, and 1 internal"


def test_kafka_says_nothing_of_what_it_was_shown_none_of() -> None:
    hidden = KafkaFacts(topics={}, groups={}, authorizer=True, groups_hidden="ACLs are in force")
    assert kafka.card(hidden) == {}
    none = KafkaFacts(topics={}, groups={}, authorizer=False)
    assert kafka.card(none) == {"topics": "0 with 0 partitions", "groups": "0"}


def test_mlflow_tells_no_place_of_artifacts() -> None:
    where = {"a": "s3://key:secret@bucket/x", "b": "/mnt/runs", "c": "file:///x", "d": "C:\\runs"}
    facts = MlflowFacts(
        link=LINK, peer="h", experiments=Experiments(artifacts=where, more=True), store="Else"
    )
    assert mlflow.card(facts) == {
        "backend": "Else",
        "experiments": "more than 4",
        "artifacts": "files, s3",
    }


def test_cards_are_harmless_and_bounded() -> None:
    hostile = {f"\x1b[2Jhunter22 {n}": f"::error::hunter22{'x' * 5000}" for n in range(50)}
    given_ = Card("redis", "cache", "hunter22" + "9" * 500, hostile)
    told = _cleaned(given_, Redactor(["hunter22"]).clean)
    text = msgspec.json.encode(told).decode()
    assert "hunter22" not in text and "\x1b" not in text and ":error:" in text
    assert len(told.facts) == 8 and len(text) < 2000
    assert told.version is not None and len(told.version) <= 40


def worker(name: str, *handed: Card) -> Any:
    output = {"readiness_cards": msgspec.json.encode(handed).decode()} if handed else {}
    return SimpleNamespace(gateway=SimpleNamespace(id=name), workeroutput=output)


def test_of_several_vantage_points_the_first_worker_stands() -> None:
    run: Any = SimpleNamespace(redactor=Redactor(["hunter22"]))
    found = Cards(run, SimpleNamespace(observed=list))  # type: ignore[arg-type]  # has seen nothing
    ten, two = (Card("redis", "cache", n, {"role": f"of hunter22 {n}"}) for n in ("10", "2"))
    found.pytest_testnodedown(worker("gw10", ten, Card("redis", "other", "1")))
    found.pytest_testnodedown(worker("gw2", two))
    found.pytest_testnodedown(worker("gw11", ten))
    found.pytest_testnodedown(worker("gw1"))
    found.pytest_testnodedown(SimpleNamespace(gateway=SimpleNamespace(id="gw0")))
    assert found.all() == {
        ("redis", "cache"): Card("redis", "cache", "2", {"role": "of *** 2"}),
        ("redis", "other"): Card("redis", "other", "1"),
    }
