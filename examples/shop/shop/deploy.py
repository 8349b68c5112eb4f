"""`python -m shop.deploy [--sample]`: schema, queues and topic, before the service starts.

Each part is done where the address of its server is in the environment, so that a laptop may
have fewer servers than production. `--sample` then adds a few orders, so that there is
something to look at.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack, closing
from importlib.resources import files
from os import environ

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.errors import TopicAlreadyExistsError

from shop import churn, connect, orders, prices, topology

ARTICLES = {"teapot": 2490, "cup": 690}


def main() -> None:
    """Deploy, and with `--sample` order something."""
    if "DATABASE_URL" in environ:
        with connect.database() as database:
            database.execute(files("shop").joinpath("schema.sql").read_text())
    if "RABBITMQ_URL" in environ:
        with closing(connect.broker()) as broker:
            topology.declare_queues(broker.channel())
    if "KAFKA_BOOTSTRAP_SERVERS" in environ:
        with closing(KafkaAdminClient(**connect.kafka_options())) as admin:
            _create_topics(admin)
    if "--sample" in sys.argv[1:]:
        sample()


def _create_topics(admin: KafkaAdminClient) -> None:
    try:
        topology.create_topics(admin)
    except TopicAlreadyExistsError:
        # From an earlier release.
        return


def sample() -> None:
    """Two orders, one of them paid, told to whoever is there; and a model."""
    if "DATABASE_URL" in environ:
        order_something()
    if "KAFKA_BOOTSTRAP_SERVERS" in environ:
        analyse()
    if "MLFLOW_TRACKING_URI" in environ:
        with connect.models() as models:
            churn.register(models)


def order_something() -> None:
    """A teapot and six cups, at the prices that the cache tells."""
    with ExitStack() as stack:
        database = stack.enter_context(connect.database())
        with database.cursor() as cursor:
            statement = "INSERT INTO articles VALUES (%s, %s) ON CONFLICT DO NOTHING"
            cursor.executemany(statement, list(ARTICLES.items()))
        tell: list[orders.Tell] = []
        if "RABBITMQ_URL" in environ:
            broker = stack.enter_context(closing(connect.broker()))
            tell.append(orders.tell_warehouse(broker.channel()))
        if "KAFKA_BOOTSTRAP_SERVERS" in environ:
            tell.append(orders.tell_analytics(stack.enter_context(closing(connect.events()))))
        price = dict(ARTICLES)
        if "REDIS_URL" in environ:
            cache = stack.enter_context(closing(connect.cache()))
            price = {name: prices.cents(name, cache, database) for name in ARTICLES}
        first = orders.place(orders.Order("ada", "teapot", 1, price["teapot"]), database, tell)
        orders.place(orders.Order("grace", "cup", 6, price["cup"]), database, tell)
        database.execute("UPDATE orders SET paid_at = now() WHERE id = %s", (first,))


def analyse() -> None:
    """Read all events once as the analytics do, and note how far they were read."""
    consumer = KafkaConsumer(
        **connect.kafka_options(), group_id=topology.ANALYTICS, enable_auto_commit=False
    )
    with closing(consumer):
        partitions = [
            TopicPartition(topology.ORDERS_TOPIC, number) for number in range(topology.PARTITIONS)
        ]
        consumer.assign(partitions)
        consumer.seek_to_end(*partitions)
        for partition in partitions:
            consumer.position(partition)
        consumer.commit()


if __name__ == "__main__":
    main()
