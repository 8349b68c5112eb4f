"""Clients for the servers whose addresses are in the environment."""

from __future__ import annotations

from os import environ

import httpx
import pika
import psycopg
import redis
from kafka import KafkaProducer


def database() -> psycopg.Connection:
    """Where orders are kept; each statement commits unless it is in a transaction."""
    return psycopg.connect(environ["DATABASE_URL"], autocommit=True)


def cache() -> redis.Redis:
    """Where prices are cached and baskets are kept."""
    client: redis.Redis = redis.Redis.from_url(environ["REDIS_URL"], decode_responses=True)
    return client


def broker() -> pika.BlockingConnection:
    """What hands orders to the warehouse."""
    return pika.BlockingConnection(pika.URLParameters(environ["RABBITMQ_URL"]))


def kafka_options() -> dict[str, str | list[str]]:
    """What every client of Kafka is opened with."""
    return {
        "bootstrap_servers": environ["KAFKA_BOOTSTRAP_SERVERS"].split(","),
        "security_protocol": environ.get("KAFKA_SECURITY_PROTOCOL", "PLAINTEXT"),
    }


def events() -> KafkaProducer:
    """What tells analytics of orders."""
    return KafkaProducer(**kafka_options(), acks="all")


def models() -> httpx.Client:
    """The registry of models; credentials are part of its address."""
    return httpx.Client(base_url=environ["MLFLOW_TRACKING_URI"], timeout=10)
