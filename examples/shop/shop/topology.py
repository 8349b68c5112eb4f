"""Queues and topics: what the release declares before the service starts."""

from __future__ import annotations

from kafka.admin import KafkaAdminClient, NewTopic
from pika.adapters.blocking_connection import BlockingChannel

ORDERS_QUEUE = "orders"
DEAD_LETTER_EXCHANGE = "orders.dlx"
ORDERS_TOPIC = "orders"
PARTITIONS = 3
ANALYTICS = "analytics"
"""The consumer group that reads the topic."""


def declare_queues(channel: BlockingChannel) -> None:
    """Declare the queue of orders, and one for mails with a place for what cannot be sent."""
    channel.queue_declare("mails.dead", durable=True)
    to_dead = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "mails.dead"}
    channel.queue_declare("mails", durable=True, arguments=to_dead)
    # The mails got theirs after an evening without them. Who notices that orders have none?
    channel.queue_declare(ORDERS_QUEUE, durable=True)


def create_topics(admin: KafkaAdminClient, replication_factor: int = 1) -> None:
    """Create the topic of orders."""
    admin.create_topics([NewTopic(ORDERS_TOPIC, PARTITIONS, replication_factor)])
