"""Taking an order: stored first, then told to whoever acts on it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

import pika
import psycopg
from kafka import KafkaProducer
from pika.adapters.blocking_connection import BlockingChannel

from shop.topology import ORDERS_QUEUE, ORDERS_TOPIC


@dataclass(frozen=True)
class Order:
    """What a customer wants, at the price that was shown."""

    customer: str
    article: str
    quantity: int
    cents: int

    def __post_init__(self) -> None:
        if self.quantity < 1:
            raise ValueError(f"an order of {self.quantity} pieces")

    @property
    def total(self) -> int:
        """Cents to pay."""
        return self.quantity * self.cents


Tell = Callable[[int, Order], object]
"""Tells somebody of an order: its number, and what is in it."""


def place(order: Order, database: psycopg.Connection, tell: Iterable[Tell]) -> int:
    """Store an order and tell of it; returns its number.

    An order that is stored but not told of is found later by its missing payment, and by the
    readiness check on unpaid orders; one told of but not stored would be delivered for nothing.
    """
    row = database.execute(
        "INSERT INTO orders (customer, article, quantity, total_cents) VALUES (%s, %s, %s, %s)"
        " RETURNING id",
        (order.customer, order.article, order.quantity, order.total),
    ).fetchone()
    assert row is not None
    number = int(row[0])
    for one in tell:
        one(number, order)
    return number


def tell_warehouse(channel: BlockingChannel) -> Tell:
    """Publish orders to the queue that the warehouse works off."""
    lasting = pika.BasicProperties(delivery_mode=2, content_type="application/json")
    return lambda number, order: channel.basic_publish(
        "", ORDERS_QUEUE, message(number, order), lasting, mandatory=True
    )


def tell_analytics(producer: KafkaProducer) -> Tell:
    """Emit orders as events, those of one customer in their order."""
    return lambda number, order: producer.send(
        ORDERS_TOPIC, message(number, order), key=order.customer.encode()
    )


def message(number: int, order: Order) -> bytes:
    """An order as it is told."""
    return json.dumps({"id": number, **asdict(order), "total": order.total}).encode()
