"""Ordinary unit tests: no server, no readiness."""

import json

import pytest

from shop import orders


def test_a_total_is_quantity_times_price():
    assert orders.Order("ada", "cup", 6, 690).total == 4140


def test_an_order_of_nothing_is_refused():
    with pytest.raises(ValueError, match="0 pieces"):
        orders.Order("ada", "cup", 0, 690)


def test_a_message_tells_all_that_the_warehouse_needs():
    told = json.loads(orders.message(7, orders.Order("ada", "cup", 6, 690)))
    assert told == {
        "id": 7,
        "customer": "ada",
        "article": "cup",
        "quantity": 6,
        "cents": 690,
        "total": 4140,
    }
