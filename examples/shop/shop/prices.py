"""Prices, read through a cache: the database would not stand a sale otherwise."""

from __future__ import annotations

import psycopg
import redis

KEPT_SECONDS = 600
"""A price that was changed is shown for at most so long."""


def cents(article: str, cache: redis.Redis, database: psycopg.Connection) -> int:
    """The price of an article.

    Raises:
        LookupError: the shop does not sell it.
    """
    key = f"price:{article}"
    cached = cache.get(key)
    if cached is not None:
        return int(cached)
    row = database.execute("SELECT cents FROM articles WHERE name = %s", (article,)).fetchone()
    if row is None:
        raise LookupError(article)
    cache.set(key, row[0], ex=KEPT_SECONDS)
    return int(row[0])
